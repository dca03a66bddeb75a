"""Runs the strategies in C beside those of reference/rust and prints how they stand to each other, with what is aimed at:
see tests/bench/run. Every number comes from the analysis, as the report's table has it."""

import json
import subprocess
import sys
import tempfile

ALLOCATORS = [
    "box", "slab_cold", "slab_warm", "slab_byvalue_cold", "slab_byvalue_warm",
    "rust_box", "rust_slab_cold", "rust_slab_warm", "rust_slab_byvalue_cold", "rust_slab_byvalue_warm",
]
MIN_MEDIAN = 1.2
BOX_TOLERANCE = 0.02
HEADS = ["in C", "in Rust", "pattern", "median", "least", "at", "most", "C as fast", "faster", "slower"]


def run(*command):
    """What the program says on standard output. Cells that failed are data."""
    process = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if process.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)} ended with exit code {process.returncode}")
    return process.stdout


def shown(row):
    least = row["least"]
    return [
        row["allocator"], row["reference"], row["pattern"] or "all", f"{row['median']:.3f}", f"{least['ratio']:.3f}",
        f"{least['pattern']} {least['size_bytes']}", f"{row['most']['ratio']:.3f}", f"{row['as_fast']} of {row['cells']}",
        str(row["faster"]), str(row["slower"]),
    ]


def print_table(rows):
    lines = [HEADS, *map(shown, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADS))]
    for line in lines:
        print("  ".join(word.ljust(width) for word, width in zip(line, widths)).rstrip())


def judge(row):
    """What is aimed at over all patterns, and whether it is met."""
    if row["allocator"] == "box":
        within = 1 - BOX_TOLERANCE <= row["least"]["ratio"] and row["most"]["ratio"] <= 1 + BOX_TOLERANCE
        return [("within 2 % in every cell", within)]
    return [
        ("at least as fast in every cell", row["as_fast"] == row["cells"]),
        (f"median at least {MIN_MEDIAN}", row["median"] >= MIN_MEDIAN),
    ]


def main(program, *options):
    with tempfile.TemporaryDirectory() as folder:
        run(program, "run", "bench", "--quiet", "--allocators", ",".join(ALLOCATORS), "--output-dir", folder, *options)
        rows = json.loads(run(program, "analyze", folder, "--json")).get("against_rust", [])
    if not rows:
        sys.exit("no cell of both languages succeeded")
    print_table(rows)
    print()
    for row in rows:
        for aim, met in judge(row) if row["pattern"] is None else []:
            print(f"{row['allocator']} against {row['reference']}: aim {aim}: {'met' if met else 'MISSED'}")


main(*sys.argv[1:])
