-- One row a function: what it did, and how fast, how big and how expensive it is, with the invocations that only a summary
-- has.
WITH summed AS (
    SELECT
        function_name,
        sum(invocations) AS invocations, sum(billed_mb_ms) AS billed_mb_ms, sum(billed_duration) AS billed_ms,
        sum(cold_starts)::BIGINT AS cold_starts, sum(errors)::BIGINT AS errors, sum(timeouts)::BIGINT AS timeouts,
        sum(invocations) FILTER (errors IS NOT NULL)::BIGINT AS with_outcome, max(used_memory_max) AS used_memory_max
    FROM summaries WHERE kind = 'summary' GROUP BY function_name
), spread AS (
    SELECT
        function_name,
        quantile_disc(duration, 0.5) AS duration_p50, quantile_disc(duration, 0.95) AS duration_p95,
        quantile_disc(duration, 0.99) AS duration_p99, max(duration) AS duration_max, avg(duration) AS duration_avg
    FROM durations GROUP BY function_name
), own AS (
    {per_function}
)
SELECT
    coalesce(own.function_name, summed.function_name, '') AS function_name,
    current_size.architecture, current_size.version, current_size.initialization_type,
    current_size.memory_size,
    coalesce(own.lines, 0) + coalesce(summed.invocations, 0) AS invocations,
    own.* EXCLUDE (function_name, billed_mb_ms, billed_ms, cold_starts, errors, other_errors, timeouts, with_outcome, used_memory_max),
    coalesce(own.cold_starts, 0) + coalesce(summed.cold_starts, 0) AS cold_starts,
    coalesce(own.errors, 0) + coalesce(summed.errors, 0) + coalesce(summed.timeouts, 0) AS errors,
    coalesce(own.with_outcome, 0) + coalesce(summed.with_outcome, 0) AS with_outcome,
    coalesce(own.other_errors, 0) + coalesce(summed.errors, 0) AS other_errors,
    coalesce(own.timeouts, 0) + coalesce(summed.timeouts, 0) AS timeouts,
    greatest(own.used_memory_max, summed.used_memory_max) AS used_memory_max,
    spread.* EXCLUDE (function_name),
    coalesce(own.billed_ms, 0) + coalesce(summed.billed_ms, 0) AS billed_ms,
    coalesce(own.billed_mb_ms, 0) + coalesce(summed.billed_mb_ms, 0) AS billed_mb_ms
FROM own
FULL JOIN summed ON summed.function_name IS NOT DISTINCT FROM own.function_name
LEFT JOIN spread ON spread.function_name IS NOT DISTINCT FROM coalesce(own.function_name, summed.function_name)
LEFT JOIN current_size ON current_size.function_name IS NOT DISTINCT FROM own.function_name
ORDER BY billed_mb_ms DESC, invocations DESC, function_name;
