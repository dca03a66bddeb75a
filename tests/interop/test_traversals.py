"""Reading the live objects (--traverse): the columns of a real run, and what the analysis makes of them."""

import json
import unittest

import numpy
import polars
import pyarrow.parquet
from results_files import PATTERNS, exact_interval, optimised_program, run, temporary_directory, write_sample

KEY = ["allocator", "pattern", "size_bytes", "live_objects"]
COLUMNS = ["traverse_fresh_ns", "traverse_aged_ns", "traverse_objects"]
FEW = ["--allocators", "box,slab_warm", "--sizes", "64", "--iterations", "6", "--processes", "6", "--quiet"]


def analyze(test, directory, *options):
    result = run("analyze", ".", "--json", *options, directory=directory)
    test.assertEqual(result.returncode, 0, result.stderr)
    return json.loads(result.stdout)


class ARealRun(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = cls.enterClassContext(temporary_directory())
        options = ["local", "--traverse", "--live-objects", "10,100", "--output-dir", ".", *FEW]
        result = run(*options, directory=cls.directory, program=optimised_program())
        assert result.returncode == 0, result.stderr
        cls.frame = polars.read_parquet(cls.directory / "details_local.parquet")

    def test_every_process_has_both_times_of_about_as_many_objects_as_a_trial(self):
        self.assertEqual([self.frame.schema[name] for name in COLUMNS], [polars.UInt64] * 3)
        self.assertEqual(self.frame.select(COLUMNS).null_count().sum_horizontal()[0], 0)
        self.assertEqual(set(self.frame["traverse_objects"]), {100_000})
        self.assertGreater(self.frame["traverse_fresh_ns"].min(), 0)
        self.assertGreater(self.frame["traverse_aged_ns"].min(), 0)
        self.assertEqual(self.frame.group_by([*KEY, "process"]).agg(polars.col(COLUMNS).n_unique())
                         .select(COLUMNS).max().row(0), (1, 1, 1))
        self.assertGreater(self.frame["cold_start_ns"].min(), 0)
        metadata = pyarrow.parquet.read_metadata(self.directory / "benchmark_local.parquet").metadata
        self.assertEqual(metadata[b"plan.traverse"], b"true")

    def test_polars_computes_the_same_medians_and_intervals(self):
        traversals = {tuple(each[name] for name in KEY): each for each in analyze(self, self.directory)["traversals"]}
        self.assertEqual(len(traversals), 2 * len(PATTERNS) * 2)
        for key, group in self.frame.filter(~polars.col("control")).group_by(KEY):
            ours = traversals.pop(key)
            processes = group.unique("process")
            self.assertEqual(ours["processes"], len(processes))
            for age in ("fresh", "aged"):
                values = list(processes[f"traverse_{age}_ns"] / processes["traverse_objects"])
                expected = [float(numpy.median(values)), *exact_interval(values)]
                found = [ours[age][name] for name in ("median", "median_low", "median_high")]
                numpy.testing.assert_allclose(found, expected, rtol=1e-9, err_msg=f"{key} {age}")
        self.assertEqual(traversals, {})

    def test_the_filters_apply(self):
        found = analyze(self, self.directory, "--allocators", "box", "--patterns", "fifo")["traversals"]
        self.assertEqual({tuple(each[name] for name in KEY) for each in found}, {("box", "fifo", 64, 10), ("box", "fifo", 64, 100)})

    def test_without_the_option_the_columns_are_empty(self):
        with temporary_directory() as directory:
            result = run("plain", "--output-dir", ".", *FEW, directory=directory, program=optimised_program())
            self.assertEqual(result.returncode, 0, result.stderr)
            frame = polars.read_parquet(directory / "details_plain.parquet").select(COLUMNS)
            self.assertGreater(len(frame), 0)
            self.assertEqual(frame.null_count().row(0), (len(frame),) * 3)
            self.assertNotIn("traversals", analyze(self, directory))
            metadata = pyarrow.parquet.read_metadata(directory / "details_plain.parquet").metadata
            self.assertEqual(metadata[b"plan.traverse"], b"false")


class MadeUp(unittest.TestCase):
    def setUp(self):
        self.directory = self.enterContext(temporary_directory())
        self.path = self.directory / "details_local.parquet"

    def write(self, changes):
        write_sample(self.directory, "local", processes=6, iterations=6, sizes=1)
        table = pyarrow.parquet.read_table(self.path)
        whole = polars.from_arrow(table).with_columns(
            traverse_fresh_ns=200_000 + polars.col("process"), traverse_aged_ns=300_000 + polars.col("process"),
            traverse_objects=polars.lit(100_000),
        ).with_columns(**changes)
        pyarrow.parquet.write_table(whole.to_arrow().cast(table.schema).replace_schema_metadata(table.schema.metadata), self.path)

    def findings(self):
        return [each["text"] for each in analyze(self, self.directory)["findings"] if each["topic"] == "reading"]

    def test_a_gap_is_told_with_where_it_is(self):
        slow = (polars.col("allocator") == "box") & (polars.col("pattern") == "lifo")
        self.write({"traverse_aged_ns": polars.when(slow).then(polars.col("traverse_aged_ns") * 3).otherwise("traverse_aged_ns")})
        [finding] = self.findings()
        self.assertRegex(finding, r"^On an aged heap the objects of slab_\w+ are read 3 times as fast as malloc's in lifo; likewise slab_\w+\.$")

    def test_what_is_slower_to_read_but_faster_to_allocate_is_told_with_both(self):
        slow = polars.col("allocator") == "slab_warm"
        self.write({"traverse_fresh_ns": polars.when(slow).then(polars.col("traverse_fresh_ns") * 4).otherwise("traverse_fresh_ns")})
        [finding] = self.findings()
        self.assertRegex(finding, r"^slab_warm allocates \S+( to \S+)? times as fast as malloc everywhere, "
                                  r"but reading its objects takes 4 times as long\.$")

    def test_less_than_half_as_much_again_is_no_finding(self):
        self.write({"traverse_aged_ns": polars.when(polars.col("allocator") == "box").then(449_000).otherwise(300_000)})
        self.assertEqual(self.findings(), [])
        self.assertEqual(len(analyze(self, self.directory)["traversals"]), 3 * 4)

    def test_values_that_cannot_be_are_left_out(self):
        box = polars.col("allocator") == "box"
        for column, value in {"traverse_fresh_ns": None, "traverse_aged_ns": 0, "traverse_objects": 0}.items():
            with self.subTest(column):
                self.write({column: polars.when(box).then(value).otherwise(column)})
                found = analyze(self, self.directory)
                self.assertEqual({each["allocator"] for each in found["traversals"]}, {"slab_cold", "slab_warm"})
                self.assertIn("box", {cell["allocator"] for cell in found["cells"]})
                self.assertEqual(found["platforms"][0]["left_out_rows"], 0)


if __name__ == "__main__":
    unittest.main()
