-- Each function at each memory size: duration = cpu / min(size / 1769, parallelism) + wait, its 95th percentile from up to
-- {sample} invocations, and what is billed for an invocation in MB ms (rounding up to whole milliseconds adds half of one).
--
-- The band: the CPU part may be 10 % off either way. Garbage collection takes more CPU time with less memory, so that the
-- pessimistic side has 10 % more of it below the current size. Network throughput follows the size: on the side that
-- is worse the transfer time (at 25 MB/s, at most all of the wait) scales with it.
WITH sampled AS (
    SELECT function_name, cpu, greatest(0, duration - cpu / least(vcpus, parallelism)) AS wait
    FROM (SELECT *, row_number() OVER (PARTITION BY function_name ORDER BY identity) AS number FROM warm)
    JOIN parallel USING (function_name)
    WHERE number <= {sample}
), candidates AS (
    SELECT function_name, sizing.memory_size, cpu, wait, parallelism, least(wait, network / 25000) AS transfer,
        unnest(list_distinct({sizes} || [memory_size])) AS size
    FROM sizing
), slow AS (
    SELECT function_name, size, quantile_disc(sampled.cpu / least(size / 1769, parallelism) + sampled.wait, 0.95) AS duration_p95
    FROM sampled JOIN candidates USING (function_name) GROUP BY function_name, size
), modelled AS (
    SELECT *, cpu / least(size / 1769, parallelism) AS computing FROM candidates
)
SELECT
    function_name, size,
    computing + wait AS duration, duration_p95,
    0.9 * computing + wait - transfer * greatest(0, 1 - memory_size / size) AS duration_low,
    1.1 * computing * (CASE WHEN size < memory_size THEN 1.1 ELSE 1 END)
        + wait + transfer * greatest(0, memory_size / size - 1) AS duration_high
FROM modelled JOIN slow USING (function_name, size)
ORDER BY function_name, size;
