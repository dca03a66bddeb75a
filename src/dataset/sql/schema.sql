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
    @axes with types@,
    control BOOLEAN,
    outcome VARCHAR,
    reason VARCHAR,
    n UBIGINT,                    -- trials
    disturbed UBIGINT,            -- of these
    objects_per_trial DOUBLE,
    total_mean DOUBLE,
    total_std DOUBLE,
    total_p5 DOUBLE,
    total_p25 DOUBLE,
    total_median DOUBLE,
    total_p75 DOUBLE,
    total_p95 DOUBLE,
    total_min DOUBLE,
    total_max DOUBLE,
    latency_mean DOUBLE,
    latency_std DOUBLE,
    latency_p5 DOUBLE,
    latency_p25 DOUBLE,
    latency_median DOUBLE,
    latency_p75 DOUBLE,
    latency_p95 DOUBLE,
    latency_min DOUBLE,
    latency_max DOUBLE,
    processes UBIGINT,            -- NULL: no details file, processes unknown
    measured UBIGINT,             -- where C keeps their values, see measure.c; NULL: nowhere
    fresh DOUBLE[],               -- ns per object of reading the live objects, of each process; NULL: none was read
    aged DOUBLE[],
    page_faults DOUBLE,           -- these: per object, as the census counted; NULL: unknown
    heap_calls DOUBLE,
    map_calls DOUBLE,
    l1d_misses DOUBLE,
    dtlb_misses DOUBLE
);

CREATE TABLE facts (source UBIGINT, key VARCHAR, value VARCHAR);

-- Rows that cannot be true, and what the details file calls the platform.
CREATE TABLE notes (source UBIGINT, left_out_rows UBIGINT, other_platform VARCHAR);

-- From stored values to ours; see columns.c. NULL where that would lose something. NaN is how some programs write that
-- there is no value. A time too large for a BIGINT is -1: no time at all.
CREATE MACRO whole(value) AS TRY_CAST(value AS BIGINT);
CREATE MACRO whole_of_number(value) AS
    CASE WHEN TRY_CAST(value AS BIGINT) = value THEN TRY_CAST(value AS BIGINT) END;
CREATE MACRO is_whole_text(value) AS regexp_full_match(value, '\s*[+-]?[0-9]+([.]0*)?\s*');
-- "2.4e+06"; doubles are exact up to 2^53.
CREATE MACRO whole_of_powers(value) AS
    CASE WHEN regexp_full_match(value, '\s*[+-]?[0-9]+([.][0-9]*)?[eE][+-]?[0-9]+\s*')
              AND abs(TRY_CAST(value AS DOUBLE)) <= 9007199254740992 THEN whole_of_number(TRY_CAST(value AS DOUBLE)) END;
CREATE MACRO whole_of_text(value) AS
    CASE WHEN is_whole_text(value) THEN TRY_CAST(value AS BIGINT) ELSE whole_of_powers(value) END;
CREATE MACRO stored_time(value) AS
    coalesce(TRY_CAST(value AS BIGINT), CASE WHEN value IS NOT NULL THEN -1 END);
CREATE MACRO time_of_number(value) AS
    CASE WHEN TRY_CAST(value AS BIGINT) = value THEN TRY_CAST(value AS BIGINT)
         WHEN TRY_CAST(value AS BIGINT) IS NULL AND value::VARCHAR <> 'nan' THEN -1 END;
CREATE MACRO time_of_text(value) AS
    CASE WHEN is_whole_text(value) THEN coalesce(TRY_CAST(value AS BIGINT), -1) ELSE whole_of_powers(value) END;
CREATE MACRO truth_of_number(value) AS CASE WHEN value = 1 THEN true WHEN value = 0 THEN false END;
CREATE MACRO truth_of_text(value) AS
    CASE WHEN lower(trim(value)) IN ('true', 't', 'yes', 'y', '1', '1.0') THEN true
         WHEN lower(trim(value)) IN ('false', 'f', 'no', 'n', '0', '0.0') THEN false END;
CREATE MACRO text_of_bytes(value) AS TRY(decode(value));
CREATE MACRO text_of_value(value) AS value::VARCHAR;

-- Whether a trial can have taken these times; NULL when one is missing. A first batch of 0 ns lasted less than a tick of
-- its clock: of a median that is as good as 1 ns, which can be divided by.
CREATE MACRO is_possible(total_ns, latency_ns) AS
    total_ns BETWEEN 1 AND 86400000000000 AND latency_ns BETWEEN 0 AND total_ns;
CREATE MACRO batch_ns(latency_ns) AS CASE latency_ns WHEN 0 THEN 1 ELSE latency_ns END;

-- Begins the problem of a details file that lacks the column which would tell rows apart: without `used` nothing says
-- which repetition stands for a trial, without `control` nothing says which cells are no allocators.
CREATE MACRO absence(name) AS
    CASE WHEN list_contains(getvariable('absent_columns'), name) AND len(getvariable('details_files')) > 0
         THEN 'the column ' || name || ' is missing, and ' ELSE '' END;

-- What is wrong with a text that names something; NULL when it is fine.
CREATE MACRO name_problem(name) AS
    CASE WHEN name IS NULL THEN 'a value is missing'
         WHEN name = '' THEN 'a value is empty'
         WHEN strlen(name) > 128 THEN 'a value is longer than 128 bytes'
         WHEN regexp_matches(name, '[\p{C}\p{Zl}\p{Zp}]') THEN 'a value holds a control or invisible character'
    END;
