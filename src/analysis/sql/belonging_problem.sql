-- The first sign, if any, that a details file does not belong to its benchmark file: file, column, problem.
WITH differing AS (
    SELECT p.details_path, p.benchmark_path, b.allocator, b.pattern, b.size_bytes, b.n, b.digest
    FROM batch_benchmarks AS b JOIN batch_platforms AS p ON b.source_path = p.benchmark_path
    EXCEPT ALL
    SELECT p.details_path, p.benchmark_path, c.allocator, c.pattern, c.size_bytes, c.n, c.digest
    FROM batch_cells AS c JOIN batch_platforms AS p ON c.source_path = p.details_path
),
more_in_details AS (
    SELECT p.details_path, p.benchmark_path, c.allocator, c.pattern, c.size_bytes
    FROM batch_cells AS c JOIN batch_platforms AS p ON c.source_path = p.details_path
    ANTI JOIN batch_benchmarks AS b
        ON b.source_path = p.benchmark_path AND b.allocator = c.allocator AND b.pattern = c.pattern
           AND b.size_bytes = c.size_bytes
),
problems (path, column_name, problem) AS (
    SELECT benchmark_path, 'platform', 'more than one platform in a file that has a details file'
    FROM batch_platforms WHERE platforms > 1
    UNION ALL
    SELECT benchmark_path, 'platform', name_problem(platform)
    FROM batch_platforms WHERE name_problem(platform) IS NOT NULL
    UNION ALL
    SELECT details_path, 'total_ns',
           'the trials are not those of the benchmark file' || coalesce(
               ' (allocator ' || allocator || ', pattern ' || pattern || ', ' || size_bytes || ' bytes)', '')
    FROM (SELECT details_path, allocator, pattern, size_bytes FROM differing
          UNION ALL SELECT details_path, allocator, pattern, size_bytes FROM more_in_details)
)
SELECT path, column_name, problem FROM problems ORDER BY ALL LIMIT 1;
