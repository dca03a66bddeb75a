-- The first failed cell, if any, that cannot be: source, whether it is in the details file, column, problem.
WITH judged AS (
    SELECT source,
           unnest([
               {'column_name': 'allocator', 'problem': name_problem(allocator)},
               {'column_name': 'pattern', 'problem': name_problem(pattern)},
               {'column_name': 'size_bytes',
                'problem': CASE WHEN size_bytes IS NULL OR size_bytes NOT BETWEEN 1 AND 1073741824
                                THEN 'a value is missing or absurd' END},
               {'column_name': 'outcome',
                'problem': CASE WHEN outcome IS NULL OR outcome NOT IN (SELECT outcome FROM known_outcomes)
                                THEN 'an unknown outcome' END}
           ], recursive := true)
    FROM failures
)
SELECT source, true, column_name, problem FROM judged WHERE problem IS NOT NULL ORDER BY ALL LIMIT 1;
