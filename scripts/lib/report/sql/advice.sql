-- What right-sizing needs to know of each function, from the typical warm invocations at its current memory size that succeeded
-- and have telemetry.
--
--   vcpus        CPU that the size allots: size / 1,769 MB
--   parallelism  CPUs that the function can use at once: what it has used in 95 of 100 invocations, at least one
--   wait         duration without CPU time: max(0, duration - cpu / min(vcpus, parallelism))
CREATE OR REPLACE TEMP TABLE warm AS
SELECT invocations.function_name, memory_size, memory_size / 1769 AS vcpus, duration, cpu_total_time AS cpu, at_ms,
    coalesce(rx_bytes, 0) + coalesce(tx_bytes, 0) AS network, identity
FROM invocations
JOIN current_size ON current_size.function_name = invocations.function_name AND memory_size = total_memory
WHERE typical AND NOT cold AND NOT failed AND has_telemetry AND duration > 0 AND cpu_total_time IS NOT NULL;

CREATE OR REPLACE TEMP TABLE parallel AS
SELECT function_name, greatest(1, quantile_disc(cpu / duration, 0.95)) AS parallelism FROM warm GROUP BY function_name;

CREATE OR REPLACE TEMP TABLE sizing AS
SELECT
    function_name, max(memory_size) AS memory_size, max(vcpus) AS vcpus, max(parallelism) AS parallelism,
    count(*) AS warm_records, coalesce((max(at_ms) - min(at_ms)) / 86400000, 0) AS days,
    avg(cpu) AS cpu, avg(greatest(0, duration - cpu / least(vcpus, parallelism))) AS wait,
    avg(network) AS network, avg(duration) AS duration
FROM warm JOIN parallel USING (function_name)
GROUP BY function_name;

SELECT * FROM sizing;
