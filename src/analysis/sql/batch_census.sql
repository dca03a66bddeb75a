-- What the census counted in each cell, per object. Its columns are on one row of a cell and null on the others.
CREATE OR REPLACE TEMP TABLE batch_census AS
SELECT source_path, allocator, pattern,
       TRY_CAST(size_bytes AS BIGINT) AS size_bytes,
       max((census_minor_faults::DOUBLE + census_major_faults) / census_objects) AS page_faults,
       max(census_brk_calls::DOUBLE / census_objects) AS heap_calls,
       max((census_mmap_calls::DOUBLE + census_munmap_calls + census_mremap_calls + census_madvise_calls)
           / census_objects) AS map_calls,
       max(census_l1d_misses::DOUBLE / census_objects) AS l1d_misses,
       max(census_dtlb_misses::DOUBLE / census_objects) AS dtlb_misses
FROM details
WHERE census_objects > 0 AND coalesce(live_objects, 100) = 100
GROUP BY ALL;
