-- The batch is good: its cells are kept. A cell of which a process failed has no times.
INSERT INTO cells
SELECT c.source, coalesce(c.platform, p.platform), c.allocator, c.pattern, c.size_bytes, @c.axes@, c.control,
       'ok', NULL, c.n, c.disturbed,
       coalesce(c.objects_per_trial, k.objects_per_trial, $trial_objects),
       COLUMNS('^(total|latency)_'),
       c.processes, c.measured, t.fresh, t.aged,
       e.page_faults, e.heap_calls, e.map_calls, e.l1d_misses, e.dtlb_misses
FROM batch_cells AS c
LEFT JOIN platforms AS p USING (source)
LEFT JOIN known_patterns AS k USING (pattern)
LEFT JOIN census AS e USING (source, allocator, pattern, size_bytes, @axes@)
LEFT JOIN traversals AS t USING (source, allocator, pattern, size_bytes, @axes@)
ANTI JOIN failures AS f USING (source, allocator, pattern, size_bytes, @axes@);

INSERT INTO cells (source, platform, allocator, pattern, size_bytes, @axes@, control, outcome, reason, n, disturbed,
                   objects_per_trial)
SELECT f.source, p.platform, f.allocator, f.pattern, f.size_bytes, @f.axes@, f.control, f.outcome,
       regexp_replace(left(f.reason, 500), '[\p{C}\p{Zl}\p{Zp}]', '?', 'g'), 0, 0,
       coalesce(k.objects_per_trial, $trial_objects)
FROM failures AS f
JOIN platforms AS p USING (source)
LEFT JOIN known_patterns AS k USING (pattern);

INSERT INTO notes
SELECT s.source,
       coalesce((SELECT sum(rows) FROM batch_left_out AS l WHERE l.source = s.source), 0)::UBIGINT,
       CASE WHEN p.stored_platform <> p.platform THEN p.stored_platform END
FROM batch_sources AS s LEFT JOIN platforms AS p USING (source);
