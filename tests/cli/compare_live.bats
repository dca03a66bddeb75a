#!/usr/bin/env bats
# Two variants, really measured side by side: that it ran and looked at every cell. How quiet the machine was is
# no matter of these tests.
bats_require_minimum_version 1.5.0
load helpers

@test "a live comparison of a variant with itself examines every cell" {
    program compare --live --allocators box,slab_warm --patterns lifo --sizes 8 --iterations 10 --processes 10 --csv -- - "NAME=value"
    expect [ "$status" -ne 2 ]
    expect [ "$(grep -Ec '^(box|slab_warm),lifo,8,100,[a-z]+,.*,10,10,false,' <<<"$output")" -eq 2 ]
    expect awk -F, 'NR == 1 { exit !($19 == "a_disturbed" && $20 == "b_disturbed") }' <<<"$output"
    expect awk -F, 'NR > 1 && ($19 == "" || $19 > 1 || $20 == "" || $20 > 1) { bad = 1 } END { exit bad }' <<<"$output"
    [ -z "$(ls --ignore='separate-stderr*')" ]
}

@test "the table of a live comparison names the variants and fits 80 columns" {
    program compare --live --allocators box --patterns immediate --sizes 8 --iterations 10 --processes 10 --all -- - "NAME=value"
    expect contains "$output" "A: plain"
    expect contains "$output" "B: NAME=value"
    expect contains "$output" "1 cell: "
    within_80_columns <<<"$output"
}

@test "a tunable that keeps the heap from being trimmed makes large objects faster" {
    worker=$BATS_TEST_TMPDIR/worker # a sanitised one has another malloc; a variant's words end at spaces
    ln -s "$RELEASE_DIR/memalloc-bench-worker" "$worker"
    [ -x "$worker" ] || skip "there is no optimised build"
    tunables=GLIBC_TUNABLES=glibc.malloc.trim_threshold=1073741824:glibc.malloc.top_pad=16777216
    program compare --live --allocators box --patterns lifo --sizes 4096 --iterations 14 --processes 14 --csv -- \
        "worker=$worker GLIBC_TUNABLES=glibc.malloc.trim_threshold=131072" "worker=$worker $tunables"
    row=$(grep '^box,lifo,4096,' <<<"$output")
    expect [ -n "$row" ]
    expect grep -q ',faster,' <<<"$row" # disturbed or not
    expect awk -F, '{ exit !($14 > 0 && $14 < 0.8) }' <<<"$row" # its ratio
}

@test "variants that cannot be measured are told, with a remedy" {
    program compare --live -
    expect [ "$status" -eq 2 ]
    program compare --live -- - nonsense
    expect [ "$status" -eq 2 ]
    expect contains "$stderr" "variant B: 'nonsense' is not a word of a variant"
    program compare --live -- "worker=$PWD/none" -
    expect [ "$status" -eq 2 ]
    expect contains "$stderr" "cannot be run"
    program compare --live -- - LD_PRELOAD=/nowhere/library.so
    expect [ "$status" -eq 2 ]
    expect contains "$stderr" "/nowhere/library.so cannot be read"
    program compare --live --allocators box --patterns lifo --sizes 8 --processes 2 -- - "worker=$(type -P true)"
    expect [ "$status" -eq 3 ]
    expect contains "$stderr" "no process of variant B gave a result"
}

@test "options of stored runs and of live ones are not mixed" {
    program compare --live --force -- - -
    expect [ "$status" -eq 2 ]
    program compare --sizes 8 one other
    expect [ "$status" -eq 2 ]
    expect contains "$stderr" "Add --live"
}
