#!/usr/bin/env bats
# Where the output goes: full disks, closed descriptors, readers that leave, terminals and what is none.
bats_require_minimum_version 1.5.0
load helpers

@test "output that cannot be written is an error" {
    for arguments in list --help "run --help" "help --man" "x --dry-run"; do
        # shellcheck disable=SC2086
        run --separate-stderr bash -c '"$0" "$@" >/dev/full' "$MEMALLOC_BENCH" $arguments
        expect [ "$status" -eq 3 ]
        expect contains "$stderr" "cannot write to standard output: No space left on device."
        # shellcheck disable=SC2086
        run --separate-stderr bash -c '"$0" "$@" >&-' "$MEMALLOC_BENCH" $arguments
        expect [ "$status" -eq 3 ]
        expect contains "$stderr" "cannot write to standard output: Bad file descriptor."
    done
}

@test "a reader that goes away ends nothing and causes no message" {
    for _ in 1 2 3; do
        run --separate-stderr bash -c '"$0" local --dry-run | head -n 1; exit "${PIPESTATUS[0]}"' "$MEMALLOC_BENCH"
        expect [ "$status" -eq 0 ]
        expect [ -z "$stderr" ]
    done
}

@test "closed descriptors do not end up in the result files" {
    run bash -c '"$0" "$@" <&- >&- 2>&-' "$MEMALLOC_BENCH" local "${smallest[@]}"
    expect [ "$status" -eq 3 ] # the table could not be written
    [ -s results/benchmark_local.parquet ]
    [ "$(head -c 4 results/benchmark_local.parquet)" = PAR1 ]
    [ "$(head -c 4 results/details_local.parquet)" = PAR1 ]
}

@test "without a terminal there are plain lines and no control characters" {
    program local "${smallest[@]}"
    expect [ "$status" -eq 0 ]
    local count
    count=$(planned "${smallest[@]}")
    expect contains "$stderr" "100 %  $count of $count processes"
    refute grep -q $'[\e\r]' <<<"$output$stderr"
    within_80_columns <<<"$output"
    within_80_columns <<<"$stderr"
}

@test "run ends with the findings of analyze, in the same words" {
    program local "${smallest[@]}"
    expect [ "$status" -eq 0 ]
    local ended=$output found
    program analyze --json
    expect [ "$status" -eq 0 ]
    found=$(python3 -c 'import json, sys; [print(each["text"]) for each in json.load(sys.stdin)["findings"]]' <<<"$output")
    [ -n "$found" ]
    while read -r sentence; do
        expect contains "$(tr -s ' \n' ' ' <<<"$ended")" "$sentence"
    done <<<"$found"
}

@test "quiet prints nothing at all" {
    program local "${smallest[@]}" --quiet
    expect [ "$status" -eq 0 ]
    expect [ -z "$output$stderr" ]
    [ -s results/benchmark_local.parquet ]
}

@test "on a terminal the progress line is redrawn within its width and taken away" {
    for columns in 80 40 25; do
        terminal "$columns" local "${smallest[@]}" --force >shown
        tr '\r' '\n' <shown | sed 's/\x1b\[[0-9]*[mK]//g' | grep -E '^ *[0-9]+ %' >progress
        [ "$(wc -l <progress)" -ge 2 ]
        awk -v columns="$columns" 'length($0) >= columns { print; failed = 1 } END { exit failed }' progress
        grep -q $'\r\e\[K\r*$' shown
    done
    grep -q $'\e\[32m' shown # the fastest is green
}

@test "NO_COLOR and a dumb terminal are respected" {
    NO_COLOR=1 terminal 80 local "${smallest[@]}" >shown
    grep -q 'slab_warm' shown
    refute grep -q $'\e\[[0-9]*m' shown
    NO_COLOR='' terminal 80 local "${smallest[@]}" --force >shown
    grep -q $'\e\[32m' shown
    TERM=dumb terminal 80 local "${smallest[@]}" --force >shown
    grep -q '100 %  [0-9]* of [0-9]* processes' shown
    refute grep -q $'\e' shown
}

@test "on a terminal a dry run shows the first processes of the plan and how many follow" {
    terminal 80 local --dry-run >shown
    [ "$(grep -Ec '^ *[0-9]+ +[0-9]+  [a-z_]+ ' shown)" -eq 10 ]
    grep -Eq "and $((4 * 19 * 5 * 30 - 4 * 4 * 20 - 10)) more" shown
    grep -Eq "^census +380 processes more" shown
}
