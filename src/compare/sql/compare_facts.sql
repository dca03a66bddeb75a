SELECT TRY(decode(key)), TRY(decode(value))
FROM parquet_kv_metadata(getvariable('run_file'))
WHERE TRY(decode(key)) IS NOT NULL AND TRY(decode(value)) IS NOT NULL;
