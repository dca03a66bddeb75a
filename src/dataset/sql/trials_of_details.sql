-- The trials of files with details, by cell: the repetitions that stand for one. Rows that cannot be true are apart; those
-- that miss a time are not, to be found by value_problem.sql. Then the digest, which tells whether the trials of both files
-- are the same, and the mean of the objects, the least of them, and how many trials were disturbed.
SELECT source, NULL::VARCHAR AS platform, allocator, pattern, size_bytes::BIGINT,
       @axes cast@, coalesce(control, false) AS control,
       is_possible(total_ns, latency_ns) IS NOT false AS possible,
       list({'iteration': iteration::BIGINT, 'process': process::BIGINT, 'total_ns': total_ns::BIGINT,
             'latency_ns': latency_ns::BIGINT, 'probe_before_ns': probe_before_ns::BIGINT,
             'probe_after_ns': probe_after_ns::BIGINT}),
       bit_xor(hash(iteration, total_ns, batch_ns(latency_ns))),
       avg(objects),
       min(objects)::BIGINT,
       (count(*) FILTER (WHERE NOT clean))::UBIGINT
FROM details_rows
WHERE outcome = 'ok' AND coalesce(used, true)
      AND ($parts = 1 OR hash(source, allocator, pattern, size_bytes) % $parts = $part)
GROUP BY source, allocator, pattern, size_bytes, @axes@, coalesce(control, false),
         possible;
