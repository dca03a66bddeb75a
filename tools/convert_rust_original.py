#!/usr/bin/env python3
"""Turns CSV files with the document's seven columns into Parquet as the Rust original writes it.

    convert_rust_original.py INPUT.csv[.gz] OUTPUT_DIRECTORY [--sizes 8,64] [--iterations 20] [--allocators box,slab_cold]

The original writes by arrow-rs: one row group, no column nullable, uncompressed, no metadata of its own. Each platform
of the input becomes OUTPUT_DIRECTORY/benchmark_<platform>.parquet.
"""

import argparse
import csv
import gzip
import pathlib

import pyarrow
import pyarrow.parquet

SCHEMA = pyarrow.schema(
    [
        pyarrow.field("platform", pyarrow.string(), nullable=False),
        pyarrow.field("allocator", pyarrow.string(), nullable=False),
        pyarrow.field("pattern", pyarrow.string(), nullable=False),
        pyarrow.field("size_bytes", pyarrow.uint32(), nullable=False),
        pyarrow.field("iteration", pyarrow.uint32(), nullable=False),
        pyarrow.field("total_ns", pyarrow.uint64(), nullable=False),
        pyarrow.field("latency_ns", pyarrow.uint64(), nullable=False),
    ]
)


def read_rows(path):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", newline="") as stream:
        yield from csv.DictReader(stream)


def chosen(row, options):
    return (
        (not options.sizes or row["size_bytes"] in options.sizes.split(","))
        and (not options.allocators or row["allocator"] in options.allocators.split(","))
        and int(row["iteration"]) < options.iterations
    )


def to_table(rows):
    columns = {
        field.name: [row[field.name] if pyarrow.types.is_string(field.type) else int(row[field.name]) for row in rows]
        for field in SCHEMA
    }
    return pyarrow.table(columns, schema=SCHEMA)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input", type=pathlib.Path)
    parser.add_argument("output_directory", type=pathlib.Path)
    parser.add_argument("--sizes", default="", help="only these, separated by commas")
    parser.add_argument("--allocators", default="", help="only these, separated by commas")
    parser.add_argument("--iterations", type=int, default=1 << 32, help="only the first ones")
    options = parser.parse_args()
    by_platform = {}
    for row in read_rows(options.input):
        if chosen(row, options):
            by_platform.setdefault(row["platform"], []).append(row)
    options.output_directory.mkdir(parents=True, exist_ok=True)
    for platform, rows in by_platform.items():
        path = options.output_directory / f"benchmark_{platform}.parquet"
        pyarrow.parquet.write_table(to_table(rows), path, compression="none", store_schema=False)
        print(f"{path}: {len(rows)} rows")
    if not by_platform:
        raise SystemExit(f"{options.input} holds none of the rows asked for")


if __name__ == "__main__":
    main()
