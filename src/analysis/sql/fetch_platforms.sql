-- The platforms that appear, with the file that each comes from.
CREATE OR REPLACE TEMP TABLE present_platforms AS
SELECT platform, source, row_number() OVER (ORDER BY platform) - 1 AS index
FROM (SELECT platform, min(source) AS source FROM cells GROUP BY platform);

SELECT platform, source FROM present_platforms ORDER BY index;
