-- What stays in memory after each invocation, a line a sandbox: of each function the {lines} sandboxes with most growth,
-- each in at most {points} points.
WITH ranked AS (
    SELECT function_name, sandbox_id, first_invocation, last_invocation,
        row_number() OVER (PARTITION BY function_name
            ORDER BY coalesce(memory_left_slope, 0) * (last_invocation - first_invocation) DESC, sandbox_id) AS place
    FROM sandboxes SEMI JOIN shown USING (function_name)
    WHERE invocations >= 3
)
SELECT function_name, sandbox_id, max(invocation)::BIGINT AS invocation, arg_max(memory_left, invocation) AS memory
FROM invocations JOIN ranked USING (function_name, sandbox_id)
WHERE place <= {lines} AND memory_left IS NOT NULL
GROUP BY function_name, sandbox_id, floor((invocation - first_invocation) * {points} / (last_invocation - first_invocation + 1))
ORDER BY function_name, sandbox_id, invocation;
