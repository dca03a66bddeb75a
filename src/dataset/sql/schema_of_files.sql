-- The schemas of some files, each as a tree that is listed depth first: file, name, children, type.
SELECT file_name, name, coalesce(num_children, 0)::UBIGINT, coalesce(duckdb_type, '')
FROM parquet_schema($files);
