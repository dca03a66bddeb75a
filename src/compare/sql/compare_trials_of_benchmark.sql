-- The trials of a benchmark file alone. Nothing says which process they come from, nor whether they were disturbed.
-- A first batch of 0 ns lasted less than a tick of its clock: of a median as good as 1 ns, which can be divided by.
CREATE OR REPLACE TEMP TABLE trials AS
SELECT allocator, pattern, TRY_CAST(size_bytes AS UINTEGER) AS size_bytes, TRY_CAST(iteration AS UINTEGER) AS iteration,
       $live_objects::UINTEGER AS live_objects,
       0::UINTEGER AS process, 0::UINTEGER AS repetition, true AS clean,
       TRY_CAST(total_ns AS UBIGINT) AS total_ns,
       CASE TRY_CAST(latency_ns AS UBIGINT) WHEN 0 THEN 1 ELSE TRY_CAST(latency_ns AS UBIGINT) END AS latency_ns,
       CASE pattern WHEN 'random' THEN $objects_of_random ELSE $objects END AS objects,
       'ok' AS outcome, NULL::VARCHAR AS reason, NULL::DOUBLE AS page_faults, NULL::DOUBLE AS kernel_events
FROM read_parquet(getvariable('run_file'), hive_partitioning = false);
