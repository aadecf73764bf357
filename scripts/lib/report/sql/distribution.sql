-- Durations in steps of a twenty-fourth of a decade (10 %), cold starts apart.
SELECT function_name, floor(log10(greatest(duration, 0.1)) * 24)::INTEGER AS step,
    count(*) FILTER (NOT cold) AS warm, count(*) FILTER (cold) AS cold
FROM invocations
WHERE {chosen} AND duration IS NOT NULL
GROUP BY 1, 2
ORDER BY function_name, step;
