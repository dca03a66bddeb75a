-- The first row, if any, of a file with several numbers of live objects that cannot be: file, column, problem. The
-- other checks see those of 100 alone.
WITH judged AS (
    SELECT source_path, allocator, pattern, size_bytes, live_objects, iteration,
           unnest([
               {'column_name': 'live_objects',
                'problem': CASE WHEN live_objects IS NULL OR live_objects NOT BETWEEN 1 AND 1000000000
                                THEN 'a value is absurd' END},
               {'column_name': 'objects',
                'problem': CASE WHEN outcome = 'ok' AND (objects IS NULL OR objects < 1)
                                THEN 'a value is missing or no number of objects' END},
               {'column_name': 'process',
                'problem': CASE WHEN process IS NULL OR process < 0 THEN 'a value is missing or negative' END},
               {'column_name': 'total_ns',
                'problem': CASE WHEN outcome = 'ok' AND (total_ns IS NULL OR total_ns NOT BETWEEN 1 AND 86400000000000)
                                THEN 'a value is missing or absurd' END},
               {'column_name': 'latency_ns',
                'problem': CASE WHEN outcome = 'ok' AND (latency_ns IS NULL OR latency_ns < 1
                                                         OR (total_ns > 0 AND latency_ns > total_ns))
                                THEN 'a value is missing or absurd' END},
               {'column_name': 'outcome',
                'problem': CASE WHEN outcome IS NULL OR outcome NOT IN (SELECT outcome FROM known_outcomes)
                                THEN 'an unknown outcome' END}
           ], recursive := true)
    FROM batch_live_rows
)
SELECT source_path, column_name, problem || coalesce(' (' || live_objects || ' live objects)', '')
FROM judged
WHERE problem IS NOT NULL
ORDER BY source_path, allocator NULLS FIRST, pattern, size_bytes, live_objects, iteration, column_name
LIMIT 1;
