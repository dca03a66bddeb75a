-- One row per cell, with the values of its processes: the median over the process's trials, each of them its first clean
-- repetition, in ns per object. For the first batch of random the expected number of objects stands, as nobody counted
-- those of one batch: of n slots, chosen 2n times, each is left full with the probability (1 - (1 - 2/n)^2n) / 2.
WITH chosen AS (
    SELECT allocator, pattern, size_bytes, live_objects, process, iteration,
           arg_min(CASE WHEN $latency = 1
                    THEN latency_ns / (live_objects * CASE pattern
                                           WHEN 'random' THEN 1 + (1 - pow(1 - 2 / live_objects, 2 * live_objects)) / 4
                                           ELSE 1 END)
                    ELSE total_ns / objects
               END, repetition)
               FILTER (WHERE outcome = 'ok' AND clean) AS value,
           min(outcome || coalesce(': ' || reason, '')) FILTER (WHERE outcome <> 'ok') AS failure,
           max(kernel_events) AS kernel_events, min(page_faults) AS page_faults
    FROM trials
    GROUP BY ALL
),
processes AS (
    SELECT allocator, pattern, size_bytes, live_objects, process,
           count(*) AS trials, count(value) AS clean_trials, median(value) AS value, min(failure) AS failure,
           max(kernel_events) AS kernel_events, median(page_faults) AS page_faults
    FROM chosen
    GROUP BY ALL
)
SELECT allocator, pattern, size_bytes::UBIGINT, live_objects::UBIGINT,
       sum(trials)::UBIGINT, sum(clean_trials)::UBIGINT, min(failure),
       coalesce(list(process::DOUBLE ORDER BY process) FILTER (WHERE value IS NOT NULL), []::DOUBLE[]),
       coalesce(list(value::DOUBLE ORDER BY process) FILTER (WHERE value IS NOT NULL), []::DOUBLE[]),
       coalesce(max(kernel_events), median(page_faults)) -- without a census, the trials' own page faults
FROM processes
GROUP BY ALL;
