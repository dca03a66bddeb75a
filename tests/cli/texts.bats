#!/usr/bin/env bats
# What a person reads, whole: for each command its help and one answer, as tests/golden/texts/ has them. These are the
# only tests of wording; UPDATE_GOLDEN=1 writes the texts anew, to be read in the difference.
bats_require_minimum_version 1.5.0
load helpers

texts=$SOURCE_DIR/tests/golden/texts

# as_golden NAME: compares standard input with the text of that name, or writes it.
as_golden() {
    if [ -n "${UPDATE_GOLDEN-}" ]; then
        mkdir -p "$texts" && cat >"$texts/$1.txt"
    else
        diff -u "$texts/$1.txt" -
    fi
}

# answer ARGUMENT...: the command line, what it prints on both outputs, and its exit code.
answer() {
    local code=0
    printf '$ memalloc-bench %s\n' "$*"
    "$MEMALLOC_BENCH" "$@" 2>&1 || code=$?
    printf '[exit code %d]\n' $code
}

# In a folder whose name is always as long: lines break where they broke.
setup() {
    cd "$(mktemp -d /tmp/texts.XXXXXX)" || return 1
    unset NO_COLOR COLUMNS
}

teardown() {
    rm -r "$PWD"
}

without_folder() {
    sed "s#$PWD#/tmp/folder.......#g"
}

copy_results() {
    mkdir results
    cp "$SOURCE_DIR"/tests/golden/noisy/*.parquet results/
    export MEMALLOC_BENCH_SHARE=$PWD/results # without the renderer: charts are of other tests
}

@test "help" {
    for command in $(commands); do
        answer "$command" --help
    done | as_golden help
}

@test "run" {
    answer run laptop --dry-run --sizes 8,64 --patterns lifo --heaps system --iterations 2 --processes 1 |
        as_golden run
}

@test "analyze" {
    copy_results
    answer analyze --platforms my-laptop | without_folder | as_golden analyze
}

@test "compare" {
    copy_results
    answer compare aa1 aa2 | as_golden compare
}

@test "relabel" {
    copy_results
    answer relabel results/benchmark_aa1.parquet node7 | without_folder | as_golden relabel
}

@test "list" {
    answer list | grep -v rust | as_golden list # which a build without cargo has not
}

@test "mistakes" {
    {
        answer
        answer run
        answer rnu
        answer run laptop --sizs 8
        answer run laptop --sizes 9
        answer run laptop --iterations none
        answer run list
        answer analyze missing
        answer compare a b
        answer help nothing
    } | as_golden mistakes
}
