SELECT coalesce(min(platform), '')
FROM read_parquet(getvariable('run_file'), hive_partitioning = false);
