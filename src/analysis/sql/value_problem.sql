-- The first value, if any, that cannot be: file, column, problem. Duplicate iterations are counted exactly by a bit
-- mask where they are small; duplicate_problem.sql looks at the other cells.
WITH judged AS (
    SELECT source_path, allocator, pattern, size_bytes,
           unnest([
               {'column_name': 'platform',
                'problem': CASE WHEN $has_details = 0 THEN name_problem(platform) END},
               {'column_name': 'allocator', 'problem': name_problem(allocator)},
               {'column_name': 'pattern',
                'problem': coalesce(name_problem(pattern),
                                    CASE WHEN pattern NOT IN (SELECT pattern FROM known_patterns)
                                         THEN 'unknown pattern ''' || pattern || '''' END)},
               {'column_name': 'size_bytes',
                'problem': CASE WHEN size_bytes IS NULL THEN 'a value is missing or absurdly large'
                                WHEN size_bytes < 1 THEN 'an object of ' || size_bytes || ' bytes'
                                WHEN size_bytes > 1073741824 THEN 'an object of more than 1 GiB' END},
               {'column_name': 'iteration',
                'problem': CASE WHEN iterations < n THEN 'a value is missing or absurdly large'
                                WHEN least_iteration < 0 THEN 'negative value ' || least_iteration
                                WHEN greatest_iteration > 1000000000 THEN 'absurd value ' || greatest_iteration
                                WHEN greatest_iteration <= 120 AND different_small_iterations < n
                                THEN 'an iteration appears twice' END},
               {'column_name': 'process',
                'problem': CASE WHEN $has_details = 0 THEN NULL
                                WHEN processes < n THEN 'a value is missing or absurdly large'
                                WHEN least_process < 0 THEN 'negative value ' || least_process END},
               {'column_name': 'total_ns',
                'problem': CASE WHEN totals < n THEN 'a value is missing or absurdly large'
                                WHEN total_min < 0 THEN 'negative value ' || total_min
                                WHEN total_min = 0 THEN 'a trial that took no time'
                                WHEN total_max > 86400000000000 THEN 'a trial that took more than a day' END},
               {'column_name': 'latency_ns',
                'problem': CASE WHEN latencies < n THEN 'a value is missing or absurdly large'
                                WHEN latency_min < 0 THEN 'negative value ' || latency_min
                                WHEN latencies_above_total > 0
                                THEN 'a first batch that took longer than the whole trial' END}
           ], recursive := true)
    FROM batch_cells
)
SELECT source_path, column_name,
       problem || coalesce(' (allocator ' || allocator || ', pattern ' || pattern || ', ' || size_bytes || ' bytes)', '')
FROM judged
WHERE problem IS NOT NULL
ORDER BY source_path, allocator NULLS FIRST, pattern, size_bytes
LIMIT 1;
