-- One row per cell of the batch, with what the checks need beside the statistics.
CREATE OR REPLACE TEMP TABLE batch_cells AS
SELECT source_path, platform, allocator, pattern, size_bytes,
       count(*)::UBIGINT AS n,
       count(iteration) AS iterations,
       min(iteration) AS least_iteration,
       max(iteration) AS greatest_iteration,
       bit_count(bit_or(CASE WHEN iteration BETWEEN 0 AND 120 THEN 1::HUGEINT << iteration::INTEGER END))
           AS different_small_iterations,
       count(process) AS processes,
       min(process) AS least_process,
       count(total_ns) AS totals,
       count(latency_ns) AS latencies,
       count(*) FILTER (WHERE latency_ns > total_ns) AS latencies_above_total,
       sum(hash(iteration, total_ns, latency_ns)) AS digest,
       avg(objects) AS objects_per_trial,
       count(*) FILTER (WHERE clean) AS clean_trials,
       count(clean) AS judged_trials,
       avg(total_ns) AS total_mean,
       stddev_samp(total_ns) AS total_std,
       quantile_cont(total_ns, [0.05, 0.25, 0.5, 0.75, 0.95]) AS total_quantiles,
       min(total_ns) AS total_min,
       max(total_ns) AS total_max,
       avg(latency_ns) AS latency_mean,
       stddev_samp(latency_ns) AS latency_std,
       quantile_cont(latency_ns, [0.05, 0.25, 0.5, 0.75, 0.95]) AS latency_quantiles,
       min(latency_ns) AS latency_min,
       max(latency_ns) AS latency_max
FROM samples
GROUP BY ALL;
