-- What the platforms of files with details are called: by the rows of the benchmark file; a file of nothing but failures
-- has none, and then by the metadata. The digests tell whether the trials of both files are the same.
CREATE OR REPLACE TEMP TABLE batch_benchmarks AS
SELECT source, platform, allocator, pattern, size_bytes,
       count(*)::UBIGINT AS n,
       bit_xor(hash(iteration, total_ns, batch_ns(latency_ns))) AS digest
FROM benchmark_rows
WHERE is_possible(total_ns, latency_ns) IS NOT false
GROUP BY ALL;

INSERT INTO platforms
SELECT s.source, coalesce(named.platform, stored.platform), stored.platform
FROM batch_sources AS s
LEFT JOIN (SELECT source, min(platform) AS platform FROM batch_benchmarks GROUP BY source) AS named USING (source)
LEFT JOIN (SELECT file_name, any_value(TRY(decode(value))) AS platform
           FROM parquet_kv_metadata(getvariable('details_files'))
           WHERE key = encode('memalloc_bench.platform') GROUP BY file_name) AS stored
    ON stored.file_name = s.details_path;
