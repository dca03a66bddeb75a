-- The median of each process, and these medians by cell.
CREATE OR REPLACE TEMP TABLE batch_processes AS
SELECT source_path, allocator, pattern, size_bytes,
       list(process::DOUBLE) AS numbers,
       list(total_ns) AS totals,
       list(latency_ns) AS latencies
FROM (SELECT source_path, allocator, pattern, size_bytes, process,
             median(total_ns) AS total_ns, median(latency_ns) AS latency_ns
      FROM samples
      GROUP BY ALL)
GROUP BY ALL;
