-- What the cells name on one axis.
SELECT DISTINCT CASE $axis WHEN 'allocator' THEN allocator
                           WHEN 'pattern' THEN pattern
                           WHEN 'size' THEN size_bytes::VARCHAR
                           WHEN 'platform' THEN platform END
FROM cells
WHERE NOT control
ORDER BY 1;
