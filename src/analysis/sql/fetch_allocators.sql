-- The allocators that appear, known ones in the order of their table, then the others by name.
CREATE OR REPLACE TEMP TABLE present_allocators AS
SELECT allocator, row_number() OVER (ORDER BY position NULLS LAST, allocator) - 1 AS index
FROM (SELECT DISTINCT allocator FROM cells) LEFT JOIN known_allocators USING (allocator);

SELECT allocator FROM present_allocators ORDER BY index;
