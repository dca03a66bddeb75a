-- The first file of the batch, if any, whose format this program does not know: source, is it the details file, format.
-- Files of other programs have none.
SELECT s.source, m.file_name = s.details_path, left(coalesce(TRY(decode(m.value)), '?'), 20)
FROM (FROM parquet_kv_metadata(getvariable('benchmark_files'))
      UNION ALL
      FROM parquet_kv_metadata(CASE WHEN len(getvariable('details_files')) > 0 THEN getvariable('details_files')
                                    ELSE getvariable('benchmark_files') END)) AS m
JOIN batch_sources AS s ON m.file_name IN (s.benchmark_path, s.details_path)
WHERE m.key = encode('memalloc_bench.format')
      AND (TRY_CAST(TRY(decode(m.value)) AS BIGINT) BETWEEN 1 AND $format) IS NOT true
ORDER BY ALL
LIMIT 1;
