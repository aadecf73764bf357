-- What every other query reads.

-- One row for each invocation that has a line of its own.
CREATE VIEW invocations AS
SELECT
    * EXCLUDE (kind),
    coalesce(cold_start, false) AS cold,
    coalesce(timeout, false) OR coalesce(status = 'timeout', false) AS timed_out,
    coalesce(status IN ('error', 'failure', 'timeout'), false) OR coalesce(timeout, false) OR coalesce(out_of_memory, false)
        AS failed,
    billed_duration IS NOT NULL AS has_telemetry,
    -- Whether it stands for the others: LAMBDA_VITALS_LINES=notable chooses the slow, the large and the failed ones.
    line_reason IS NULL OR line_reason = 'sample' AS typical,
    -- What is resident when the invocation ends shows a leak; the peak also has what comes and goes.
    coalesce(memory_end, memory_peak) AS memory_left,
    -- Lambda Insights has no tmp_used.
    coalesce(tmp_used, CASE WHEN tmp_max >= tmp_free THEN tmp_max - tmp_free END) AS tmp_in_use,
    total_memory / 1769 AS vcpus
FROM lines WHERE kind = 'invocation';

-- Durations of all invocations, also of those that only a summary has. Where summaries do not have them, as the duration is no
-- metric, those of typical invocations.
CREATE VIEW durations AS
SELECT function_name, at_ms, duration FROM invocations
WHERE duration IS NOT NULL AND (typical OR function_name NOT IN (
    SELECT function_name FROM summaries WHERE kind = 'summary' AND durations IS NULL))
UNION ALL
SELECT function_name, at_ms, unnest(durations) FROM summaries WHERE kind = 'summary';

-- The configuration that each function has now: that of its latest record. A memory size that is not a whole number is invalid.
CREATE TABLE current_size AS
SELECT
    function_name,
    arg_max(total_memory, coalesce(at_ms, 0)) FILTER (total_memory > 0 AND total_memory = floor(total_memory)) AS memory_size,
    arg_max(architecture, coalesce(at_ms, 0)) AS architecture,
    arg_max(version, coalesce(at_ms, 0)) AS version,
    arg_max(initialization_type, coalesce(at_ms, 0)) AS initialization_type
FROM invocations GROUP BY function_name;
