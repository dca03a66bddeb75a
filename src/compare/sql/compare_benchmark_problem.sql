-- What is wrong, if anything, with the benchmark file as a whole: column, problem. With a details file, where all may
-- have failed, it may be without rows.
SELECT 'platform',
       CASE count(*) WHEN 0 THEN 'the file has no rows'
       ELSE 'more than one platform in one file: ' || min(platform) || ', ' || max(platform) END
FROM read_parquet(getvariable('run_file'), hive_partitioning = false)
HAVING (count(*) = 0 AND $has_details = 0) OR min(platform) <> max(platform);
