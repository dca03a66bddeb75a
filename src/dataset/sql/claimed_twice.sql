-- Platforms that more than one file claims: the later file and the earlier one.
SELECT max(source), min(source), platform
FROM (SELECT DISTINCT source, platform FROM cells)
GROUP BY platform
HAVING count(*) > 1
ORDER BY ALL
LIMIT 1;
