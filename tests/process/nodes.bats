#!/usr/bin/env bats
# The charts under other releases of Node than the one that is installed: those that ./check puts into build-nodes.
bats_require_minimum_version 1.5.0
load ../cli/helpers

# with_node VERSION: that release comes first in PATH.
with_node() {
    local folder=$SOURCE_DIR/build-nodes/$1
    [ -x "$folder/node" ] || skip "Node $1 is not in build-nodes: ./check fetches it where there is a network"
    PATH=$folder:$PATH
    expect [ "$(node --version)" = "v$1" ]
    export MEMALLOC_BENCH_SHARE=$SOURCE_DIR
    for platform in a b; do
        mkdir -p results
        "$SAMPLE_RESULTS" results "$platform" 12 6 2 3
    done
}

refuses() {
    with_node "$1"
    program analyze
    expect [ "$status" -eq 0 ]
    expect contains "$output" "they need Node 18 or later, and node in PATH says that it is 'v$1'"
    expect [ -z "$stderr" ]
    program analyze --format svg
    expect [ "$status" -eq 3 ]
    expect contains "$stderr" "they need Node 18 or later"
    refute grep -Eq '^ +at |SyntaxError|TypeError' <<<"$output$stderr"
    expect [ "$(ls results)" = "$(printf '%s\n' benchmark_a.parquet benchmark_b.parquet details_a.parquet details_b.parquet stats.csv)" ]
    program compare a b --force --chart chart.svg
    expect [ "$status" -eq 3 ]
    expect [ ! -e chart.svg ]
    expect contains "$stderr" "they need Node 18 or later"
}

draws() {
    with_node "$1"
    program analyze --format svg,png,pdf
    expect [ "$status" -eq 0 ]
    expect [ -z "$stderr" ]
    for name in all_patterns_total.svg all_patterns_total.png all_patterns_total.pdf report.html; do
        expect [ -s "results/$name" ]
    done
    program compare a b --force --chart chart.svg # its exit code tells the verdict
    expect [ -z "$stderr" ]
    expect grep -q '</svg>' chart.svg
}

@test "Node 12 is told from one that can draw" {
    refuses 12.22.12
}

@test "Node 16 is told from one that can draw" {
    refuses 16.20.2
}

@test "the first release of Node 18 draws" {
    draws 18.0.0
}

@test "Node 24 draws" {
    draws 24.21.0
}
