#!/usr/bin/env bats
# Two runs of one name at once: the first goes on undisturbed, the second is told which process it is.
bats_require_minimum_version 1.5.0
load ../cli/helpers

many=(--patterns immediate --sizes 8 --allocators box --iterations 20 --processes 20)
long=(--patterns immediate --sizes 8 --allocators box --iterations 100000 --processes 1)
journal=results/benchmark_local.journal
lock=results/benchmark_local.lock

teardown() {
    [ -z "${pid-}" ] || kill -KILL "$pid" 2>/dev/null || true
}

# start ARGUMENT...: a run in the background that measures by now, or at least has begun to.
start() {
    "$MEMALLOC_BENCH" run "$@" >out 2>err 3>&- &
    pid=$!
    until_true [ -s "$journal" ]
}

until_true() {
    local deadline=$((SECONDS + 30))
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.01
    done
}

has_worker() { [ -n "$(cat "/proc/$pid/task/$pid/children")" ]; }

finish() {
    status=0
    wait "$pid" || status=$?
    pid=
    output=$(<out) stderr=$(<err)
}

# refused ARGUMENT...: such a run is, and names the first; results stay as they are. The journal may grow.
refused() {
    local before
    before=$(sum_results)
    head -c 1000 "$journal" >begin
    program run "$@"
    expect [ "$status" -eq 3 ]
    expect contains "$stderr" "is active in another process, number $pid."
    refute contains "$stderr" --resume
    [ "$(sum_results)" = "$before" ]
    head -c 1000 "$journal" | cmp - begin
    kill -0 "$pid"
}

sum_results() { cat results/*.parquet 2>/dev/null | sha256sum; }

trials() {
    "$PYTHON" -c '
import pyarrow.parquet
rows = pyarrow.parquet.read_table("results/details_local.parquet").to_pylist()
used = [(row["allocator"], row["iteration"]) for row in rows if row["used"]]
assert len(used) == len(set(used)), "a trial is there twice"
print(len(used))'
}

@test "a second run is refused, with every option, and the first finishes whole" {
    program run local "${smallest[@]}" --quiet # results that --force would replace
    expect [ "$status" -eq 0 ]
    start local "${many[@]}" --force
    kill -STOP "$pid" # it does not finish before the second is tried
    for options in "" --force --resume "--resume --force" --quick "--time-budget 1m --force"; do
        # shellcheck disable=SC2086
        refused local $options
    done
    refused local --force --output-dir ./results/../results
    kill -CONT "$pid"
    finish
    expect [ "$status" -eq 0 ]
    [ "$(trials)" -eq 60 ]
    [ ! -e "$journal" ]
    [ ! -e "$lock" ]
}

@test "another name, another folder and a dry run are not refused" {
    start local "${long[@]}"
    program run other "${smallest[@]}" --quiet
    expect [ "$status" -eq 0 ]
    program run local "${smallest[@]}" --quiet --output-dir elsewhere
    expect [ "$status" -eq 0 ]
    program run local "${smallest[@]}" --dry-run
    expect [ "$status" -eq 0 ]
}

@test "after kill -9 the name is free, and the run can be gone on with" {
    start local "${many[@]}"
    kill -KILL "$pid"
    finish
    [ -s "$lock" ] # it is left behind
    program run local "${many[@]}"
    expect [ "$status" -eq 2 ]
    expect contains "$stderr" "memalloc-bench run local --resume"
    program run local --resume
    expect [ "$status" -eq 0 ]
    [ "$(trials)" -eq 60 ]
    [ ! -e "$lock" ]
}

@test "a run that goes on with an interrupted one is locked too" {
    start local "${long[@]}"
    until_true has_worker
    kill -TERM "$pid"
    finish
    expect [ "$status" -eq 130 ]
    [ ! -e "$lock" ]
    start local --resume
    until_true [ -s "$lock" ]
    refused local --resume
    refused local --force
}

@test "a lock file that was left behind, whatever is in it, blocks nobody" {
    mkdir results
    for content in "" "1 $(hostname)" "$$ elsewhere" "no number" "99999999999999999999 x" "$(head -c 5000 /dev/zero | tr '\0' x)"; do
        printf %s "$content" >"$lock"
        program run local "${smallest[@]}" --quiet --force
        expect [ "$status" -eq 0 ]
        [ ! -e "$lock" ]
    done
}

# locked_by TEXT: another process has the lock, and its file says that.
locked_by() {
    "$PYTHON" -c '
import fcntl, os, sys, time
lock = open("results/benchmark_local.lock", "w")
fcntl.lockf(lock, fcntl.LOCK_EX)
lock.write(sys.argv[1])
lock.flush()
open("locked", "w").close()
time.sleep(60)' "$1" 3>&- &
    pid=$!
    until_true [ -e locked ]
    rm locked
}

@test "the process is named that has the lock, whatever an earlier one wrote" {
    mkdir results
    for content in "" "1 $(hostname)" "no number"; do
        locked_by "$content"
        program run local --force
        expect [ "$status" -eq 3 ]
        expect contains "$stderr" "number $pid. Wait"
        kill -KILL "$pid"
        wait "$pid" || true
    done
}

@test "a process of another machine is named with that machine, and not to be killed here" {
    mkdir results
    locked_by "4711 node-17.cluster"
    program run local --force
    expect [ "$status" -eq 3 ]
    expect contains "$stderr" "number 4711 on the machine node-17.cluster."
    refute contains "$stderr" "kill"
}

@test "of two that start at the same moment, one measures" {
    for round in 1 2 3; do
        for i in 1 2 3; do
            "$MEMALLOC_BENCH" run local "${many[@]}" --force >"out$i" 2>&1 3>&- &
            runs[i]=$!
        done
        finished=0
        for i in 1 2 3; do
            status=0
            wait "${runs[i]}" || status=$?
            [ "$status" -eq 0 ] && finished=$((finished + 1)) || [ "$status" -eq 3 ]
        done
        [ "$finished" -ge 1 ]
        [ "$(trials)" -eq 60 ]
        [ ! -e "$journal" ]
    done
}

@test "a lock file that is a link or of another user is not written through" {
    mkdir results
    echo precious >target
    ln -s ../target "$lock"
    program run local --force "${smallest[@]}"
    expect [ "$status" -eq 3 ]
    expect contains "$stderr" "$lock"
    expect contains "$stderr" "Remove the file"
    [ "$(<target)" = precious ]
}

@test "what is refused makes no folder" {
    program run local --processes 30 --iterations 10
    expect [ "$status" -eq 2 ]
    [ ! -e results ]
    program run local --resume
    expect [ "$status" -eq 2 ]
    [ ! -e results ]
    program run local --dry-run
    [ ! -e results ]
}

@test "a run whose lock was removed by hand is noticed by its journal, through any path" {
    start local "${many[@]}"
    kill -STOP "$pid"
    rm "$lock"
    ln -s results elsewhere
    refused local
    refused local --force --output-dir elsewhere
    refused local --resume
    kill -CONT "$pid"
    finish
    expect [ "$status" -eq 3 ] # another run may have been here
    expect contains "$stderr" "benchmark_local.lock was removed"
    program run local --resume
    expect [ "$status" -eq 0 ]
    [ "$(trials)" -eq 60 ]
}

@test "a journal that is moved away in the middle of its run lets no other run in" {
    start local "${many[@]}"
    kill -STOP "$pid"
    mv "$journal" elsewhere.journal
    program run local "${smallest[@]}"
    expect [ "$status" -eq 3 ]
    expect contains "$stderr" "is active in another process, number $pid."
    kill -CONT "$pid"
    finish
    expect [ "$status" -eq 0 ]
    [ "$(trials)" -eq 60 ]
}

@test "a platform is not renamed to the name of a run that goes on" {
    program run other "${smallest[@]}" --quiet
    start local "${long[@]}"
    program relabel other local
    expect [ "$status" -eq 2 ]
    expect contains "$stderr" "a run of local into"
    [ -s results/benchmark_other.parquet ]
}
