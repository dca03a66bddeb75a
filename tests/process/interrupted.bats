#!/usr/bin/env bats
# The real program, ended by others in the middle of a run: nothing that was measured is lost, nobody is left behind.
bats_require_minimum_version 1.5.0
load ../cli/helpers

# Many short processes, or a first one that runs for minutes.
many=(--patterns immediate --sizes 8 --allocators box --iterations 20 --processes 20)
long=(--patterns immediate --sizes 8 --allocators box --iterations 100000 --processes 1)

teardown() {
    [ -z "${pid-}" ] || kill -KILL "$pid" 2>/dev/null || true
}

# start ARGUMENT...: the program in the background, its process group its own, as under a shell with job control.
start() {
    "$PYTHON" -c '
import os, signal, sys
os.setpgid(0, 0)
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$MEMALLOC_BENCH" "$@" >out 2>err 3>&- &
    pid=$!
}

# Its workers' process ids.
workers_of() {
    cat "/proc/$1/task/$1/children" 2>/dev/null
}

# until_true COMMAND...: waits for at most a minute.
until_true() {
    local deadline=$((SECONDS + 60))
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.01
    done
}

journal_holds() { [ "$(stat -c %s results/benchmark_local.journal 2>/dev/null || echo 0)" -gt "$1" ]; }
has_worker() { [ -n "$(workers_of "$pid")" ]; }
is_gone() { ! kill -0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status"; }

# finish: waits for the program; status and what it said as after bats' `run`.
finish() {
    status=0
    wait "$pid" || status=$?
    pid=
    output=$(<out) stderr=$(<err)
}

# rows PLATFORM: every row's key in the benchmark and in the details file.
rows() {
    "$PYTHON" - "$1" <<'PYTHON'
import sys
import pyarrow.parquet
def keys(kind, *columns):
    table = pyarrow.parquet.read_table(f"results/{kind}_{sys.argv[1]}.parquet").to_pylist()
    return sorted(tuple(row[column] for column in columns) for row in table)
cell = ["allocator", "pattern", "size_bytes", "iteration"]
print(keys("benchmark", *cell))
print(sorted(set(keys("details", *cell, "process", "plan_order", "outcome"))))
PYTHON
}

@test "after SIGKILL, --resume gives the rows of an uninterrupted run" {
    program whole "${many[@]}" --quiet
    expect [ "$status" -eq 0 ]
    resume=()
    for round in 1 2; do # the second kill hits a resumed run
        start local "${many[@]}" "${resume[@]}"
        resume=(--resume)
        until_true journal_holds $((1000 + 4000 * round))
        kill -KILL "$pid"
        finish
        expect [ "$status" -eq 137 ]
        expect [ ! -e results/benchmark_local.parquet ]
    done
    program local --resume
    expect [ "$status" -eq 0 ]
    rows whole >whole
    rows local >local
    [ "$(wc -c <whole)" -gt 2000 ]
    diff whole local
}

@test "after SIGINT, --finish stores the processes that every cell has, as a run of so many, and analyze reads them" {
    start local --patterns immediate --sizes 8 --allocators box --iterations 1000 --processes 500
    until_true journal_holds 80000
    kill -INT "$pid"
    finish
    expect [ "$status" -eq 130 ]
    expect contains "$stderr" "the same with --finish"
    for fact in constants.batch_size constants.inner_loop plan.touch cpu.model; do
        grep -aq "$fact" results/benchmark_local.journal
    done
    program local --resume --finish
    expect [ "$status" -eq 0 ]
    expect contains "$stderr" "of 500 processes of everything are stored"
    [ ! -e results/benchmark_local.journal ]
    "$PYTHON" - <<'PYTHON'
import pyarrow.parquet
file = pyarrow.parquet.read_table("results/details_local.parquet")
facts = {key.decode(): value.decode() for key, value in file.schema.metadata.items()}
whole = int(facts["plan.processes"])
assert 6 <= whole < 500 and facts["plan.cut_processes"] == "500", whole
assert int(facts["plan.iterations"]) == 2 * whole, facts["plan.iterations"]
rows = [row for row in file.to_pylist() if row["used"]]
cells = {row["allocator"]: set() for row in rows}
for row in rows:
    cells[row["allocator"]].add(row["process"])
assert len(cells) == 3 and all(processes == set(range(whole)) for processes in cells.values()), cells
assert {row["allocator"] for row in file.to_pylist() if row["census_objects"]} == cells.keys() # taken at the end
benchmark = pyarrow.parquet.read_table("results/benchmark_local.parquet").to_pylist()
assert sorted(row["iteration"] for row in benchmark) == list(range(2 * whole)), len(benchmark)
PYTHON
    program analyze --json
    expect [ "$status" -eq 0 ]
}

@test "--finish of a run with too little says what is missing and leaves the run as it is" {
    start local "${long[@]}"
    until_true has_worker
    kill -INT "$pid"
    finish
    expect [ "$status" -eq 130 ]
    refute contains "$stderr" "--finish"
    cp results/benchmark_local.journal before
    program local --resume --finish
    expect [ "$status" -eq 2 ]
    expect contains "$stderr" "every cell has 0 complete processes, and needs 6"
    expect contains "$stderr" "Continue with memalloc-bench run local --resume"
    cmp before results/benchmark_local.journal
    [ ! -e results/benchmark_local.parquet ]
}

is_told() { grep -q "$1" err; }

@test "a worker that is stopped is told, and the run goes on with it" {
    start local --patterns immediate --sizes 8 --allocators box --iterations 100000 --processes 1 --worker-timeout 86400
    until_true has_worker
    worker=$(workers_of "$pid")
    kill -STOP "${worker% }"
    until_true is_told "(${worker% }) is stopped or frozen; the run waits"
    kill -CONT "${worker% }"
    kill -INT "$pid"
    finish
    expect [ "$status" -eq 130 ]
    [ "$(grep -c "is stopped or frozen" err)" -eq 1 ]
}

@test "workers die with the driver" {
    start local "${long[@]}"
    until_true has_worker
    worker=$(workers_of "$pid")
    kill -KILL "$pid"
    finish
    until_true is_gone "$worker"
}

@test "SIGINT, SIGTERM and SIGHUP to the process group end a busy run at once and say how to go on" {
    for signal in INT TERM HUP; do
        start local "${long[@]}" --force
        until_true has_worker
        worker=$(workers_of "$pid")
        before=$(date +%s%N)
        kill "-$signal" -- "-$pid"
        finish
        # A second is promised; five leave room for a machine with other work. The worker itself has minutes to go.
        [ $(($(date +%s%N) - before)) -lt 5000000000 ]
        expect [ "$status" -eq 130 ]
        expect contains "$stderr" "interrupted after 0 of 3 processes. Continue with memalloc-bench run local --resume"
        is_gone "$worker"
        [ -s results/benchmark_local.journal ]
    done
}

@test "Ctrl-C on a terminal does the same" {
    "$PYTHON" - "$MEMALLOC_BENCH" local "${long[@]}" <<'PYTHON'
import os, pty, sys, time
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
said = b""
deadline = time.monotonic() + 30
while not open(f"/proc/{pid}/task/{pid}/children").read(): # it is not measuring yet
    assert time.monotonic() < deadline, os.read(terminal, 4096)
    time.sleep(0.02)
os.write(terminal, b"\x03")
try:
    while part := os.read(terminal, 4096):
        said += part
except OSError: # the other side is closed
    pass
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
said = " ".join(said.decode().split())
assert status == 130, (status, said)
assert "Continue with memalloc-bench run local --resume" in said, said
PYTHON
    [ -s results/benchmark_local.journal ]
    [ ! -e results/benchmark_local.parquet ]
}

@test "a worker killed from outside fails its cell only" {
    start local "${many[@]}"
    until_true has_worker
    until_true kill_a_worker
    finish
    expect [ "$status" -eq 1 ]
    expect contains "$stderr" "1 of 3 cells failed."
    expect contains "$output" "immediate 8: 1 of 20 processes, crashed: killed by signal 9 (Killed, perhaps because"
    "$PYTHON" - <<'PYTHON'
import pyarrow.parquet
details = pyarrow.parquet.read_table("results/details_local.parquet").to_pylist()
failed = [row for row in details if row["outcome"] != "ok"]
assert len(failed) == 1 and failed[0]["outcome"] == "crashed" and "signal 9" in failed[0]["reason"], failed
used = [row for row in details if row["used"]]
assert len(used) == 40 and failed[0]["allocator"] not in {row["allocator"] for row in used}, len(used)
benchmark = pyarrow.parquet.read_table("results/benchmark_local.parquet").num_rows
assert benchmark == (0 if failed[0]["allocator"] == "box" else 20), benchmark
PYTHON
}

kill_a_worker() {
    local worker
    worker=$(workers_of "$pid")
    [ -n "$worker" ] && [ "$(cat "/proc/${worker% }/comm")" = memalloc-bench- ] && kill -KILL "${worker% }"
}

@test "a worker that is missing, not executable or no program is told with a remedy" {
    mkdir bin
    cp "$MEMALLOC_BENCH" bin/
    run --separate-stderr bin/memalloc-bench local "${smallest[@]}"
    expect [ "$status" -eq 3 ]
    expect contains "$stderr" "the program memalloc-bench-worker is not beside"
    expect contains "$stderr" "Build or install the program again."
    run --separate-stderr bin/memalloc-bench run other --quick --touch full
    expect [ "$status" -eq 3 ]
    expect contains "$stderr" "the program memalloc-bench-worker-touches is not beside"
    echo 'no program' >bin/memalloc-bench-worker
    run --separate-stderr bin/memalloc-bench local "${smallest[@]}"
    expect [ "$status" -eq 3 ]
    expect contains "$stderr" "memalloc-bench-worker"
    chmod +x bin/memalloc-bench-worker
    run --separate-stderr bin/memalloc-bench local "${smallest[@]}"
    expect [ "$status" -eq 3 ]
    expect contains "$stderr" "cannot start the worker"
    expect contains "$stderr" "Build or install the program again."
    [ ! -e results/benchmark_local.parquet ]
}

# "${on_two_kinds[@]}" COMMAND...: where the system tells that CPU 0 is fast and CPU 1 is slow.
on_two_kinds=(unshare --mount --propagation private bash -ec '
    mount -t tmpfs none /sys/devices
    mkdir -p /sys/devices/cpu_core /sys/devices/cpu_atom /sys/devices/system/cpu
    echo 0 >/sys/devices/cpu_core/cpus
    echo 1 >/sys/devices/cpu_atom/cpus
    echo 0-1 >/sys/devices/system/cpu/online
    exec "$@"' sh)

interrupt_on_two_kinds() {
    "${on_two_kinds[@]}" "$MEMALLOC_BENCH" run local "${many[@]}" "$@" >out 2>err 3>&- &
    pid=$!
    until_true journal_holds 5000
    kill -TERM "$pid"
    finish
    expect [ "$status" -eq 130 ]
}

kind_of_core() {
    "$PYTHON" -c 'import pyarrow.parquet as p; print(p.read_schema("results/details_local.parquet").metadata[b"worker.cpu_kind"].decode())'
}

@test "a run goes on on cores of the kind that it was begun on, and is refused on another kind" {
    "${on_two_kinds[@]}" taskset -c 0,1 true 2>/dev/null || skip "no file system can be mounted here, or there is one CPU"
    interrupt_on_two_kinds --cpu-kind efficiency
    run --separate-stderr "${on_two_kinds[@]}" "$MEMALLOC_BENCH" run local --resume --cpu-kind performance
    expect [ "$status" -eq 2 ]
    expect contains "$stderr" "kind of core: efficiency; now it is performance"
    run --separate-stderr "${on_two_kinds[@]}" "$MEMALLOC_BENCH" run local --resume --quiet
    expect [ "$status" -eq 0 ]
    [ "$(kind_of_core)" = efficiency ]
    interrupt_on_two_kinds --force
    run --separate-stderr "${on_two_kinds[@]}" "$MEMALLOC_BENCH" run local --resume --force --quiet
    expect [ "$status" -eq 0 ]
    [ "$(kind_of_core)" = performance ]
}
