-- Cells of which a process failed, with the first such outcome. Controls are judged elsewhere, and so
-- are other numbers of live objects than the 100 of the benchmark file.
CREATE OR REPLACE TEMP TABLE batch_failures AS
SELECT source_path, allocator, pattern,
       TRY_CAST(size_bytes AS BIGINT) AS size_bytes,
       arg_min(outcome, iteration) AS outcome,
       arg_min(reason, iteration) AS reason
FROM details
WHERE outcome IS DISTINCT FROM 'ok' AND NOT coalesce(control, false) AND coalesce(live_objects, 100) = 100
GROUP BY ALL;
