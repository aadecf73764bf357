-- How many lines there are of each kind.
SELECT kind, count(*) AS count FROM lines WHERE kind <> 'summary' GROUP BY kind
UNION ALL
SELECT kind, count(*) FROM summaries GROUP BY kind;
