-- Every cell, by platform.
SELECT p.index::UBIGINT, c.allocator, c.pattern, c.size_bytes::UBIGINT, @c.axes@, c.control, c.outcome,
       c.reason, c.n, c.disturbed, c.objects_per_trial,
       COLUMNS('^(total|latency)_'),
       c.measured, c.fresh, c.aged,
       c.page_faults, c.heap_calls, c.map_calls, c.l1d_misses, c.dtlb_misses
FROM cells AS c
JOIN present_platforms AS p USING (platform)
ORDER BY p.index;
