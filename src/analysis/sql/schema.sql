-- The tables that outlive a batch of files. `source` is the index of a benchmark file in the list that C keeps.
CREATE TABLE known_allocators (allocator VARCHAR, position UBIGINT);
CREATE TABLE known_patterns (pattern VARCHAR, position UBIGINT, objects_per_trial DOUBLE);
CREATE TABLE known_outcomes (outcome VARCHAR);

CREATE TABLE cells (
    source UBIGINT,
    platform VARCHAR,
    allocator VARCHAR,
    pattern VARCHAR,
    size_bytes BIGINT,
    outcome VARCHAR,
    reason VARCHAR,
    inconclusive BOOLEAN,         -- less than half of its trials were clean
    n UBIGINT,                    -- trials
    objects_per_trial DOUBLE,
    total_mean DOUBLE,
    total_std DOUBLE,
    total_quantiles DOUBLE[],     -- 5, 25, 50, 75, 95 %
    total_min DOUBLE,
    total_max DOUBLE,
    latency_mean DOUBLE,
    latency_std DOUBLE,
    latency_quantiles DOUBLE[],
    latency_min DOUBLE,
    latency_max DOUBLE,
    process_numbers DOUBLE[],     -- NULL: no details file, processes unknown
    process_totals DOUBLE[],      -- the median of each process, in the order of process_numbers
    process_latencies DOUBLE[],
    page_faults DOUBLE,           -- these: per object, as the census counted; NULL: unknown
    heap_calls DOUBLE,
    map_calls DOUBLE,
    l1d_misses DOUBLE,
    dtlb_misses DOUBLE
);

-- As cells, for every number of live objects, of platforms that were measured with more than one.
CREATE TABLE live_objects (
    source UBIGINT,
    allocator VARCHAR,
    pattern VARCHAR,
    size_bytes BIGINT,
    live_objects BIGINT,
    outcome VARCHAR,
    reason VARCHAR,
    inconclusive BOOLEAN,
    n UBIGINT,
    totals DOUBLE[],              -- ns per object of each process; NULL in a failed cell
    latencies DOUBLE[]
);

-- What reading the live objects took in each process, in ns per object.
CREATE TABLE traversals (
    source UBIGINT,
    allocator VARCHAR,
    pattern VARCHAR,
    size_bytes BIGINT,
    live_objects BIGINT,
    fresh DOUBLE[],
    aged DOUBLE[]
);

-- The null control: in a process of each, how long box_twin took in times of box on the same heap; NULL: measured, but
-- not to be used.
CREATE TABLE twins (
    source UBIGINT,
    heap VARCHAR,                 -- '' for the system's, '@jemalloc'
    pattern VARCHAR,
    size_bytes BIGINT,
    live_objects BIGINT,
    process BIGINT,
    ratio DOUBLE
);

CREATE TABLE facts (source UBIGINT, key VARCHAR, value VARCHAR);

-- What C computes from the process medians, for stats.csv.
CREATE TABLE estimates (
    platform VARCHAR,
    allocator VARCHAR,
    pattern VARCHAR,
    size_bytes UBIGINT,
    total_median DOUBLE,
    total_low DOUBLE,
    total_high DOUBLE,
    latency_median DOUBLE,
    latency_low DOUBLE,
    latency_high DOUBLE
);

-- The time of a first batch as a whole number; NULL when it is none. 0 says that the clock saw no tick pass: of a median
-- that is as good as 1 ns, which can be divided by.
CREATE MACRO batch_ns(value) AS
    CASE TRY_CAST(value AS BIGINT) WHEN 0 THEN 1 ELSE TRY_CAST(value AS BIGINT) END;

-- What is wrong with a text that names something; NULL when it is fine.
CREATE MACRO name_problem(name) AS
    CASE WHEN name IS NULL THEN 'a value is missing'
         WHEN name = '' THEN 'a value is empty'
         WHEN strlen(name) > 128 THEN 'a value is longer than 128 bytes'
         WHEN regexp_matches(name, '[\p{C}\p{Zl}\p{Zp}]') THEN 'a value holds a control or invisible character'
    END;
