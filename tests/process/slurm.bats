#!/usr/bin/env bats
# `submit` on a real cluster, of two nodes on this machine (tests/tools/slurm.bash): two tasks, a node that dies, a time
# limit, a node that is taken away, a full disk, a cancelled array.
bats_require_minimum_version 1.5.0
load ../cli/helpers
load ../tools/slurm

setup_file() {
    export slurm_folder=$BATS_FILE_TMPDIR/slurm slurm_reason=
    slurm_reason=$(start_slurm "$slurm_folder") || slurm_reason=${slurm_reason:-it does not start}
    export SLURM_CONF=$slurm_folder/slurm.conf
}

teardown_file() {
    [ -n "$slurm_reason" ] || stop_slurm
}

# A worker that waits while there is a file `hold`, once its run has something in its journal.
setup() {
    [ -z "$slurm_reason" ] || skip "$slurm_reason"
    cd "$BATS_TEST_TMPDIR" || return 1
    mkdir bin
    cp "$MEMALLOC_BENCH" bin/
    cat >bin/memalloc-bench-worker <<SCRIPT
#!/bin/sh
journal=\$(echo $PWD/shared/benchmark_*-"\$SLURMD_NODENAME".journal)
while [ -e $PWD/hold ] && [ "\$(wc -c <"\$journal")" -gt 3000 ]; do sleep 0.1; done
exec $(dirname "$MEMALLOC_BENCH")/memalloc-bench-worker "\$@"
SCRIPT
    chmod +x bin/memalloc-bench-worker
    wait_until 60 nodes_are_idle
    tiny=(--sizes 8 --patterns lifo --allocators box --quick)
}

teardown() {
    rm -f hold
    if mountpoint -q shared; then
        scancel --user=root
        wait_until 20 nothing_runs
        umount -l shared
    fi
}

submit() {
    run --separate-stderr bin/memalloc-bench submit --output-dir shared "$@"
}

# is_held NODE...: the runs there have begun, and wait.
is_held() {
    local node
    for node in "$@"; do
        [ "$(cat "shared/benchmark_p-$node.journal" 2>/dev/null | wc -c)" -gt 3000 ] || return 1
    done
}

state_is() {
    bin/memalloc-bench submit --output-dir shared --status p >status 2>&1
    grep -Eq "^$1 +$2" status
}

fact() {
    "$PYTHON" -c 'import sys, pyarrow.parquet as p; print(p.read_schema(sys.argv[1]).metadata.get(sys.argv[2].encode(), b"absent").decode())' \
        "shared/details_p-$1.parquet" "$2"
}

@test "each node measures once, on its own, and an analysis follows" {
    submit --nodes 2 --constraint fast --partition main --time 5m --wait p "${tiny[@]}"
    expect [ "$status" -eq 0 ]
    expect [ "$(grep -Ec '^n[12] +finished' <<<"$output")" -eq 2 ]
    expect grep -Eq '^analysis +finished' <<<"$output"
    [ -s shared/report.html ] && [ -s shared/stats.csv ]
    for node in n1 n2; do
        [ "$(fact $node slurm.node)" = $node ]
        [ "$(fact $node slurm.partition)" = main ]
        [ "$(fact $node slurm.constraint)" = fast ]
        [ "$(fact $node slurm.array_job)" -gt 0 ]
    done
    [ "$(fact n1 slurm.job)" != "$(fact n2 slurm.job)" ]
    [ -z "$(ls shared/*.journal shared/*.lock 2>/dev/null)" ]

    submit --nodes 2 p "${tiny[@]}"
    expect [ "$status" -eq 2 ]
    submit --retry p
    expect [ "$status" -eq 2 ]
    submit --status p
    expect [ "$status" -eq 0 ]
    # Without a controller's memory the tasks' own words tell.
    sed -i 's/ [0-9]*$/ 99999/' shared/submit_p/tasks
    submit --status p
    expect [ "$status" -eq 0 ]
    expect [ "$(grep -Ec '^n[12] +finished' <<<"$output")" -eq 2 ]
}

@test "a node that dies is named with Slurm's reason, and is submitted again alone" {
    touch hold
    submit --nodelist 'n[1-2]' --time 5m p "${tiny[@]}"
    expect [ "$status" -eq 0 ]
    wait_until 30 is_held n1 n2
    kill_node n2
    rm hold
    wait_until 60 state_is n2 failed
    grep -E '^n2 +failed +NODE_FAIL' status
    grep -E '^n2 .*the node is down' status
    wait_until 30 state_is n1 finished
    [ -s shared/benchmark_p-n2.journal ]
    start_node n2
    wait_until 60 nodes_are_idle '\(idle\|allocated\|mixed\)'
    local before
    before=$(stat -c %Y.%i shared/benchmark_p-n1.parquet)
    submit --retry --wait p
    expect [ "$status" -eq 0 ]
    expect grep -Eq '^n2 +finished' <<<"$output"
    [ "$before" = "$(stat -c %Y.%i shared/benchmark_p-n1.parquet)" ]
    refute grep -q "^task 0 n1 $(sed -n 's/^task 1 n2 //p' shared/submit_p/tasks)$" shared/submit_p/tasks
    [ ! -e shared/benchmark_p-n2.journal ]
}

@test "a run that reaches its time limit ends in time, is queued again and goes on" {
    touch hold
    submit --nodelist n1 --time 1m --requeue p "${tiny[@]}"
    expect [ "$status" -eq 0 ]
    wait_until 30 is_held n1
    wait_until 90 grep -q interrupted shared/submit_p/task_0.state
    [ -s shared/benchmark_p-n1.journal ]
    rm hold
    submit --wait p
    expect [ "$status" -eq 0 ]
    expect grep -Eq '^n1 +finished' <<<"$output"
    [ "$(fact n1 slurm.restarts)" = 1 ]
}

begin_of_journal() {
    head -c 3000 shared/benchmark_p-n1.journal | sha256sum
}

@test "a run that a more urgent job takes the node from is queued again, and goes on from its journal" {
    touch hold
    submit --nodelist n1 --time 5m --requeue p "${tiny[@]}"
    expect [ "$status" -eq 0 ]
    wait_until 30 is_held n1
    local kept
    kept=$(begin_of_journal)
    sbatch --partition=urgent --nodelist=n1 --exclusive --output=/dev/null --wrap="touch $PWD/urgent; sleep 3" >/dev/null
    wait_until 60 test -e urgent
    wait_until 30 state_is n1 waiting
    [ "$(begin_of_journal)" = "$kept" ]
    wait_until 60 state_is n1 running
    wait_until 30 test -s shared/benchmark_p-n1.lock # the run has its journal open
    [ "$(begin_of_journal)" = "$kept" ]
    rm hold
    submit --wait p
    expect [ "$status" -eq 0 ]
    expect grep -Eq '^n1 +finished' <<<"$output"
    [ "$(fact n1 slurm.restarts)" = 1 ]
    [ ! -e shared/benchmark_p-n1.journal ]
}

@test "a full disk fails the node with the reason, loses nothing, and is gone on from" {
    mkdir shared
    mount -t tmpfs -o size=8m none shared || skip "nothing can be mounted here"
    touch hold
    submit --nodelist n1 --time 5m p "${tiny[@]}"
    expect [ "$status" -eq 0 ]
    wait_until 30 is_held n1
    local kept
    kept=$(stat -c %s shared/benchmark_p-n1.journal)
    cat /dev/zero >shared/filling 2>/dev/null || true
    rm hold
    wait_until 60 state_is n1 failed
    grep -E '^n1 +failed .*exit code 3' status
    [ "$(stat -c %s shared/benchmark_p-n1.journal)" -ge "$kept" ]
    rm shared/filling
    submit --retry --wait p
    expect [ "$status" -eq 0 ]
    expect grep -Eq '^n1 +finished' <<<"$output"
}

@test "the time limit follows from the estimate; a cancelled array is told, and can be submitted again" {
    touch hold
    submit --nodes 2 p "${tiny[@]}" # without --time: what one process of each cell takes here tells it
    expect [ "$status" -eq 0 ]
    local minutes
    minutes=$(tr -s ' \n' ' ' <<<"$stderr" | sed -n 's/.*the time limit is \([0-9]*\) minutes.*/\1/p')
    expect [ "$minutes" -ge 5 ]
    scontrol --oneliner show job "$(sed -n 's/^task 0 n1 //p' shared/submit_p/tasks)" >job
    grep -q "TimeLimit=00:$(printf %02d "$minutes"):00" job
    wait_until 30 is_held n1 n2
    scancel "$(sed -n 's/^task 0 n1 //p' shared/submit_p/tasks)"
    wait_until 30 state_is n1 cancelled
    rm hold
    submit --wait p
    expect [ "$status" -eq 1 ]
    expect [ "$(grep -Ec '^n[12] +cancelled' <<<"$output")" -eq 2 ]
    submit --retry --wait p
    expect [ "$status" -eq 0 ]
    expect [ "$(grep -Ec '^n[12] +finished' <<<"$output")" -eq 2 ]
}
