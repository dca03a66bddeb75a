-- The first trial that appears twice among the cells that value_problem.sql could not judge: file, column, problem.
SELECT source_path, 'iteration',
       'iteration ' || iteration || ' appears ' || count(*) || ' times (allocator ' || allocator || ', pattern '
       || pattern || ', ' || size_bytes || ' bytes)'
FROM samples
SEMI JOIN (SELECT * FROM batch_cells WHERE greatest_iteration > 120) AS suspects
    USING (source_path, allocator, pattern, size_bytes)
GROUP BY source_path, platform, allocator, pattern, size_bytes, iteration
HAVING count(*) > 1
ORDER BY ALL
LIMIT 1;
