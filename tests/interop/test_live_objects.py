"""The live-set axis: time per object for each number of live objects, recomputed by Polars and SciPy."""

import json
import pathlib
import unittest

import numpy
import polars
import pyarrow.parquet
from results_files import exact_interval, run, temporary_directory, write_sample

KEY = ["allocator", "pattern", "size_bytes", "live_objects"]
FACTORS = {1: 0.5, 10: 0.8, 1000: 2.5, 20000: 7.0}  # of the times with 100 live objects
BATCHES = {1: 100_000, 10: 10_000, 100: 1000, 1000: 100, 20000: 5}


def add_live_objects(path, factors=FACTORS, change=None, metadata=None):
    """To a details file the rows of other numbers of live objects: those of 100, slower or faster."""
    table = pyarrow.parquet.read_table(path)
    frame = polars.from_arrow(table)
    more = [
        frame.with_columns(
            live_objects=polars.lit(live, dtype=polars.UInt32),
            total_ns=(polars.col("total_ns") * factor).cast(polars.UInt64),
            latency_ns=(polars.col("latency_ns") * factor * 1000 / BATCHES[live]).cast(polars.UInt64).clip(1),
        )
        for live, factor in factors.items()
    ]
    whole = polars.concat([frame, *more])
    whole = change(whole) if change else whole
    new = whole.to_arrow().cast(table.schema)
    pyarrow.parquet.write_table(new.replace_schema_metadata({**table.schema.metadata, **(metadata or {})}), path)
    return whole


class LiveObjects(unittest.TestCase):
    def setUp(self):
        self.directory = self.enterContext(temporary_directory())
        self.details = pathlib.Path(self.directory) / "details_local.parquet"

    def sample(self, **options):
        write_sample(self.directory, "local", **{"processes": 8, "iterations": 16, "sizes": 2, **options})

    def analyze(self, *options):
        result = run("analyze", ".", "--json", *options, directory=self.directory)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def stats(self):
        self.assertEqual(run("analyze", ".", directory=self.directory).returncode, 0)
        return (self.directory / "stats.csv").read_bytes()

    def test_polars_computes_the_same_medians_and_intervals(self):
        self.sample()
        frame = add_live_objects(self.details).filter(polars.col("used") & ~polars.col("control"))
        cells = {tuple(cell[name] for name in KEY): cell for cell in self.analyze()["swept"]}
        examined = 0
        for key, group in frame.group_by(KEY):
            cell = cells.pop(key)
            self.assertEqual((cell["platform"], cell["outcome"], cell["reason"]), ("local", "ok", None))
            self.assertEqual((cell["n"], cell["processes"]), (len(group), group["process"].n_unique()))
            shares = {"total": 1, "latency": BATCHES[key[3]]}
            for metric, share in shares.items():
                objects = group["objects"].mean() / share  # of the cell: one number for all of its processes
                medians = list(group.group_by("process").agg(polars.col(f"{metric}_ns").median())[f"{metric}_ns"] / objects)
                expected = [float(numpy.median(medians)), *exact_interval(medians)]
                ours = [cell[metric][name] for name in ("median", "median_low", "median_high")]
                numpy.testing.assert_allclose(ours, expected, rtol=1e-9, err_msg=f"{key} {metric}")
                examined += 1
        self.assertEqual(cells, {})
        self.assertEqual(examined, 2 * 3 * 4 * 2 * 5)

    def test_the_statistics_of_the_document_are_as_they_were(self):
        self.sample()
        before, cells = self.stats(), self.analyze()["cells"]
        add_live_objects(self.details)
        self.assertEqual(self.stats(), before)
        self.assertEqual(self.analyze()["cells"], cells)

    def test_one_number_of_live_objects_gives_no_summaries(self):
        self.sample()
        self.assertNotIn("swept", self.analyze())

    def test_few_processes_give_no_interval(self):
        self.sample(processes=3, iterations=3)
        add_live_objects(self.details)
        cells = self.analyze()["swept"]
        self.assertGreater(len(cells), 100)
        self.assertEqual({(cell["total"]["median_low"], cell["latency"]["median_high"]) for cell in cells}, {(None, None)})

    def test_a_cell_that_failed_has_no_times_and_the_others_have_theirs(self):
        self.sample()
        failing = (polars.col("live_objects") == 1000) & (polars.col("allocator") == "box") & (polars.col("process") == 3)

        def fail(frame):
            return frame.with_columns(
                outcome=polars.when(failing).then(polars.lit("out_of_memory")).otherwise("outcome"),
                reason=polars.when(failing).then(polars.lit("no \x1b[2J memory")).otherwise("reason"),
                used=polars.when(failing).then(None).otherwise("used"),
            )

        add_live_objects(self.details, change=fail)
        cells = self.analyze()["swept"]
        failed = [cell for cell in cells if cell["outcome"] != "ok"]
        self.assertEqual({tuple(cell[name] for name in KEY) for cell in failed},
                         {("box", pattern, size, 1000) for pattern in ("immediate", "lifo", "fifo", "random") for size in (8, 12)})
        for cell in failed:
            self.assertEqual((cell["outcome"], cell["reason"], cell["n"], cell["processes"], cell["total"], cell["latency"]),
                             ("out_of_memory", "no ?[2J memory", 0, 0, None, None))
        self.assertTrue(all(cell["total"]["median"] > 0 for cell in cells if cell["outcome"] == "ok"))

    def test_filters_choose_among_them(self):
        self.sample()
        add_live_objects(self.details)
        cells = self.analyze("--allocators", "box", "--patterns", "lifo,random", "--sizes", "12")["swept"]
        self.assertEqual({tuple(cell[name] for name in KEY) for cell in cells},
                         {("box", pattern, 12, live) for pattern in ("lifo", "random") for live in BATCHES})

    def test_values_that_cannot_be_are_named_with_their_column(self):
        other = polars.col("live_objects") == 1000
        changes = {
            "live_objects": (polars.when(other).then(0).otherwise("live_objects"), "live objects: 0"),
            "objects": (polars.when(other).then(0).otherwise("objects"), "a trial of 0 objects"),
            "total_ns": (polars.when(other & (polars.col("iteration") == 1)).then(None).otherwise("total_ns"), "missing"),
            "latency_ns": (polars.when(other).then(None).otherwise("latency_ns"), "missing"),
            "process": (polars.when(other).then(None).otherwise("process"), "missing"),
            "outcome": (polars.when(other).then(polars.lit("vanished")).otherwise("outcome"), "unknown outcome"),
        }
        for column, (expression, words) in changes.items():
            with self.subTest(column):
                self.sample()
                add_live_objects(self.details, change=lambda frame: frame.with_columns(expression.alias(column)))
                result = run("analyze", ".", directory=self.directory)
                message = " ".join(result.stderr.split())
                self.assertEqual(result.returncode, 3, message)
                self.assertIn(f"details_local.parquet, column {column}: ", message)
                self.assertIn(words, message)
                (self.directory / "stats.csv").unlink(missing_ok=True)

    def test_times_that_cannot_be_are_left_out_and_counted(self):
        other = (polars.col("live_objects") == 1000) & (polars.col("iteration") == 1) & polars.col("used")
        for column, value in {"total_ns": 0, "latency_ns": polars.col("total_ns") + 1}.items():
            with self.subTest(column):
                self.sample()
                frame = add_live_objects(self.details, change=lambda frame: frame.with_columns(
                    polars.when(other).then(value).otherwise(column).alias(column)))
                answer = self.analyze()
                self.assertEqual(answer["platforms"][0]["left_out_rows"], len(frame.filter(other)))
                cells = [cell for cell in answer["swept"] if cell["outcome"] == "ok"]
                few = {cell["n"] for cell in cells if cell["live_objects"] == 1000}
                self.assertEqual(few, {n - 1 for n in {cell["n"] for cell in cells if cell["live_objects"] == 10}})

    def test_first_batches_shorter_than_the_clock_can_tell_are_data(self):
        self.sample()
        coarse = (polars.col("live_objects") == 1) & (polars.col("iteration") > 0)
        add_live_objects(self.details, change=lambda frame: frame.with_columns(
            polars.when(coarse).then(0).otherwise("latency_ns").alias("latency_ns")))
        cells = [cell for cell in self.analyze()["swept"] if cell["live_objects"] == 1]
        self.assertTrue(cells)
        for cell in cells:  # in most processes 1 ns stands for them
            self.assertGreater(cell["latency"]["median"], 0)
            self.assertLess(cell["latency"]["median"], 2)
            self.assertGreater(cell["total"]["median"], 2)

    def test_caches_are_told_where_the_facts_are_numbers_of_bytes(self):
        self.sample()
        facts = {"cache.l1d.size_bytes": "49152", "cache.l2.size_bytes": "-5", "cache.l3.size_bytes": "33554432"}
        for name in ("benchmark", "details"):
            path = self.directory / f"{name}_local.parquet"
            table = pyarrow.parquet.read_table(path)
            pyarrow.parquet.write_table(table.replace_schema_metadata({**table.schema.metadata, **facts}), path)
        self.assertEqual(self.analyze()["platforms"][0]["cache_bytes"], {"l1d": 49152, "l3": 33554432})


if __name__ == "__main__":
    unittest.main()
