-- What C computes from the process medians, for stats.csv.
CREATE OR REPLACE TABLE estimates (
    position UBIGINT,
    platform UBIGINT,
    allocator VARCHAR,
    pattern VARCHAR,
    size_bytes UBIGINT,
    total_median DOUBLE,
    total_low DOUBLE,
    total_high DOUBLE,
    objects_per_trial DOUBLE,
    latency_median DOUBLE,
    latency_low DOUBLE,
    latency_high DOUBLE,
    objects_per_batch DOUBLE
);
