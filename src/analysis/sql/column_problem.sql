-- The first column, if any, that a file of the batch lacks or has with a wrong type: file, column, problem.
WITH expected (kind, column_name, family, required) AS (
    VALUES ('benchmark', 'platform', 'text', true),
           ('benchmark', 'allocator', 'text', true),
           ('benchmark', 'pattern', 'text', true),
           ('benchmark', 'size_bytes', 'whole number', true),
           ('benchmark', 'iteration', 'whole number', true),
           ('benchmark', 'total_ns', 'whole number', true),
           ('benchmark', 'latency_ns', 'whole number', true),
           ('details', 'allocator', 'text', true),
           ('details', 'pattern', 'text', true),
           ('details', 'size_bytes', 'whole number', true),
           ('details', 'iteration', 'whole number', true),
           ('details', 'process', 'whole number', true),
           ('details', 'total_ns', 'whole number', true),
           ('details', 'latency_ns', 'whole number', true),
           ('details', 'outcome', 'text', true),
           ('details', 'reason', 'text', false),
           ('details', 'used', 'truth value', false),
           ('details', 'clean', 'truth value', false),
           ('details', 'control', 'truth value', false),
           ('details', 'objects', 'whole number', false),
           ('details', 'live_objects', 'whole number', false),
           ('details', 'traverse_fresh_ns', 'whole number', false),
           ('details', 'traverse_aged_ns', 'whole number', false),
           ('details', 'traverse_objects', 'whole number', false),
           ('details', 'census_objects', 'whole number', false),
           ('details', 'census_minor_faults', 'whole number', false),
           ('details', 'census_major_faults', 'whole number', false),
           ('details', 'census_brk_calls', 'whole number', false),
           ('details', 'census_mmap_calls', 'whole number', false),
           ('details', 'census_munmap_calls', 'whole number', false),
           ('details', 'census_mremap_calls', 'whole number', false),
           ('details', 'census_madvise_calls', 'whole number', false),
           ('details', 'census_l1d_misses', 'whole number', false),
           ('details', 'census_dtlb_misses', 'whole number', false)
),
found AS (
    SELECT file_name, lower(name) AS column_name, duckdb_type,
           CASE WHEN duckdb_type IN ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT',
                                     'UTINYINT', 'USMALLINT', 'UINTEGER', 'UBIGINT') THEN 'whole number'
                WHEN duckdb_type = 'VARCHAR' THEN 'text'
                WHEN duckdb_type = 'BOOLEAN' THEN 'truth value'
           END AS family
    FROM parquet_schema(list_concat(getvariable('benchmark_files'), getvariable('details_files')))
    WHERE duckdb_type IS NOT NULL
),
files (kind, path) AS (
    SELECT 'benchmark', benchmark_path FROM batch_sources
    UNION ALL
    SELECT 'details', details_path FROM batch_sources WHERE details_path IS NOT NULL
)
SELECT files.path, expected.column_name,
       CASE WHEN found.file_name IS NULL THEN 'the column is missing'
            ELSE 'its type is ' || found.duckdb_type || ', not ' || expected.family
       END
FROM files
JOIN expected USING (kind)
LEFT JOIN found ON found.file_name = files.path AND found.column_name = expected.column_name
WHERE (found.file_name IS NULL AND expected.required)
   OR (found.file_name IS NOT NULL AND found.family IS DISTINCT FROM expected.family)
ORDER BY files.path, expected.required DESC
LIMIT 1;
