-- One row a function: what it did, and how fast, how big and how expensive it is.
-- init_duration is also there for sandboxes of provisioned concurrency, for which nobody waited: cold starts are `cold`.
WITH summed AS (
    SELECT
        function_name,
        sum(invocations) AS invocations, sum(billed_mb_ms) AS billed_mb_ms
    FROM summaries WHERE kind = 'summary' GROUP BY function_name
), spread AS (
    SELECT
        function_name,
        quantile_disc(duration, 0.5) AS duration_p50, quantile_disc(duration, 0.95) AS duration_p95,
        quantile_disc(duration, 0.99) AS duration_p99, max(duration) AS duration_max, avg(duration) AS duration_avg
    FROM durations GROUP BY function_name
), own AS (
    SELECT
        function_name,
        count(*) AS lines,
        min(at_ms) AS first_ms, max(at_ms) AS last_ms,
        count(DISTINCT sandbox_id) AS sandboxes,
        count(*) FILTER (cold) AS cold_starts,
        count(*) FILTER (failed) AS errors,
        count(*) FILTER (timed_out) AS timeouts,
        count(*) FILTER (out_of_memory) AS out_of_memory,
        count(*) FILTER (has_telemetry) AS with_telemetry,
        quantile_disc(init_duration, 0.5) FILTER (cold) AS init_p50,
        quantile_disc(init_duration, 0.95) FILTER (cold) AS init_p95,
        quantile_disc(restore_duration, 0.5) AS restore_p50,
        quantile_disc(restore_duration, 0.95) AS restore_p95,
        avg(init_cpu_time) AS init_cpu_avg,
        avg(cpu_total_time) AS cpu_avg, quantile_disc(cpu_total_time, 0.95) AS cpu_p95,
        avg(cpu_utilization) AS cpu_utilization_avg, quantile_disc(cpu_utilization, 0.95) AS cpu_utilization_p95,
        avg(cpu_wait_time) AS cpu_wait_avg,
        quantile_disc(memory_peak, 0.5) AS memory_peak_p50, quantile_disc(memory_peak, 0.99) AS memory_peak_p99,
        max(memory_peak) AS memory_peak_max, max(used_memory_max) AS used_memory_max,
        quantile_disc(memory_left, 0.5) AS memory_left_p50,
        max(tmp_used) AS tmp_used_max, arg_max(tmp_max, tmp_used) AS tmp_size,
        max(fd_use) AS fd_use_max, arg_max(fd_max, fd_use) AS fd_limit,
        max(threads_max) AS threads_max,
        max(time_limit) AS time_limit,
        avg(rx_bytes) AS rx_avg, avg(tx_bytes) AS tx_avg,
        avg(disk_read_bytes) AS disk_read_avg, avg(disk_write_bytes) AS disk_write_avg,
        avg(response_latency) AS response_latency_avg, avg(response_duration) AS response_duration_avg,
        avg(runtime_overhead) AS runtime_overhead_avg, avg(extension_overhead) AS extension_overhead_avg,
        quantile_disc(extension_overhead, 0.99) AS extension_overhead_p99,
        avg(extensions_cpu_time) AS extensions_cpu_avg, max(extensions_memory_max) AS extensions_memory_max,
        avg(agent_cpu_time) AS vitals_cpu_avg, max(agent_memory_max) AS vitals_memory_max,
        sum(billed_mb_ms) AS billed_mb_ms, sum(billed_duration) AS billed_ms
    FROM invocations GROUP BY function_name
)
SELECT
    coalesce(own.function_name, summed.function_name, '') AS function_name,
    current_size.architecture, current_size.version, current_size.initialization_type,
    current_size.memory_size,
    coalesce(own.lines, 0) + coalesce(summed.invocations, 0) AS invocations,
    own.* EXCLUDE (function_name, billed_mb_ms),
    spread.* EXCLUDE (function_name),
    coalesce(own.billed_mb_ms, 0) + coalesce(summed.billed_mb_ms, 0) AS billed_mb_ms
FROM own
FULL JOIN summed ON summed.function_name IS NOT DISTINCT FROM own.function_name
LEFT JOIN spread ON spread.function_name IS NOT DISTINCT FROM coalesce(own.function_name, summed.function_name)
LEFT JOIN current_size ON current_size.function_name IS NOT DISTINCT FROM own.function_name
ORDER BY billed_mb_ms DESC, invocations DESC, function_name;
