-- One row for each sandbox whose invocations are numbered: how many there are, and how each of its gauges changes from one
-- invocation to the next by least squares. That is a first sieve for leaks.sql and cheap; the first {warm_up} invocations,
-- in which caches fill, are left out.
CREATE OR REPLACE TEMP TABLE sandboxes AS
SELECT
    function_name, sandbox_id,
    count(*) AS invocations, min(invocation) AS first_invocation, max(invocation) AS last_invocation,
    min(at_ms) AS first_ms, max(at_ms + coalesce(duration, 0)) AS last_ms,
    regr_slope(memory_left, invocation) FILTER (invocation > {warm_up}) AS memory_left_slope,
    regr_slope(fd_use, invocation) FILTER (invocation > {warm_up}) AS fd_use_slope,
    regr_slope(tmp_used, invocation) FILTER (invocation > {warm_up}) AS tmp_used_slope
FROM invocations
WHERE sandbox_id IS NOT NULL AND invocation IS NOT NULL
GROUP BY function_name, sandbox_id;
