-- The summary lines (LAMBDA_VITALS_LINES) in a file of JSON lines: what invocations without a line of their own add up to. A metric's
-- values are an array; sums are numbers.
INSERT INTO summaries
WITH incoming AS (
SELECT
    left(function_name, 256) AS function_name, left(sandbox_id, 256) AS sandbox_id,
    moment(_aws."Timestamp") AS at_ms, number(invocations) AS invocations, number(cold_starts) AS cold_starts,
    number(errors) AS errors, number(timeouts) AS timeouts,
    CASE json_type(billed_mb_ms)
        WHEN 'ARRAY' THEN list_sum(TRY_CAST(billed_mb_ms AS DOUBLE[])) ELSE number(TRY_CAST(billed_mb_ms AS DOUBLE)) END AS billed_mb_ms,
    CASE json_type(billed_duration)
        WHEN 'ARRAY' THEN list_sum(TRY_CAST(billed_duration AS DOUBLE[])) ELSE number(TRY_CAST(billed_duration AS DOUBLE)) END
        AS billed_duration,
    CASE json_type(used_memory_max) WHEN 'ARRAY' THEN list_max(TRY_CAST(used_memory_max AS DOUBLE[])) END AS used_memory_max,
    CASE json_type(duration)
        WHEN 'ARRAY' THEN list_filter(TRY_CAST(duration AS DOUBLE[]), lambda x: number(x) IS NOT NULL) END AS durations,
    hash(json_object('e', _aws::VARCHAR, 's', sandbox_id, 'v', version, 't', tenant_id, 'f', function_name, 'i', invocations, 'd', duration, 'b', billed_mb_ms,
        'n', interval)) AS identity
FROM read_json({file}, format = 'newline_delimited', ignore_errors = true, maximum_object_size = 2097152, columns = {
    'event_type': 'VARCHAR', '_aws': 'STRUCT("Timestamp" DOUBLE)', 'function_name': 'VARCHAR', 'sandbox_id': 'VARCHAR', 'invocations': 'DOUBLE',
    'cold_starts': 'DOUBLE', 'version': 'VARCHAR', 'tenant_id': 'VARCHAR', 'errors': 'DOUBLE', 'timeouts': 'DOUBLE', 'billed_duration': 'JSON', 'used_memory_max': 'JSON',
    'billed_mb_ms': 'JSON', 'duration': 'JSON', 'interval': 'VARCHAR'})
WHERE event_type = 'summary'
)
SELECT CASE WHEN function_name IS NULL THEN 'broken' WHEN NOT ({wanted}) THEN 'filtered' ELSE 'summary' END, * FROM incoming;
