"""The memory that objects take (--footprint): the file of a real run, and what the analysis makes of it."""

import csv
import json
import unittest

import polars
import pyarrow.parquet
from results_files import optimised_program, run, temporary_directory, write_sample

FEW = ["--allocators", "box,slab_cold", "--sizes", "512", "--patterns", "lifo,fifo", "--iterations", "2", "--processes", "2", "--quiet"]
BYTES = 4 << 20
STEPS = ["start", "full", "half", "refilled", "freed", "after_100ms", "after_1s", "after_5s"]
LIVE = [0, 1, 0.5, 1, 0, 0, 0, 0]


def analyze(test, directory, *options):
    result = run("analyze", ".", "--json", *options, directory=directory)
    test.assertEqual(result.returncode, 0, result.stderr)
    return json.loads(result.stdout)


class ARealRun(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = cls.enterClassContext(temporary_directory())
        options = ["local", "--footprint", "--footprint-bytes", BYTES, "--output-dir", ".", *FEW]
        result = run(*options, directory=cls.directory, program=optimised_program())
        assert result.returncode == 0, result.stderr
        cls.frame = polars.read_parquet(cls.directory / "measurements_local.parquet")

    def values(self, allocator, metric):
        chosen = self.frame.filter((polars.col("allocator") == allocator) & (polars.col("metric") == metric)).sort("index")
        self.assertEqual(chosen["step"].to_list(), STEPS)
        return chosen["value"].to_list()

    def test_every_allocator_has_every_step_once_whatever_the_pattern(self):
        self.assertEqual(set(self.frame["allocator"]), {"anchor", "box", "box_twin", "slab_cold"})
        self.assertEqual(set(self.frame.filter("control")["allocator"]), {"anchor", "box_twin"})
        self.assertEqual(self.frame["pattern"].null_count(), len(self.frame))
        self.assertEqual(set(self.frame["kind"]), {"footprint"})
        self.assertEqual(set(self.frame["outcome"]), {"ok"})
        for metric in ("live_bytes", "harness_bytes", "rss_bytes", "minor_faults"):
            for allocator in ("box", "slab_cold"):
                self.values(allocator, metric)
        for found, share in zip(self.values("box", "live_bytes"), LIVE):
            self.assertLess(abs(found - share * BYTES), 1024)
        metadata = pyarrow.parquet.read_metadata(self.directory / "measurements_local.parquet").metadata
        self.assertEqual(metadata[b"plan.footprint"], b"true")
        self.assertEqual(metadata[b"plan.footprint_bytes"], str(BYTES).encode())
        self.assertEqual(metadata[b"memalloc_bench.platform"], b"local")

    def test_the_analysis_tells_what_a_byte_takes_and_what_is_kept(self):
        found = analyze(self, self.directory)
        self.assertEqual([each["allocator"] for each in found["footprints"]], ["box", "slab_cold"])
        metric = "pss_bytes" if "pss_bytes" in set(self.frame["metric"]) else "rss_bytes"
        for each in found["footprints"]:
            memory, live = self.values(each["allocator"], metric), self.values(each["allocator"], "live_bytes")
            taken = [max(0, value - memory[0]) for value in memory]
            self.assertEqual([step["step"] for step in each["steps"]], STEPS)
            self.assertEqual([step["taken_bytes"] for step in each["steps"]], taken)
            for name, step in {"overhead": 1, "overhead_half": 2, "overhead_refilled": 3}.items():
                self.assertAlmostEqual(each[name], taken[step] / live[step], places=9)
            for name, step in {"kept": 4, "kept_after_5s": 7}.items():
                self.assertAlmostEqual(each[name], taken[step] / taken[3], places=9)
        self.assertEqual([each["topic"] for each in found["findings"]].count("footprint"), 2)

    def test_the_filters_apply(self):
        self.assertEqual([each["allocator"] for each in analyze(self, self.directory, "--allocators", "slab_cold")["footprints"]], ["slab_cold"])

    def test_stats_have_a_row_for_each_step(self):
        with temporary_directory() as output:
            result = run("analyze", ".", "--no-report", "--output-dir", output, directory=self.directory)
            self.assertEqual(result.returncode, 0, result.stderr)
            with open(output / "footprint_stats.csv", newline="") as stream:
                rows = list(csv.DictReader(stream))
        self.assertEqual([(row["allocator"], row["step"]) for row in rows], [(name, step) for name in ("box", "slab_cold") for step in STEPS])
        self.assertEqual([float(row["live_bytes"]) for row in rows[:8]], self.values("box", "live_bytes"))


class TheFileOfARun(unittest.TestCase):
    def setUp(self):
        self.directory = self.enterContext(temporary_directory())

    def write(self, **changes):
        names = {"allocator": "box", "size_bytes": 8, "live_objects": 100, "heap_state": "fresh", "kind": "footprint"}
        rows = [{**names, "pattern": None, "process": 0, "repetition": 0, "index": index, "metric": metric, "value": value, **changes}
                for index in range(8) for metric, value in {"live_bytes": LIVE[index] * 100, "rss_bytes": 1000.0 + index}.items()]
        polars.DataFrame(rows, schema_overrides={"pattern": polars.String}).write_parquet(self.directory / "measurements_sample.parquet")

    def sample(self):
        write_sample(self.directory, "sample", sizes=1)

    def test_values_of_a_cell_that_is_not_there_and_of_unknown_kinds_are_passed_over(self):
        self.sample()
        for changes in ({"allocator": "nobody"}, {"size_bytes": 77}, {"kind": "tomorrow"}, {"metric": "else"}, {"heap_state": "odd"}, {"process": 1}):
            self.write(**changes)
            self.assertNotIn("footprints", analyze(self, self.directory), changes)
        self.write()
        self.assertEqual(len(analyze(self, self.directory)["footprints"]), 1)

    def test_a_file_that_is_none_is_named_and_left_out_when_that_is_asked_for(self):
        self.sample()
        polars.DataFrame({"something": [1]}).write_parquet(self.directory / "measurements_sample.parquet")
        result = run("analyze", ".", "--json", directory=self.directory)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("measurements_sample.parquet", result.stderr)
        found = analyze(self, self.directory, "--skip-bad")
        self.assertEqual([each["file"] for each in found["left_out"]], ["measurements_sample.parquet"])
        self.assertGreater(len(found["cells"]), 0)

    def compare(self, changes):
        """What compare says of two runs, of which the second has these bytes more in box and its twin: by metric and step."""
        for platform in ("a", "b"):
            write_sample(self.directory, platform, sizes=1)
            names = {"size_bytes": 8, "live_objects": 100, "heap_state": "fresh", "kind": "footprint", "pattern": None, "process": 0, "repetition": 0}
            base = {"live_bytes": [share * BYTES for share in LIVE], "rss_bytes": [1e6 + each * BYTES for each in (0, 1.1, 1.1, 1.4, 1.4, 1.3, 1.2, 0.5)],
                    "heap_used_bytes": [share * BYTES for share in LIVE]}
            rows = [{**names, "allocator": allocator, "index": index, "metric": metric,
                     "value": values[index] + (changes.get((metric, STEPS[index]), 0) if platform == "b" and allocator != "slab_cold" else 0)}
                    for allocator in ("box", "box_twin", "slab_cold") for metric, values in base.items() for index in range(8)]
            polars.DataFrame(rows, schema_overrides={"pattern": polars.String}).write_parquet(self.directory / f"measurements_{platform}.parquet")
        result = run("compare", "a", "b", "--results-dir", ".", "--json", "--force", directory=self.directory)
        found = json.loads(result.stdout)
        text = run("compare", "a", "b", "--results-dir", ".", "--force", directory=self.directory).stdout
        self.assertIn("Memory", text)
        return result.returncode, {(each["allocator"], each["quantity"]): each["verdict"] for each in found["memory"] if each["verdict"] != "unchanged"}, len(found["memory"])

    def test_compare_finds_a_leak_of_5_percent_and_calls_equal_memory_unchanged(self):
        code, differing, count = self.compare({})
        self.assertEqual((differing, count), ({}, 2 * 4))
        self.assertNotEqual(code, 1)
        code, differing, _ = self.compare({("heap_used_bytes", "after_5s"): 0.05 * BYTES})
        self.assertEqual((code, differing), (1, {("box", "not_freed"): "more"}))
        code, differing, _ = self.compare({("rss_bytes", "full"): -0.05 * BYTES, ("rss_bytes", "after_5s"): 0.005 * BYTES})
        self.assertEqual(differing, {("box", "full"): "less"})
        self.assertNotEqual(code, 1)

    def test_another_name_goes_with_it_and_a_later_run_without_it_removes_it(self):
        self.sample()
        self.write()
        result = run("relabel", "sample", "other", "--results-dir", ".", directory=self.directory)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertFalse((self.directory / "measurements_sample.parquet").exists())
        self.assertEqual(analyze(self, self.directory)["footprints"][0]["platform"], "other")
        result = run("other", "--force", "--output-dir", ".", *FEW, directory=self.directory)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertFalse((self.directory / "measurements_other.parquet").exists())


if __name__ == "__main__":
    unittest.main()
