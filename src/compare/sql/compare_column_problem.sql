-- The first column, if any, that the file lacks or has with a wrong type: column, problem.
WITH expected (kind, column_name, family) AS (
    VALUES ('benchmark', 'platform', 'text'),
           ('benchmark', 'allocator', 'text'),
           ('benchmark', 'pattern', 'text'),
           ('benchmark', 'size_bytes', 'whole number'),
           ('benchmark', 'iteration', 'whole number'),
           ('benchmark', 'total_ns', 'whole number'),
           ('benchmark', 'latency_ns', 'whole number'),
           ('details', 'allocator', 'text'),
           ('details', 'pattern', 'text'),
           ('details', 'size_bytes', 'whole number'),
           ('details', 'iteration', 'whole number'),
           ('details', 'process', 'whole number'),
           ('details', 'repetition', 'whole number'),
           ('details', 'clean', 'truth value'),
           ('details', 'total_ns', 'whole number'),
           ('details', 'latency_ns', 'whole number'),
           ('details', 'objects', 'whole number'),
           ('details', 'outcome', 'text'),
           ('details', 'reason', 'text')
),
found AS (
    SELECT lower(name) AS column_name, duckdb_type,
           CASE WHEN duckdb_type IN ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT',
                                     'UTINYINT', 'USMALLINT', 'UINTEGER', 'UBIGINT') THEN 'whole number'
                WHEN duckdb_type = 'VARCHAR' THEN 'text'
                WHEN duckdb_type = 'BOOLEAN' THEN 'truth value'
           END AS family
    FROM parquet_schema(getvariable('run_file'))
    WHERE duckdb_type IS NOT NULL
)
SELECT expected.column_name,
       CASE WHEN found.column_name IS NULL THEN 'the column is missing'
            ELSE 'its type is ' || found.duckdb_type || ', not ' || expected.family
       END
FROM expected
LEFT JOIN found USING (column_name)
WHERE expected.kind = $kind AND found.family IS DISTINCT FROM expected.family
LIMIT 1;
