"""A real run's files, read by Polars, pyarrow and DuckDB."""

import os
import re
import unittest

import duckdb
import polars
import pyarrow
import pyarrow.parquet
from results_files import PATTERNS, SOURCE_DIR, optimised_program, run, temporary_directory

SIZES = [8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096]
ALLOCATORS = ["box", "slab_cold", "slab_warm"]
COLUMNS = {
    "platform": (polars.String, pyarrow.string(), "VARCHAR"),
    "allocator": (polars.String, pyarrow.string(), "VARCHAR"),
    "pattern": (polars.String, pyarrow.string(), "VARCHAR"),
    "size_bytes": (polars.UInt32, pyarrow.uint32(), "UINTEGER"),
    "iteration": (polars.UInt32, pyarrow.uint32(), "UINTEGER"),
    "total_ns": (polars.UInt64, pyarrow.uint64(), "UBIGINT"),
    "latency_ns": (polars.UInt64, pyarrow.uint64(), "UBIGINT"),
}
DECIDING_FACTS = ["program.version", "build.compiler", "plan.seed", "plan.fingerprint", "constants.batch_size",
                  "constants.inner_loop", "kernel.release", "cpu.model", "timer.kind", "run.quick"]
PROGRAM_FACTS = ["program.version", "build.compiler", "program_run.seed", "kernel.release", "cpu.model"]


def documented_example():
    text = (SOURCE_DIR / "README.ja.md").read_text()
    examples = [block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "import polars" in block]
    assert len(examples) == 1
    return examples[0]


class ResultFiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = temporary_directory()
        cls.directory = cls.enterClassContext(cls.temporary)
        result = run("local", "--quick", "--quiet", directory=cls.directory, program=optimised_program())
        assert result.returncode == 0, result.stderr
        cls.benchmark = cls.directory / "results/benchmark_local.parquet"
        cls.details = cls.directory / "results/details_local.parquet"
        cls.frame = polars.read_parquet(cls.benchmark)
        cls.iterations = cls.frame["iteration"].max() + 1

    def test_the_documents_example_runs_unchanged(self):
        code = documented_example()
        previous = os.getcwd()
        os.chdir(self.directory)
        try:
            variables = {}
            exec(code, variables)
            last = code[code.index("df.group_by") :]
            answer = eval(last.strip(), variables)
        finally:
            os.chdir(previous)
        self.assertEqual(variables["df"].columns, list(COLUMNS))
        self.assertEqual(len(answer), len(ALLOCATORS) * len(PATTERNS) * len(SIZES))
        self.assertGreater(answer["total_mean_ns"].min(), 0)
        self.assertGreater(answer["latency_mean_ns"].min(), 0)

    def test_polars_sees_the_documents_columns(self):
        self.assertEqual(dict(self.frame.schema), {name: types[0] for name, types in COLUMNS.items()})
        self.assertEqual(self.frame.columns, list(COLUMNS))

    def test_pyarrow_sees_the_documents_columns_compressed_by_zstd(self):
        file = pyarrow.parquet.ParquetFile(self.benchmark)
        schema = file.schema_arrow
        self.assertEqual([(field.name, field.type) for field in schema], [(n, t[1]) for n, t in COLUMNS.items()])
        group = file.metadata.row_group(0)
        self.assertEqual({group.column(i).compression for i in range(7)}, {"ZSTD"})

    def test_duckdb_sees_the_documents_columns(self):
        described = duckdb.sql(f"DESCRIBE SELECT * FROM read_parquet('{self.benchmark}')").fetchall()
        self.assertEqual([row[:2] for row in described], [(n, t[2]) for n, t in COLUMNS.items()])

    def test_one_row_per_trial_and_no_nulls(self):
        cells = len(ALLOCATORS) * len(PATTERNS) * len(SIZES)
        self.assertEqual(len(self.frame), cells * self.iterations)
        self.assertEqual(self.frame.null_count().sum_horizontal()[0], 0)
        grouped = self.frame.group_by(["allocator", "pattern", "size_bytes"]).agg(polars.col("iteration").sort())
        self.assertEqual(len(grouped), cells)
        self.assertEqual(set(map(tuple, grouped["iteration"])), {tuple(range(self.iterations))})

    def test_rows_are_in_the_documents_order(self):
        order = [
            (ALLOCATORS.index(row[0]), PATTERNS.index(row[1]), *row[2:])
            for row in self.frame.select("allocator", "pattern", "size_bytes", "iteration").iter_rows()
        ]
        self.assertEqual(order, sorted(order))

    def test_values_are_in_range(self):
        self.assertEqual(set(self.frame["platform"]), {"local"})
        self.assertEqual(set(self.frame["allocator"]), set(ALLOCATORS))
        self.assertEqual(set(self.frame["pattern"]), set(PATTERNS))
        self.assertEqual(sorted(set(self.frame["size_bytes"])), SIZES)
        self.assertTrue((self.frame["latency_ns"] > 0).all())
        self.assertTrue((self.frame["latency_ns"] <= self.frame["total_ns"]).all())
        self.assertLess(self.frame["total_ns"].max(), 60_000_000_000)

    def test_details_hold_every_trial_of_the_benchmark_file(self):
        details = polars.read_parquet(self.details)
        keys = ["allocator", "pattern", "size_bytes", "iteration", "total_ns", "latency_ns"]
        used = details.filter(polars.col("used") & ~polars.col("control"))
        self.assertTrue(used.select(keys).sort(keys).equals(self.frame.select(keys).sort(keys)))
        self.assertEqual(set(used["outcome"]), {"ok"})
        self.assertTrue((used["objects"] >= 100_000).all())
        per_process = used.group_by(["allocator", "pattern", "size_bytes", "process"]).len()
        self.assertGreater(len(per_process), len(ALLOCATORS) * len(PATTERNS) * len(SIZES))
        swept = re.findall(r"^AXIS\((\w+), SWEPT, (\w+),", (SOURCE_DIR / "src/axes/axes.def").read_text(), re.M)
        types = {"NUMBER": "UINTEGER", "WORD": "VARCHAR"}
        defined = re.findall(r"^COLUMN\((\w+), (\w+),", (SOURCE_DIR / "src/results/schema.def").read_text(), re.M)
        defined[4:4] = [(name, types[kind]) for name, kind in swept]
        metrics = re.findall(r"^METRIC\((\w+), (\w+), COLUMN,", (SOURCE_DIR / "src/measurements/measurements.def").read_text(), re.M)
        defined[-2:-2] = [(f"{kind}_{name}", "UBIGINT") for kind, name in metrics]
        described = duckdb.sql(f"DESCRIBE SELECT * FROM read_parquet('{self.details}')").fetchall()
        self.assertEqual([row[:2] for row in described], defined)
        self.assertGreater(len(defined), 20)

    def test_both_files_carry_what_decided_the_measurement(self):
        for path in (self.benchmark, self.details):
            metadata = pyarrow.parquet.read_metadata(path).metadata
            for key in DECIDING_FACTS:
                self.assertTrue(metadata.get(key.encode()), f"{key} in {path.name}")
            self.assertEqual(metadata[b"run.quick"], b"true")
            self.assertEqual(metadata[b"memalloc_bench.platform"], b"local")
            self.assertNotIn(b"", metadata.values())

    def test_the_files_in_the_documents_are_as_they_came_out(self):
        """Rewritten by a tool that drops the facts, they would compare with nothing and describe no machine."""
        published = sorted((SOURCE_DIR / "docs").rglob("*.parquet"))
        self.assertGreater(len(published), 1)
        for path in published:
            metadata = pyarrow.parquet.read_metadata(path).metadata or {}
            for key in PROGRAM_FACTS if path.name.startswith("program_") else DECIDING_FACTS:
                self.assertTrue(metadata.get(key.encode()), f"{key} in {path.name}")
            self.assertNotIn(b"kernel.command_line", metadata)  # nobody's business

    def test_every_fact_is_documented(self):
        document = (SOURCE_DIR / "docs/environment.md").read_text()
        documented = re.findall(r"^\| `([\w.<>]+)` \|", document, re.M)
        self.assertGreater(len(documented), 150)
        patterns = [re.sub(r"<\w+>", r"[\\w-]+", key.replace(".", r"\.")) for key in documented]
        for key in pyarrow.parquet.read_metadata(self.details).metadata:
            name = key.decode()
            if not name.startswith("ARROW:"):
                self.assertTrue(any(re.fullmatch(pattern, name) for pattern in patterns), name)


if __name__ == "__main__":
    unittest.main()
