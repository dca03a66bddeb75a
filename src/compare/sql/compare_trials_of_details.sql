-- The trials of a details file, all repetitions. The empty first part gives the columns that files may lack.
-- A first batch of 0 ns lasted less than a tick of its clock: of a median as good as 1 ns, which can be divided by.
CREATE OR REPLACE TEMP TABLE trials AS
SELECT allocator, pattern, TRY_CAST(size_bytes AS UINTEGER) AS size_bytes, TRY_CAST(iteration AS UINTEGER) AS iteration,
       coalesce(TRY_CAST(live_objects AS UINTEGER), $live_objects::UINTEGER) AS live_objects,
       TRY_CAST(process AS UINTEGER) AS process, TRY_CAST(repetition AS UINTEGER) AS repetition, clean,
       TRY_CAST(total_ns AS UBIGINT) AS total_ns,
       CASE TRY_CAST(latency_ns AS UBIGINT) WHEN 0 THEN 1 ELSE TRY_CAST(latency_ns AS UBIGINT) END AS latency_ns,
       TRY_CAST(objects AS UBIGINT)::DOUBLE AS objects, outcome, reason,
       TRY_CAST(minor_faults AS DOUBLE) / TRY_CAST(objects AS DOUBLE) AS page_faults,
       -- page faults and system calls for memory, per object
       (TRY_CAST(census_minor_faults AS DOUBLE) + TRY_CAST(census_major_faults AS DOUBLE)
        + TRY_CAST(census_brk_calls AS DOUBLE) + TRY_CAST(census_mmap_calls AS DOUBLE)
        + TRY_CAST(census_munmap_calls AS DOUBLE) + TRY_CAST(census_mremap_calls AS DOUBLE)
        + TRY_CAST(census_madvise_calls AS DOUBLE)) / TRY_CAST(census_objects AS DOUBLE) AS kernel_events
FROM (SELECT NULL::UTINYINT AS live_objects, NULL::UTINYINT AS minor_faults,
             NULL::UTINYINT AS census_objects, NULL::UTINYINT AS census_minor_faults,
             NULL::UTINYINT AS census_major_faults, NULL::UTINYINT AS census_brk_calls,
             NULL::UTINYINT AS census_mmap_calls, NULL::UTINYINT AS census_munmap_calls,
             NULL::UTINYINT AS census_mremap_calls, NULL::UTINYINT AS census_madvise_calls
      WHERE false
      UNION ALL BY NAME
      SELECT * FROM read_parquet(getvariable('run_file'), hive_partitioning = false));
