-- A file of the batch, if any, without anything in it: file, column, problem.
SELECT benchmark_path, 'platform', 'the file has no rows'
FROM batch_sources
WHERE benchmark_path NOT IN (SELECT source_path FROM batch_cells)
  AND ($has_details = 0 OR details_path NOT IN (SELECT source_path FROM batch_cells
                                                UNION ALL SELECT source_path FROM batch_failures))
ORDER BY ALL
LIMIT 1;
