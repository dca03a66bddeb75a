"""Writes result files of N invented platforms, for measuring the analysis.

    generate_results.py DIRECTORY [--platforms 1000] [--iterations 100] [--processes 20] [--details]

Each platform has 3 allocators x 4 patterns x 19 sizes; the same seed gives the same files.
"""

import argparse
import pathlib

import numpy
import pyarrow
import pyarrow.parquet

ALLOCATORS = {"box": 20.0, "slab_cold": 12.0, "slab_warm": 10.0}
PATTERNS = ["immediate", "lifo", "fifo", "random"]
SIZES = [8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096]


def keys(iterations):
    cells = [(a, p, s) for a in ALLOCATORS for p in PATTERNS for s in SIZES]
    columns = list(zip(*cells))
    return {
        "allocator": numpy.repeat(columns[0], iterations),
        "pattern": numpy.repeat(columns[1], iterations),
        "size_bytes": numpy.repeat(numpy.array(columns[2], dtype=numpy.uint32), iterations),
        "iteration": numpy.tile(numpy.arange(iterations, dtype=numpy.uint32), len(cells)),
    }


def times(generator, key, processes, iterations):
    base = numpy.array([ALLOCATORS[a] for a in key["allocator"]]) * (1 + key["size_bytes"] / 8192)
    process_factor = generator.lognormal(0, 0.02, (len(base) // iterations, processes))
    process_factor = numpy.repeat(process_factor, -(-iterations // processes), axis=1)[:, :iterations].ravel()
    objects = numpy.where(key["pattern"] == "random", 124.56, 100.0)
    batch_ns = base * process_factor * objects * generator.lognormal(0, 0.01, len(base))
    return {
        "total_ns": (batch_ns * 1000).astype(numpy.uint64),
        "latency_ns": (batch_ns * generator.uniform(1.2, 2.0, len(base))).astype(numpy.uint64),
    }


def write(path, columns, metadata):
    table = pyarrow.table(columns).replace_schema_metadata(metadata)
    pyarrow.parquet.write_table(table, path, compression="zstd")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--platforms", type=int, default=1000)
    parser.add_argument("--iterations", type=int, default=100)
    parser.add_argument("--processes", type=int, default=20)
    parser.add_argument("--details", action="store_true", help="write the details files, too")
    options = parser.parse_args()
    options.directory.mkdir(parents=True, exist_ok=True)
    generator = numpy.random.default_rng(1)
    key = keys(options.iterations)
    rows = len(key["iteration"])
    for number in range(options.platforms):
        platform = f"node-{number:04}"
        metadata = {"memalloc_bench.format": "1", "memalloc_bench.platform": platform, "cpu.model": f"CPU {number % 7}"}
        measured = times(generator, key, options.processes, options.iterations)
        write(
            options.directory / f"benchmark_{platform}.parquet",
            {"platform": pyarrow.array([platform] * rows), **key, **measured},
            metadata,
        )
        if options.details:
            process = key["iteration"] * numpy.uint32(options.processes) // numpy.uint32(options.iterations)
            objects = numpy.where(key["pattern"] == "random", 124560, 100000).astype(numpy.uint64)
            details = {
                "process": process.astype(numpy.uint32),
                "repetition": numpy.zeros(rows, dtype=numpy.uint32),
                "clean": numpy.ones(rows, dtype=bool),
                "used": numpy.ones(rows, dtype=bool),
                "objects": objects,
                "outcome": pyarrow.array(["ok"] * rows),
                "reason": pyarrow.nulls(rows, pyarrow.string()),
            }
            write(options.directory / f"details_{platform}.parquet", {**key, **measured, **details}, metadata)


if __name__ == "__main__":
    main()
