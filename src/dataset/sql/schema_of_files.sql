-- The schemas of some files, each as a tree that is listed depth first: file, name, children, type. DuckDB reads decimals of
-- more than 38 digits as doubles, and now and then as wrong ones.
SELECT file_name, name, coalesce(num_children, 0)::UBIGINT,
       CASE WHEN converted_type = 'DECIMAL' AND precision > 38 THEN 'a decimal of ' || precision || ' digits'
            ELSE coalesce(duckdb_type, '') END
FROM parquet_schema($files);
