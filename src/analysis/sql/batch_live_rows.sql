-- The rows of every number of live objects, of those files of the batch that have more than one.
CREATE OR REPLACE TEMP TABLE batch_live_rows AS
WITH counted AS (
    SELECT source_path, allocator, pattern,
           TRY_CAST(size_bytes AS BIGINT) AS size_bytes,
           CASE WHEN live_objects IS NULL THEN 100 ELSE TRY_CAST(live_objects AS BIGINT) END AS live_objects,
           TRY_CAST(iteration AS BIGINT) AS iteration,
           TRY_CAST(process AS BIGINT) AS process,
           TRY_CAST(total_ns AS BIGINT) AS total_ns,
           batch_ns(latency_ns) AS latency_ns,
           TRY_CAST(objects AS BIGINT) AS objects,
           clean, outcome, reason
    FROM details
    WHERE (outcome IS DISTINCT FROM 'ok' OR coalesce(used, true)) AND NOT coalesce(control, false)
)
SELECT * FROM counted
SEMI JOIN (SELECT source_path FROM counted GROUP BY source_path
           HAVING count(DISTINCT live_objects) + count(*) FILTER (WHERE live_objects IS NULL) > 1) AS several
    USING (source_path);
