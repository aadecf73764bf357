-- Everything that is drawn over time: one row a function and step of {step} ms.
SELECT
    function_name, (at_ms - {start}) // {step} AS step,
    count(*) AS invocations,
    quantile_disc(duration, 0.5) AS p50, quantile_disc(duration, 0.95) AS p95, max(duration) AS longest,
    count(*) FILTER (cold) AS cold, count(*) FILTER (failed) AS failed,
    count(*) FILTER (timed_out) AS timed_out, count(*) FILTER (out_of_memory) AS out_of_memory,
    count(*) FILTER (failed AND NOT timed_out AND NOT coalesce(out_of_memory, false)) AS other_errors,
    quantile_disc(memory_peak, 0.5) AS memory_p50, max(memory_peak) AS memory_max,
    max(used_memory_max) AS memory_used, max(total_memory) AS memory_size,
    sum(rx_bytes) AS received, sum(tx_bytes) AS sent, sum(disk_read_bytes) AS disk_read, sum(disk_write_bytes) AS disk_written,
    count(DISTINCT sandbox_id) AS sandboxes, sum(duration) / {step} AS concurrency
FROM invocations
WHERE {chosen} AND at_ms IS NOT NULL
GROUP BY 1, 2
ORDER BY function_name, step;
