-- A file of the batch, if any, without anything in it: source, whether it is the details file, column, problem.
SELECT source, false, CASE WHEN rows > 0 THEN 'total_ns' ELSE 'platform' END,
       CASE WHEN rows > 0 THEN 'no row has a time that can be true' ELSE 'the file has no rows' END
FROM (SELECT source, coalesce(sum(l.rows), 0) AS rows
      FROM batch_sources AS s LEFT JOIN batch_left_out AS l USING (source) GROUP BY source)
WHERE source NOT IN (SELECT source FROM batch_cells UNION ALL SELECT source FROM failures)
ORDER BY ALL
LIMIT 1;
