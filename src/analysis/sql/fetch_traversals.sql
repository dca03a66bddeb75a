-- What reading the live objects took, in the order in which all outputs show it; of those cells that are kept.
SELECT p.index::UBIGINT, a.index::UBIGINT, k.position, t.size_bytes::UBIGINT, t.live_objects::UBIGINT, t.fresh, t.aged
FROM traversals AS t
JOIN present_platforms AS p USING (source)
JOIN present_allocators AS a USING (allocator)
JOIN known_patterns AS k USING (pattern)
SEMI JOIN cells AS c USING (source, allocator, pattern, size_bytes)
ORDER BY p.index, a.index, k.position, t.size_bytes, t.live_objects;
