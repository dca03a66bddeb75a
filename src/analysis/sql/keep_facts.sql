-- The facts in a file of ours; keys of other writers are none.
INSERT INTO facts
SELECT s.source, decode(m.key), TRY(decode(m.value))
FROM parquet_kv_metadata(getvariable('benchmark_files')) AS m
JOIN batch_sources AS s ON s.benchmark_path = m.file_name
WHERE regexp_full_match(TRY(decode(m.key)), '[A-Za-z0-9_]+([.][A-Za-z0-9_-]+)+') AND strlen(TRY(decode(m.value))) < 65536;
