"""What result files have been through before they are read: other tools, other names, clocks that jump, noisy machines."""

import base64
import csv
import json
import os
import re
import shutil
import unittest

import duckdb
import polars
import pyarrow
import pyarrow.compute
import pyarrow.parquet
import pyarrow.parquet.encryption
from results_files import SOURCE_DIR, run, temporary_directory, write_sample

NOISY = SOURCE_DIR / "tests/golden/noisy"
TIMES = ["total_ns", "latency_ns"]
TEXTS = {"benchmark": ["platform", "allocator", "pattern"], "details": ["allocator", "pattern", "outcome", "reason"]}
TRUTHS = {"benchmark": [], "details": ["used", "clean", "control"]}
WHOLES = {
    "benchmark": ["size_bytes", "iteration", *TIMES],
    "details": ["size_bytes", "iteration", "process", *TIMES, "objects", "live_objects", "traverse_fresh_ns",
                "traverse_aged_ns", "traverse_objects", "census_objects", "census_minor_faults", "census_major_faults",
                "census_brk_calls", "census_mmap_calls", "census_munmap_calls", "census_mremap_calls",
                "census_madvise_calls", "census_l1d_misses", "census_dtlb_misses"],
}
OPTIONAL = ["reason", "used", "clean", "control", *WHOLES["details"][5:]]


def texts_of(column):
    """true, false, 8: as a program that knows nothing but text writes them."""
    return pyarrow.array([None if value is None else str(value).lower() for value in column.to_pylist()])


def if_it_fits(column, kind):
    try:
        return column.cast(kind)
    except pyarrow.ArrowInvalid:
        return column


# How another program may store what was a whole number, a truth value and a text; None: as it was.
SAME = {
    "doubles": (pyarrow.float64(), pyarrow.float64(), None),
    "decimals": (pyarrow.decimal128(20, 0), None, None),
    "decimals with places": (pyarrow.decimal128(38, 3), None, None),
    "texts": (texts_of, texts_of, pyarrow.large_string()),
    "texts as bytes": (lambda column: texts_of(column).cast(pyarrow.binary()),
                       lambda column: texts_of(column).cast(pyarrow.binary()), pyarrow.binary()),
    "large bytes": (lambda column: texts_of(column).cast(pyarrow.large_binary()), None, pyarrow.large_binary()),
    "dictionaries": (lambda column: column.dictionary_encode(), None, lambda column: column.dictionary_encode()),
    "numbers with a point": (lambda column: pyarrow.array([None if v is None else f"{v}.0" for v in column.to_pylist()]),
                             lambda column: column.cast(pyarrow.int8()), None),
    "texts with powers of ten": (lambda column: pyarrow.array([as_power_of_ten(v) for v in column.to_pylist()]),
                                 lambda column: pyarrow.array(["YES" if v else None if v is None else "f" for v in column.to_pylist()]),
                                 pyarrow.string_view()),
    **{str(kind): (lambda column, kind=kind: if_it_fits(column, kind),
                   lambda column, kind=kind: column.cast(kind), None)
       for kind in (pyarrow.int8(), pyarrow.int16(), pyarrow.int32(), pyarrow.int64(), pyarrow.uint8(), pyarrow.uint16(),
                    pyarrow.uint32(), pyarrow.uint64(), pyarrow.float32())},
}
SAME["float"] = (lambda column: exact_floats(column), *SAME["float"][1:])


def exact_floats(column):
    floats = column.cast(pyarrow.float32(), safe=False)
    return floats if floats.cast(pyarrow.float64()).equals(column.cast(pyarrow.float64())) else column


def as_power_of_ten(value):
    """2.4E+06, where that says all."""
    text = f"{value:.6E}" if value is not None else None
    return text if value is None or float(text) == value else str(value)


class Files(unittest.TestCase):
    def setUp(self):
        self.directory = self.enterContext(temporary_directory())

    def path(self, kind, platform="local"):
        return self.directory / f"{kind}_{platform}.parquet"

    def sample(self, platform="local"):
        write_sample(self.directory, platform, processes=6, iterations=6, sizes=1)

    def change(self, kind, change, platform="local", metadata=None):
        """Writes the file anew with what `change` makes of its table."""
        table = pyarrow.parquet.read_table(self.path(kind, platform))
        new = change(table).replace_schema_metadata({**(table.schema.metadata or {}), **(metadata or {})})
        pyarrow.parquet.write_table(new, self.path(kind, platform))

    def set(self, kind, name, values):
        self.change(kind, lambda table: replaced(table, name, values))

    def analyze(self, *options, expect=0):
        result = run("analyze", self.directory, "--json", *options, directory=self.directory)
        self.assertEqual(result.returncode, expect, result.stderr)
        return json.loads(result.stdout) if expect == 0 else " ".join(result.stderr.split())

    def assert_same(self, answer, expected):
        for part in ("cells", "ratios", "platforms"):
            self.assertEqual(answer[part], expected[part])


def replaced(table, name, values):
    values = values if isinstance(values, (pyarrow.Array, pyarrow.ChunkedArray)) else pyarrow.array(values)
    position = table.schema.get_field_index(name)
    return table.append_column(name, values) if position < 0 else table.set_column(position, name, values)


def converted(table, kind, conversions):
    for names, conversion in zip((WHOLES[kind], TRUTHS[kind], TEXTS[kind]), conversions):
        for name in names if conversion else []:
            column = table[name].combine_chunks()
            new = conversion(column) if callable(conversion) else column.cast(conversion)
            table = replaced(table, name, new)
    return table


class PlainKeys(pyarrow.parquet.encryption.KmsClient):
    """Keys that are stored as they are."""

    def __init__(self, configuration):
        super().__init__()

    def wrap_key(self, key_bytes, master_key_identifier):
        return base64.b64encode(key_bytes).decode()

    def unwrap_key(self, wrapped_key, master_key_identifier):
        return base64.b64decode(wrapped_key)


def encrypt(path):
    encryption = pyarrow.parquet.encryption
    properties = encryption.CryptoFactory(PlainKeys).file_encryption_properties(
        encryption.KmsConnectionConfig(), encryption.EncryptionConfiguration(footer_key="f", column_keys={"c": ["total_ns"]}))
    table = pyarrow.parquet.read_table(path)
    with pyarrow.parquet.ParquetWriter(path, table.schema, encryption_properties=properties) as writer:
        writer.write_table(table)


class OtherTools(Files):
    def test_values_that_convert_without_loss_are_taken_whatever_their_type(self):
        self.sample()
        expected = self.analyze()
        for name, conversions in SAME.items():
            with self.subTest(name):
                self.sample()
                for kind in TEXTS:
                    self.change(kind, lambda table, kind=kind: converted(table, kind, conversions))
                self.assert_same(self.analyze(), expected)

    def test_huge_integers_of_sql_engines(self):
        self.sample()
        expected = self.analyze()
        for kind, names in WHOLES.items():
            path = self.path(kind)
            casts = ", ".join(f"{name}::HUGEINT AS {name}" for name in names)
            metadata = pyarrow.parquet.read_metadata(path).metadata
            with duckdb.connect() as connection:
                connection.execute(f"COPY (SELECT * REPLACE ({casts}) FROM '{path}') TO '{path}.new' (FORMAT parquet)")
            os.replace(f"{path}.new", path)
            self.change(kind, lambda table: table, metadata={k: v for k, v in metadata.items() if k != b"ARROW:schema"})
        self.assert_same(self.analyze(), expected)

    def test_files_that_polars_wrote(self):
        self.sample()
        expected = self.analyze()
        for kind in TEXTS:
            metadata = pyarrow.parquet.read_metadata(self.path(kind)).metadata
            polars.read_parquet(self.path(kind)).write_parquet(self.path(kind))
            self.change(kind, lambda table: table, metadata=metadata)
        self.assert_same(self.analyze(), expected)

    def test_columns_without_a_value_may_have_any_type(self):
        kinds = [pyarrow.null(), pyarrow.float64(), pyarrow.string(), pyarrow.binary(), pyarrow.int32(), pyarrow.uint64()]
        for kind in kinds:
            with self.subTest(str(kind)):
                self.sample()
                used = pyarrow.parquet.read_table(self.path("details"))
                used = used.filter(pyarrow.compute.and_(used["used"], pyarrow.compute.invert(used["control"])))
                for name in OPTIONAL:
                    used = replaced(used, name, pyarrow.nulls(len(used), kind))
                self.change("details", lambda table: used)
                answer = self.analyze()
                self.assertEqual({cell["processes"] for cell in answer["cells"]}, {6})

    def test_values_that_cannot_be_converted_are_named_with_column_and_row(self):
        for kind in TEXTS:
            for name in [*WHOLES[kind], *TRUTHS[kind]]:
                with self.subTest(f"{kind} {name}"):
                    self.sample()
                    column = texts_of(pyarrow.parquet.read_table(self.path(kind))[name]).to_pylist()
                    self.set(kind, name, pyarrow.array([*column[:2], "many", *column[3:]]))
                    said = self.analyze(expect=3)
                    self.assertIn(f"{kind}_local.parquet, column {name}: in row 3, 'many' is no ", said)

    def test_what_is_not_whole(self):
        cases = [("size_bytes", 8.5, pyarrow.float64()), ("iteration", "0x10", pyarrow.string()),
                 ("total_ns", 1.25, pyarrow.float32()), ("iteration", b"\xff", pyarrow.binary()),
                 ("allocator", b"\xff\xfe", pyarrow.binary()), ("size_bytes", "", pyarrow.string()),
                 ("total_ns", "2.45e1", pyarrow.string()), ("total_ns", "2.4e30", pyarrow.string())]
        for name, value, kind in cases:
            with self.subTest(f"{name} {value}"):
                self.sample()
                count = len(pyarrow.parquet.read_table(self.path("benchmark")))
                self.set("benchmark", name, pyarrow.array([value] * count, type=kind))
                said = self.analyze(expect=3)
                self.assertIn(f"benchmark_local.parquet, column {name}: in row 1, ", said)
                self.assertIn("--skip-bad" if "--skip-bad" in said else "good copy", said)

    def test_decimals_of_more_digits_than_can_be_read_are_refused_by_their_type(self):
        self.sample()
        column = pyarrow.parquet.read_table(self.path("details"))["objects"]
        self.set("details", "objects", column.cast(pyarrow.decimal256(60, 0)))
        self.assertIn("details_local.parquet, column objects: its type is a decimal of 60 digits", self.analyze(expect=3))

    def test_an_encrypted_file(self):
        for kind in TEXTS:
            with self.subTest(kind):
                self.sample()
                encrypt(self.path(kind))
                said = self.analyze(expect=3)
                self.assertIn("it is encrypted", said)
                self.assertNotIn("DuckDB", said)

    def test_the_first_such_value_is_named_whatever_surrounds_it(self):
        """Many of them, behind values that say nothing, and beside columns that are called like what names a row."""
        for taken in [], ["file_row_number"], ["path", "row", "file_row_number", "path_of_row_0_row"]:
            for name, values in [("total_ns", lambda i: "7" if i < 2 else f"1,{i:03}"),
                                 ("probe_before_ns", lambda i: float("nan") if i < 2 else 1.5)]:
                kind = "benchmark" if name == "total_ns" else "details"
                with self.subTest(name=name, taken=taken):
                    self.sample()
                    count = len(pyarrow.parquet.read_table(self.path(kind)))
                    self.set(kind, name, pyarrow.array([values(i) for i in range(count)]))
                    for extra in taken:
                        self.change(kind, lambda table, extra=extra: table.append_column(extra, pyarrow.array(["?"] * count)))
                    said = self.analyze(expect=3)
                    self.assertIn(f"{kind}_local.parquet, column {name}: in row 3, '1", said)


class OtherColumns(Files):
    EXTRA = ["path", "row", "source", "source_path", "filename", "file_name", "path_of_row_0", 'a"b', "a'b", "it; --",
             "SELECT", "value", "cell", "名前", "", "process" "_", "benchmark_path"]

    def extended(self, table, names):
        for name in names:
            table = table.append_column(name, pyarrow.array([f"{name} {i}" for i in range(len(table))]))
        return table

    def test_no_name_of_another_column_matters(self):
        self.sample()
        expected = self.analyze()
        for names in [*([name] for name in self.EXTRA), self.EXTRA]:
            with self.subTest(names):
                self.sample()
                for kind in TEXTS:
                    self.change(kind, lambda table: self.extended(table, names))
                self.assert_same(self.analyze(), expected)

    def test_fields_inside_of_columns_are_not_ours(self):
        self.sample()
        expected = self.analyze()
        for kind in TEXTS:
            inner = {name: "?" for name in [*WHOLES[kind], *TRUTHS[kind], *TEXTS[kind]]}

            def extend(table, inner=inner):
                nested = pyarrow.array([inner] * len(table))
                lists = pyarrow.array([[{"total_ns": {"total_ns": [i]}}] for i in range(len(table))])
                for position, (name, values) in enumerate({"more": nested, "history": lists}.items()):
                    table = table.add_column(position, name, values)
                return table

            self.change(kind, extend)
        self.assert_same(self.analyze(), expected)
        self.change("benchmark", lambda table: table.drop_columns(["total_ns"]))
        self.assertIn("benchmark_local.parquet, column total_ns: it is missing", self.analyze(expect=3))

    def test_upper_case(self):
        self.sample()
        expected = self.analyze()
        self.change("details", lambda table: table.rename_columns([name.upper() for name in table.column_names]))
        self.assert_same(self.analyze(), expected)

    def test_two_columns_that_differ_in_case_only(self):
        for kind in TEXTS:
            for name in ("total_ns", "allocator", "iteration"):
                with self.subTest(f"{kind} {name}"):
                    self.sample()
                    self.change(kind, lambda table: table.append_column(name.title(), table[name]))
                    said = self.analyze(expect=3)
                    self.assertIn(f"{kind}_local.parquet, column {name}: two columns have this name, but for upper", said)


class ImpossibleRows(Files):
    DAY = 86_400 * 10**9
    CASES = {
        "no time": {"total_ns": 0}, "two days": {"total_ns": 2 * DAY}, "beyond a BIGINT": {"total_ns": 2**64 - 1},
        "first batch longer than all": {"latency_ns": 10**9 * 3600}, "negative time": {"total_ns": -5},
        "negative first batch": {"latency_ns": -7}, "infinite": {"total_ns": float("inf")}, "1e30": {"total_ns": 1e30},
        "text beyond a BIGINT": {"total_ns": str(10**25)},
    }

    def spoil(self, kind, row, values):
        for name, value in values.items():
            column = pyarrow.parquet.read_table(self.path(kind))[name].to_pylist()
            column[row] = value
            like = type(value)
            typed = [None if item is None else like(item) for item in column]
            wide = pyarrow.uint64() if like is int and value >= 0 else None
            self.set(kind, name, pyarrow.array(typed, type=wide))

    def test_they_are_left_out_and_counted(self):
        for name, values in self.CASES.items():
            with self.subTest(name):
                self.sample()
                self.path("details").unlink()
                self.spoil("benchmark", 2, values)
                self.spoil("benchmark", 5, values)
                answer = self.analyze()
                self.assertEqual(answer["platforms"][0]["left_out_rows"], 2)
                self.assertIn("2 rows were left out", " ".join(answer["platforms"][0]["warnings"]))
                self.assertEqual(sum(cell["n"] for cell in answer["cells"]),
                                 len(pyarrow.parquet.read_table(self.path("benchmark"))) - 2)

    def test_in_both_files_of_a_run(self):
        self.sample()
        details = polars.read_parquet(self.path("details")).with_row_index()
        benchmark = polars.read_parquet(self.path("benchmark")).with_row_index()
        key = ["allocator", "pattern", "size_bytes", "iteration"]
        both = benchmark.join(details.filter("used"), on=key).row(3, named=True)
        for values in ({"total_ns": 0}, {"total_ns": 2 * self.DAY}, {"latency_ns": 10**9 * 3600}):
            with self.subTest(values):
                self.sample()
                self.spoil("benchmark", both["index"], values)
                self.spoil("details", both["index_right"], values)
                answer = self.analyze()
                self.assertEqual(answer["platforms"][0]["left_out_rows"], 1)
                counts = sorted(cell["processes"] for cell in answer["cells"])
                self.assertEqual(counts, [5] + [6] * (len(counts) - 1))  # a process has one trial here

    def test_a_file_of_nothing_else_is_refused(self):
        self.sample()
        self.path("details").unlink()
        self.set("benchmark", "total_ns", pyarrow.array([0] * len(pyarrow.parquet.read_table(self.path("benchmark")))))
        self.assertIn("benchmark_local.parquet, column total_ns: no row has a time that can be true", self.analyze(expect=3))


class MissingMarks(Files):
    """Details files of other tools that lost the columns which tell rows apart."""

    def test_the_missing_column_is_named(self):
        for column in ("used", "control"):
            with self.subTest(column):
                shutil.copy(NOISY / "benchmark_aa1.parquet", self.path("benchmark"))
                shutil.copy(NOISY / "details_aa1.parquet", self.path("details"))
                self.change("details", lambda table, column=column: table.drop_columns([column]))
                said = self.analyze(expect=3)
                self.assertIn("details_local.parquet", said)
                self.assertIn(f"the column {column} is missing", said)

    def test_a_file_that_needs_no_marks_is_read_without_them(self):
        self.sample()
        self.change("details", lambda table: table.filter(pyarrow.compute.equal(table["used"], True)))
        expected = self.analyze()
        self.change("details", lambda table: table.drop_columns(["used"]))
        self.assert_same(self.analyze(), expected)


class Relabelling(Files):
    def relabel(self, *arguments, expect=0):
        result = run("relabel", *arguments, "--results-dir", ".", directory=self.directory)
        self.assertEqual(result.returncode, expect, result.stderr)
        return result

    def names(self):
        return sorted(path.name for path in self.directory.iterdir())

    def test_both_files_have_the_new_name_and_are_otherwise_the_same(self):
        for word in ("local", "./benchmark_local.parquet", "./details_local.parquet"):
            with self.subTest(word):
                shutil.copy(NOISY / "benchmark_aa1.parquet", self.path("benchmark"))
                shutil.copy(NOISY / "details_aa1.parquet", self.path("details"))
                old = {kind: pyarrow.parquet.read_table(self.path(kind)) for kind in TEXTS}
                self.relabel(word, "my-machine")
                self.assertEqual(self.names(), ["benchmark_my-machine.parquet", "details_my-machine.parquet"])
                for kind, before in old.items():
                    after = pyarrow.parquet.read_table(self.path(kind, "my-machine"))
                    self.assertEqual(after.schema.names, before.schema.names)
                    self.assertEqual(after.schema.types, before.schema.types)
                    same = [name for name in before.schema.names if name != "platform"]
                    self.assertTrue(after.select(same).equals(before.select(same)))
                    expected = {**before.schema.metadata, b"memalloc_bench.platform": b"my-machine"}
                    self.assertEqual({**after.schema.metadata}, expected)
                self.assertEqual(set(pyarrow.parquet.read_table(self.path("benchmark", "my-machine"))["platform"].to_pylist()),
                                 {"my-machine"})
                answer = self.analyze()
                self.assertEqual([each["name"] for each in answer["platforms"]], ["my-machine"])
                for path in self.directory.iterdir():
                    path.unlink()

    def test_a_file_without_details(self):
        self.sample()
        self.path("details").unlink()
        self.relabel("local", "other")
        self.assertEqual(self.names(), ["benchmark_other.parquet"])

    def test_files_that_are_links(self):
        for kinds in (["benchmark"], ["benchmark", "details"]):
            with self.subTest(kinds):
                self.sample()
                stored = self.directory / "stored"
                stored.mkdir(exist_ok=True)
                for kind in kinds:
                    self.path(kind).rename(stored / f"{kind}.parquet")
                    self.path(kind).symlink_to(f"stored/{kind}.parquet")
                self.relabel("local", "other")
                self.assertEqual(self.names(), ["benchmark_other.parquet", "details_other.parquet", "stored"])
                self.assertEqual(sorted(path.name for path in stored.iterdir()), sorted(f"{kind}.parquet" for kind in kinds))
                for path in (*stored.iterdir(), *self.directory.glob("*.parquet")):
                    path.unlink()

    def test_a_selftest_goes_with_its_platform(self):
        self.sample()
        old, new = (self.directory / f"selftest_{name}.json" for name in ("local", "other"))
        old.write_text('{"summary": "This machine shows differences of 2 %.", "quick": false}')
        new.write_text("{}")
        self.assertIn(new.name, self.relabel("local", "other", expect=2).stderr)
        self.assertEqual(self.path("benchmark").exists(), True)
        new.unlink()
        self.assertIn(new.name, self.relabel("local", "other").stdout)
        self.assertEqual(self.names(), ["benchmark_other.parquet", "details_other.parquet", new.name])
        topics = [finding["topic"] for finding in self.analyze()["findings"]]
        self.assertIn("selftest", topics)

    def test_nothing_is_replaced(self):
        for existing in TEXTS:
            with self.subTest(existing):
                self.sample()
                self.path(existing, "taken").write_bytes(b"here")
                before = {path.name: path.read_bytes() for path in self.directory.iterdir()}
                said = self.relabel("local", "taken", expect=2).stderr
                self.assertIn(f"{existing}_taken.parquet", said)
                self.assertEqual({path.name: path.read_bytes() for path in self.directory.iterdir()}, before)
                self.path(existing, "taken").unlink()

    def test_what_is_refused(self):
        self.sample()
        before = self.names()
        for arguments in (["local"], ["nowhere", "x"], ["local", ""], ["local", "a/b"], ["local", "x", "y"]):
            self.relabel(*arguments, expect=2)
        self.path("details").write_bytes(b"PAR1")
        self.relabel("local", "other", expect=3)
        self.assertEqual(self.names(), before)

    def test_a_name_changed_in_one_file_alone_is_said_and_the_facts_are_kept(self):
        self.sample()
        facts = self.analyze()["platforms"][0]["facts"]
        count = len(pyarrow.parquet.read_table(self.path("benchmark")))
        self.set("benchmark", "platform", ["renamed"] * count)
        platform, = self.analyze()["platforms"]
        self.assertEqual((platform["name"], platform["facts"]), ("renamed", facts))
        warning, = [each for each in platform["warnings"] if "relabel" in each]
        self.assertIn("details_local.parquet calls the platform local, benchmark_local.parquet calls it renamed", warning)
        self.relabel("local", "renamed")
        platform, = self.analyze()["platforms"]
        self.assertFalse([each for each in platform["warnings"] if "relabel" in each])


class OtherMetadata(Files):
    FOREIGN = {"org.apache.spark.version": "3.5.1", "org.apache.spark.sql.parquet.row.metadata": '{"type":"struct"}',
               "avro.schema": "{}", "parquet.avro.schema": "{}", "writer.model.name": "example", "pandas": "{}",
               "geo": "{}", "PANDAS_ATTRS": "{}", "r": "A", "delta.version": "1"}

    def test_keys_of_other_programs_are_no_facts(self):
        self.sample()
        facts = self.analyze()["platforms"][0]["facts"]
        for kind in TEXTS:
            self.change(kind, lambda table: table, metadata=self.FOREIGN)
        self.assertEqual(self.analyze()["platforms"][0]["facts"], facts)

    def test_every_key_of_a_run_is_a_fact(self):
        for name in ("aa1", "my-laptop"):
            shutil.copy(NOISY / f"benchmark_{name}.parquet", self.directory)
            shutil.copy(NOISY / f"details_{name}.parquet", self.directory)
            stored = pyarrow.parquet.read_metadata(self.path("details", name)).metadata
            expected = {key.decode(): value.decode() for key, value in stored.items() if key != b"ARROW:schema"}
            self.assertGreater(len(expected), 150)
            platform, = self.analyze("--platforms", name)["platforms"]
            self.assertEqual(platform["facts"], expected)

    def test_every_key_that_the_documents_name_is_a_fact(self):
        text = (SOURCE_DIR / "docs/environment.md").read_text()
        keys = [re.sub("<.*?>", "x", key.replace("<when>", "before")) for key in re.findall(r"^\| `([^` ]+[.][^` ]+)` \|", text, re.MULTILINE)]
        self.assertGreater(len(keys), 150)
        self.sample()
        self.change("details", lambda table: table, metadata={key: f"of {key}" for key in keys if key != "memalloc_bench.format"})
        facts = self.analyze()["platforms"][0]["facts"]
        for key in set(keys) - {"memalloc_bench.format"}:
            self.assertEqual(facts.get(key), f"of {key}", key)

    def test_a_file_of_another_program_has_no_facts(self):
        self.sample()
        self.path("details").unlink()
        self.change("benchmark", lambda table: table.cast(table.schema))
        table = pyarrow.parquet.read_table(self.path("benchmark")).replace_schema_metadata({**self.FOREIGN, "cpu.model": "x"})
        pyarrow.parquet.write_table(table, self.path("benchmark"))
        self.assertEqual(self.analyze()["platforms"][0]["facts"], {})

    def test_formats_that_are_not_known_are_refused_in_words(self):
        for kind in TEXTS:
            for number in ("2", "17", "0", "-1", "new", "", "1.5"):
                with self.subTest(f"{kind} {number}"):
                    self.sample()
                    self.change(kind, lambda table: table, metadata={"memalloc_bench.format": number})
                    said = self.analyze(expect=3)
                    self.assertIn(f"{kind}_local.parquet: it is of format {number}", said)
                    self.assertIn("newer", said)

    def test_unknown_patterns_and_allocators_come_after_known_ones(self):
        self.sample()
        names = {"fifo": "zigzag", "lifo": "__proto__"}
        for kind in TEXTS:
            self.change(kind, lambda table: replaced(
                table, "pattern", [names.get(name, name) for name in table["pattern"].to_pylist()]))
        answer = self.analyze()
        seen = list(dict.fromkeys(cell["pattern"] for cell in answer["cells"]))
        self.assertEqual(seen, ["immediate", "random", "__proto__", "zigzag"])
        ratios = {each["pattern"] for each in answer["ratios"] if each["verdict"] == "faster"}
        self.assertEqual(ratios, set(seen))


class NoisyMachines(unittest.TestCase):
    """Real runs beside neighbours: two thirds of the trials were disturbed."""

    @classmethod
    def setUpClass(cls):
        cls.directory = cls.enterClassContext(temporary_directory())
        result = run("analyze", NOISY, "--json", directory=cls.directory)
        assert result.returncode == 0, result.stderr
        cls.answer = json.loads(result.stdout)

    def compare(self, *words):
        result = run("compare", *words, "--json", "--all", "--results-dir", NOISY, directory=self.directory)
        self.assertIn(result.returncode, (0, 3), result.stderr)
        return json.loads(result.stdout)

    def test_gaps_are_decided(self):
        for name, decided in (("my-laptop", 145), ("aa1", 140), ("aa2", 140)):
            ratios = [each for each in self.answer["ratios"] if each["platform"] == name and each["metric"] == "total"]
            self.assertEqual(len(ratios), 152)
            for each in ratios:
                if not 1 / 1.5 < each["ratio"] < 1.5:
                    self.assertEqual(each["verdict"], "faster" if each["ratio"] > 1 else "slower", each)
                if each["allocator"] == "slab_warm":
                    self.assertNotEqual(each["verdict"], "slower", each)
            if name == "my-laptop":
                self.assertGreaterEqual(sum(each["verdict"] != "inconclusive" for each in ratios), decided)

    def test_the_share_of_disturbed_trials_is_said_and_nothing_silenced(self):
        for platform in self.answer["platforms"]:
            self.assertTrue([each for each in platform["warnings"] if "of the trials were disturbed" in each], platform["name"])
        cells = [cell for cell in self.answer["cells"] if cell["platform"] == "my-laptop"]
        self.assertGreater(sum(cell["disturbed"] for cell in cells), len(cells) / 2)
        self.assertTrue(all(cell["total"]["median"] > 0 for cell in cells))

    def test_two_runs_of_one_build_do_not_differ(self):
        found = self.compare("aa1", "aa2")
        self.assertEqual((found["counts"]["slower"], found["counts"]["faster"]), (0, 0))
        self.assertEqual(len(found["cells"]), 228)
        self.assertGreater(found["counts"]["unchanged"], 228 / 2)
        self.assertIn(found["threshold_from"], ("null_control", "anchors"))
        self.assertGreater(found["threshold"], 0.01)
        self.assertLess(found["threshold"], 0.2)
        for cell in found["cells"]:
            if cell["verdict"] == "unchanged":
                self.assertLess(max(cell["ratio_high"], 1 / cell["ratio_low"]), 1 + found["threshold"] + 1e-6, cell)

    def test_files_without_probes_are_compared_as_they_are(self):
        with temporary_directory() as directory:
            for name in ("aa1", "aa2"):
                shutil.copy(NOISY / f"benchmark_{name}.parquet", directory)
                table = pyarrow.parquet.read_table(NOISY / f"details_{name}.parquet")
                pyarrow.parquet.write_table(table.drop_columns(["probe_before_ns", "probe_after_ns"]), directory / f"details_{name}.parquet")
            result = run("compare", "aa1", "aa2", "--json", "--results-dir", directory, directory=directory)
            self.assertIn(result.returncode, (0, 3), result.stderr)
            without = json.loads(result.stdout)
        found = self.compare("aa1", "aa2")
        self.assertEqual({cell["probe_slope"] for cell in without["cells"]}, {0})
        self.assertGreater(min(cell["probe_slope"] for cell in found["cells"] if cell["allocator"] == "box"), 0)
        self.assertEqual((without["counts"]["slower"], without["counts"]["faster"]), (0, 0))
        self.assertGreater(without["threshold"], 1.3 * found["threshold"])
        for with_probes, as_they_are in zip(found["cells"], without["cells"]):
            self.assertEqual(with_probes["a_ns_per_object"], as_they_are["a_ns_per_object"])

    def compare_changed(self, change, *words):
        """aa1 with aa2, of which the details are changed."""
        with temporary_directory() as directory:
            for name in ("aa1", "aa2"):
                shutil.copy(NOISY / f"benchmark_{name}.parquet", directory)
                shutil.copy(NOISY / f"details_{name}.parquet", directory)
            path = directory / "details_aa2.parquet"
            pyarrow.parquet.write_table(change(pyarrow.parquet.read_table(path)), path)
            result = run("compare", "aa1", "aa2", "--json", *words, "--results-dir", directory, directory=directory)
            self.assertIn(result.returncode, (0, 3), result.stderr)
            return json.loads(result.stdout)

    def test_probes_that_only_one_run_has_correct_nothing(self):
        found = self.compare_changed(lambda table: table.drop_columns(["probe_before_ns", "probe_after_ns"]))
        self.assertEqual({cell["probe_slope"] for cell in found["cells"]}, {0})
        self.assertEqual((found["counts"]["slower"], found["counts"]["faster"]), (0, 0))

    def test_probes_of_another_build_correct_nothing(self):
        def rebuilt(table):
            for name in ("probe_before_ns", "probe_after_ns"):
                index = table.schema.get_field_index(name)
                slower = pyarrow.compute.multiply(table[name].cast("float64"), 1.8).cast(table.schema.field(name).type, safe=False)
                table = table.set_column(index, table.schema.field(name), slower)
            return table.replace_schema_metadata({**table.schema.metadata, b"build.compiler": b"another"})

        found = self.compare_changed(rebuilt, "--force")
        self.assertEqual({cell["probe_slope"] for cell in found["cells"]}, {0})
        self.assertEqual((found["counts"]["slower"], found["counts"]["faster"]), (0, 0))

    def test_all_commands_give_the_same_medians(self):
        self.assertEqual(run("analyze", NOISY, "--output-dir", self.directory, "--quiet", directory=self.directory).returncode, 0)
        with open(self.directory / "stats.csv", newline="") as stream:
            rows = {(row["platform"], row["allocator"], row["pattern"], row["size_bytes"]): row for row in csv.DictReader(stream)}
        cells = {(cell["platform"], cell["allocator"], cell["pattern"], str(cell["size_bytes"])): cell
                 for cell in self.answer["cells"]}
        self.assertEqual(rows.keys(), cells.keys())
        for key, cell in cells.items():
            self.assertEqual(int(rows[key]["disturbed_trials"]), cell["disturbed_trials"])
            for metric in TIMES:
                metric = metric.removesuffix("_ns")
                self.assertAlmostEqual(float(rows[key][f"{metric}_median_ns"]) / cell[metric]["median"], 1, places=9)
        compared = self.compare("aa1", "aa2")["cells"]
        self.assertEqual(len(compared), len([key for key in cells if key[0] == "aa1"]))
        for found in compared:
            for side, platform in (("a", "aa1"), ("b", "aa2")):
                cell = cells[platform, found["allocator"], found["pattern"], str(found["size_bytes"])]
                expected = cell["total"]["median"] / cell["objects_per_trial"]
                self.assertAlmostEqual(found[f"{side}_ns_per_object"] / expected, 1, places=8)
                row = rows[platform, found["allocator"], found["pattern"], str(found["size_bytes"])]
                self.assertAlmostEqual(float(row["total_ns_per_object"]) / expected, 1, places=8)


if __name__ == "__main__":
    unittest.main()
