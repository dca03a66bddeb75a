-- The first traversal, if any, that cannot be: file, column, problem.
WITH judged AS (
    SELECT source_path, allocator, pattern, size_bytes, process,
           unnest([
               {'column_name': 'live_objects',
                'problem': CASE WHEN live_objects IS NULL OR live_objects NOT BETWEEN 1 AND 1000000000
                                THEN 'a value is absurd' END},
               {'column_name': 'process',
                'problem': CASE WHEN process IS NULL OR process < 0 THEN 'a value is missing or negative' END},
               {'column_name': 'traverse_objects',
                'problem': CASE WHEN objects IS NULL OR objects < 1
                                THEN 'a value is missing or no number of objects' END},
               {'column_name': 'traverse_fresh_ns',
                'problem': CASE WHEN fresh_ns IS NULL OR fresh_ns NOT BETWEEN 1 AND 86400000000000
                                THEN 'a value is missing or absurd' END},
               {'column_name': 'traverse_aged_ns',
                'problem': CASE WHEN aged_ns IS NULL OR aged_ns NOT BETWEEN 1 AND 86400000000000
                                THEN 'a value is missing or absurd' END}
           ], recursive := true)
    FROM batch_traverse_rows
)
SELECT source_path, column_name, problem
FROM judged
WHERE problem IS NOT NULL
ORDER BY source_path, allocator NULLS FIRST, pattern, size_bytes, process, column_name
LIMIT 1;
