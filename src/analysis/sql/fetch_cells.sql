-- Every cell, in the order in which all outputs show them.
SELECT p.index::UBIGINT, a.index::UBIGINT, k.position, c.size_bytes::UBIGINT, c.outcome, c.reason,
       c.inconclusive, c.n, c.objects_per_trial,
       c.total_mean, c.total_std, c.total_quantiles, c.total_min, c.total_max,
       c.latency_mean, c.latency_std, c.latency_quantiles, c.latency_min, c.latency_max,
       c.process_numbers, c.process_totals, c.process_latencies,
       c.page_faults, c.heap_calls, c.map_calls, c.l1d_misses, c.dtlb_misses
FROM cells AS c
JOIN present_platforms AS p USING (platform)
JOIN present_allocators AS a USING (allocator)
JOIN known_patterns AS k USING (pattern)
ORDER BY p.index, a.index, k.position, c.size_bytes;
