-- Failures by type, the most frequent first.
SELECT function_name,
    CASE WHEN out_of_memory THEN 'out of memory' WHEN timed_out THEN 'timeout' ELSE coalesce(status, 'error') END AS status,
    coalesce(error_type, '') AS error_type, count(*) AS invocations, max(at_ms) AS latest_ms, arg_max(request_id, at_ms) AS request_id
FROM invocations
WHERE failed
GROUP BY 1, 2, 3
ORDER BY function_name, invocations DESC, status, error_type
LIMIT 2000;
