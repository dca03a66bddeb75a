-- The trials of a batch without details files. A number beyond BIGINT becomes NULL and is found by value_problem.sql.
CREATE OR REPLACE TEMP VIEW samples AS
SELECT source_path, platform, allocator, pattern,
       TRY_CAST(size_bytes AS BIGINT) AS size_bytes,
       TRY_CAST(iteration AS BIGINT) AS iteration,
       NULL::BIGINT AS process,
       TRY_CAST(total_ns AS BIGINT) AS total_ns,
       batch_ns(latency_ns) AS latency_ns,
       NULL::BIGINT AS objects,
       NULL::BOOLEAN AS clean
FROM read_parquet(getvariable('benchmark_files'),
                  filename = 'source_path', union_by_name = true, hive_partitioning = false);
