-- The time per object of each process, in ns, and these by cell and number of live objects. A trial has as many batches
-- as keep its objects the same, at least 2.
CREATE OR REPLACE TEMP TABLE batch_live_objects AS
SELECT source_path, allocator, pattern, size_bytes, live_objects,
       sum(trials)::UBIGINT AS n,
       sum(judged) > 0 AND sum(clean) * 2 < sum(judged) AS inconclusive,
       list(total) AS totals,
       list(latency) AS latencies
FROM (SELECT source_path, allocator, pattern, size_bytes, live_objects, process,
             count(*) AS trials,
             count(*) FILTER (WHERE clean) AS clean,
             count(clean) AS judged,
             median(total_ns / objects) AS total,
             median(latency_ns * greatest(2, $trial_objects // live_objects) / objects) AS latency
      FROM batch_live_rows
      WHERE outcome = 'ok'
      GROUP BY ALL)
GROUP BY ALL;
