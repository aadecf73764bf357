-- One file of JSON lines into `lines`. A line that is not JSON is a row of NULLs, a line of somebody else's metrics is
-- `other`, and neither is read again.
INSERT INTO lines
WITH incoming AS (
    SELECT
        {selection},
        CASE
            WHEN event_type = 'performance' AND function_name IS NOT NULL THEN
                CASE
                    WHEN NOT ({wanted}) THEN 'filtered'
                    WHEN request_id IS NULL AND interval IS NOT NULL THEN 'environment'
                    WHEN request_id IS NOT NULL OR duration IS NOT NULL OR invocation IS NOT NULL THEN 'invocation'
                    ELSE 'other'
                END
            WHEN event_type = 'summary' THEN 'summary' -- for load_summaries.sql
            WHEN event_type IS NULL AND _aws IS NULL AND function_name IS NULL AND request_id IS NULL THEN 'broken'
            ELSE 'other'
        END AS kind
    FROM read_json({file}, format = 'newline_delimited', ignore_errors = true, maximum_object_size = 2097152,
        columns = {columns})
)
SELECT *, hash(function_name, request_id, sandbox_id, invocation, at_ms, instance_id, duration) FROM incoming;
