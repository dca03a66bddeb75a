-- The null control: for each process in which both ran, how long box_twin took, in times of box on the same heap. It is
-- made of the same trials as the verdicts, the used ones. A group (pattern, size, live objects) in which either of them
-- failed, or was disturbed in more than half of its trials, has no ratios.
CREATE OR REPLACE TEMP TABLE batch_twins AS
WITH trials AS (
    SELECT source_path, regexp_replace(allocator, '^box(_twin)?', '') AS heap, pattern,
           TRY_CAST(size_bytes AS BIGINT) AS size_bytes,
           CASE WHEN live_objects IS NULL THEN 100 ELSE TRY_CAST(live_objects AS BIGINT) END AS live_objects,
           starts_with(allocator, 'box_twin') AS is_twin,
           TRY_CAST(process AS BIGINT) AS process,
           TRY_CAST(total_ns AS DOUBLE) AS total_ns,
           clean,
           outcome IS NOT DISTINCT FROM 'ok' AS ok
    FROM details
    WHERE regexp_full_match(allocator, 'box(_twin)?(@.*)?') AND (outcome IS DISTINCT FROM 'ok' OR coalesce(used, true))
),
processes AS (
    SELECT source_path, heap, pattern, size_bytes, live_objects, is_twin, process, median(total_ns) AS total_ns
    FROM trials
    WHERE ok AND total_ns > 0 AND isfinite(total_ns)
    GROUP BY ALL
),
doubtful AS (
    SELECT DISTINCT source_path, heap, pattern, size_bytes, live_objects, true AS is_doubtful
    FROM (SELECT source_path, heap, pattern, size_bytes, live_objects, is_twin
          FROM trials
          GROUP BY ALL
          HAVING NOT bool_and(ok) OR count(*) FILTER (WHERE clean) * 2 < count(clean))
)
SELECT source_path, heap, pattern, size_bytes, live_objects, process,
       CASE WHEN is_doubtful IS NULL THEN twin.total_ns / box.total_ns END AS ratio
FROM (FROM processes WHERE NOT is_twin) AS box
JOIN (FROM processes WHERE is_twin) AS twin USING (source_path, heap, pattern, size_bytes, live_objects, process)
LEFT JOIN doubtful USING (source_path, heap, pattern, size_bytes, live_objects);
