-- A row of the benchmark file that the details file does not have: then they are of different runs.
SELECT 'total_ns', 'its times are not those of the details file beside it'
FROM read_parquet(getvariable('run_file'), hive_partitioning = false) AS benchmark
WHERE NOT EXISTS (FROM trials
                  WHERE trials.allocator = benchmark.allocator AND trials.pattern = benchmark.pattern
                    AND trials.size_bytes = benchmark.size_bytes AND trials.live_objects = $live_objects
                    AND trials.iteration = benchmark.iteration
                    AND trials.total_ns = benchmark.total_ns AND trials.latency_ns = benchmark.latency_ns)
LIMIT 1;
