-- CPU utilization against duration, in cells: as many points as an eye can tell apart, however many invocations there are.
SELECT function_name, floor(log10(greatest(duration, 0.1)) * 16)::INTEGER AS step,
    least(floor(cpu_utilization / 5), 39)::INTEGER AS level, count(*) AS invocations
FROM invocations
WHERE {chosen} AND duration IS NOT NULL AND cpu_utilization IS NOT NULL
GROUP BY 1, 2, 3
ORDER BY function_name, step, level;
