-- The null control of each platform that appears, group by group: a number that tells the groups apart, and per process
-- that measured both how long box_twin took, in times of box; null where that cannot be used.
SELECT p.index::UBIGINT,
       (dense_rank() OVER (ORDER BY p.index, t.heap, t.pattern, t.size_bytes, t.live_objects))::UBIGINT AS "group",
       t.ratio
FROM twins AS t
JOIN present_platforms AS p USING (source)
ORDER BY "group", t.process;
