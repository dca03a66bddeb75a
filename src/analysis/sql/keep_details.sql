-- The batch is good: its cells are kept. A cell of which a process failed has no times.
INSERT INTO cells
SELECT p.source, p.platform, c.allocator, c.pattern, c.size_bytes, 'ok', NULL,
       c.judged_trials > 0 AND c.clean_trials * 2 < c.judged_trials, c.n,
       coalesce(c.objects_per_trial, k.objects_per_trial),
       c.total_mean, c.total_std, c.total_quantiles, c.total_min, c.total_max,
       c.latency_mean, c.latency_std, c.latency_quantiles, c.latency_min, c.latency_max,
       r.numbers, r.totals, r.latencies,
       e.page_faults, e.heap_calls, e.map_calls, e.l1d_misses, e.dtlb_misses
FROM batch_cells AS c
JOIN batch_platforms AS p ON p.details_path = c.source_path
JOIN known_patterns AS k USING (pattern)
JOIN batch_processes AS r USING (source_path, allocator, pattern, size_bytes)
LEFT JOIN batch_census AS e USING (source_path, allocator, pattern, size_bytes)
ANTI JOIN batch_failures AS f USING (source_path, allocator, pattern, size_bytes);

INSERT INTO cells (source, platform, allocator, pattern, size_bytes, outcome, reason, inconclusive, n,
                   objects_per_trial)
SELECT p.source, p.platform, f.allocator, f.pattern, f.size_bytes, f.outcome,
       regexp_replace(left(f.reason, 500), '[\p{C}\p{Zl}\p{Zp}]', '?', 'g'), false, 0, k.objects_per_trial
FROM batch_failures AS f
JOIN batch_platforms AS p ON p.details_path = f.source_path
JOIN known_patterns AS k USING (pattern);

INSERT INTO twins
SELECT p.source, t.heap, t.pattern, t.size_bytes, t.live_objects, t.process, t.ratio
FROM batch_twins AS t
JOIN batch_platforms AS p ON p.details_path = t.source_path;

INSERT INTO live_objects
WITH failed AS (
    SELECT source_path, allocator, pattern, size_bytes, live_objects,
           arg_min(outcome, (process, iteration)) AS outcome,
           arg_min(reason, (process, iteration)) FILTER (WHERE reason IS NOT NULL) AS reason
    FROM batch_live_rows
    WHERE outcome <> 'ok'
    GROUP BY ALL
)
SELECT p.source, l.allocator, l.pattern, l.size_bytes, l.live_objects, 'ok', NULL, l.inconclusive, l.n, l.totals, l.latencies
FROM batch_live_objects AS l
JOIN batch_platforms AS p ON p.details_path = l.source_path
ANTI JOIN failed AS f USING (source_path, allocator, pattern, size_bytes, live_objects)
UNION ALL
SELECT p.source, f.allocator, f.pattern, f.size_bytes, f.live_objects, f.outcome,
       regexp_replace(left(f.reason, 500), '[\p{C}\p{Zl}\p{Zp}]', '?', 'g'), false, 0, NULL, NULL
FROM failed AS f
JOIN batch_platforms AS p ON p.details_path = f.source_path;

-- The values of a process are on each of its rows.
INSERT INTO traversals
SELECT p.source, t.allocator, t.pattern, t.size_bytes, t.live_objects, list(t.fresh), list(t.aged)
FROM (SELECT source_path, allocator, pattern, size_bytes, live_objects, process,
             min(fresh_ns / objects) AS fresh, min(aged_ns / objects) AS aged
      FROM batch_traverse_rows
      GROUP BY ALL) AS t
JOIN batch_platforms AS p ON p.details_path = t.source_path
GROUP BY ALL;
