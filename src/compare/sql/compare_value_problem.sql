-- The first value, if any, that cannot be: column, problem.
WITH judged AS (
    SELECT unnest([
        {'column_name': 'allocator', 'problem': CASE WHEN coalesce(allocator, '') = '' THEN 'a name is missing' END},
        {'column_name': 'pattern',
         'problem': CASE WHEN pattern IS NULL THEN 'a name is missing'
                         WHEN NOT list_contains($patterns, pattern) THEN 'unknown pattern ''' || pattern || '''' END},
        {'column_name': 'size_bytes',
         'problem': CASE WHEN coalesce(size_bytes, 0) = 0 THEN 'a value is missing, negative, zero or absurd' END},
        {'column_name': 'live_objects', 'problem': CASE WHEN live_objects = 0 THEN 'a batch of no objects' END},
        {'column_name': 'iteration', 'problem': CASE WHEN iteration IS NULL THEN 'a value is missing, negative or absurd' END},
        {'column_name': 'process', 'problem': CASE WHEN process IS NULL THEN 'a value is missing, negative or absurd' END},
        {'column_name': 'repetition',
         'problem': CASE WHEN repetition IS NULL THEN 'a value is missing, negative or absurd' END},
        {'column_name': 'outcome', 'problem': CASE WHEN outcome IS NULL THEN 'a value is missing' END},
        {'column_name': 'clean', 'problem': CASE WHEN outcome = 'ok' AND clean IS NULL THEN 'a value is missing' END},
        {'column_name': 'total_ns',
         'problem': CASE WHEN outcome = 'ok' AND coalesce(total_ns, 0) = 0 THEN 'a value is missing, negative or zero'
                         WHEN outcome = 'ok' AND total_ns > 86400000000000 THEN 'a trial that took more than a day' END},
        {'column_name': 'latency_ns',
         'problem': CASE WHEN outcome = 'ok' AND latency_ns IS NULL THEN 'a value is missing or negative'
                         WHEN outcome = 'ok' AND latency_ns > total_ns
                         THEN 'a first batch that took longer than the whole trial' END},
        {'column_name': 'objects',
         'problem': CASE WHEN outcome = 'ok' AND coalesce(objects, 0) = 0 THEN 'a value is missing, negative or zero' END}
    ], recursive := true)
    FROM trials
),
twice AS (
    SELECT 'iteration' AS column_name, 'an iteration appears twice' AS problem
    FROM trials
    GROUP BY allocator, pattern, size_bytes, live_objects, iteration, repetition
    HAVING count(*) > 1
)
SELECT column_name, problem FROM judged WHERE problem IS NOT NULL
UNION ALL
SELECT column_name, problem FROM twice
LIMIT 1;
