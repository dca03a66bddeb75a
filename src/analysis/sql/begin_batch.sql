-- The files of this batch, as its other statements name them. Elements of the two lists belong together; the second
-- one is empty when there are no details.
SET VARIABLE benchmark_files = $benchmark_files;
SET VARIABLE details_files = $details_files;
CREATE OR REPLACE TEMP TABLE batch_sources (source UBIGINT, benchmark_path VARCHAR, details_path VARCHAR);

-- Empty relations for a batch that never fills them.
CREATE OR REPLACE TEMP TABLE batch_failures (source_path VARCHAR);
