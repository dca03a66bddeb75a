-- The files of this batch, as its other statements name them.
CREATE OR REPLACE TEMP TABLE batch_sources (source UBIGINT, benchmark_path VARCHAR, details_path VARCHAR);
SET VARIABLE benchmark_files = $benchmark_files;
SET VARIABLE details_files = $details_files;
SET VARIABLE absent_columns = []::VARCHAR[]; -- of ours, that the files of the trials lack

-- Empty relations for a batch that never fills them.
CREATE OR REPLACE TEMP TABLE failures (source UBIGINT, allocator VARCHAR, pattern VARCHAR, size_bytes BIGINT,
                                       @axes with types@, control BOOLEAN, outcome VARCHAR, reason VARCHAR);
CREATE OR REPLACE TEMP TABLE census (source UBIGINT, allocator VARCHAR, pattern VARCHAR, size_bytes BIGINT,
                                     @axes with types@, page_faults DOUBLE, heap_calls DOUBLE, map_calls DOUBLE,
                                     l1d_misses DOUBLE, dtlb_misses DOUBLE);
CREATE OR REPLACE TEMP TABLE traversals (source UBIGINT, allocator VARCHAR, pattern VARCHAR, size_bytes BIGINT,
                                         @axes with types@, fresh DOUBLE[], aged DOUBLE[]);
CREATE OR REPLACE TEMP TABLE platforms (source UBIGINT, platform VARCHAR, stored_platform VARCHAR);

-- One row per cell of the batch, with what the checks need beside what is kept in the end. measure.c fills it, in this
-- order.
CREATE OR REPLACE TEMP TABLE batch_cells AS
SELECT source, platform, allocator, pattern, size_bytes, @axes@, control,
       NULL::UBIGINT AS digest,
       objects_per_trial,
       NULL::BIGINT AS min_objects,
       disturbed, n,
       NULL::UBIGINT AS iterations,          -- these: trials that have the value
       NULL::UBIGINT AS with_process,
       NULL::UBIGINT AS totals,
       NULL::UBIGINT AS latencies,
       NULL::BIGINT AS min_iteration,
       NULL::BIGINT AS max_iteration,
       NULL::BIGINT AS repeated_iteration,   -- NULL: none is
       NULL::UBIGINT AS repetitions,
       COLUMNS('^(total|latency)_'),
       NULL::BIGINT AS min_process,
       processes, measured
FROM cells
WHERE false;
CREATE OR REPLACE TEMP TABLE batch_left_out (source UBIGINT, rows UBIGINT);
