-- Per process that measured both: how long box_twin took, in times of box.
SELECT p.index::UBIGINT, t.pattern, t.size_bytes::UBIGINT, t.ratio
FROM twins AS t
JOIN present_platforms AS p USING (source)
WHERE t.ratio > 0 AND isfinite(t.ratio)
ORDER BY p.index, t.pattern, t.size_bytes, t.process;
