-- Sandboxes alive in each step of time: between the start of their first invocation and the end of their last.
SELECT function_name, step, count(*) AS sandboxes
FROM (
    SELECT function_name, unnest(range(
        ((first_ms - {start}) // {step})::BIGINT, least(((last_ms - {start}) // {step})::BIGINT, {steps} - 1) + 1)) AS step
    FROM sandboxes SEMI JOIN shown USING (function_name)
    WHERE first_ms IS NOT NULL
)
GROUP BY function_name, step
ORDER BY function_name, step;
