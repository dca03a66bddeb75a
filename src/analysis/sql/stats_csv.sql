-- stats.csv: one row per cell.
COPY (
    SELECT c.platform, c.allocator, c.pattern, c.size_bytes,
           c.outcome,
           c.reason,
           c.n,
           c.processes,
           c.total_mean AS total_mean_ns,
           c.total_std AS total_std_ns,
           e.total_median AS total_median_ns,
           c.total_p5 AS total_p5_ns,
           c.total_p25 AS total_p25_ns,
           c.total_p75 AS total_p75_ns,
           c.total_p95 AS total_p95_ns,
           c.total_min::BIGINT AS total_min_ns,
           c.total_max::BIGINT AS total_max_ns,
           e.total_low AS total_median_low_ns,
           e.total_high AS total_median_high_ns,
           e.total_median / e.objects_per_trial AS total_ns_per_object,
           c.latency_mean AS latency_mean_ns,
           c.latency_std AS latency_std_ns,
           e.latency_median AS latency_median_ns,
           c.latency_p5 AS latency_p5_ns,
           c.latency_p25 AS latency_p25_ns,
           c.latency_p75 AS latency_p75_ns,
           c.latency_p95 AS latency_p95_ns,
           c.latency_min::BIGINT AS latency_min_ns,
           c.latency_max::BIGINT AS latency_max_ns,
           e.latency_low AS latency_median_low_ns,
           e.latency_high AS latency_median_high_ns,
           e.latency_median / e.objects_per_batch AS latency_ns_per_object,
           c.disturbed AS disturbed_trials
    FROM estimates AS e
    JOIN present_platforms AS p ON p.index = e.platform
    JOIN cells AS c
        ON (c.platform, c.allocator, c.pattern, c.size_bytes) = (p.platform, e.allocator, e.pattern, e.size_bytes)
    WHERE is_standard(@c.axes@) AND NOT c.control
    ORDER BY e.position
) TO $path (FORMAT csv, HEADER, USE_TMP_FILE false);
