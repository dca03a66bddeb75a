"""Traces that others made: what they hold comes out as Python counts it, and what cannot be is refused with the number of
the event."""

import collections
import json
import math
import os
import random
import shutil
import subprocess
import sys
import unittest

import polars
from results_files import SOURCE_DIR, PROGRAM, run, temporary_directory

BEGINNINGS = ["malloc", "calloc", "aligned_alloc", "posix_memalign", "memalign", "valloc", "pvalloc", "new", "new[]"]
ENDS = ["free", "delete", "delete[]"]
SCHEMA = {"order": polars.UInt64, "time_ns": polars.UInt64, "thread": polars.UInt32, "operation": polars.String,
          "object": polars.UInt64, "size": polars.UInt64, "alignment": polars.UInt32, "site": polars.UInt32}


def made_up(count, seed=1):
    """A random trace of so many events."""
    source, rows, live, time = random.Random(seed), [], [], 0
    for order in range(count):
        time += source.choice([0, 1, 30, 5000])
        thread = source.randrange(3)
        kind = source.random()
        if kind < 0.02:
            row = ("malloc", None, 1 << 60, 0, None)
        elif kind < 0.5 or not live:
            live.append(order)
            alignment = source.choice([0, 0, 64])
            row = ("aligned_alloc" if alignment else source.choice(["malloc", "calloc", "new", "new[]"]), order,
                   int(source.expovariate(0.01)), alignment, source.choice([None, *range(20)]))
        elif kind < 0.6:
            row = ("realloc", source.choice(live), source.randrange(1000), 0, 3)
        elif kind < 0.62:
            row = ("malloc_usable_size", source.choice(live), 1024, 0, 3)
        else:
            row = (source.choice(ENDS), live.pop(source.randrange(len(live))), 0, 0, 4)
        rows.append((order, time, thread, *row))
    return polars.DataFrame(rows, schema=SCHEMA, orient="row")


def quantiles(values):
    ordered = sorted(values)
    return [ordered[max(1, math.ceil(q * len(ordered))) - 1] for q in (0.1, 0.5, 0.9, 0.99, 1)]


class Counted:
    """The same counts as `memalloc-bench trace`, the plain way."""

    def __init__(self, events):
        live, self.sizes, self.sites = {}, collections.Counter(), collections.Counter()
        self.allocated = self.live_bytes = self.peak = self.peak_objects = self.handed_over = 0
        self.lives, self.life_bytes, self.life_ns = [], [], []
        for order, time, thread, operation, object_, size, _, site in events.iter_rows():
            if object_ is None:
                continue
            if operation in BEGINNINGS:
                live[object_] = [size, order, self.allocated, time, thread]
                self.allocated += size
                self.live_bytes += size
                self.sizes[size] += 1
                if site is not None:
                    self.sites[site] += 1
            elif operation == "realloc":
                self.allocated += max(0, size - live[object_][0])
                self.live_bytes += size - live[object_][0]
                live[object_][0] = size
            elif operation in ENDS:
                ended = live.pop(object_)
                self.live_bytes -= ended[0]
                self.lives.append(order - ended[1])
                self.life_bytes.append(self.allocated - ended[2])
                self.life_ns.append(time - ended[3])
                self.handed_over += thread != ended[4]
            self.peak = max(self.peak, self.live_bytes)
            self.peak_objects = max(self.peak_objects, len(live))
        self.left = len(live)


class Traces(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = cls.enterClassContext(temporary_directory())

    def write(self, events, name="trace.parquet"):
        path = self.directory / name
        events.write_parquet(path)
        return path

    def summary(self, path):
        result = run("trace", "--json", path, directory=self.directory)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def refused(self, events, number, *words):
        result = run("trace", self.write(events, "bad.parquet"), directory=self.directory)
        said = " ".join(result.stderr.split())
        self.assertEqual((result.returncode, result.stdout), (3, ""), said)
        if number is not None:
            self.assertIn(f"event {number} of", said)
        for word in words:
            self.assertIn(word, said)

    def test_the_numbers_are_those_that_python_counts(self):
        events = made_up(30000)
        summary, counted = self.summary(self.write(events)), Counted(events)
        self.assertEqual(summary["events"], events.height)
        self.assertEqual({name: count for name, count in summary["operations"].items() if count},
                         dict(events.group_by("operation").len().rows()))
        self.assertEqual(summary["failed"], events["object"].null_count())
        self.assertEqual(summary["threads"], 3)
        self.assertEqual(summary["duration_ns"], events["time_ns"][-1])
        for key, value in (("objects", counted.sizes.total()), ("allocated_bytes", counted.allocated), ("peak_bytes", counted.peak),
                           ("peak_objects", counted.peak_objects), ("left_objects", counted.left),
                           ("left_bytes", counted.live_bytes), ("handed_over", counted.handed_over),
                           ("distinct_sizes", len(counted.sizes)), ("sites", 20)):
            self.assertEqual(summary[key], value, key)
        self.assertEqual(list(summary["size"].values()), quantiles(counted.sizes.elements()))
        for key, values in (("life_events", counted.lives), ("life_bytes", counted.life_bytes), ("life_ns", counted.life_ns)):
            for shown, exact in zip(summary[key].values(), quantiles(values), strict=True):
                self.assertTrue(exact <= shown <= exact * 17 / 16 + 1, (key, shown, exact))
        self.assertEqual({row["site"]: row["objects"] for row in summary["sites_by_objects"]}, dict(counted.sites.most_common(10)))
        self.assertEqual({row["size"]: row["objects"] for row in summary["sizes"]},
                         dict(sorted(counted.sizes.items(), key=lambda item: (-item[1], item[0]))[:8]))

    def test_more_events_than_are_fetched_at_once(self):
        count = 600000
        orders = polars.int_range(count, eager=True)
        events = polars.DataFrame({"order": orders, "time_ns": orders * 7, "thread": orders * 0,
                                   "operation": polars.select(polars.when(orders % 2 == 0).then(polars.lit("malloc")).otherwise(polars.lit("free"))).to_series(),
                                   "object": orders // 2, "size": polars.select(polars.when(orders % 2 == 0).then(24).otherwise(0)).to_series()})
        summary = self.summary(self.write(events)) # in other types, without alignment and site
        self.assertEqual((summary["events"], summary["objects"], summary["left_objects"]), (count, count // 2, 0))
        self.assertEqual(summary["life_events"]["max"], 1)

    def test_the_order_of_rows_does_not_matter(self):
        events = made_up(2000)
        path = self.write(events)
        expected = self.summary(path)
        self.write(events.sample(fraction=1, shuffle=True, seed=1))
        self.assertEqual(self.summary(path), expected)

    def test_an_empty_trace(self):
        self.assertEqual(self.summary(self.write(made_up(0)))["events"], 0)
        self.assertEqual(run("trace", self.directory / "trace.parquet", directory=self.directory).returncode, 0)

    def test_what_cannot_be_is_refused_with_its_number(self):
        good = made_up(3000)
        row = good.with_row_index("i").filter(polars.col("operation").is_in(ENDS))["i"][5]
        first = good.filter(polars.col("operation").is_in(ENDS))["object"][5]

        def changed(at, **values):
            return good.with_columns(**{
                column: polars.when(polars.col("order") == at).then(polars.lit(value)).otherwise(polars.col(column))
                for column, value in values.items()})

        begun = good.filter((polars.col("object") == first) & polars.col("operation").is_in(BEGINNINGS))["order"][0]
        self.refused(changed(begun, size=1 << 60), begun, "size")
        self.refused(changed(row + 1, operation="free", object=first), row + 1, "ended before")
        self.refused(changed(row + 1, operation="realloc", object=first), row + 1, "does not live")
        self.refused(changed(begun + 1, operation="malloc", object=first), begun + 1, "lives already")
        self.refused(changed(7, thread=1000000), 7, "too many threads")
        self.refused(changed(2000, time_ns=0), 2000, "circle")
        self.refused(changed(9, operation="mallocate"), 9, "operation")
        self.refused(changed(begun, alignment=24), begun, "alignment")
        self.refused(changed(row, object=None), row, "no object")
        self.refused(changed(11, size=None), 11, "number is missing")
        self.refused(changed(begun, object=(1 << 64) - 1), begun, "too large")
        self.refused(good.filter(polars.col("order") != 1500), 1500)
        self.refused(polars.concat([good[:10], good[9:]]), None, "event")
        self.refused(good.with_columns(time_ns=polars.col("time_ns").cast(polars.Int64) - (1 << 40)), 0)

    def test_a_site_that_is_not_in_the_table(self):
        path = self.write(made_up(100), "sited.parquet")
        sites = polars.DataFrame({"site": [0], "frame": [0], "module": ["/x"], "build_id": [None], "offset": [16],
                                  "function": ["f\x1b[31m"], "source": ["a.c"], "line": [3]})
        sites.write_parquet(self.directory / "sited.sites.parquet")
        result = run("trace", path, directory=self.directory)
        self.assertEqual(result.returncode, 3)
        self.assertIn("not in the table of sites", " ".join(result.stderr.split()))
        self.write(made_up(100).with_columns(site=polars.lit(0, dtype=polars.UInt32)), "sited.parquet")
        self.assertEqual(self.summary(path)["sites_by_objects"][0]["place"], "f?[31m (a.c:3)")

    def test_a_million_threads(self):
        count = 300000
        orders = polars.int_range(count, eager=True)
        events = polars.DataFrame({"order": orders, "time_ns": orders, "thread": orders, "operation": ["malloc"] * count,
                                   "object": orders, "size": orders * 0 + 8})
        self.refused(events, 1 << 18, "too many threads")

    def test_what_is_no_trace(self):
        (self.directory / "text.parquet").write_text("no Parquet at all")
        for path, code in ((self.directory / "text.parquet", 3), (self.directory / "nothing-there", 3), (self.directory, 3)):
            result = run("trace", path, directory=self.directory)
            self.assertEqual(result.returncode, code, path)
            self.assertTrue(result.stderr.startswith("memalloc-bench: "), result.stderr)
        self.refused(made_up(10).drop("size"), None, "size")
        self.refused(made_up(10).with_columns(operation=polars.lit(3)), 0)

    def test_the_page_is_eighty_columns_wide(self):
        result = run("trace", self.write(made_up(5000)), directory=self.directory)
        self.assertEqual(result.returncode, 0)
        lines = result.stdout.splitlines()
        self.assertGreater(len(lines), 40)
        self.assertLessEqual(max(map(len, lines)), 80)


class Importers(unittest.TestCase):
    """The scripts of examples/, on files that the tools themselves wrote."""

    @classmethod
    def setUpClass(cls):
        cls.directory = cls.enterClassContext(temporary_directory())

    def summary(self, path):
        result = run("trace", "--json", path, directory=self.directory)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def convert(self, script, *files):
        subprocess.run([sys.executable, SOURCE_DIR / "examples" / script, *map(str, files)], check=True, cwd=self.directory)

    @unittest.skipUnless(shutil.which("heaptrack"), "there is no heaptrack here")
    def test_heaptrack(self):
        (self.directory / "words").write_text("b\na\n")
        subprocess.run(["heaptrack", "-o", self.directory / "h", "sort", "words"], cwd=self.directory, check=True, capture_output=True)
        recorded = next(path for path in self.directory.iterdir() if path.name.startswith("h."))
        self.convert("heaptrack_to_trace.py", recorded, self.directory / "heaptrack.parquet")
        summary = self.summary(self.directory / "heaptrack.parquet")
        self.assertGreater(summary["objects"], 50)
        self.assertTrue(all(row["place"] for row in summary["sites_by_objects"]))

    def test_memray(self):
        try:
            import memray
        except ImportError:
            self.skipTest("there is no memray here")
        with memray.Tracker(self.directory / "m.bin", native_traces=False):
            kept = [bytearray(1000 + i) for i in range(1000)]
            del kept
        self.convert("memray_to_trace.py", self.directory / "m.bin", self.directory / "memray.parquet")
        self.assertGreaterEqual(self.summary(self.directory / "memray.parquet")["objects"], 1000)


if __name__ == "__main__":
    unittest.main()
