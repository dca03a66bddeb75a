#!/usr/bin/env python3
"""C against Rust: the rows of `against_rust` in the JSON, recomputed by NumPy from made-up results."""

import json
import unittest

import numpy
import polars
from results_files import exact_interval, run, temporary_directory, write_sample

PROCESSES = 9
SIZES = [8, 64, 1024]
PATTERNS = ["lifo", "random"]
NS = {"box": 10, "rust_box": 10, "slab_warm": 2, "slab_byvalue_warm": 3, "rust_slab_warm": 3,
      "rust_slab_byvalue_warm": 4, "slab_cold": 4}
PAIRS = [("box", "rust_box"), ("slab_warm", "rust_slab_warm"), ("slab_byvalue_warm", "rust_slab_byvalue_warm")]
FAILED = ("rust_slab_warm", "random", 64)


def write(directory):
    """Result files in which one cell failed, and their trials. The times of an allocator are of its own size."""
    write_sample(directory, "made_up", iterations=PROCESSES, processes=PROCESSES, sizes=SIZES, noise=0.01,
                 allocators=",".join(NS))
    path = directory / "details_made_up.parquet"
    frame = polars.read_parquet(path).filter(polars.col("repetition") == 0, polars.col("pattern").is_in(PATTERNS))
    per_object = polars.col("allocator").replace_strict(NS, return_dtype=polars.Float64) / 15
    failed = polars.concat_list("allocator", "pattern", polars.col("size_bytes").cast(str)) == list(map(str, FAILED))
    times = {name: polars.when(~failed).then((polars.col(name) * per_object).cast(polars.UInt64))
             for name in ("total_ns", "latency_ns")}
    frame = frame.with_columns(
        **times, used=~failed, outcome=polars.when(failed).then(polars.lit("crashed")).otherwise("outcome"))
    names = ["allocator", "pattern", "size_bytes", "iteration", "total_ns", "latency_ns"]
    frame.write_parquet(path)
    good = frame.filter(outcome="ok")
    good.select(polars.lit("made_up").alias("platform"), *names).write_parquet(directory / "benchmark_made_up.parquet")
    return good


class AgainstRust(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        context = temporary_directory()
        cls.addClassCleanup(context.__exit__, None, None, None)
        cls.directory = context.__enter__()
        cls.frame = write(cls.directory)
        cls.analysed = run("analyze", ".", "--json", directory=cls.directory)
        if cls.analysed.returncode != 0:
            raise AssertionError(cls.analysed.stderr)
        cls.rows = json.loads(cls.analysed.stdout)["against_rust"]

    def ratios(self, allocator, reference, pattern):
        """Of each cell, in the order of the file: its size, its median and whether the interval leaves 1 out."""
        for one in PATTERNS if pattern is None else [pattern]:
            for size in SIZES:
                times = [
                    self.frame.filter(allocator=name, pattern=one, size_bytes=size).sort("process")["total_ns"].to_numpy()
                    for name in (allocator, reference)
                ]
                if not all(map(len, times)):
                    continue
                paired = times[1] / times[0]
                low, high = exact_interval(list(paired))
                yield one, size, float(numpy.median(paired)), low > 1, high < 1

    def test_every_pair_has_its_patterns_and_all_of_them(self):
        found = [(row["platform"], row["allocator"], row["reference"], row["pattern"]) for row in self.rows]
        expected = [("made_up", *pair, pattern) for pair in PAIRS for pattern in [*PATTERNS, None]]
        self.assertEqual(found, expected)

    def test_rows_are_what_numpy_computes(self):
        seen_faster = 0
        for row in self.rows:
            cells = list(self.ratios(row["allocator"], row["reference"], row["pattern"]))
            values = [value for _, _, value, _, _ in cells]
            self.assertEqual(row["cells"], len(cells))
            self.assertAlmostEqual(row["median"], float(numpy.median(values)), places=12)
            for end, choose in (("least", min), ("most", max)):
                pattern, size, value, _, _ = choose(cells, key=lambda cell: cell[2])
                self.assertAlmostEqual(row[end]["ratio"], value, places=12)
                self.assertEqual((row[end]["pattern"], row[end]["size_bytes"]), (pattern, size))
            self.assertEqual(row["as_fast"], sum(value >= 1 for value in values))
            self.assertEqual(row["faster"], sum(faster for *_, faster, _ in cells))
            self.assertEqual(row["slower"], sum(slower for *_, slower in cells))
            seen_faster += row["faster"]
        self.assertGreater(seen_faster, 6)

    def test_a_cell_that_failed_on_one_side_is_not_counted(self):
        cells = {(row["allocator"], row["pattern"]): row["cells"] for row in self.rows}
        self.assertEqual(cells["slab_warm", "random"], len(SIZES) - 1)
        self.assertEqual(cells["slab_warm", "lifo"], len(SIZES))
        self.assertEqual(cells["box", None], len(SIZES) * len(PATTERNS))

    def test_without_rust_there_is_nothing_of_it(self):
        answer = json.loads(run("analyze", ".", "--json", "--allocators", "box,slab_warm", directory=self.directory).stdout)
        self.assertNotIn("against_rust", answer)


if __name__ == "__main__":
    unittest.main()
