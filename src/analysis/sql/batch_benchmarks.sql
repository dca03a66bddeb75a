-- What the benchmark files of a batch with details hold: their platforms, and a digest of every cell by which
-- belonging together is told.
CREATE OR REPLACE TEMP TABLE batch_benchmarks AS
SELECT source_path, platform, allocator, pattern,
       TRY_CAST(size_bytes AS BIGINT) AS size_bytes,
       count(*)::UBIGINT AS n,
       sum(hash(TRY_CAST(iteration AS BIGINT), TRY_CAST(total_ns AS BIGINT), batch_ns(latency_ns))) AS digest
FROM read_parquet(getvariable('benchmark_files'),
                  filename = 'source_path', union_by_name = true, hive_partitioning = false)
GROUP BY ALL;

-- A file of nothing but failures has no row that names its platform; its metadata do.
CREATE OR REPLACE TEMP TABLE batch_platforms AS
SELECT sources.source, sources.benchmark_path, sources.details_path,
       coalesce(named.platform, stored.platform) AS platform,
       coalesce(named.platforms, 1) AS platforms
FROM batch_sources AS sources
LEFT JOIN (SELECT source_path, min(platform) AS platform,
                  count(DISTINCT platform) + count(DISTINCT platform IS NULL) - 1 AS platforms
           FROM batch_benchmarks GROUP BY source_path) AS named
    ON named.source_path = sources.benchmark_path
LEFT JOIN (SELECT file_name, any_value(TRY(decode(value))) AS platform
           FROM parquet_kv_metadata(getvariable('details_files'))
           WHERE key = encode('memalloc_bench.platform') GROUP BY file_name) AS stored
    ON stored.file_name = sources.details_path;
