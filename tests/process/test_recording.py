"""What recorders are known to fail at, each with a real program that does it: what was recorded is what the program did,
and the program does what it would do without."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import polars

OPTIMISED = pathlib.Path(os.environ.get("RELEASE_DIR", "")) / "memalloc-bench"  # with sanitizers it takes minutes
PROGRAM = OPTIMISED if OPTIMISED.exists() else os.environ["MEMALLOC_BENCH"]
SOURCES = pathlib.Path(os.environ["SOURCE_DIR"]) / "tests" / "process" / "recorded"
BEGINNINGS = ["malloc", "calloc", "aligned_alloc", "posix_memalign", "memalign", "valloc", "pvalloc", "new", "new[]"]
ENDS = ["free", "delete", "delete[]"]

if sys.platform != "linux":
    print("recording is for Linux")
    sys.exit(77)


def compile_all(folder):
    def build(compiler, source, name, *options):
        subprocess.run([compiler, "-O1", "-g", "-fno-builtin", *options, SOURCES / source, "-o", folder / name], check=True)

    build("cc", "program.c", "program", "-w", "-pthread")
    build("cc", "program.c", "framed", "-w", "-pthread", "-fno-omit-frame-pointer",
          "-fno-optimize-sibling-calls", "-fno-inline")
    build("cc", "program.c", "static", "-w", "-pthread", "-static")
    build("c++", "operators.cpp", "operators", "-std=c++17", "-w")
    build("cc", "steady.c", "steady.so", "-shared", "-fPIC")
    build("cc", "library.c", "library.so", "-shared", "-fPIC")
    for i in range(6):
        build("cc", "library.c", f"static_tls_{i}.so", "-shared", "-fPIC", "-ftls-model=initial-exec", "-DTLS_BYTES=600")
        build("cc", "library.c", f"tls_{i}.so", "-shared", "-fPIC", "-DTLS_BYTES=5000")


class Trace:
    """A trace with its table of sites; every rule of a trace holds in it."""

    def __init__(self, path):
        self.events = polars.read_parquet(path)
        self.sites = polars.read_parquet(path.with_suffix(".sites.parquet"))
        self.facts = polars.read_parquet_metadata(path)
        live = {}
        self.ended = 0
        assert self.events["order"].to_list() == list(range(self.events.height))
        assert self.events["time_ns"].is_sorted()
        for order, operation, object_, size in self.events.select("order", "operation", "object", "size").iter_rows():
            if object_ is None:
                continue
            if operation in BEGINNINGS:
                assert object_ not in live, order
                live[object_] = size
            elif operation in ENDS:
                del live[object_]
                self.ended += 1
            else:
                assert object_ in live, order
        self.left = live

    def number(self, fact):
        return int(self.facts[f"trace.{fact}"])

    def of_size(self, *sizes):
        return self.events.filter(polars.col("size").is_in(sizes) & polars.col("operation").is_in(BEGINNINGS))

    def lives(self, *sizes):
        """Operations of the objects that began with one of these sizes: a list of them for each."""
        objects = self.of_size(*sizes)["object"]
        theirs = self.events.filter(polars.col("object").is_in(objects.implode()))
        return [group.rows() for group in theirs.sort("object", "order").select("operation", "size", "alignment", "object")
                .partition_by("object", maintain_order=True)]

    def places(self, events):
        return events.join(self.sites.filter(polars.col("frame") == 0), on="site", how="left")


class Recording(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="memalloc-bench-test-")))
        compile_all(cls.folder)

    def setUp(self):
        self.output = self.folder / f"{self._testMethodName}.parquet"

    def record(self, *command, options=(), status=0, **variables):
        command = [str(word) for word in command]
        result = subprocess.run([PROGRAM, "record", "-o", self.output, *options, "--", *command], text=True,
                                capture_output=True, timeout=300, env={**os.environ, "ASAN_OPTIONS": "verify_asan_link_order=0", **variables})
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        self.assertFalse(self.output.with_name(self.output.name + ".recording").exists())
        said = [line.split(" ") for line in result.stdout.splitlines()]
        self.said = {line[0]: int(line[1]) for line in said if len(line) == 2 and line[1].isdigit()}
        self.text = " ".join((result.stdout + result.stderr).split())
        return result

    def trace(self, *command, **options):
        self.record(*command, **options)
        return self.of(self.output)

    def of(self, path):
        summary = subprocess.run([PROGRAM, "trace", path], capture_output=True, text=True)
        self.assertEqual(summary.returncode, 0, summary.stderr) # the reader takes what the recorder made
        self.assertLessEqual(max(map(len, summary.stdout.splitlines())), 80)
        return Trace(path)

    def others(self):
        return [self.of(path) for path in sorted(self.folder.glob(f"{self.output.stem}.[0-9]*.parquet"))
                if not path.name.endswith(".sites.parquet")]

    def program(self, *words, **options):
        return self.trace(self.folder / "program", *words, **options)

    def test_addresses_that_go_round_between_threads(self):
        trace = self.program("reuse")
        counts = dict(trace.events.group_by("operation").len().rows())
        sizes = [40 + 40 * i for i in range(16)]
        own = trace.of_size(*sizes).filter(polars.col("operation") == "malloc").height
        self.assertEqual(own + counts["realloc"], 4 * 20000)
        self.assertEqual(trace.number("foreign"), 0)
        self.assertEqual(trace.number("unseen"), 0)
        self.assertEqual(trace.number("lost_events"), 0)
        self.assertFalse([object_ for object_ in trace.left if object_ in set(trace.of_size(*sizes[1:])["object"])])
        self.assertEqual(trace.events["thread"].n_unique(), 5)

    def test_other_heaps_linked_and_preloaded(self):
        found = [path for name in ("libjemalloc.so.2", "libmimalloc.so.2.0", "libtcmalloc_minimal.so.4", "libtbbmalloc_proxy.so.2")
                 for path in pathlib.Path("/usr/lib").glob(f"*/{name}")]
        if not found:
            self.skipTest("there is no other heap here")
        for path in found:
            linked = self.folder / f"linked-{path.name}"
            subprocess.run(["cc", "-O1", "-w", "-fno-builtin", "-pthread", SOURCES / "program.c", path, "-o", linked], check=True)
            for how, command, variables in (("linked", linked, {}), ("preloaded", self.folder / "program", {"LD_PRELOAD": str(path)})):
                with self.subTest(heap=path.name, how=how):
                    self.output = self.folder / f"{how}-{path.name}.parquet"
                    trace = self.trace(command, "reuse", options=["--no-symbols"], **variables)
                    self.assertGreaterEqual(trace.events.filter(polars.col("operation") == "realloc").height, 1000)
                    self.assertEqual((trace.number("foreign"), trace.number("unseen"), trace.number("lost_events")), (0, 0, 0))

    def test_before_any_library_is_ready(self):
        trace = self.program("early", RECORDED_EARLY="1")
        self.assertEqual(self.said["early"], 1)
        self.assertEqual(trace.lives(3333), [[("calloc", 3333, 0, trace.of_size(3333)["object"][0]),
                                              ("free", 0, 0, trace.of_size(3333)["object"][0])]])
        self.assertEqual(trace.number("foreign"), 0)

    def test_a_signal_handler_that_allocates(self):
        trace = self.program("signals", LD_PRELOAD=str(self.folder / "steady.so"))
        self.assertGreaterEqual(self.said["handled"], 500)
        self.assertEqual(len(trace.lives(777)), self.said["handled"])
        for life in trace.lives(777):
            self.assertEqual([event[0] for event in life], ["malloc", "realloc", "free"])
        self.assertEqual(trace.of_size(333).height, self.said["rounds"])
        self.assertEqual(trace.number("foreign"), 0)

    def test_data_of_threads_that_is_allocated_or_has_no_room(self):
        libraries = [self.folder / f"static_tls_{i}.so" for i in range(6)] + [self.folder / f"tls_{i}.so" for i in range(6)]
        alone = subprocess.run([self.folder / "program", "tls", *libraries], text=True, capture_output=True, check=True)
        trace = self.program("tls", *libraries)
        self.assertEqual(f"loaded {self.said['loaded']}\n", alone.stdout)
        self.assertGreaterEqual(self.said["loaded"], 6)
        self.assertEqual(trace.of_size(48).height, 8 * self.said["loaded"])

    def test_destructors_of_threads(self):
        trace = self.program("destructors", 300)
        self.assertEqual(trace.of_size(443).height, 300)
        self.assertEqual(trace.of_size(444).height, 900)
        for life in trace.lives(443, 444):
            self.assertEqual([event[0] for event in life], ["malloc", "free"])
        self.assertEqual(trace.of_size(443)["thread"].n_unique(), 300)
        self.assertEqual(trace.number("foreign"), 0)

    def test_a_thread_that_ended_leaves_its_chunk_to_the_next(self):
        sizes = self.folder / "sizes"
        script = f'"{self.folder}/program" destructors 300 & wait $!; stat -c %s "{self.output}.recording/"* > "{sizes}"'
        self.record("sh", "-c", script)
        self.assertLess(max(map(int, sizes.read_text().split())), 8 << 20)

    def test_fork_and_vfork_beside_threads(self):
        trace = self.program("fork")
        traces = self.others()
        children = [other for other in traces if other.facts["trace.forked"] == "true"]
        started = [other for other in traces if other.facts["trace.forked"] == "false"]
        self.assertEqual((len(children), len(started)), (5, 10))
        for child in children:
            self.assertEqual(child.of_size(555).height, 100)
            self.assertEqual([event[0] for life in child.lives(555) for event in life], ["malloc", "free"] * 100)
            self.assertEqual(child.facts["trace.parent"], trace.facts["trace.process"])
            self.assertGreaterEqual(child.number("foreign"), 1) # what it inherited
        for other in started:
            self.assertEqual(other.of_size(111).height, 1)
        self.assertEqual(trace.of_size(555).height, 0)
        self.assertEqual([event[0] for event in trace.lives(556)[0]], ["malloc", "free"])
        self.assertEqual(trace.number("foreign"), 0)

    def test_libraries_that_come_and_go_in_threads(self):
        trace = self.program("loader", self.folder / "library.so")
        objects = trace.of_size(665, 666)
        self.assertGreaterEqual(trace.of_size(666).height, 4 * 50)
        places = trace.places(objects)
        self.assertEqual(set(places["function"]), {"allocate"})
        self.assertEqual(set(places["module"]), {str(self.folder / "library.so")})
        self.assertEqual(trace.number("foreign"), 0)

    def test_pointers_from_elsewhere(self):
        trace = self.program("deepbind", self.folder / "library.so")
        self.assertEqual(trace.of_size(1234).height, 0)
        self.assertGreaterEqual(trace.number("foreign"), 10)
        self.assertEqual(trace.of_size(4321).height, 11)
        self.assertEqual(trace.number("unseen"), 10)

    def test_each_function(self):
        trace = self.program("entries")
        lives = [[event[:3] for event in life] for life in trace.lives(2047, 77, 31, 128, 100, 55, 78, 16)]
        usable = trace.events.filter(polars.col("operation") == "malloc_usable_size")["size"].to_list()
        self.assertEqual(lives[0], [("malloc", 2047, 0), ("malloc_usable_size", usable[0], 0), ("free", 0, 0)])
        self.assertEqual(lives[1], [("calloc", 77, 0), ("realloc", 200, 0), ("realloc", 300, 0),
                                    ("malloc_usable_size", usable[1], 0), ("free", 0, 0)])
        self.assertEqual(lives[2:], [[("malloc", 31, 0), ("free", 0, 0)],
                                     [("aligned_alloc", 128, 64), ("free", 0, 0)],
                                     [("posix_memalign", 100, 256), ("free", 0, 0)],
                                     [("memalign", 55, 32), ("free", 0, 0)],
                                     [("valloc", 77, 4096), ("free", 0, 0)],
                                     [("pvalloc", 78, 4096), ("free", 0, 0)],
                                     [("malloc", 16, 0), ("free", 0, 0)]]) # strdup
        failed = trace.events.filter(polars.col("object").is_null()).select("operation", "size", "alignment").rows()
        self.assertEqual(failed, [("posix_memalign", 100, 3), ("malloc", (1 << 63) - 1, 0), ("calloc", (1 << 64) - 1, 0)])

    def test_each_operator(self):
        trace = self.trace(self.folder / "operators")
        lives = [[event[:3] for event in life] for life in trace.lives(*range(10, 22))]
        expected = [[(f"new{array}", size, alignment), (f"delete{array}", 0, 0)]
                    for array, sizes, alignment in (("", (10, 11, 12), 0), ("[]", (13, 14, 15), 0),
                                                    ("", (16, 17, 18), 128), ("[]", (19, 20, 21), 128))
                    for size in sizes]
        self.assertEqual(lives, expected)
        self.assertIn([("new", 0, 0), ("delete", 0, 0)], [[event[:3] for event in life] for life in trace.lives(0)])

    def test_what_cannot_be_recorded_is_said(self):
        result = self.record(self.folder / "static", "nothing", status=2)
        self.assertIn("is static", result.stderr)
        self.record(self.folder / "not-there", status=2)
        self.record("sh", "-c", f'"{self.folder}/static" nothing')
        self.assertIn("Not recorded:", self.text)
        self.output = self.folder / "crash.parquet"
        result = self.record(self.folder / "program", "crash", status=3)
        self.assertIn("SIGSEGV", result.stderr)
        self.assertFalse(self.output.exists())

    @unittest.skipUnless(shutil.which("go"), "there is no Go here")
    def test_a_go_program_is_said_to_be_static(self):
        source = self.folder / "hello.go"
        source.write_text('package main\n\nfunc main() { println("hello") }\n')
        variables = {**os.environ, "CGO_ENABLED": "0", "GOCACHE": str(self.folder / "go-cache"), "GO111MODULE": "off"}
        subprocess.run(["go", "build", "-o", self.folder / "hello", source], check=True, env=variables)
        self.assertIn("is static", self.record(self.folder / "hello", status=2).stderr)

    def test_ldd_lists_as_it_does_alone(self):
        alone = subprocess.run(["ldd", "/bin/ls"], capture_output=True, text=True, check=True).stdout
        result = self.record("ldd", "/bin/ls")
        names = [line.split()[0] for line in alone.splitlines()]
        self.assertTrue(names and all(name in result.stdout for name in names), result.stdout)

    def test_however_it_ends_nothing_is_lost(self):
        for how, status in (("kill", 1), ("crash", 1), ("_exit", 0), ("exec", 0)):
            with self.subTest(how=how):
                self.output = self.folder / f"ends-{how}.parquet"
                trace = self.program("ends", how, self.folder / "program", status=status)
                self.assertEqual(trace.lives(888).__len__(), 1000)
                self.assertTrue(all(len(life) == 2 for life in trace.lives(888)))
        self.assertEqual([other.of_size(111).height for other in self.others()], [1]) # exec is followed

    def test_a_limit_of_file_size_ends_the_recording_and_not_the_program(self):
        script = f'ulimit -f 4096; exec "{self.folder}/program" many 400000'
        trace = self.trace("bash", "-c", script)
        self.assertEqual(self.text.count("later events are lost"), 1)
        trace = trace if trace.of_size(999).height else self.others()[0]
        self.assertGreater(trace.of_size(999).height, 10000)
        self.assertGreaterEqual(trace.number("lost_events") + trace.events.height, 800000)
        self.assertLess(trace.number("lost_events") + trace.events.height, 801000)

    def test_a_full_disk_ends_the_recording_and_not_the_program(self):
        disk = self.folder / "disk"
        disk.mkdir()
        script = 'mount -t tmpfs -o size=6m none "$1" && "$2" record -o "$1/x.parquet" -- "$3" many 400000; status=$?; cp "$1"/* "$4"; exit $status'
        kept = self.folder / "kept"
        kept.mkdir()
        command = ["bash", "-c", script, "bash", disk, PROGRAM, self.folder / "program", kept]
        for namespace in (["--user", "--map-root-user", "--mount"], ["--mount"]):
            if subprocess.run(["unshare", *namespace, "mount", "-t", "tmpfs", "none", disk], capture_output=True).returncode == 0:
                result = subprocess.run(["unshare", *namespace, *command], capture_output=True, text=True)
                break
        else:
            self.skipTest("this user may not mount anything")
        said = " ".join((result.stdout + result.stderr).split())
        self.assertIn("No space left on device", said) # of the recording, or of the trace
        self.assertIn(result.returncode, (0, 3), said)

    def test_many_events_come_back_whole(self):
        trace = self.program("many", 1000000, options=["--no-symbols"])
        self.assertEqual(trace.of_size(999).height, 1000000)
        self.assertEqual(trace.ended, trace.events.filter(polars.col("operation") == "free").height)
        self.assertEqual(trace.number("lost_events"), 0)

    def test_frames_beyond_the_call_site(self):
        trace = self.trace(self.folder / "framed", "entries", options=["--stack", "3"])
        site = trace.of_size(2047)["site"][0]
        frames = trace.sites.filter(polars.col("site") == site).sort("frame")["function"].to_list()
        self.assertEqual(frames[:2], ["mode_entries", "main"])

    def test_sites_have_function_line_and_build_id(self):
        trace = self.program("entries")
        row = trace.places(trace.of_size(2047)).row(0, named=True)
        lines = (SOURCES / "program.c").read_text().splitlines()
        self.assertEqual(row["function"], "mode_entries")
        self.assertIn("malloc(2047)", lines[row["line"] - 1])
        notes = subprocess.run(["readelf", "-n", self.folder / "program"], capture_output=True, text=True).stdout
        if "Build ID" in notes:
            self.assertIn(row["build_id"], notes)

    def test_real_programs(self):
        document = self.folder / "document.xml"
        document.write_text("<a>" + "<b c='d'>text</b>" * 20000 + "</a>")
        trace = self.trace("xmllint", "--noout", document)
        self.assertGreater(trace.events.height, 100000)
        self.assertEqual(trace.number("foreign"), 0)
        self.assertEqual(trace.number("unseen"), 0)

    def interrupt(self, mode, least_bytes):
        """The program in this mode, interrupted when its raw file has so many bytes: status and errors."""
        command = [PROGRAM, "record", "-o", self.output, "--", self.folder / "program", mode, str(1 << 40)]
        recording = self.output.with_name(self.output.name + ".recording")
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            while sum(path.stat().st_size for path in recording.glob("*.raw")) < least_bytes:
                self.assertIsNone(process.poll(), "it ended")
            process.send_signal(signal.SIGINT)
            errors = process.communicate(timeout=200)[1]
        self.assertFalse(recording.exists())
        return process.returncode, errors

    def test_a_signal_ends_the_program_and_keeps_what_was_recorded(self):
        status, errors = self.interrupt("many", 8 << 20)
        self.assertIn(status, (1, 130), errors)
        self.assertGreater(self.of(self.output).events.height, 0)

    def test_a_signal_before_anything_was_allocated(self):
        status, errors = self.interrupt("wait", 1)
        self.assertEqual(status, 130, errors)
        self.assertFalse(self.output.exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
