-- One row per cell, with the values of its processes: the median over the process's trials, each of them its first clean
-- repetition, in ns per object.
WITH chosen AS (
    SELECT allocator, pattern, size_bytes, process, iteration,
           arg_min(CASE WHEN $latency = 1 THEN latency_ns * $batches ELSE total_ns END / objects, repetition)
               FILTER (WHERE outcome = 'ok' AND clean) AS value,
           min(outcome || coalesce(': ' || reason, '')) FILTER (WHERE outcome <> 'ok') AS failure
    FROM trials
    GROUP BY ALL
),
processes AS (
    SELECT allocator, pattern, size_bytes, process,
           count(*) AS trials, count(value) AS clean_trials, median(value) AS value, min(failure) AS failure
    FROM chosen
    GROUP BY ALL
)
SELECT allocator, pattern, size_bytes::UBIGINT,
       sum(trials)::UBIGINT, sum(clean_trials)::UBIGINT, min(failure),
       coalesce(list(process::DOUBLE ORDER BY process) FILTER (WHERE value IS NOT NULL), []::DOUBLE[]),
       coalesce(list(value::DOUBLE ORDER BY process) FILTER (WHERE value IS NOT NULL), []::DOUBLE[])
FROM processes
GROUP BY ALL;
