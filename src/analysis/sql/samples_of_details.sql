-- The trials of a batch with details files: those rows of them that are in the benchmark file, too. The empty first
-- part gives the optional columns to files that lack them.
CREATE OR REPLACE TEMP VIEW details AS
SELECT NULL::VARCHAR AS reason, NULL::BOOLEAN AS used, NULL::BOOLEAN AS clean, NULL::BOOLEAN AS control,
       NULL::UTINYINT AS objects, NULL::UTINYINT AS live_objects,
       NULL::UTINYINT AS traverse_fresh_ns, NULL::UTINYINT AS traverse_aged_ns, NULL::UTINYINT AS traverse_objects,
       NULL::UTINYINT AS census_objects, NULL::UTINYINT AS census_minor_faults,
       NULL::UTINYINT AS census_major_faults, NULL::UTINYINT AS census_brk_calls,
       NULL::UTINYINT AS census_mmap_calls, NULL::UTINYINT AS census_munmap_calls,
       NULL::UTINYINT AS census_mremap_calls, NULL::UTINYINT AS census_madvise_calls,
       NULL::UTINYINT AS census_l1d_misses, NULL::UTINYINT AS census_dtlb_misses
WHERE false
UNION ALL BY NAME
SELECT *
FROM read_parquet(getvariable('details_files'),
                  filename = 'source_path', union_by_name = true, hive_partitioning = false);

CREATE OR REPLACE TEMP VIEW samples AS
SELECT source_path, NULL::VARCHAR AS platform, allocator, pattern,
       TRY_CAST(size_bytes AS BIGINT) AS size_bytes,
       TRY_CAST(iteration AS BIGINT) AS iteration,
       TRY_CAST(process AS BIGINT) AS process,
       TRY_CAST(total_ns AS BIGINT) AS total_ns,
       batch_ns(latency_ns) AS latency_ns,
       TRY_CAST(objects AS BIGINT) AS objects,
       clean
FROM details
WHERE outcome = 'ok' AND coalesce(used, true) AND NOT coalesce(control, false)
      AND coalesce(live_objects, 100) = 100;
