-- The slowest invocations of each function.
WITH chosen AS (
    SELECT function_name, unnest(arg_max(row, duration, {most})) AS row
    FROM (SELECT function_name, duration, rowid AS row FROM lines
        WHERE kind = 'invocation' AND duration IS NOT NULL AND function_name IN (SELECT function_name FROM shown))
    GROUP BY function_name
)
SELECT function_name, at_ms, request_id, sandbox_id, invocation::BIGINT AS invocation, duration, cold_start, init_duration, restore_duration,
    status, error_type, cpu_total_time, cpu_utilization, memory_peak, total_memory
FROM lines
WHERE rowid IN (SELECT row FROM chosen)
ORDER BY function_name, duration DESC, request_id;
