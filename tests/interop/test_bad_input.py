"""Result files that nobody should trust: each is named with its column, and --skip-bad goes on with the rest."""

import csv
import json
import os
import resource
import shutil
import signal
import subprocess
import unittest

import polars
import pyarrow
import pyarrow.parquet
from results_files import PROGRAM, WITHOUT_CHARTS, run, temporary_directory, write_sample

ROWS = [("box", "lifo", 8, i, 1_000_000 + i, 1500 + i) for i in range(3)]
TYPES = {
    "platform": pyarrow.string(), "allocator": pyarrow.string(), "pattern": pyarrow.string(),
    "size_bytes": pyarrow.uint32(), "iteration": pyarrow.uint32(), "total_ns": pyarrow.uint64(),
    "latency_ns": pyarrow.uint64(),
}


def columns(platform="bad", rows=ROWS):
    return dict(zip(TYPES, ([platform] * len(rows), *map(list, zip(*rows)))))


def write(path, *, changes=None, types=None, leave_out=(), metadata=None):
    """A good file but for the changes: a value for the second row, or a list for all, by column."""
    values = columns()
    for name, change in (changes or {}).items():
        values[name] = change if isinstance(change, list) else [values[name][0], change, *values[name][2:]]
    fields = [(name, (types or {}).get(name, kind)) for name, kind in TYPES.items() if name not in leave_out]
    schema = pyarrow.schema(fields, metadata=metadata)
    arrays = [pyarrow.array(values[name], type=kind, from_pandas=True) for name, kind in fields]
    pyarrow.parquet.write_table(pyarrow.table(arrays, schema=schema), path)


def good_bytes():
    with temporary_directory() as directory:
        write(directory / "x")
        return (directory / "x").read_bytes()


# name: (how the file is made, the column that the message names or None, words of the message)
BAD_FILES = {
    "empty": (lambda p: p.write_bytes(b""), None, "it is empty"),
    "no Parquet": (lambda p: p.write_bytes(b"platform,allocator\n" * 100), None, "magic bytes"),
    "truncated": (lambda p: p.write_bytes(good_bytes()[:-20]), None, "magic bytes"),
    "footer cut out": (lambda p: p.write_bytes(good_bytes()[:40] + good_bytes()[-8:]), None, "DuckDB"),
    "footer's length absurd": (lambda p: p.write_bytes(good_bytes()[:-8] + b"\xff\xff\xff\x7fPAR1"), None, "DuckDB"),
    "pages overwritten": (lambda p: p.write_bytes(b"PAR1" + b"\xee" * 300 + good_bytes()[304:]), None, "DuckDB"),
    "no rows": (lambda p: write(p, changes={name: [] for name in TYPES}), "platform", "no rows"),
    "directory": (lambda p: p.mkdir(), None, "it is a directory"),
    "symlink loop": (lambda p: p.symlink_to(p.name), None, "leads back to itself"),
    "dangling symlink": (lambda p: p.symlink_to("nowhere"), None, "No such file"),
    "FIFO": (lambda p: os.mkfifo(p), None, "not a regular file"),
    **{
        f"without {name}": (lambda p, name=name: write(p, leave_out=[name]), name, "it is missing")
        for name in TYPES
    },
    "size as words": (lambda p: write(p, changes={"size_bytes": ["8", "eight", "8"]}, types={"size_bytes": pyarrow.string()}),
                      "size_bytes", "in row 2, 'eight' is no whole number"),
    "half a nanosecond": (lambda p: write(p, changes={"total_ns": 1_000_000.5}, types={"total_ns": pyarrow.float64()}),
                          "total_ns", "in row 2, '1000000.5' is no whole number"),
    "size as a list": (lambda p: write(p, changes={"size_bytes": [[8]] * 3}, types={"size_bytes": pyarrow.list_(pyarrow.int64())}),
                       "size_bytes", "its type is nested"),
    "size as a truth value": (lambda p: write(p, changes={"size_bytes": [True] * 3}, types={"size_bytes": pyarrow.bool_()}),
                              "size_bytes", "its type is BOOLEAN"),
    "time of day": (lambda p: write(p, changes={"total_ns": [5] * 3}, types={"total_ns": pyarrow.time64("us")}),
                    "total_ns", "not whole number"),
    "null time": (lambda p: write(p, changes={"total_ns": None}), "total_ns", "missing"),
    "null latency": (lambda p: write(p, changes={"latency_ns": None}), "latency_ns", "missing"),
    "null allocator": (lambda p: write(p, changes={"allocator": None}), "allocator", "missing"),
    "null platform": (lambda p: write(p, changes={"platform": None}), "platform", "missing"),
    "null iteration": (lambda p: write(p, changes={"iteration": None}), "iteration", "missing"),
    "null size": (lambda p: write(p, changes={"size_bytes": None}), "size_bytes", "missing"),
    "negative iteration": (lambda p: write(p, changes={"iteration": -1}, types={"iteration": pyarrow.int64()}),
                           "iteration", "negative value -1"),
    "negative size": (lambda p: write(p, changes={"size_bytes": -8}, types={"size_bytes": pyarrow.int64()}),
                      "size_bytes", "an object of -8 bytes"),
    "only times that cannot be": (lambda p: write(p, changes={"total_ns": [0] * 3}), "total_ns", "no row has a time that can be true"),
    "object of no bytes": (lambda p: write(p, changes={"size_bytes": 0}), "size_bytes", "an object of 0 bytes"),
    "object of 4 GiB": (lambda p: write(p, changes={"size_bytes": 2**32 - 1}), "size_bytes", "1 GiB"),
    "absurd iteration": (lambda p: write(p, changes={"iteration": 2**32 - 1}), "iteration", "absurd value"),
    "duplicate key": (lambda p: write(p, changes={"iteration": [1, 1, 2]}), "iteration", "twice"),
    "duplicate key, large iterations": (lambda p: write(p, changes={"iteration": [500, 500, 2]}),
                                        "iteration", "iteration 500 appears twice"),
    "empty platform": (lambda p: write(p, changes={"platform": [""] * 3}), "platform", "empty"),
    "escape sequence": (lambda p: write(p, changes={"platform": ["\x1b[2Jevil"] * 3}), "platform", "control"),
    "newline in the allocator": (lambda p: write(p, changes={"allocator": "a\nb"}), "allocator", "control"),
    "zero byte": (lambda p: write(p, changes={"allocator": "box\0"}), "allocator", "control"),
    "C1 control": (lambda p: write(p, changes={"allocator": "a\u009bb"}), "allocator", "control"),
    "change of direction": (lambda p: write(p, changes={"platform": ["a\u202eb"] * 3}), "platform", "invisible"),
    "endless text": (lambda p: write(p, changes={"platform": ["x" * 100_000] * 3}), "platform", "128 bytes"),
}


def invalid_utf8(path):
    write(path, changes={"platform": ["EVIL"] * 3})
    path.write_bytes(path.read_bytes().replace(b"EVIL", b"\xff\xfe\xfd\xfc"))


BAD_FILES["no UTF-8"] = (invalid_utf8, None, "DuckDB")


class Analyzing(unittest.TestCase):
    def setUp(self):
        self.directory = self.enterContext(temporary_directory())
        write_sample(self.directory, "good", processes=2, iterations=2, sizes=1)

    def analyze(self, *options, **arguments):
        result = run("analyze", ".", *options, directory=self.directory, **arguments)
        raw = (result.stdout + result.stderr).replace("\n", "")
        self.assertFalse([c for c in raw if ord(c) < 32 or 127 <= ord(c) < 160 or c == "\u202e"], repr(raw))
        return result

    def platforms(self):
        with open(self.directory / "stats.csv", newline="") as stream:
            return {row["platform"] for row in csv.DictReader(stream)}

    def words(self, text):
        return " ".join(text.split())


class BadInput(Analyzing):
    def test_bad_files_are_named_with_their_column(self):
        path = self.directory / "benchmark_bad.parquet"
        for name, (make, column, words) in BAD_FILES.items():
            with self.subTest(name):
                make(path)
                (self.directory / "stats.csv").unlink(missing_ok=True)
                result = self.analyze()
                self.assertEqual(result.returncode, 3, result.stderr)
                message = self.words(result.stderr)
                self.assertIn("benchmark_bad.parquet", message)
                self.assertIn(words, message)
                self.assertIn("--skip-bad", message)
                if column:
                    self.assertIn(f"column {column}:", message)
                self.assertFalse((self.directory / "stats.csv").exists())
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.assertGreater(len(BAD_FILES), 40)

    def test_a_first_batch_shorter_than_the_clock_can_tell_is_data(self):
        write(self.directory / "benchmark_bad.parquet", changes={"latency_ns": 0})
        self.assertEqual(self.analyze().returncode, 0)
        self.assertEqual(self.platforms(), {"good", "bad"})

    def test_bad_files_are_skipped_and_listed(self):
        for number, (make, _, _) in enumerate(BAD_FILES.values()):
            make(self.directory / f"benchmark_bad{number}.parquet")
        result = self.analyze("--skip-bad")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.platforms(), {"good"})
        printed = self.words(result.stdout)
        left_out = {item["file"]: item["reason"] for item in json.loads(self.analyze("--skip-bad", "--json").stdout)["left_out"]}
        self.assertEqual(len(left_out), len(BAD_FILES))
        for number, (_, column, words) in enumerate(BAD_FILES.values()):
            name = f"benchmark_bad{number}.parquet"
            self.assertIn(f"Left out {name}:", printed)
            self.assertIn(words, left_out[name])
            self.assertIn(f"column {column}:" if column else "", left_out[name])

    @unittest.skipIf(os.geteuid() == 0, "root may read everything")
    def test_a_file_without_permission_is_named(self):
        path = self.directory / "benchmark_bad.parquet"
        write(path)
        path.chmod(0)
        result = self.analyze()
        self.assertEqual(result.returncode, 3)
        self.assertIn("benchmark_bad.parquet: Permission denied", self.words(result.stderr))

    def test_many_good_files_and_some_bad_ones(self):
        for number in range(60):
            write(self.directory / f"benchmark_{number:02}.parquet", changes={"platform": [f"p{number}"] * 3})
        (self.directory / "benchmark_13.parquet").write_bytes(b"PAR1")
        write(self.directory / "benchmark_27.parquet", changes={"iteration": None})
        result = self.analyze("--skip-bad")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.platforms(), {"good"} | {f"p{n}" for n in range(60)} - {"p13", "p27"})
        left_out = json.loads(self.analyze("--json", "--skip-bad").stdout)["left_out"]
        self.assertEqual([item["file"] for item in left_out], ["benchmark_13.parquet", "benchmark_27.parquet"])

    def test_two_files_that_claim_one_platform(self):
        write(self.directory / "benchmark_zz.parquet", changes={"platform": ["good"] * 3})
        result = self.analyze()
        self.assertEqual(result.returncode, 3)
        message = self.words(result.stderr)
        self.assertIn("benchmark_zz.parquet: column platform: 'good' is the platform of benchmark_good.parquet", message)
        result = self.analyze("--skip-bad")
        self.assertIn("Left out benchmark_zz.parquet", self.words(result.stdout))
        self.assertEqual(self.platforms(), {"good"})

    def test_text_that_is_only_strange_is_data(self):
        for number, platform in enumerate(["<script>alert(1)</script>", "'; DROP TABLE cells; --", "名前", "a\"b,c\\d", "=1+1"]):
            write(self.directory / f"benchmark_{number}.parquet", changes={"platform": [platform] * 3})
        result = self.analyze()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.platforms(), {"good", "<script>alert(1)</script>", "'; DROP TABLE cells; --", "名前",
                                            "a\"b,c\\d", "=1+1"})
        text = self.analyze("--json").stdout
        self.assertNotIn("<script>", text)
        self.assertIn("<script>alert(1)</script>", [platform["name"] for platform in json.loads(text)["platforms"]])

    def test_hostile_file_names_are_names(self):
        names = ["it's", "a b", "star*", "what?", "[ab]", "new\nline", "tab\t", "back\\slash", "{a,b}", "$files", "a;b",
                 "x=1", "--", "\x1b[31m", "ünï", "'], ['/etc/passwd"]
        for number, name in enumerate(names):
            write(self.directory / f"benchmark_{name.replace('/', '_')}.parquet", changes={"platform": [f"p{number}"] * 3})
        result = self.analyze("--quiet")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.platforms(), {"good"} | {f"p{number}" for number in range(len(names))})
        write(self.directory / "benchmark_\x1b[31m\n.parquet", changes={"total_ns": None})
        result = self.analyze()
        self.assertEqual(result.returncode, 3)
        self.assertIn("benchmark_?[31m?.parquet, column total_ns", self.words(result.stderr))

    def test_a_name_that_duckdb_cannot_be_given_is_refused(self):
        write(self.directory / "benchmark_\\*.parquet")
        result = self.analyze()
        self.assertEqual(result.returncode, 3)
        self.assertIn("backslash", result.stderr)
        self.assertEqual(self.analyze("--skip-bad").returncode, 0)

    def test_a_directory_with_a_hostile_name(self):
        inner = self.directory / "it's a [dir]*"
        inner.mkdir()
        write(inner / "benchmark_x.parquet")
        result = self.analyze("--output-dir", "out", "--quiet")
        self.assertEqual(result.returncode, 0, result.stderr)
        result = run("analyze", inner.name, "--quiet", directory=self.directory)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue((inner / "stats.csv").exists())

    def test_no_directory_and_no_files(self):
        empty = self.directory / "empty"
        empty.mkdir()
        for argument, words in [("nowhere", "cannot read the directory nowhere"), ("empty", "no benchmark_*.parquet in empty")]:
            result = run("analyze", argument, directory=self.directory)
            self.assertEqual(result.returncode, 2)
            self.assertIn(words, self.words(result.stderr))
        result = run("analyze", directory=self.directory)
        self.assertEqual(result.returncode, 2)
        self.assertIn("results", result.stderr)

    def test_everything_left_out_is_an_error(self):
        for path in self.directory.iterdir():
            path.unlink()
        (self.directory / "benchmark_bad.parquet").write_bytes(b"")
        write(self.directory / "benchmark_worse.parquet", leave_out=["pattern"])
        result = self.analyze("--skip-bad")
        self.assertEqual(result.returncode, 3)
        said = self.words(result.stderr)
        self.assertIn("no cell to analyse", said)
        self.assertIn("benchmark_bad.parquet: it is empty", said)
        self.assertIn("benchmark_worse.parquet, column pattern: it is missing", said)
        for i in range(100):
            (self.directory / f"benchmark_bad{i:03}.parquet").write_bytes(b"")
        said = self.words(self.analyze("--skip-bad").stderr)
        self.assertRegex(said, r"benchmark_bad012.parquet: it is empty .*and \d+ more. Replace these files")


class BadDetails(Analyzing):
    """The details file beside a good benchmark file."""

    def setUp(self):
        super().setUp()
        write_sample(self.directory, "other", processes=3, iterations=3, sizes=1)
        self.path = self.directory / "details_other.parquet"

    def details(self):
        return polars.read_parquet(self.path)

    def expect_left_out(self, words):
        result = self.analyze()
        self.assertEqual(result.returncode, 3, result.stdout)
        self.assertIn("details_other.parquet", self.words(result.stderr))
        self.assertIn(words, self.words(result.stderr))
        result = self.analyze("--skip-bad")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("Left out details_other.parquet", self.words(result.stdout))
        self.assertEqual(self.platforms(), {"good", "other"})
        platforms = {p["name"]: p for p in json.loads(self.analyze("--skip-bad", "--json").stdout)["platforms"]}
        self.assertEqual(platforms["other"]["files"], ["benchmark_other.parquet"])

    def test_details_of_another_run(self):
        write_sample(self.directory, "third", processes=3, iterations=3, sizes=1, seed=99)
        shutil.move(self.directory / "details_third.parquet", self.path)
        (self.directory / "benchmark_third.parquet").unlink()
        self.expect_left_out("column total_ns: the trials are not those of the benchmark file")

    def test_details_with_more_and_with_fewer_trials(self):
        whole = self.details()
        whole.filter(polars.col("iteration") != 2).write_parquet(self.path)
        self.expect_left_out("the trials are not those of the benchmark file")
        benchmark = self.directory / "benchmark_other.parquet"
        whole.write_parquet(self.path)
        polars.read_parquet(benchmark).filter(polars.col("pattern") != "fifo").write_parquet(benchmark)
        self.expect_left_out("the trials are not those of the benchmark file")

    def test_details_that_are_corrupt_or_lack_columns(self):
        whole = self.details()
        self.path.write_bytes(self.path.read_bytes()[:-9])
        self.expect_left_out("DuckDB")
        whole.drop("process").write_parquet(self.path)
        self.expect_left_out("column process: it is missing")
        whole.with_columns(process=-polars.col("process").cast(polars.Int64) - 1).write_parquet(self.path)
        self.expect_left_out("column process: negative value")
        failed = polars.col("iteration") == 1
        whole.with_columns(outcome=polars.when(failed).then(polars.lit("exploded")).otherwise("outcome")).write_parquet(self.path)
        self.expect_left_out("details_other.parquet")

    def test_missing_optional_columns_are_null(self):
        wanted = ["allocator", "pattern", "size_bytes", "iteration", "process", "total_ns", "latency_ns", "outcome"]
        self.details().filter(polars.col("used") & ~polars.col("control")).select(wanted).write_parquet(self.path)
        result = self.analyze("--quiet")
        self.assertEqual(result.returncode, 0, result.stderr)
        cells = json.loads(self.analyze("--json").stdout)["cells"]
        self.assertEqual({cell["processes"] for cell in cells if cell["platform"] == "other"}, {3})

    def test_a_hostile_reason_reaches_no_terminal(self):
        frame = self.details().with_columns(
            outcome=polars.lit("crashed"), reason=polars.lit("\x1b]0;owned\x07 \u202e boom"), used=polars.lit(False))
        frame.write_parquet(self.path)
        benchmark = self.directory / "benchmark_other.parquet"
        polars.read_parquet(benchmark).clear().write_parquet(benchmark)
        (self.directory / "benchmark_good.parquet").unlink()
        result = self.analyze()  # checks for control characters
        self.assertEqual(result.returncode, 3, "a file of ours names its platform in its metadata, this one has none")
        metadata = {"memalloc_bench.platform": "other"}
        pyarrow.parquet.write_table(frame.to_arrow().replace_schema_metadata(metadata), self.path)
        result = self.analyze()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("crashed: ?]0;owned? ? boom", self.words(result.stdout))
        self.assertIn("Every cell failed", self.words(result.stdout))


class Outputs(unittest.TestCase):
    def setUp(self):
        self.directory = self.enterContext(temporary_directory())
        write_sample(self.directory, "good", processes=2, iterations=4, sizes=4)

    def names(self):
        return {path.name for path in self.directory.iterdir()} - {"benchmark_good.parquet", "details_good.parquet"}

    def test_a_full_disk_leaves_the_old_stats(self):
        (self.directory / "stats.csv").write_text("old")

        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

        result = subprocess.run([PROGRAM, "analyze", "."], cwd=self.directory, env=WITHOUT_CHARTS, preexec_fn=limit,
                                capture_output=True, text=True, timeout=100)
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertIn("space", " ".join(result.stderr.split()))
        self.assertEqual((self.directory / "stats.csv").read_text(), "old")
        self.assertEqual(self.names(), {"stats.csv"})

    def test_a_directory_in_the_place_of_stats(self):
        (self.directory / "stats.csv").mkdir()
        result = run("analyze", ".", directory=self.directory)
        self.assertEqual(result.returncode, 3)
        self.assertIn("cannot replace ./stats.csv", " ".join(result.stderr.split()))
        self.assertEqual(self.names(), {"stats.csv"})

    def test_an_output_directory_that_cannot_be(self):
        (self.directory / "file").write_text("")
        result = run("analyze", ".", "--output-dir", "file/below", directory=self.directory)
        self.assertEqual(result.returncode, 3)
        self.assertIn("file", result.stderr)
        result = run("analyze", ".", "--output-dir", "new/directory", "--quiet", directory=self.directory)
        self.assertEqual((result.returncode, result.stdout), (0, ""), result.stderr)
        self.assertEqual([path.name for path in (self.directory / "new/directory").iterdir()], ["stats.csv"])

    def test_json_writes_no_file(self):
        before = self.names()
        result = run("analyze", ".", "--json", directory=self.directory)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout)["format"], 3)
        self.assertEqual(self.names(), before)


if __name__ == "__main__":
    unittest.main()
