"""The tails of single operations (--tails): the file of a real run, and percentiles that are known by construction."""

import csv
import json
import re
import unittest

import polars
from results_files import optimised_program, run, temporary_directory, write_sample

FEW = ["--allocators", "box", "--sizes", "64", "--patterns", "lifo", "--iterations", "6", "--processes", "6", "--quiet"]
OPERATIONS = ["allocate", "deallocate", "timer"]
QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999, "p99.99": 0.9999, "max": 1}


def bounds(index):
    """The bounds in ns of a bin, as docs/methodology.md describes them."""
    low = lambda bin: bin if bin < 256 else (128 + bin % 128) << (bin // 128 - 1)
    return low(index) / 16, low(index + 1) / 16


def quantile(bins, share):
    """Of {bin: count}: the upper bound of the first bin up to which at least that share lies."""
    total, below = sum(bins.values()), 0
    for index in sorted(bins):
        below += bins[index]
        if below >= share * total:
            return bounds(index)[1]
    raise AssertionError("no such share")


def analyze(test, directory, *options):
    result = run("analyze", ".", "--json", *options, directory=directory)
    test.assertEqual(result.returncode, 0, result.stderr)
    return json.loads(result.stdout)


class ARealRun(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = cls.enterClassContext(temporary_directory())
        result = run("local", "--tails", "--output-dir", ".", *FEW, directory=cls.directory, program=optimised_program())
        assert result.returncode == 0, result.stderr
        cls.frame = polars.read_parquet(cls.directory / "measurements_local.parquet")

    def bins(self, metric, process):
        chosen = self.frame.filter((polars.col("allocator") == "box") & (polars.col("metric") == metric) & (polars.col("process") == process))
        return dict(zip(chosen["index"], chosen["value"]))

    def test_six_processes_count_a_million_of_each_operation(self):
        self.assertEqual(set(self.frame["kind"]), {"tails"})
        self.assertEqual(set(self.frame["pattern"]), {"lifo"})
        self.assertEqual(set(self.frame["process"]), set(range(6)))
        self.assertEqual(set(self.frame["outcome"]), {"ok"})
        for process in range(6):
            for metric in OPERATIONS:
                self.assertGreaterEqual(sum(self.bins(metric, process).values()), 1_000_000)

    def test_the_analysis_gives_the_percentiles_of_the_bins_over_the_processes(self):
        (found,) = analyze(self, self.directory)["tails"]
        self.assertEqual((found["allocator"], found["pattern"], found["size_bytes"], found["processes"]), ("box", "lifo", 64, 6))
        for metric in OPERATIONS:
            for name, share in QUANTILES.items():
                values = sorted(quantile(self.bins(metric, process), share) for process in range(6))
                given = found[metric]["quantiles"][name]
                self.assertAlmostEqual(given["median"], (values[2] + values[3]) / 2, places=6)
                self.assertEqual((given["median_low"], given["median_high"]), (values[0], values[5]))
            ns = [point[1] for point in found[metric]["curve"]]
            self.assertEqual(ns, sorted(ns))
            self.assertEqual(found[metric]["curve"][0][0], 1)
        for metric in ("allocate", "deallocate"):
            met = [self.bins(f"{metric}_preempted", process) for process in range(6)]
            self.assertEqual(found[metric]["preempted"], sum(sum(each.values()) for each in met))
            rest = lambda process: {index: count - met[process].get(index, 0) for index, count in self.bins(metric, process).items() if count > met[process].get(index, 0)}
            values = sorted(quantile(rest(process), 1) for process in range(6))
            self.assertAlmostEqual(found[metric]["undisturbed"]["max"]["median"], (values[2] + values[3]) / 2, places=6)

    def test_stats_have_a_row_for_each_operation_and_quantile_and_the_findings_tell_of_both(self):
        with temporary_directory() as output:
            result = run("analyze", ".", "--no-report", "--output-dir", output, directory=self.directory)
            self.assertEqual(result.returncode, 0, result.stderr)
            with open(output / "tails_stats.csv", newline="") as stream:
                rows = list(csv.DictReader(stream))
        self.assertEqual([(row["operation"], row["quantile"]) for row in rows], [(operation, name) for operation in OPERATIONS for name in QUANTILES])
        found = analyze(self, self.directory)
        self.assertAlmostEqual(float(rows[3]["ns"]), found["tails"][0]["allocate"]["quantiles"]["p99.9"]["median"], places=2)
        self.assertEqual([each["topic"] for each in found["findings"]].count("tails"), 2)

    def test_a_file_of_hdrhistogram_has_the_same_percentiles(self):
        with temporary_directory() as output:
            result = run("analyze", ".", "--no-report", "--output-dir", output, "--hgrm", output / "tails", directory=self.directory)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(len(list((output / "tails").iterdir())), 3)
            text = (output / "tails/tails_local_box_lifo_64_allocate.hgrm").read_text()
        pooled = {}
        for process in range(6):
            for index, count in self.bins("allocate", process).items():
                pooled[index] = pooled.get(index, 0) + count
        rows = re.findall(r"^ *([\d.]+) +([\d.]+) +(\d+)(?: +([\d.]+))?$", text, re.M)
        self.assertGreater(len(rows), 50)
        for value, share, below, rarity in rows:
            self.assertAlmostEqual(float(value), quantile(pooled, float(share)), delta=1e-3 + (0.01 * float(value) if float(share) > 0.99999 else 0))
            if rarity:
                self.assertAlmostEqual(float(rarity) * (1 - float(share)), 1, delta=0.01)
        self.assertEqual((float(rows[-1][1]), int(rows[-1][2])), (1, sum(pooled.values())))
        self.assertEqual(int(re.search(r"Total count *= *(\d+)\]", text)[1]), sum(pooled.values()))


class TheFileOfARun(unittest.TestCase):
    def setUp(self):
        self.directory = self.enterContext(temporary_directory())
        write_sample(self.directory, "sample", sizes=1)

    def write(self, **changes):
        names = {"allocator": "box", "pattern": "lifo", "size_bytes": 8, "live_objects": 100, "heap_state": "fresh", "kind": "tails", "repetition": 0}
        rows = [{**names, "process": process, "index": index, "metric": metric, "value": value, **changes}
                for process in range(2) for metric in OPERATIONS for index, value in {640 - process: 9000.0, 1500: 999.0, 3000: 1.0}.items()]
        polars.DataFrame(rows).write_parquet(self.directory / "measurements_sample.parquet")

    def test_of_two_processes_there_is_no_interval(self):
        self.write()
        (found,) = analyze(self, self.directory)["tails"]
        p50 = found["allocate"]["quantiles"]["p50"]
        self.assertEqual((p50["median"], p50["median_low"]), ((bounds(640)[1] + bounds(639)[1]) / 2, None))
        self.assertEqual(found["allocate"]["quantiles"]["p99"]["median"], bounds(1500)[1])
        self.assertEqual(found["allocate"]["quantiles"]["max"]["median"], bounds(3000)[1])
        self.assertIsNone(found["interrupts"])

    def test_bins_that_there_cannot_be_are_passed_over(self):
        self.write(index=5120)
        (found,) = analyze(self, self.directory)["tails"]
        self.assertIsNone(found["allocate"]["quantiles"]["p50"])

    def test_hgrm_without_tails_is_an_error_that_says_how_to_measure_them(self):
        result = run("analyze", ".", "--no-report", "--hgrm", "tails", directory=self.directory)
        self.assertEqual(result.returncode, 2)
        self.assertIn("--tails", result.stderr)


if __name__ == "__main__":
    unittest.main()
