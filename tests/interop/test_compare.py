"""`memalloc-bench compare` on files that other programs wrote: what it prints, its numbers against SciPy, bad input."""

import csv
import functools
import io
import json
import math
import os
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree
from pathlib import Path

import numpy
import pyarrow
import pyarrow.parquet
from results_files import temporary_directory, write_sample
from scipy import stats

PROGRAM = os.environ["MEMALLOC_BENCH"]
PATTERNS = ["immediate", "lifo", "fifo", "random"]
SIZES = [8, 4096]
PROCESSES, TRIALS = 20, 2
FACTS = {"cpu.model": "a processor", "kernel.release": "6.1", "libc.version": "2.36", "build.compiler": "gcc 12",
         "build.flags": "-O3", "memalloc_bench.format": "1"}
CENSUS = {"census_minor_faults": 1, "census_objects": 3,
          **{f"census_{name}": 0 for name in ("major_faults", "brk_calls", "mmap_calls", "munmap_calls", "mremap_calls",
                                              "madvise_calls")}}
ALLOCATORS = ("box", "slab_cold", "slab_warm", "box_twin", "anchor")
CONTROLS = ("anchor", "box_twin")
SCHEMA = pyarrow.schema([
    ("allocator", pyarrow.string()), ("pattern", pyarrow.string()), ("size_bytes", pyarrow.uint32()),
    ("iteration", pyarrow.uint32()), ("process", pyarrow.uint32()), ("repetition", pyarrow.uint32()),
    ("clean", pyarrow.bool_()), ("used", pyarrow.bool_()), ("control", pyarrow.bool_()),
    ("total_ns", pyarrow.uint64()), ("latency_ns", pyarrow.uint64()),
    ("objects", pyarrow.uint64()), ("outcome", pyarrow.string()), ("reason", pyarrow.string()),
])
COLUMNS = ["platform", "allocator", "pattern", "size_bytes", "iteration", "total_ns", "latency_ns"]


@functools.cache
def sample_rows(seed, noise):
    with temporary_directory() as directory:
        write_sample(directory, "sample", iterations=PROCESSES * TRIALS, processes=PROCESSES, sizes=SIZES, seed=seed,
                     noise=noise)
        return pyarrow.parquet.read_table(directory / "details_sample.parquet", columns=SCHEMA.names).to_pylist()


def make_rows(seed, factors=None, noise=0.003, machine=1.0):
    """Every allocator, pattern and size; random counts its objects; some trials are disturbed and repeated. The times
    of an allocator are multiplied by its factor."""
    rows = [dict(row) for row in sample_rows(seed, noise)]
    for row in rows:
        factor = (factors or {}).get(row["allocator"], 1) * machine
        row["total_ns"] = round(row["total_ns"] * factor)
        row["latency_ns"] = row["total_ns"] // 900
    return rows


def write_run(directory, platform, rows, facts=FACTS):
    metadata = {"memalloc_bench.platform": platform, **facts}
    write_details(directory, platform, rows, metadata)
    write_benchmark(directory, platform, used_rows(rows), metadata)


def write_details(directory, platform, rows, metadata=FACTS):
    """With `used` filled in, and the columns that only some tests have."""
    used = {id(row) for row in standing_rows(rows)}
    schema = SCHEMA
    for name in ("live_objects", *CENSUS):
        schema = schema.append(pyarrow.field(name, pyarrow.uint64())) if name in rows[0] else schema
    rows = [{**row, "used": id(row) in used, "control": row["allocator"] in CONTROLS} for row in rows]
    table = pyarrow.Table.from_pylist(rows, schema.with_metadata(metadata))
    pyarrow.parquet.write_table(table, directory / f"details_{platform}.parquet")


def standing_rows(rows):
    """One of each iteration: its first clean repetition, or the first one."""
    used = {}
    for row in rows:
        trial = tuple(row.get(name) for name in ("allocator", "pattern", "size_bytes", "live_objects", "iteration"))
        if row["outcome"] == "ok" and (trial not in used or row["clean"] and not used[trial]["clean"]):
            used[trial] = row
    return list(used.values())


def used_rows(rows):
    """Those of the benchmark file: without controls and other numbers of live objects."""
    return [row for row in standing_rows(rows)
            if row["allocator"] not in CONTROLS and row.get("live_objects", 100) == 100]


def write_benchmark(directory, platform, rows, metadata=None):
    """The seven columns of the original benchmark."""
    schema = pyarrow.schema([pyarrow.field(name, pyarrow.string() if name == "platform" else SCHEMA.field(name).type,
                                           nullable=False) for name in COLUMNS], metadata=metadata)
    table = pyarrow.Table.from_pylist([{**row, "platform": platform} for row in rows], schema)
    pyarrow.parquet.write_table(table, directory / f"benchmark_{platform}.parquet", compression="none")


def process_values(rows, metric="total"):
    """(allocator, pattern, size) → {process: median of its trials, in ns per object of the cell}."""
    trials, objects = {}, {}
    for row in standing_rows(rows):
        key = (row["allocator"], row["pattern"], row["size_bytes"])
        trials.setdefault(key, {}).setdefault(row["process"], []).append(row[f"{metric}_ns"])
        objects.setdefault(key, []).append(row["objects"] if metric == "total" else row["objects"] / 1000)
    return {key: {process: float(numpy.median(values) / numpy.mean(objects[key])) for process, values in processes.items()}
            for key, processes in trials.items()}


def hodges_lehmann(numerators, denominators, confidence):
    """The median ratio of all pairs with the interval that belongs to the exact Mann–Whitney test."""
    ways = numpy.ones(1)  # how many orders have each U: the Gaussian binomial coefficient
    for i in range(1, len(numerators) + 1):
        factor = numpy.zeros(len(denominators) + i + 1)
        factor[[0, -1]] = 1, -1
        divisor = numpy.zeros(i + 1)
        divisor[[0, -1]] = 1, -1
        ways = numpy.rint(numpy.polydiv(numpy.convolve(ways, factor), divisor)[0])
    below = int(numpy.searchsorted(numpy.cumsum(ways) / ways.sum(), (1 - confidence) / 2, side="right"))
    ratios = numpy.sort(numpy.divide.outer(numerators, denominators).ravel())
    return numpy.exp(numpy.median(numpy.log(ratios))), ratios[below - 1], ratios[-below]


def machine_slowness(values):
    """For both runs: replicate → how slow it was, the median over at least 15 anchors of it and its neighbours."""
    groups = [key for key in values[0] if key[0] == "anchor"]
    usual = {key: numpy.sqrt(numpy.prod([numpy.median(list(side[key].values())) for side in values])) for key in groups}
    slowness = []
    for side in values:
        found = {}
        for replicate in range(PROCESSES):
            begin = end = replicate
            while (end - begin + 1) * len(groups) < 15:
                begin, end = max(begin - 1, 0), min(end + 1, PROCESSES - 1)
            found[replicate] = numpy.median([side[key][k] / usual[key] for key in groups for k in range(begin, end + 1)])
        slowness.append(found)
    return slowness


class CompareTest(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.directory = Path(holder.name)

    def compare(self, *arguments, expect, environment=None):
        done = subprocess.run([PROGRAM, "compare", "--results-dir", self.directory, *arguments], capture_output=True,
                              text=True, timeout=300, env=environment)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        done.stderr = " ".join(done.stderr.split())  # messages are wrapped
        return done

    def compare_json(self, *arguments, expect):
        done = self.compare("--json", *arguments, expect=expect)
        self.assertEqual(done.stderr, "")
        return json.loads(done.stdout)

    def test_a_busy_neighbour_is_held_against_cells_that_ask_the_kernel(self):
        for other_cpus, expect, verdict in (("0.410", 3, "inconclusive"), ("0.030", 1, "slower")):
            for name, rows, cpus in (("a", make_rows(1), "0.020"), ("b", make_rows(2, {"slab_warm": 1.03}), other_cpus)):
                for row in rows:
                    row.update(CENSUS)
                write_run(self.directory, name, rows, {**FACTS, "run.other_cpus": cpus})
            found = self.compare_json("a", "b", expect=expect)
            self.assertEqual([found["runs"][side]["other_cpus"] for side in "ab"], [0.02, float(other_cpus)])
            warm = [cell for cell in found["cells"] if cell["allocator"] == "slab_warm"]
            self.assertEqual({cell["verdict"] for cell in warm}, {verdict})
            shown = self.compare("a", "b", expect=expect).stdout
            if verdict == "inconclusive":
                self.assertEqual({(cell["reason"], cell["reason_side"]) for cell in warm}, {("uneven_load", "b")})
                self.assertIn("others busy in B", shown)
                self.assertIn("Others kept 0.0 CPUs busy during A and 0.4 during B.", shown)
            else:
                self.assertNotIn("Others kept", shown)
                self.assertIn("asks the kernel" if len(warm) == 1 else "ask the kernel", shown)

    def test_numbers_are_those_of_scipy(self):
        runs = [make_rows(1), make_rows(2, {"slab_warm": 1.05}, machine=1.2)]
        for name, rows in zip("ab", runs):
            write_run(self.directory, name, rows)
        for metric in ("total", "latency"):
            result = self.compare_json("a", "b", "--metric", metric, expect=1)
            values = [process_values(rows, metric) for rows in runs]
            slowness = machine_slowness(values)
            p_values = []
            self.assertEqual(len(result["cells"]), 3 * len(PATTERNS) * len(SIZES))
            for cell in result["cells"]:
                key = (cell["allocator"], cell["pattern"], cell["size_bytes"])
                medians = [float(numpy.median(list(side[key].values()))) for side in values]
                numpy.testing.assert_allclose([cell["a_ns_per_object"], cell["b_ns_per_object"]], medians, rtol=1e-8)
                divided = [[side[key][p] / slow[p] for p in sorted(side[key])] for side, slow in zip(values, slowness)]
                numpy.testing.assert_allclose([cell[name] for name in ("ratio", "ratio_low", "ratio_high")],
                                              hodges_lehmann(divided[1], divided[0], 0.9), rtol=1e-8)
                p_values.append(stats.mannwhitneyu(*divided).pvalue if len(set(sum(divided, []))) < 40 else
                                stats.mannwhitneyu(*divided, method="exact").pvalue)
                numpy.testing.assert_allclose(cell["p"], p_values[-1], rtol=1e-7)
                self.assertTrue(cell["divided_by_anchor"])
                self.assertEqual(cell["verdict"], "slower" if cell["allocator"] == "slab_warm" else "unchanged")
            order = numpy.argsort(p_values)
            steps = (len(p_values) - numpy.arange(len(p_values))) * numpy.array(p_values)[order]
            adjusted = numpy.empty(len(p_values))
            adjusted[order] = numpy.minimum(1, numpy.maximum.accumulate(steps))
            numpy.testing.assert_allclose([cell["p_adjusted"] for cell in result["cells"]], adjusted, rtol=1e-7)
            self.assertEqual(result["counts"], {"unchanged": 16, "faster": 0, "slower": 8, "inconclusive": 0})
            self.assertEqual(result["runs"]["a"]["null_control"]["groups"], 8)

    def test_outcomes_and_exit_codes(self):
        write_run(self.directory, "a", make_rows(1))
        write_run(self.directory, "same", make_rows(2))
        write_run(self.directory, "faster", make_rows(3, {"box": 0.9, "box_twin": 0.9}))
        noisy = make_rows(4, {"slab_warm": 1.02}, noise=0.1)
        write_run(self.directory, "noisy", [row for row in make_rows(4) if row["allocator"] != "slab_warm"] +
                  [row for row in noisy if row["allocator"] == "slab_warm"])
        write_run(self.directory, "control", make_rows(5, {"box_twin": 1.1}))
        write_run(self.directory, "other", make_rows(6), {**FACTS, "kernel.release": "6.2"})
        self.assertIn("NO REGRESSION", self.compare("a", "same", expect=0).stdout)
        self.assertIn("Faster (8)", self.compare("a", "faster", expect=0).stdout)
        self.assertIn("REGRESSION", self.compare("faster", "a", expect=1).stdout)
        self.assertIn("needs", self.compare("a", "noisy", expect=3).stdout)
        shown = " ".join(self.compare("a", "control", expect=0).stdout.split())
        self.assertIn("identical code differs by inside these runs", shown)
        refused = self.compare("a", "other", expect=4).stdout
        self.assertIn("kernel release: 6.1 | 6.2", refused)
        self.assertIn("NOT COMPARABLE", refused)
        forced = self.compare("a", "other", "--force", expect=0).stdout
        self.assertIn("FORCED", forced)
        self.assertIn("NO REGRESSION (forced)", forced)
        self.assertEqual(self.compare_json("a", "other", expect=4)["cells"], [])
        self.assertIn("Unchanged (24)", self.compare("a", "same", "--all", expect=0).stdout)

    def test_every_line_fits_in_80_columns(self):
        write_run(self.directory, "a", make_rows(1, noise=0.1))
        write_run(self.directory, "b", make_rows(2, {"slab_warm": 3, "box": 0.01, "box_twin": 0.01}, noise=0.1),
                  {**FACTS, "cpu.governor": "powersave " * 30})
        lines = 0
        for options in ([], ["--all"], ["--force"], ["--metric", "latency"]):
            for line in self.compare("a", "b", *options, expect=1).stdout.splitlines():
                self.assertLessEqual(len(line), 80 if self.directory.name not in line else 200, line)
                lines += 1
        self.assertGreater(lines, 80)

    def test_chart_is_written_whole_or_not_at_all(self):
        write_run(self.directory, "a", make_rows(1))
        write_run(self.directory, "b", make_rows(2, {"slab_warm": 1.2}))
        before = sorted(self.directory.iterdir())
        chart = self.directory / "chart.svg"
        self.assertIn(f"Chart: {chart}", self.compare("a", "b", "--chart", chart, expect=1).stdout)
        texts = "".join(xml.etree.ElementTree.parse(chart).getroot().itertext())
        for word in ("slab_warm", "random", "slower", "unchanged", "8 slower"):
            self.assertIn(word, texts)
        self.assertEqual(sorted(self.directory.iterdir()), sorted([*before, chart]))
        chart.unlink()
        self.assertIn(".svg, .png or .pdf", self.compare("a", "b", "--chart", "chart.gif", expect=2).stderr)
        self.compare("a", "b", "--chart", self.directory / "none" / "chart.svg", expect=3)
        done = self.compare("a", "b", "--chart", chart, expect=3, environment={**os.environ, "PATH": "/nonexistent"})
        self.assertIn("Node", done.stderr)
        self.assertEqual(sorted(self.directory.iterdir()), before)

    def test_csv_has_what_json_has(self):
        write_run(self.directory, "a", make_rows(1))
        write_run(self.directory, "b", make_rows(2, {"box": 1.2, "box_twin": 1.2}))
        cells = self.compare_json("a", "b", expect=1)["cells"]
        rows = list(csv.DictReader(io.StringIO(self.compare("a", "b", "--csv", expect=1).stdout)))
        self.assertEqual(len(rows), len(cells))
        for row, cell in zip(rows, cells):
            self.assertEqual(set(row), set(cell))
            for key, text in row.items():
                value = cell[key]
                if value is None:
                    self.assertEqual(text, "")
                elif isinstance(value, bool):
                    self.assertEqual(text, str(value).lower())
                elif isinstance(value, (int, float)):
                    self.assertTrue(math.isclose(float(text), value, rel_tol=1e-8))
                else:
                    self.assertEqual(text, value)

    def test_files_of_the_rust_original_can_only_be_inconclusive(self):
        for name, machine in (("rust1", 1), ("rust2", 1.16)):
            rows = [row for row in make_rows(len(name), machine=machine) if row["repetition"] == 0
                    and row["allocator"] in ("box", "slab_cold", "slab_warm")]
            write_benchmark(self.directory, name, rows)
        result = self.compare_json("rust1", "rust2", expect=3)
        self.assertEqual(len(result["cells"]), 24)
        self.assertEqual({cell["reason"] for cell in result["cells"]}, {"one_process"})
        self.assertTrue(all(1.1 < cell["ratio"] < 1.25 for cell in result["cells"]))
        text = self.compare("rust1", "rust2", expect=3).stdout
        self.assertIn("which process a trial comes from", text)
        self.assertIn("Neither file names its machine", text)
        write_run(self.directory, "ours", make_rows(1))
        self.compare("ours", "rust1", expect=4)  # one says what machine it was, the other does not

    def test_a_control_that_differs_raises_the_threshold(self):
        write_run(self.directory, "a", make_rows(1))
        write_run(self.directory, "b", make_rows(2, {"box_twin": 1.1, "slab_warm": 1.05, "slab_cold": 2}))
        found = self.compare_json("a", "b", expect=1)
        self.assertEqual(found["threshold_from"], "null_control")
        self.assertTrue(0.1 < found["threshold"] < 0.11, found["threshold"])
        self.assertEqual(found["threshold"], found["runs"]["b"]["null_control"]["threshold"])
        verdicts = {name: {cell["verdict"] for cell in found["cells"] if cell["allocator"] == name} for name in ALLOCATORS}
        self.assertEqual(verdicts["slab_cold"], {"slower"})
        self.assertEqual(verdicts["slab_warm"], {"unchanged"})
        self.assertEqual(verdicts["box"], {"unchanged"})

    def test_disturbed_trials_count_and_cells_with_failures_have_no_times(self):
        write_run(self.directory, "a", make_rows(1))
        rows = [row for row in make_rows(2, {"slab_cold": 1.2}) if row["repetition"] == 0 or row["clean"]]
        for row in rows:
            if row["allocator"] == "slab_cold":
                row["clean"] = False
            if row["allocator"] == "slab_warm" and row["pattern"] == "fifo" and row["process"] == 3:
                row.update(outcome="crashed", reason="signal 11", clean=None, total_ns=None, latency_ns=None,
                           objects=None)
        rows = [row for row in rows if (row["allocator"], row["size_bytes"]) != ("box", 8)]
        write_run(self.directory, "b", rows)
        found = self.compare_json("a", "b", expect=1)
        self.assertGreater(found["runs"]["b"]["disturbed"], found["runs"]["a"]["disturbed"])
        reasons = {}
        for cell in found["cells"]:
            if cell["allocator"] == "slab_cold":
                self.assertEqual((cell["verdict"], cell["b_disturbed"]), ("slower", 1))
            if cell["reason"]:
                reasons.setdefault(cell["reason"], []).append((cell["allocator"], cell["pattern"], cell["size_bytes"]))
                self.assertEqual(cell["reason_side"], "b")
        self.assertEqual(reasons, {"failed": [("slab_warm", "fifo", size) for size in SIZES],
                                   "missing": [("box", pattern, 8) for pattern in PATTERNS]})

    def test_live_objects_are_an_axis_of_a_cell(self):
        for name, seed in (("a", 1), ("b", 2)):
            few = make_rows(seed)
            many = make_rows(seed + 10, {"box": 2, "box_twin": 2} if name == "b" else None)
            for row in few:
                row["live_objects"] = 100
            for row in many:
                row["live_objects"] = 10000
            write_run(self.directory, name, few)
            write_details(self.directory, name, few + many)
        cells = self.compare_json("a", "b", expect=1)["cells"]
        self.assertEqual(len(cells), 48)
        slower = {(cell["allocator"], cell["live_objects"]) for cell in cells if cell["verdict"] == "slower"}
        self.assertEqual(slower, {("box", 10000)})
        lines = self.compare("a", "b", "--all", expect=1).stdout.splitlines()
        self.assertTrue(any(line.split()[:4] == ["box", "lifo", "8", "10000"] for line in lines))
        self.assertTrue(all(len(line) <= 80 for line in lines if str(self.directory) not in line))

    def test_the_first_batch_of_one_object_is_of_one_object(self):
        for name, seed in (("a", 1), ("b", 2)):
            rows = [{**row, "live_objects": live} for live in (1, 100) for row in make_rows(seed + live)]
            write_run(self.directory, name, [row for row in rows if row["live_objects"] == 100])
            write_details(self.directory, name, rows)
            first_batches = [row for row in rows if row["live_objects"] == 1] if name == "a" else first_batches
        examined = 0
        for cell in self.compare_json("a", "b", "--metric", "latency", expect=0)["cells"]:
            if cell["live_objects"] == 1 and cell["pattern"] == "lifo":
                own = [row["latency_ns"] for row in first_batches
                       if all(row[name] == cell[name] for name in ("allocator", "pattern", "size_bytes"))]
                self.assertTrue(0.99 < cell["a_ns_per_object"] / numpy.median(own) < 1.01, cell)
                examined += 1
        self.assertEqual(examined, 6)

    def test_long_labels_are_shown_in_full(self):
        label = "slab_byvalue_cold@jemalloc"
        for name, seed in (("a", 1), ("b", 2)):
            rows = make_rows(seed, noise=0.1)
            for row in rows:
                if row["allocator"] == "slab_cold":
                    row["allocator"] = label
            write_run(self.directory, name, rows)
        lines = self.compare("a", "b", "--all", expect=0).stdout.splitlines()
        self.assertEqual(len([line for line in lines if label in line]), 8)
        self.assertTrue(all(len(line) <= 80 for line in lines if str(self.directory) not in line))

    def test_arguments_that_make_no_sense(self):
        write_run(self.directory, "a", make_rows(1))
        write_run(self.directory, "b", make_rows(2))
        for arguments in (["a"], ["a", "b", "c"], ["a", "a"], ["a", "nowhere"], ["a", "/nowhere/benchmark_x.parquet"],
                          ["a", "b", "--json", "--csv"], ["a", "b", "--metric", "speed"], ["a", "b", "--threshold", "-1"],
                          ["a", str(self.directory / "details_a.parquet")]):
            done = self.compare(*arguments, expect=2)
            self.assertEqual(done.stdout, "")
            self.assertIn("memalloc-bench", done.stderr)
        self.compare(str(self.directory / "details_a.parquet"), str(self.directory / "benchmark_b.parquet"), expect=0)

    def test_first_batches_shorter_than_the_clock_can_tell_are_data(self):
        coarse = [{**row, "latency_ns": 0 if row["iteration"] == 3 else row["latency_ns"]} for row in make_rows(2)]
        write_run(self.directory, "a", make_rows(1))
        write_run(self.directory, "b", coarse)
        for metric in ("total", "latency"):
            self.compare("a", "b", "--metric", metric, expect=0)
        for name in "cd":  # files without details
            write_benchmark(self.directory, name, [row for row in coarse if row["allocator"] == "box" and row["clean"]])
        self.assertIn("one process", self.compare("c", "d", "--metric", "latency", expect=3).stdout)

    def test_files_that_cannot_be_used_are_named_with_their_column(self):
        write_run(self.directory, "a", make_rows(1))
        good = standing_rows([row for row in make_rows(2) if row["pattern"] == "lifo" and row["size_bytes"] == 8])

        def spoiled(**changes):
            return [{**good[0], **changes}, *good[1:]]

        cases = [
            ("allocator", spoiled(allocator="")), ("size_bytes", spoiled(size_bytes=0)), ("objects", spoiled(objects=0)),
            ("process", spoiled(process=None)), ("outcome", spoiled(outcome=None)), ("total_ns", spoiled(total_ns=None)),
        ]
        for column, rows in cases:
            write_run(self.directory, "b", good)  # the benchmark file stays good
            for row in rows:
                row.update(used=True, control=row["allocator"] in CONTROLS)
            pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, SCHEMA.with_metadata(FACTS)),
                                        self.directory / "details_b.parquet")
            done = self.compare("a", "b", expect=3)
            self.assertIn(f"details_b.parquet, column {column}", done.stderr)
            self.assertEqual(done.stdout, "")
        required = {"allocator", "pattern", "size_bytes", "iteration", "process", "total_ns", "latency_ns", "outcome"}
        for column in required:
            write_run(self.directory, "b", good)
            table = pyarrow.parquet.read_table(self.directory / "details_b.parquet")
            missing = table.drop_columns([column])
            pyarrow.parquet.write_table(missing, self.directory / "details_b.parquet")
            self.assertIn(f"details_b.parquet, column {column}: it is missing", self.compare("a", "b", expect=3).stderr)
        for column in set(SCHEMA.names) - {"allocator", "pattern", "outcome", "reason", "repetition"}:
            write_run(self.directory, "b", good)
            table = pyarrow.parquet.read_table(self.directory / "details_b.parquet").drop_columns([column])
            wrong = table.append_column(column, pyarrow.array([1.5] * table.num_rows))
            pyarrow.parquet.write_table(wrong, self.directory / "details_b.parquet")
            self.assertIn(f"details_b.parquet, column {column}: in row 1, '1.5' is no ", self.compare("a", "b", expect=3).stderr)

    def test_rows_that_cannot_be_true_are_left_out(self):
        rows = make_rows(2)
        for number, values in enumerate([{"total_ns": 0}, {"latency_ns": 10 ** 12}, {"total_ns": 2 * 86400 * 10 ** 9}]):
            next(row for row in rows if row["process"] == number and row["clean"]).update(values)
        write_run(self.directory, "a", make_rows(1))
        write_run(self.directory, "b", rows)
        self.assertEqual(self.compare_json("a", "b", expect=0)["counts"]["unchanged"], 24)

    def test_broken_files(self):
        write_run(self.directory, "a", make_rows(1))
        write_run(self.directory, "b", make_rows(2))
        write_run(self.directory, "c", make_rows(3))
        whole = (self.directory / "details_b.parquet").read_bytes()
        for content in (b"", b"PAR1", whole[:len(whole) // 2], whole[:-8], bytes(len(whole)), b"PAR1" + whole[8:]):
            (self.directory / "details_b.parquet").write_bytes(content)
            done = self.compare("a", "b", expect=3)
            self.assertIn("details_b.parquet", done.stderr)
            self.assertEqual(done.stdout, "")
        (self.directory / "details_b.parquet").unlink()
        (self.directory / "details_b.parquet").mkdir()
        self.assertIn("it is a directory", self.compare("a", "b", expect=3).stderr)
        (self.directory / "details_b.parquet").rmdir()
        (self.directory / "details_b.parquet").write_bytes((self.directory / "details_c.parquet").read_bytes())
        self.assertIn("details_b.parquet, column total_ns: the trials are not those of the benchmark file",
                      self.compare("a", "b", expect=3).stderr)

    def test_files_that_are_not_whole_are_refused(self):
        rows = [row for row in make_rows(2) if row["pattern"] == "lifo"]
        used = used_rows(rows)
        write_run(self.directory, "a", rows)
        for kept in (used[1:], [row for row in used if row["allocator"] != "box"], []):
            write_run(self.directory, "b", rows)
            write_benchmark(self.directory, "b", kept, FACTS)
            self.assertIn("details_b.parquet, column total_ns: the trials are not those of the benchmark file",
                          self.compare("a", "b", expect=3).stderr)
        write_benchmark(self.directory, "c", [])
        self.assertIn("benchmark_c.parquet, column platform: the file has no rows",
                      self.compare("a", "c", expect=3).stderr)

    def test_a_file_of_several_platforms_is_refused(self):
        write_run(self.directory, "a", make_rows(1))
        write_benchmark(self.directory, "b", used_rows(make_rows(2)))
        table = pyarrow.parquet.read_table(self.directory / "benchmark_b.parquet")
        other = table.set_column(0, table.schema.field(0), pyarrow.array(["c"] * table.num_rows))
        pyarrow.parquet.write_table(pyarrow.concat_tables([table, other]), self.directory / "benchmark_b.parquet")
        self.assertIn("column platform: more than one platform in one file: b, c",
                      self.compare("a", "b", expect=3).stderr)

    def test_names_out_of_files_are_data(self):
        hostile = "<script>alert(1)</script>\"',;--"
        for name, seed in (("a", 1), ("b", 2)):
            rows = make_rows(seed)
            for row in rows:
                if row["allocator"] == "slab_cold":
                    row["allocator"] = hostile
            write_run(self.directory, name, rows)
        result = self.compare("a", "b", "--json", expect=0).stdout
        self.assertNotIn("<script>", result)
        self.assertIn("<script>alert(1)</script>", {cell["allocator"][:25] for cell in json.loads(result)["cells"]})
        for options in (["--all"], ["--csv"]):
            text = self.compare("a", "b", *options, expect=0).stdout
            self.assertNotIn("\x1b", text)
            self.assertNotIn("\u202e", text)
        self.assertEqual(len(list(csv.DictReader(io.StringIO(text)))), 24)

    def test_a_directory_with_a_name_that_is_a_pattern(self):
        odd = self.directory / "what*is[this]?"
        odd.mkdir()
        write_run(odd, "a", make_rows(1))
        write_run(odd, "b", make_rows(2))
        done = subprocess.run([PROGRAM, "compare", "--results-dir", odd, "a", "b"], capture_output=True, text=True,
                              timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
