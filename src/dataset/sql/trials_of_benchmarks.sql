-- The trials of files without details, by cell: all are alike, and nothing says which process they come from. The columns
-- are those of trials_of_details.sql.
SELECT source, platform, allocator, pattern, size_bytes::BIGINT, @axes@, false AS control,
       is_possible(total_ns, latency_ns) IS NOT false AS possible,
       list({'iteration': iteration::BIGINT, 'process': NULL::BIGINT, 'total_ns': total_ns::BIGINT,
             'latency_ns': latency_ns::BIGINT, 'probe_before_ns': NULL::BIGINT, 'probe_after_ns': NULL::BIGINT}),
       NULL::UBIGINT, NULL::DOUBLE, NULL::BIGINT, 0::UBIGINT
FROM benchmark_rows
WHERE $parts = 1 OR hash(source, allocator, pattern, size_bytes) % $parts = $part
GROUP BY source, platform, allocator, pattern, size_bytes, @axes@, possible;
