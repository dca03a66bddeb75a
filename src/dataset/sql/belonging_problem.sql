-- The first sign, if any, that a details file does not belong to its benchmark file: source, which of the two, column,
-- problem.
WITH of_benchmark AS (
    SELECT source, allocator, pattern, size_bytes, sum(n) AS n, bit_xor(digest) AS digest FROM batch_benchmarks GROUP BY ALL
),
of_details AS (
    SELECT source, allocator, pattern, size_bytes, n, digest
    FROM batch_cells
    WHERE is_standard(@axes@) AND NOT control
),
differing AS (
    (FROM of_benchmark EXCEPT ALL FROM of_details) UNION ALL
    (FROM of_details ANTI JOIN of_benchmark USING (source, allocator, pattern, size_bytes))
),
problems (source, is_details, column_name, problem) AS (
    SELECT source, false, 'platform', 'more than one platform in a file that has a details file'
    FROM batch_benchmarks GROUP BY source HAVING min(platform) <> max(platform)
    UNION ALL
    SELECT source, platform IS NULL, 'platform', name_problem(platform) FROM platforms
    WHERE name_problem(platform) IS NOT NULL
    UNION ALL
    SELECT source, true, 'total_ns',
           absence('control') || 'the trials are not those of the benchmark file' || coalesce(
               ' (allocator ' || allocator || ', pattern ' || pattern || ', ' || size_bytes || ' bytes)', '')
    FROM differing
)
SELECT source, is_details, column_name, problem FROM problems ORDER BY ALL LIMIT 1;
