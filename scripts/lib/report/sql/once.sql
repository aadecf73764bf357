-- EMF is delivered at least once, and exports overlap: a line that came twice counts once. So does an invocation that both
-- Lambda Vitals and Lambda Insights wrote a line of: the one of Lambda Vitals, which has a sandbox_id, stays.
CREATE TEMP TABLE again AS
SELECT rowid AS row FROM lines
WHERE kind IN ('invocation', 'environment') AND identity IN (
    SELECT identity FROM lines WHERE kind IN ('invocation', 'environment') GROUP BY identity HAVING count(*) > 1)
QUALIFY row_number() OVER (PARTITION BY identity ORDER BY rowid) > 1;

INSERT INTO again
SELECT rowid FROM lines
WHERE kind = 'invocation' AND sandbox_id IS NULL AND request_id IS NOT NULL
    AND rowid NOT IN (SELECT row FROM again)
    AND hash(function_name, request_id) IN (
        SELECT hash(function_name, request_id) FROM lines
        WHERE sandbox_id IS NOT NULL AND request_id IS NOT NULL
            AND EXISTS (SELECT 1 FROM lines WHERE kind = 'invocation' AND sandbox_id IS NULL));

UPDATE lines SET kind = 'duplicate' WHERE rowid IN (SELECT row FROM again);
DROP TABLE again;

CREATE TEMP TABLE again AS
SELECT rowid AS row FROM summaries
QUALIFY row_number() OVER (PARTITION BY identity ORDER BY rowid) > 1;

UPDATE summaries SET kind = 'duplicate' WHERE rowid IN (SELECT row FROM again);
DROP TABLE again;
