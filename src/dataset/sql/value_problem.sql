-- The first value, if any, that cannot be: source, whether it is in the details file, column, problem.
WITH judged AS (
    SELECT source, allocator, pattern, size_bytes,
           unnest([
               {'column_name': 'platform',
                'problem': CASE WHEN $has_details = 0 THEN name_problem(platform) END},
               {'column_name': 'allocator', 'problem': name_problem(allocator)},
               {'column_name': 'pattern', 'problem': name_problem(pattern)},
               {'column_name': 'size_bytes',
                'problem': CASE WHEN size_bytes IS NULL THEN 'a value is missing or absurdly large'
                                WHEN size_bytes < 1 THEN 'an object of ' || size_bytes || ' bytes'
                                WHEN size_bytes > 1073741824 THEN 'an object of more than 1 GiB' END},
               @problems of axes@
               {'column_name': 'objects',
                'problem': CASE WHEN min_objects < 1 THEN 'a trial of ' || min_objects || ' objects' END},
               {'column_name': 'iteration',
                'problem': CASE WHEN iterations < n THEN 'a value is missing or absurdly large'
                                WHEN min_iteration < 0 THEN 'negative value ' || min_iteration
                                WHEN max_iteration > 1000000000 THEN 'absurd value ' || max_iteration
                                WHEN repetitions > 0
                                THEN absence('used') || 'iteration ' || repeated_iteration || ' appears '
                                     || CASE repetitions WHEN 2 THEN 'twice' ELSE repetitions || ' times' END END},
               {'column_name': 'process',
                'problem': CASE WHEN $has_details = 0 THEN NULL
                                WHEN with_process < n THEN 'a value is missing or absurdly large'
                                WHEN min_process < 0 THEN 'negative value ' || min_process END},
               {'column_name': 'total_ns', 'problem': CASE WHEN totals < n THEN 'a value is missing' END},
               {'column_name': 'latency_ns', 'problem': CASE WHEN latencies < n THEN 'a value is missing' END}
           ], recursive := true)
    FROM batch_cells
)
SELECT source, $has_details = 1, column_name,
       problem || coalesce(' (allocator ' || allocator || ', pattern ' || pattern || ', ' || size_bytes || ' bytes)', '')
FROM judged
WHERE problem IS NOT NULL
ORDER BY source, allocator NULLS FIRST, pattern, size_bytes
LIMIT 1;
