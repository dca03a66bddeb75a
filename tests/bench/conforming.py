"""Whether a replay takes the time that the grid takes: see tests/bench/run. A trace is made up of the grid's own patterns,
batches of 100 objects of one size, and replayed with box on the system's heap, touching nothing. Its time for an object,
which is that of two events without the harness's, stands beside that of the same cell of the grid without its floor. The
difference that is aimed at is 5 %."""

import json
import pathlib
import random
import subprocess
import sys
import tempfile

import polars as pl

BATCHES, LIVE, PROCESSES = 4000, 100, 15
PATTERNS = ["immediate", "lifo", "fifo", "random"]
SIZES = [16, 64, 256]


def trace(path, pattern, size):
    """Columns are built one by one: a million events are quick that way."""
    source, operations, objects, first = random.Random(1), [], [], 0
    for _ in range(BATCHES):
        numbers = list(range(first, first + LIVE))
        first += LIVE
        if pattern == "immediate":
            operations += ["malloc", "free"] * LIVE
            objects += [number for number in numbers for _ in range(2)]
            continue
        operations += ["malloc"] * LIVE + ["free"] * LIVE
        ends = numbers[::-1] if pattern == "lifo" else numbers if pattern == "fifo" else source.sample(numbers, LIVE)
        objects += numbers + ends
    count = len(operations)
    frame = pl.DataFrame({"order": range(count), "time_ns": range(count), "thread": [0] * count, "operation": operations, "object": objects},
                         schema={"order": pl.UInt64, "time_ns": pl.UInt64, "thread": pl.UInt32, "operation": pl.String, "object": pl.UInt64})
    begins = pl.col("operation") == "malloc"
    frame.with_columns(size=pl.when(begins).then(size).otherwise(0).cast(pl.UInt64)).write_parquet(path)


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"{words[1]} failed: {done.stderr}")
    return done.stdout


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        run(program, "run", "grid", "--allocators", "box", "--patterns", ",".join(PATTERNS), "--sizes", ",".join(map(str, SIZES)),
            "--processes", PROCESSES, "--output-dir", folder, "--quiet", *sys.argv[2:])
        details = pl.read_parquet(folder / "details_grid.parquet").filter(pl.col("allocator") == "box", pl.col("used"))
        grid = {(pattern, size): ns for pattern, size, ns in details.group_by("pattern", "size_bytes").agg(
            ((pl.col("total_ns") - pl.col("floor_ns")) / pl.col("objects")).median()).iter_rows()}
        for pattern in PATTERNS:
            for size in SIZES:
                path = folder / f"{pattern}-{size}.parquet"
                trace(path, pattern, size)
                result = json.loads(run(program, "replay", path, "--strategies", "box", "--heaps", "system", "--touch", "none",
                                        "--processes", PROCESSES, "--output-dir", folder, "--json", "--quiet"))
                cell = result["heap_states"][0]["cells"][0]
                start = cell["start_ns"] / result["events"]
                replayed = 2 * (cell["event_ns"] - start - cell["harness_ns"])
                difference = 100 * (replayed / grid[pattern, size] - 1)
                print(f"{pattern:<10} {size:>4} B   grid {grid[pattern, size]:7.2f} ns   replay {replayed:7.2f} ns   {difference:+6.1f} %")


main()
