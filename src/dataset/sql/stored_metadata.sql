-- What a file says of itself, but for what programs store of its columns' types, which a new copy need not have.
SELECT TRY(decode(key)), TRY(decode(value))
FROM parquet_kv_metadata($files)
WHERE TRY(decode(key)) NOT IN ('ARROW:schema', 'pandas', '') AND TRY(decode(value)) IS NOT NULL;
