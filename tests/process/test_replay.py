#!/usr/bin/env python3
"""Traces that are replayed: what the replayer asks of the heap is what the trace says, on every heap and with every strategy.
The replayer is the optimised one, since a sanitizer's malloc cannot be replaced; on kept streams the other one runs as well."""

import collections
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import unittest

import polars

SOURCES = pathlib.Path(os.environ["SOURCE_DIR"])
RELEASE = pathlib.Path(os.environ["RELEASE_DIR"])
CHECKED_REPLAYER = pathlib.Path(os.environ["MEMALLOC_BENCH"]).with_name("memalloc-bench-replayer")
STRATEGIES = ["box", "slab", "freelist", "arena"]
BEGINNINGS = ["malloc", "calloc", "new", "new[]", "aligned_alloc"]
ENDS = ["free", "delete", "delete[]"]
SCHEMA = {"order": polars.UInt64, "time_ns": polars.UInt64, "thread": polars.UInt32, "operation": polars.String,
          "object": polars.UInt64, "size": polars.UInt64, "alignment": polars.UInt32, "site": polars.UInt32}

if not (RELEASE / "memalloc-bench-replayer").exists() or sys.platform != "linux":
    print(f"there is no {RELEASE}/memalloc-bench-replayer: cmake --preset release && cmake --build build")
    sys.exit(77)


def made_up(count, threads, seed=1):
    """A random trace: every operation, sizes on both sides of what is pooled, objects that change their thread."""
    source, rows, live = random.Random(seed), [], []
    for order in range(count):
        thread, kind, site = source.randrange(threads) * 7, source.random(), source.randrange(5)
        if kind < 0.02:
            row = ("malloc", None, 1 << 60, 0)
        elif kind < 0.5 or not live:
            live.append(order)
            operation = source.choice(BEGINNINGS)
            size = source.choice([0, 1, 8, 24, source.randrange(5000), source.randrange(1 << 18)])
            row = (operation, order, size, 4096 if operation == "aligned_alloc" else 0)
        elif kind < 0.6:
            row = ("realloc", source.choice(live), source.randrange(1, 6000), 0)
        elif kind < 0.62:
            row = ("malloc_usable_size", source.choice(live), 1024, 0)
        else:
            row = (source.choice(ENDS), live.pop(source.randrange(len(live))), 0, 0)
        rows.append((order, order * 10, thread, *row, site))
    return polars.DataFrame(rows, schema=SCHEMA, orient="row")


def counted(events):
    """What a stream of these events holds, counted the plain way."""
    threads, sizes, peak, handed_over = {}, {}, 0, 0
    for _, _, thread, operation, object_, size, *_ in events.iter_rows():
        if object_ is None or operation == "malloc_usable_size":
            continue
        handed_over += threads.get(object_, thread) != thread
        if operation in ENDS:
            del threads[object_], sizes[object_]
            continue
        threads[object_], sizes[object_] = thread, size
        peak = max(peak, sum(sizes.values()))
    left_out = events.filter(polars.col("object").is_null() | (polars.col("operation") == "malloc_usable_size")).height
    return {"events": events.height - left_out, "left_out": left_out, "handed_over": handed_over, "peak_bytes": peak,
            "objects": events.filter(polars.col("object").is_not_null() & polars.col("operation").is_in(BEGINNINGS)).height,
            "threads": events["thread"].n_unique()}


class Replay(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="memalloc-bench-test-")))

    def write(self, events, name="trace.parquet"):
        events.write_parquet(self.folder / name)
        return self.folder / name

    def run_program(self, *words, status=0):
        result = subprocess.run([RELEASE / "memalloc-bench", *map(str, words)], cwd=self.folder, capture_output=True, text=True, timeout=500)
        self.assertEqual(result.returncode, status, result.stderr)
        return result

    def replay(self, trace, *options):
        options = options or ("--heaps", "system", "--processes", "1")
        result = json.loads(self.run_program("replay", trace, "--json", "--quiet", "--force", *options).stdout)
        return {**result, **result["heap_states"][0]}

    def test_the_numbers_are_those_that_python_counts(self):
        for threads in (1, 3):
            events = made_up(4000, threads)
            result = self.replay(self.write(events))
            for key, value in counted(events).items():
                self.assertEqual(result[key], value, f"{key} with {threads} threads")
            self.assertEqual([(cell["strategy"], cell["state"]) for cell in result["cells"]], [(name, "measured") for name in STRATEGIES])

    def test_every_strategy_on_every_heap_and_touch_holds_what_was_written(self):
        trace = self.write(made_up(5000, 3))
        result = self.replay(trace, "--processes", "1", "--touch", "all")
        self.assertEqual({cell["state"] for cell in result["cells"]}, {"measured"})
        self.assertGreaterEqual(len({cell["heap"] for cell in result["cells"]}), 5)
        for cell in result["cells"]:
            self.assertGreater(cell["event_ns"], 0)
            self.assertGreater(cell["footprint"], 0)

    def test_the_steps_are_free_of_errors_that_a_sanitizer_sees(self):
        trace = self.write(made_up(20000, 3))
        self.replay(trace, "--heaps", "system", "--processes", "1", "--keep-streams")
        for strategy in STRATEGIES:
            stream = self.folder / "results" / f"replay_trace-replay.{strategy}.stream"
            for touch in ("none", "word", "all"):
                variables = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}  # what is left at the end is the trace's
                result = subprocess.run([CHECKED_REPLAYER, stream, touch], capture_output=True, text=True, env=variables)
                self.assertEqual((result.returncode, result.stderr), (0, ""), f"{strategy}, {touch}")

    def test_gaps_are_kept_and_memory_is_watched_meanwhile(self):
        """100 objects of 100 kB, a pause of a second, and their end: the mean is near the peak, and time passes."""
        rows = [(i, i + (1_000_000_000 if i >= 100 else 0), 0, "malloc" if i < 100 else "free", i % 100, 100_000 if i < 100 else 0, 0, None)
                for i in range(200)]
        trace = self.write(polars.DataFrame(rows, schema=SCHEMA, orient="row"))
        options = ("--heaps", "system", "--processes", "1", "--strategies", "box", "--touch", "all")
        quick, timed = (self.replay(trace, *options, *more) for more in ([], ["--timed"]))
        self.assertEqual((quick["timed"], timed["timed"]), (False, True))
        for result in (quick, timed):
            self.assertGreater(result["cells"][0]["footprint"], 9_000_000)
            self.assertLess(result["cells"][0]["mean_footprint"], 1.2 * result["cells"][0]["footprint"])
        self.assertGreater(timed["cells"][0]["mean_footprint"], 9_000_000)
        walls = [polars.read_parquet(self.folder / "results" / "program_trace-replay.parquet").filter(
            (polars.col("metric") == "wall_ns") & (polars.col("outcome") == "ok"))["value"].min()]
        self.assertGreaterEqual(walls[0], 1_000_000_000)

    def test_each_state_of_the_heap_is_compared_with_box_on_it(self):
        result = json.loads(self.run_program("replay", self.write(made_up(4000, 1)), "--json", "--quiet", "--heaps", "system", "--processes", "1",
                                             "--heap-state", "littered,fresh", "--strategies", "slab").stdout)
        self.assertEqual([state["heap_state"] for state in result["heap_states"]], ["fresh", "littered"])
        fresh, littered = ([cell for cell in state["cells"]] for state in result["heap_states"])
        for cells in (fresh, littered):
            self.assertEqual([(cell["strategy"], cell["state"]) for cell in cells], [("box", "measured"), ("slab", "measured")])
        # 4 times the live peak was there, and an eighth of it stays
        self.assertGreater(littered[0]["footprint"], fresh[0]["footprint"] + 0.25 * result["peak_bytes"])

    def test_the_litter_is_of_the_traces_own_sizes(self):
        rows = [(i, i, 0, "malloc", i, 48 if i % 2 else 4000, 0, None) for i in range(1000)]
        self.replay(self.write(polars.DataFrame(rows, schema=SCHEMA, orient="row")), "--heaps", "system", "--processes", "1",
                    "--strategies", "box", "--keep-streams")
        stream = self.folder / "results" / "replay_trace-replay.box.stream"
        traces = []
        for seed in (1, 1, 2):
            self.run_program("record", "-o", "again.parquet", "--force", "--no-symbols", "--", RELEASE / "memalloc-bench-replayer", stream, "none", "3", seed)
            traces.append(polars.read_parquet(self.folder / "again.parquet").filter(polars.col("size").is_in([48, 4000]))["size"].to_list())
        self.assertEqual(traces[0], traces[1])
        self.assertNotEqual(traces[0], traces[2])
        self.assertAlmostEqual(sum(traces[0]) / (4 * 1000 * 2024), 1, delta=0.01)  # three times the peak, and the trace

    def test_streams_are_removed(self):
        self.replay(self.write(made_up(1000, 1)))
        self.assertEqual([path.name for path in (self.folder / "results").iterdir() if path.suffix != ".lock"],
                         ["program_trace-replay.parquet"])

    def test_box_asks_for_what_the_trace_says(self):
        """The replayer itself is recorded: in each thread the same requests in the same order."""
        events = made_up(3000, 3)
        self.replay(self.write(events), "--heaps", "system", "--processes", "1", "--keep-streams", "--strategies", "box")
        stream = self.folder / "results" / "replay_trace-replay.box.stream"
        self.run_program("record", "-o", "again.parquet", "--no-symbols", "--", RELEASE / "memalloc-bench-replayer", stream, "none")
        again = self.requests(polars.read_parquet(self.folder / "again.parquet"))
        for wanted in self.requests(events):  # beside what the C library asks for by itself when threads begin
            self.assertTrue(any(made[i:i + len(wanted)] == wanted for made in again for i in range(len(made) - len(wanted) + 1)))

    def requests(self, events):
        """The requests of each thread; those that no replay makes are left out."""
        plain = {"new": "malloc", "new[]": "malloc", "delete": "free", "delete[]": "free", "posix_memalign": "aligned_alloc"}
        lists = collections.defaultdict(list)
        for _, _, thread, operation, object_, size, alignment, *_ in events.iter_rows():
            if object_ is not None and operation != "malloc_usable_size":
                lists[thread].append((plain.get(operation, operation), size, alignment or 0))
        return list(lists.values())

    def test_a_heap_that_loses_what_was_written_is_told(self):
        library = self.folder / "same.so"
        source = self.folder / "same.c"
        source.write_text("#include <stddef.h>\nstatic char room[1 << 22] __attribute__((aligned(64)));\nstatic size_t used;\n"
                          "void *malloc(size_t n) { if (n == 48) return room; used += (n + 79) / 64 * 64; return room + used; }\n"
                          "void free(void *p) { (void)p; }\n"
                          "void *calloc(size_t n, size_t m) { return malloc(n * m); }\n"
                          "void *realloc(void *p, size_t n) { char *to = malloc(n), *from = p; if (from) for (size_t i = 0; i < n; i++) to[i] = from[i]; return to; }\n")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-fno-builtin", source, "-o", library], check=True)
        rows = [(i, i, 0, "malloc" if i < 20 else "free", i % 20, 48 if i < 20 else 0, 0, None) for i in range(40)]
        result = self.replay(self.write(polars.DataFrame(rows, schema=SCHEMA, orient="row")),
                             "--heaps", "system", "--heap", f"same={library}", "--processes", "1", "--strategies", "box")
        states = {cell["heap"]: (cell["state"], cell["failure"]) for cell in result["cells"]}
        self.assertEqual(states["system"][0], "measured")
        self.assertEqual(states["same"][0], "broken", states)
        self.assertIn("exited with 4", states["same"][1])

    def test_a_policy_says_for_each_size_and_site_where_its_objects_come_from(self):
        policy = self.folder / "policy"
        rows = [(i, i, 0, "malloc", i, 24 if i % 2 else 48, 0, i % 3) for i in range(900)]
        trace = self.write(polars.DataFrame(rows, schema=SCHEMA, orient="row"))
        policy.write_text("# comment\nsize 24 slab\nsite 2 box\n\notherwise box # the rest\n")
        result = self.replay(trace, "--heaps", "system", "--processes", "1", "--policy", policy, "--keep-streams")
        self.assertEqual([cell["strategy"] for cell in result["cells"]], ["box", "policy"])
        self.run_program("record", "-o", "again.parquet", "--no-symbols", "--", RELEASE / "memalloc-bench-replayer",
                         self.folder / "results" / "replay_trace-replay.policy.stream", "none")
        sizes = polars.read_parquet(self.folder / "again.parquet").filter(polars.col("operation") == "malloc")["size"]
        self.assertEqual(sizes.to_list().count(48), 450)
        self.assertEqual(sizes.to_list().count(24), 150)  # of site 2; 300 are in the slab
        for line in ("size 24", "size x slab", "site 1 nothing", "whatever", "size 24 slab slab", "size -1 box"):
            policy.write_text(f"otherwise box\n{line}\n")
            self.assertIn("line 2 of the policy", " ".join(self.run_program("replay", trace, "--policy", policy, "--force", status=2).stderr.split()))

    def test_what_cannot_be_replayed_is_said(self):
        self.run_program("replay", "not-there.parquet", status=3)
        self.assertIn("event 1 of", " ".join(self.run_program("replay", self.write(polars.DataFrame(
            [(0, 0, 0, "malloc", 1, 8, 0, None), (1, 1, 0, "free", 2, 0, 0, None)], schema=SCHEMA, orient="row")), status=3).stderr.split()))
        rows = [(i, i, i, "malloc", i, 8, 0, None) for i in range(1025)]
        self.assertIn("more than 1024 threads", " ".join(self.run_program(
            "replay", self.write(polars.DataFrame(rows, schema=SCHEMA, orient="row")), status=3).stderr.split()))
        trace = self.write(made_up(1000, 1))
        self.replay(trace)
        self.run_program("replay", trace, status=2)  # there is a result
        self.run_program("replay", trace, "--strategies", "slab", "--policy", "x", status=2)

    def test_an_interrupted_replay_goes_on(self):
        trace = self.write(made_up(100000, 1))
        words = ["replay", trace, "--heaps", "system", "--processes", "20", "--json", "--strategies", "box"]
        journal = self.folder / "results" / "program_trace-replay.journal"
        with subprocess.Popen([RELEASE / "memalloc-bench", *words], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            while not journal.exists() or journal.stat().st_size < 10000:
                self.assertIsNone(process.poll(), "it ended")
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=200)
        self.assertEqual(process.returncode, 130)
        result = json.loads(self.run_program(*words, "--resume").stdout)
        self.assertEqual(result["heap_states"][0]["blocks"], 20)

    def test_analyze_reads_the_result(self):
        self.replay(self.write(made_up(1000, 1)), "--heaps", "system", "--processes", "6")
        analysis = json.loads(self.run_program("analyze", "--json").stdout)
        self.assertEqual(len(analysis["programs"]), len(STRATEGIES))


if __name__ == "__main__":
    unittest.main(verbosity=2)
