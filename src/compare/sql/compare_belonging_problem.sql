-- A row of the benchmark file that the details file does not have, or the other way round: then they are of different
-- runs, or one was cut. Controls and cells of which a process failed are in the details file alone.
WITH benchmark AS (
    SELECT allocator, pattern, size_bytes, iteration, total_ns, latency_ns
    FROM read_parquet(getvariable('run_file'), hive_partitioning = false)
),
failed AS (
    SELECT allocator, pattern, size_bytes FROM trials WHERE outcome <> 'ok' AND live_objects = $live_objects
)
SELECT 'total_ns', 'its times are not those of the details file beside it'
FROM benchmark
WHERE NOT EXISTS (FROM trials
                  WHERE trials.allocator = benchmark.allocator AND trials.pattern = benchmark.pattern
                    AND trials.size_bytes = benchmark.size_bytes AND trials.live_objects = $live_objects
                    AND trials.iteration = benchmark.iteration
                    AND trials.total_ns = benchmark.total_ns
                    AND trials.latency_ns = CASE benchmark.latency_ns WHEN 0 THEN 1 ELSE benchmark.latency_ns END)
UNION ALL
SELECT 'total_ns', 'the details file beside it has more (' || allocator || ', ' || pattern || ', ' || size_bytes || ' bytes)'
FROM trials
ANTI JOIN benchmark USING (allocator, pattern, size_bytes, iteration)
ANTI JOIN failed USING (allocator, pattern, size_bytes)
WHERE live_objects = $live_objects AND NOT list_contains($controls, split_part(allocator, '@', 1))
LIMIT 1;
