-- How many lines there are of each kind.
SELECT kind, count(*) AS count FROM lines GROUP BY kind
UNION ALL
SELECT CASE WHEN kind = 'summary' THEN 'summary' ELSE kind END, count(*) FROM summaries GROUP BY kind;
