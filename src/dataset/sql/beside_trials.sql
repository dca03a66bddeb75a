-- What details files hold beside trials: failures, the census, traversals.

-- Cells of which a process failed, with the first such outcome.
INSERT INTO failures
SELECT source, allocator, pattern, size_bytes, @axes@, coalesce(control, false),
       arg_min(outcome, (process, iteration)), arg_min(reason, (process, iteration)) FILTER (WHERE reason IS NOT NULL)
FROM details_rows
WHERE outcome IS DISTINCT FROM 'ok'
GROUP BY ALL;

-- The census is of a cell: its columns are on one row of it and null on the others.
INSERT INTO census
SELECT source, allocator, pattern, size_bytes, @axes@,
       max((census_minor_faults::DOUBLE + census_major_faults) / census_objects),
       max(census_brk_calls::DOUBLE / census_objects),
       max((census_mmap_calls::DOUBLE + census_munmap_calls + census_mremap_calls + census_madvise_calls)
           / census_objects),
       max(census_l1d_misses::DOUBLE / census_objects),
       max(census_dtlb_misses::DOUBLE / census_objects)
FROM details_rows
WHERE census_objects > 0
GROUP BY ALL;

-- The values of a process are on each of its rows.
INSERT INTO traversals
SELECT source, allocator, pattern, size_bytes, @axes@, list(fresh), list(aged)
FROM (SELECT source, allocator, pattern, size_bytes, @axes@, process,
             min(traverse_fresh_ns / traverse_objects) AS fresh, min(traverse_aged_ns / traverse_objects) AS aged
      FROM details_rows
      WHERE outcome = 'ok' AND coalesce(used, true) AND NOT coalesce(control, false) AND traverse_objects > 0
            AND traverse_fresh_ns BETWEEN 1 AND 86400000000000 AND traverse_aged_ns BETWEEN 1 AND 86400000000000
      GROUP BY ALL)
GROUP BY ALL;
