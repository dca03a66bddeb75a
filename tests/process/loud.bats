#!/usr/bin/env bats
# The program on a machine where every trial is disturbed, as a worker says that plays it.
bats_require_minimum_version 1.5.0
load ../cli/helpers

one_cell=(--patterns immediate --sizes 8 --allocators box)

# loud ARGUMENT...: the program with that worker beside it.
loud() {
    mkdir -p bin
    cp "$MEMALLOC_BENCH" bin/
    cp "$FAKE_WORKER_PATH" bin/memalloc-bench-worker
    FAKE_WORKER=loud run --separate-stderr bin/memalloc-bench "$@"
}

# facts_and_processes PLATFORM: added and all processes, iterations, and how many processes the files have of each cell.
facts_and_processes() {
    "$PYTHON" - "$1" <<'PYTHON'
import sys
import pyarrow.parquet
table = pyarrow.parquet.read_table(f"results/details_{sys.argv[1]}.parquet")
facts = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
cells = {}
for row in table.to_pylist():
    cells.setdefault(row["allocator"], set()).add(row["process"])
assert len(cells) == 3 and len({frozenset(processes) for processes in cells.values()}) == 1, cells
rows = pyarrow.parquet.read_table(f"results/benchmark_{sys.argv[1]}.parquet").to_pylist()
assert sorted(row["iteration"] for row in rows) == list(range(int(facts["plan.iterations"]))), len(rows)
print(facts.get("plan.added_processes", "0"), facts["plan.processes"], facts["plan.iterations"], len(cells["box"]))
PYTHON
}

@test "where most trials are disturbed, the default run has more processes and says so; analyze reads them" {
    loud local "${one_cell[@]}"
    expect [ "$status" -eq 0 ]
    expect contains "$output" "none were repeated; the time went into 7 more processes of everything: 37 instead of 30."
    within_80_columns <<<"$output"
    [ "$(facts_and_processes local)" = "7 37 121 37" ]
    program analyze --json
    expect [ "$status" -eq 0 ]
}

@test "numbers that are given are kept, and so are those of a time budget" {
    for numbers in --processes=30 --iterations=100 --time-budget=1h --precise --quick; do
        loud local "${one_cell[@]}" "$numbers" --force
        expect [ "$status" -eq 0 ]
        refute contains "$output" "more processes of everything"
        [[ "$(facts_and_processes local)" == "0 "* ]]
    done
}

@test "on a quiet machine the default run is what it is planned to be" {
    mkdir bin
    cp "$MEMALLOC_BENCH" bin/
    cp "$FAKE_WORKER_PATH" bin/memalloc-bench-worker
    FAKE_WORKER=ok run --separate-stderr bin/memalloc-bench local "${one_cell[@]}"
    expect [ "$status" -eq 0 ]
    [ "$(facts_and_processes local)" = "0 30 100 30" ]
}
