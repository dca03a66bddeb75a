-- Leaves out the cells that were not asked for; an empty list asks for all. Controls judge those that remain.
DELETE FROM cells
WHERE (len($allocators) > 0 AND NOT control AND NOT list_contains($allocators, allocator))
   OR (len($patterns) > 0 AND NOT control AND NOT list_contains($patterns, pattern))
   OR (len($sizes) > 0 AND NOT control AND NOT list_contains($sizes, size_bytes::VARCHAR))
   OR (len($platforms) > 0 AND NOT list_contains($platforms, platform));
