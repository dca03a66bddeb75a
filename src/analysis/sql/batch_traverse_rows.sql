-- The rows of processes whose live objects were traversed, of any number of live objects.
CREATE OR REPLACE TEMP TABLE batch_traverse_rows AS
SELECT source_path, allocator, pattern,
       TRY_CAST(size_bytes AS BIGINT) AS size_bytes,
       CASE WHEN live_objects IS NULL THEN 100 ELSE TRY_CAST(live_objects AS BIGINT) END AS live_objects,
       TRY_CAST(process AS BIGINT) AS process,
       TRY_CAST(traverse_fresh_ns AS BIGINT) AS fresh_ns,
       TRY_CAST(traverse_aged_ns AS BIGINT) AS aged_ns,
       TRY_CAST(traverse_objects AS BIGINT) AS objects
FROM details
WHERE outcome = 'ok' AND coalesce(used, true) AND NOT coalesce(control, false)
      AND coalesce(traverse_fresh_ns, traverse_aged_ns, traverse_objects) IS NOT NULL;
