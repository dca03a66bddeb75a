#!/usr/bin/env bats
# What can be varied beside allocator, pattern and size: the touch, and how many objects live at once.
bats_require_minimum_version 1.5.0
load helpers

few=(--sizes 64 --patterns lifo --iterations 1 --allocators box)

@test "the touch is one for the run and is named wherever its numbers are" {
    program local "${few[@]}" --touch full
    expect [ "$status" -eq 0 ]
    expect contains "$output" "lifo, touch full: ns per object"
    program analyze results --no-report --output-dir analysed
    expect [ "$status" -eq 0 ]
    expect contains "$output" "local (touch full)"
    expect contains "$output" "not comparable with those of other touches"
    program local "${few[@]}" --touch word --force
    refute grep -q touch <<<"$output"
    program local --dry-run "${few[@]}" --touch read
    grep -Eq '^touch +read$' <<<"$output"
}

@test "other numbers of live objects are measured, and left out of the ordinary statistics" {
    program local "${few[@]}" --live-objects 10,100
    expect [ "$status" -eq 0 ]
    expect contains "$output" "lifo, 10 live objects: ns per object"
    expect contains "$output" "lifo, 100 live objects: ns per object"
    program analyze results --no-report --output-dir analysed
    expect [ "$status" -eq 0 ]
    [ "$(wc -l <analysed/stats.csv)" -eq 2 ]
    grep -q '^local,box,lifo,64,ok,,1,1,' analysed/stats.csv || grep -q '^local,box,lifo,64,inconclusive,' analysed/stats.csv
    program local --dry-run "${few[@]}" --live-objects 1000,100
    grep -Eq '^live objects +100, 1000$' <<<"$output"
    [ "$(grep -Ec '^ *[0-9]+ +[0-9]+  box +lifo +64 +1000 ' <<<"$output")" -eq 1 ]
}

@test "a littered heap is measured beside the fresh one, and what it does to a lead is said" {
    few=(--sizes 64 --patterns lifo --allocators box,slab_warm --iterations 1)
    program local "${few[@]}" --heap-state fresh,littered --litter 1 --traverse
    expect [ "$status" -eq 0 ]
    expect contains "$output" "lifo, heap state fresh: ns per object"
    expect contains "$output" "lifo, heap state littered: ns per object"
    program analyze results --json --no-report --output-dir analysed
    expect [ "$status" -eq 0 ]
    expect contains "$output" '"topic":"littered"'
    expect contains "$output" '"heap_state":"littered"'
    program analyze results --no-report --output-dir analysed
    expect [ "$status" -eq 0 ]
    [ "$(wc -l <analysed/stats.csv)" -eq 3 ]
    program local --dry-run "${few[@]}" --heap-state littered,fresh --litter 4096KiB
    grep -Eq '^heap state +fresh, littered$' <<<"$output"
    grep -Eq '^litter +4 MiB$' <<<"$output"
    [ "$(grep -Ec '^ *[0-9]+ +[0-9]+  box +lifo +64 +100 +littered ' <<<"$output")" -eq 1 ]
}

@test "a heap state that is none is refused" {
    for list in littered fresh,dirty "" fresh,; do
        program local --heap-state "$list"
        expect [ "$status" -eq 2 ]
        expect contains "$stderr" "--heap-state"
    done
    for size in 0 0MiB 100KiB 1.5MiB 4mib 4MiBs MiB "" 70000GiB 99999999999999999999MiB; do
        program local --heap-state fresh,littered --litter "$size"
        expect [ "$status" -eq 2 ]
        expect contains "$stderr" "--litter"
    done
}

@test "the live objects are traversed when that is requested, and the plan says so" {
    program local "${few[@]}" --traverse --quiet
    expect [ "$status" -eq 0 ]
    program local --dry-run "${few[@]}" --traverse
    expect [ "$status" -eq 0 ]
    grep -Eq '^traverse +the live objects, fresh and aged$' <<<"$output"
    traversed="$(grep -E '^seed' <<<"$output")"
    program local --dry-run "${few[@]}"
    refute grep -q '^traverse' <<<"$output"
    [ "$(grep -E '^seed' <<<"$output")" = "$traversed" ]
    program run --help
    expect contains "$output" "--traverse"
    program help --man
    expect contains "$output" "traverse"
    program help --completion
    expect contains "$output" "--traverse"
}

@test "a number of live objects that cannot be is refused" {
    for list in 10 100,0 100,x 100,50001; do
        program local --live-objects "$list"
        expect [ "$status" -eq 2 ]
        expect contains "$stderr" "--live-objects"
    done
    program local --touch some
    expect [ "$status" -eq 2 ]
    expect contains "$stderr" "Known are word, none, full, read"
}

@test "a touch that is not Rust's leaves its allocators out of all, and says so" {
    "$MEMALLOC_BENCH" x --allocators rust_box --dry-run >out 2>&1 || skip "built without Rust"
    for more in --dry-run --quick; do
        program local "${smallest[@]}" --allocators all --touch full "$more"
        expect [ "$status" -eq 0 ]
        expect contains "$stderr" "memalloc-bench: --touch full leaves out the allocators in Rust, which have code for the touch word alone."
        refute contains "$output" rust_box
    done
    program local "${smallest[@]}" --allocators all --dry-run
    refute contains "$stderr" "leaves out"
    expect contains "$output" rust_box
}

@test "a heap that cannot be used is told before anything is measured" {
    echo "no library" >text.so
    heaps=(--heap gone=/nowhere/x.so --heap "text=./text.so")
    program local "${smallest[@]}" --allocators box "${heaps[@]}" --dry-run
    expect [ "$status" -eq 0 ]
    expect contains "$output" "heap gone (/nowhere/x.so) cannot be used: No such file or directory; its 1 cell will fail"
    expect contains "$output" "text.so) cannot be used: it is not a shared object; its 1 cell will fail"
    refute contains "$output" "heap system"
    within_80_columns < <(grep -v text.so <<<"$output")
    program local "${smallest[@]}" --allocators box,slab_cold "${heaps[@]}"
    expect [ "$status" -eq 1 ]
    expect contains "$stderr" "memalloc-bench: heap gone (/nowhere/x.so) cannot be used: No such file or directory; its 2 cells will fail."
    expect contains "${stderr%%processes*}" "cannot be used: it is not a shared object; its 2 cells will fail." # before progress
    program local "${smallest[@]}" --allocators box "${heaps[@]}" --force --quiet
    expect [ "$status" -eq 1 ]
    refute contains "$stderr" "cannot be used"
}

@test "a run on no heap but such ones is refused at once" {
    missing=$("$MEMALLOC_BENCH" list --heaps | sed -n 's/^  - \([a-z_]*\) .*/\1/p' | head -n 1)
    [ -n "$missing" ] || skip "every known heap is on this machine"
    for more in --quiet --dry-run; do
        program local "${smallest[@]}" --heaps "$missing" "$more"
        expect [ "$status" -eq 2 ]
        expect contains "$stderr" "heap $missing cannot be used: $missing is not on this machine"
        expect contains "$stderr" "Name another heap"
        [ -z "$output" ]
    done
    [ ! -e results/benchmark_local.parquet ]
}

@test "several threads are measured beside one, and what they do to a lead is said" {
    few=(--sizes 64 --patterns lifo,handoff,exchange --allocators box,slab_warm,slab_owner --iterations 1)
    program local "${few[@]}" --threads 2,1
    expect [ "$status" -eq 0 ]
    [ -e results/measurements_local.parquet ]
    program analyze results --json --no-report --output-dir analysed
    expect [ "$status" -eq 0 ]
    expect contains "$output" '"topic":"threads"'
    expect contains "$output" '"pattern":"handoff"'
    program analyze results --no-report --output-dir analysed
    [ "$(wc -l <analysed/stats.csv)" -eq 4 ]
    program local --dry-run "${few[@]}" --threads 1,2
    grep -Eq '^threads +1, 2$' <<<"$output"
    [ "$(grep -Ec ' box +handoff ' <<<"$output")" -eq 1 ]
    [ "$(grep -Ec ' slab_warm +(handoff|exchange) ' <<<"$output")" -eq 0 ]
    [ "$(grep -Ec ' slab_owner +exchange ' <<<"$output")" -eq 1 ]
}

@test "more threads than CPUs are measured, and marked" {
    cpu=$(grep Cpus_allowed_list /proc/self/status | grep -o '[0-9]*' | head -n 1)
    run --separate-stderr taskset -c "$cpu" "$MEMALLOC_BENCH" run local --sizes 64 --patterns lifo \
        --allocators box --iterations 1 --threads 1,2
    expect [ "$status" -eq 0 ]
    program analyze results --json
    expect contains "$output" "Oversubscribed: up to 2 threads shared 1 CPU,"
}
@test "patterns of several threads need them" {
    program local --dry-run --patterns lifo,handoff
    expect [ "$status" -eq 2 ]
    expect contains "$stderr" "handoff"
    program local --dry-run --patterns handoff --threads 1,2
    expect [ "$status" -eq 2 ]
    program local --dry-run --patterns all --sizes 64
    expect [ "$status" -eq 0 ]
    [ "$(grep -Ec ' (handoff|exchange) ' <<<"$output")" -eq 0 ]
    for list in 2 0,1 1,257 1,two; do
        program local --dry-run --threads "$list"
        expect [ "$status" -eq 2 ]
        expect contains "$stderr" "--threads"
    done
}
