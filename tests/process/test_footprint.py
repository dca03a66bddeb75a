#!/usr/bin/env python3
"""What the optimised programs occupy: a worker at most 4 MiB before its first object, the driver at most 256 MiB; and
a quick run says so in both files."""

import os
import pathlib
import resource
import subprocess
import sys
import tempfile

import pyarrow.parquet

PROGRAM = pathlib.Path(os.environ["RELEASE_DIR"]) / "memalloc-bench"
MEBIBYTE = 1 << 20

if not PROGRAM.exists():
    print(f"there is no {PROGRAM}: cmake --preset release && cmake --build build")
    sys.exit(77)

with tempfile.TemporaryDirectory() as directory:
    subprocess.run([PROGRAM, "x", "--quick", "--allocators", "all", "--sizes", "8,64", "--quiet", "--output-dir", directory], check=True)
    details = pyarrow.parquet.read_table(f"{directory}/details_x.parquet").to_pylist()
    for kind in ("benchmark", "details"):
        facts = pyarrow.parquet.read_metadata(f"{directory}/{kind}_x.parquet").metadata
        assert facts[b"run.quick"] == b"true", f"{kind}: {facts.get(b'run.quick')}"

workers = [row["resident_bytes"] for row in details if row["resident_bytes"] is not None]
assert len(workers) >= 40, f"only {len(workers)} rows tell what their worker occupies"
assert max(workers) <= 4 * MEBIBYTE, f"a worker occupies {max(workers) / MEBIBYTE:.1f} MiB"
unit = 1 if sys.platform == "darwin" else 1024
largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit
assert largest <= 256 * MEBIBYTE, f"the driver occupies {largest / MEBIBYTE:.1f} MiB"
print(f"{len(workers)} rows: a worker {max(workers) / MEBIBYTE:.2f} MiB, the driver {largest / MEBIBYTE:.1f} MiB at most")
