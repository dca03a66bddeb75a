-- The batch is good: its cells are kept.
INSERT INTO cells
SELECT s.source, c.platform, c.allocator, c.pattern, c.size_bytes, 'ok', NULL, false, c.n, k.objects_per_trial,
       c.total_mean, c.total_std, c.total_quantiles, c.total_min, c.total_max,
       c.latency_mean, c.latency_std, c.latency_quantiles, c.latency_min, c.latency_max,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM batch_cells AS c
JOIN batch_sources AS s ON s.benchmark_path = c.source_path
JOIN known_patterns AS k USING (pattern);
