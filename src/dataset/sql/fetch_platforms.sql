-- The platforms that appear, with the file that each comes from, how many of its rows were left out, and what its details
-- file calls it where that is another name.
CREATE OR REPLACE TEMP TABLE present_platforms AS
SELECT platform, source, row_number() OVER (ORDER BY platform) - 1 AS index
FROM (SELECT platform, min(source) AS source FROM cells GROUP BY platform);

SELECT p.platform, p.source, n.left_out_rows, n.other_platform
FROM present_platforms AS p JOIN notes AS n USING (source)
ORDER BY p.index;
