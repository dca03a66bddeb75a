#!/usr/bin/env bats
# A run as a person does it: planned, measured, refused, interrupted, resumed.
bats_require_minimum_version 1.5.0
load helpers

@test "dry run prints the plan, the same for the same seed, and leaves nothing" {
    program local --dry-run --seed 7
    expect [ "$status" -eq 0 ]
    [ "$(planned_lines <<<"$output")" -eq "$(planned)" ]
    for allocator in box slab_cold slab_warm; do
        [ "$(grep -Ec "^ *[0-9]+ +[0-9]+  $allocator " <<<"$output")" -eq $((4 * 19 * 30)) ]
    done
    within_80_columns <<<"$output"
    grep -Eq '^time +about [0-9]' <<<"$output"
    diff <("$MEMALLOC_BENCH" local --dry-run --seed 7) <("$MEMALLOC_BENCH" run local --seed=7 --dry-run)
    refute diff -q <("$MEMALLOC_BENCH" local --dry-run --seed 7) <("$MEMALLOC_BENCH" local --dry-run --seed 8)
    [ -z "$(ls --ignore='separate-stderr*')" ]
}

@test "dry run takes the options into account" {
    program local --dry-run --allocators box,slab_warm --patterns lifo --sizes 8,16,8 --quick
    [ "$(grep -Ec '^ *[0-9]+ +[0-9]+  (box|slab_warm) +lifo +(8|16) ' <<<"$output")" -eq 8 ]
    refute grep -Eq '^ *[0-9]+ +[0-9]+  (slab_cold|[a-z_]+ +fifo)' <<<"$output"
    program local --dry-run --quick
    [ "$(grep -Ec '^ *[0-9]+ +[0-9]+  slab_cold ' <<<"$output")" -eq $((4 * 19 * 2)) ]
}

@test "a run writes both files, removes its journal and shows a table" {
    program local "${smallest[@]}" --output-dir a/b/c
    expect [ "$status" -eq 0 ]
    expect contains "$output" "immediate: ns per object"
    grep -Eq '^ +8 +[0-9.]+\*? +[0-9.]+\*? +[0-9.]+\*?$' <<<"$output"
    [ "$(grep -c '\*$\|\* ' <<<"${lines[2]}")" -eq 1 ]
    [ "$(ls -A a/b/c)" = $'benchmark_local.parquet\ndetails_local.parquet' ]
}

@test "results that exist are not replaced without --force" {
    program local "${smallest[@]}" --quiet
    cp results/benchmark_local.parquet before
    program local "${smallest[@]}"
    expect [ "$status" -eq 2 ]
    expect contains "$stderr" "results of local already exist"
    expect contains "$stderr" "--force"
    cmp before results/benchmark_local.parquet
    rm results/benchmark_local.parquet # the details alone are results, too
    program local "${smallest[@]}"
    expect [ "$status" -eq 2 ]
    program local "${smallest[@]}" --force --quiet
    expect [ "$status" -eq 0 ]
    [ -s results/benchmark_local.parquet ]
}

@test "an output directory that cannot be written is told before anything is measured" {
    touch file
    program local "${smallest[@]}" --output-dir file/below
    expect [ "$status" -eq 3 ]
    expect contains "$stderr" "cannot create the directory file"
    expect contains "$stderr" "Choose a directory that you may write to."
    refute grep -q '%' <<<"$stderr"
    program local "${smallest[@]}" --output-dir /proc
    expect [ "$status" -eq 3 ]
    refute grep -q '%' <<<"$stderr"
}

@test "a worker that takes too long fails its cells, and the rest is stored" {
    local count
    count=$(planned "${smallest[@]}")
    mkdir bin
    cp "$MEMALLOC_BENCH" bin/
    printf '#!/bin/sh\nexec sleep 60\n' >bin/memalloc-bench-worker
    chmod +x bin/memalloc-bench-worker
    run --separate-stderr bin/memalloc-bench local "${smallest[@]}" --worker-timeout 1
    expect [ "$status" -eq 1 ]
    expect contains "$stderr" "$count of $count cells failed."
    expect contains "$output" "box immediate 8: 1 of 1 processes, timed out"
    [ -s results/details_local.parquet ]
}

# Starts a run of many processes in the background and waits until its journal grows.
start_long_run() {
    start_until results/benchmark_local.journal 4000 \
        local --allocators box --patterns immediate --sizes 8 --iterations 25 --processes 25
}

@test "a run that is to be resumed or started goes on where there is something, and starts where there is not" {
    start_long_run
    kill -TERM "$pid"
    wait "$pid" || true
    [ -s results/benchmark_local.journal ]
    program local --resume-or-start --iterations 25
    expect [ "$status" -eq 0 ]
    expect [ ! -e results/benchmark_local.journal ]
    program local --resume-or-start "${smallest[@]}"
    expect [ "$status" -eq 2 ] # there are results already

    touch results/benchmark_new.journal # of a run that ended before it had begun
    program new --resume "${smallest[@]}"
    expect [ "$status" -eq 2 ]
    program new --resume-or-start "${smallest[@]}"
    expect [ "$status" -eq 0 ]
    [ -s results/benchmark_new.parquet ]
    [ ! -e results/benchmark_new.journal ]
}

@test "Ctrl-C ends the run with 130 and says how to go on, which then works" {
    start_long_run
    interrupt
    expect [ "$status" -eq 130 ]
    expect contains "$stderr" "Continue with memalloc-bench run local --resume"
    expect contains "$stderr" " of $((25 * 3 + 3)) processes." # as the progress counts: those of the census, too
    grep -Eq "% +[0-9]+ of $((25 * 3 + 3)) processes" err
    expect [ ! -e results/benchmark_local.parquet ]

    program local --quick
    expect [ "$status" -eq 2 ]
    expect contains "$stderr" "an interrupted run of local is kept in results/benchmark_local.journal."
    program local --resume --iterations 5
    expect [ "$status" -eq 2 ]
    expect contains "$stderr" "the interrupted run was started with other values of --iterations."

    mkdir bin # of another build
    cp "$MEMALLOC_BENCH" bin/
    printf '#!/bin/sh\n' >bin/memalloc-bench-worker
    chmod +x bin/memalloc-bench-worker
    run --separate-stderr bin/memalloc-bench local --resume
    expect [ "$status" -eq 2 ]
    expect contains "$stderr" "the interrupted run in results/benchmark_local.journal began with another worker: build id"
    expect contains "$stderr" "start again with --force"

    program local --resume --iterations 25
    expect [ "$status" -eq 0 ]
    [ -s results/benchmark_local.parquet ]
    [ ! -e results/benchmark_local.journal ]
}

@test "--force starts anew after a run that was killed" {
    start_long_run
    kill -KILL "$pid"
    wait "$pid" || true
    [ -s results/benchmark_local.journal ]
    program local "${smallest[@]}" --force
    expect [ "$status" -eq 0 ]
    expect contains "$stderr" "of $(planned "${smallest[@]}") processes"
    [ ! -e results/benchmark_local.journal ]
}

@test "a time budget sets iterations and processes, or is told to be too small" {
    local few=(--allocators box --sizes 8,64 --patterns immediate,lifo)
    program local "${few[@]}" --time-budget 1s
    expect [ "$status" -eq 2 ]
    expect contains "$stderr" "a time budget of 1 s is too short: the minimum, 14 processes of one iteration each, takes about"
    expect contains "$stderr" "Give --time-budget="
    [ -z "$(ls -A results)" ]
    program local "${few[@]}" --time-budget 10h --dry-run
    expect [ "$status" -eq 0 ]
    expect contains "$output" "400 of each of these, in 40 processes"
    [ "$(planned "${few[@]}" --time-budget 10h)" -eq "$(planned "${few[@]}" --precise)" ]
}

@test "a precise run says beforehand how long it takes" {
    program local --sizes 8 --patterns immediate --precise --processes 2 --iterations 2
    expect [ "$status" -eq 0 ]
    expect contains "$stderr" "2 iterations in 2 processes: this will take about "
    [ "$(ls -A results)" = $'benchmark_local.parquet\ndetails_local.parquet' ]
}
