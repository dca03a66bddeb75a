-- Per process that measured both: how long box_twin took, in times of box.
SELECT platform, pattern, size_bytes::UBIGINT, ratio
FROM twins
WHERE ratio > 0 AND isfinite(ratio) AND source IN (SELECT source FROM cells)
ORDER BY platform, pattern, size_bytes, process;
