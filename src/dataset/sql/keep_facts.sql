-- The facts in files of ours: those of the details file where there is one, since it describes the trials. Keys of other
-- writers are none: a file of ours names its format, and ours are words with dots between them.
INSERT INTO facts
WITH stored AS (
    SELECT s.source, TRY(decode(m.key)) AS key, TRY(decode(m.value)) AS value, m.position
    FROM (SELECT *, row_number() OVER () AS position
          FROM parquet_kv_metadata(CASE WHEN len(getvariable('details_files')) > 0 THEN getvariable('details_files')
                                        ELSE getvariable('benchmark_files') END)) AS m
    JOIN batch_sources AS s ON m.file_name = coalesce(s.details_path, s.benchmark_path)
)
SELECT source, key, value
FROM stored
SEMI JOIN (SELECT source FROM stored WHERE key = 'memalloc_bench.format') AS ours USING (source)
WHERE strlen(value) < 65536 AND regexp_full_match(key,
    '(after|before|build|cache|census|cgroup|clock|constants|cpu|doctor|environment|gate|heap|kernel|libc|limit|machine|'
    'memalloc_bench|memory|plan|process|program|run|slurm|system|timer|topology|worker)([.][A-Za-z0-9_-]+)+')
ORDER BY source, position;
