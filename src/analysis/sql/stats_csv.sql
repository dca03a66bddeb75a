-- stats.csv: one row per cell.
COPY (
    SELECT c.platform, c.allocator, c.pattern, c.size_bytes,
           CASE WHEN c.inconclusive THEN 'inconclusive' ELSE c.outcome END AS outcome,
           CASE WHEN c.inconclusive THEN 'fewer than half of its trials were undisturbed' ELSE c.reason END AS reason,
           c.n,
           len(c.process_numbers) AS processes,
           c.total_mean AS total_mean_ns,
           c.total_std AS total_std_ns,
           e.total_median AS total_median_ns,
           c.total_quantiles[1] AS total_p5_ns,
           c.total_quantiles[2] AS total_p25_ns,
           c.total_quantiles[4] AS total_p75_ns,
           c.total_quantiles[5] AS total_p95_ns,
           c.total_min::BIGINT AS total_min_ns,
           c.total_max::BIGINT AS total_max_ns,
           e.total_low AS total_median_low_ns,
           e.total_high AS total_median_high_ns,
           e.total_median / c.objects_per_trial AS total_ns_per_object,
           c.latency_mean AS latency_mean_ns,
           c.latency_std AS latency_std_ns,
           e.latency_median AS latency_median_ns,
           c.latency_quantiles[1] AS latency_p5_ns,
           c.latency_quantiles[2] AS latency_p25_ns,
           c.latency_quantiles[4] AS latency_p75_ns,
           c.latency_quantiles[5] AS latency_p95_ns,
           c.latency_min::BIGINT AS latency_min_ns,
           c.latency_max::BIGINT AS latency_max_ns,
           e.latency_low AS latency_median_low_ns,
           e.latency_high AS latency_median_high_ns,
           e.latency_median / (c.objects_per_trial / $batches_per_trial) AS latency_ns_per_object
    FROM cells AS c
    JOIN present_allocators AS a USING (allocator)
    JOIN known_patterns AS k USING (pattern)
    LEFT JOIN estimates AS e USING (platform, allocator, pattern, size_bytes)
    ORDER BY c.platform, a.index, k.position, c.size_bytes
) TO $path (FORMAT csv, HEADER, USE_TMP_FILE false);
