-- Durations in steps of a twenty-fourth of a decade (10 %), cold starts apart.
SELECT function_name, floor(log10(greatest(duration, 0.1)) * 24)::INTEGER AS step,
    count(*) FILTER (NOT cold) AS warm, count(*) FILTER (cold) AS cold
FROM invocations
SEMI JOIN shown USING (function_name)
WHERE duration IS NOT NULL
GROUP BY function_name, step
ORDER BY function_name, step;
