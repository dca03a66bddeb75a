-- Every cell of each number of live objects, in the order in which all outputs show them; of those cells that are kept.
SELECT p.index::UBIGINT, a.index::UBIGINT, k.position, l.size_bytes::UBIGINT, l.live_objects::UBIGINT,
       l.outcome, l.reason, l.inconclusive, l.n, l.totals, l.latencies
FROM live_objects AS l
JOIN present_platforms AS p USING (source)
JOIN present_allocators AS a USING (allocator)
JOIN known_patterns AS k USING (pattern)
SEMI JOIN cells AS c USING (source, allocator, pattern, size_bytes)
ORDER BY p.index, a.index, k.position, l.size_bytes, l.live_objects;
