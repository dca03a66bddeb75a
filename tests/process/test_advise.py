#!/usr/bin/env python3
"""Advice for traces whose groups are known, and for a real program. What is decided from measured times is tested with made-up
times (tests/unit/test_advise.c); here it is what is replayed, and what is said about it."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import polars

RELEASE = pathlib.Path(os.environ["RELEASE_DIR"])
SCHEMA = {"order": polars.UInt64, "time_ns": polars.UInt64, "thread": polars.UInt32, "operation": polars.String,
          "object": polars.UInt64, "size": polars.UInt64, "alignment": polars.UInt32, "site": polars.UInt32}
QUICK = ("--processes", "1", "--heaps", "system", "--json", "--quiet")

if not (RELEASE / "memalloc-bench-replayer").exists() or sys.platform != "linux":
    print(f"there is no {RELEASE}/memalloc-bench-replayer: cmake --preset release && cmake --build build")
    sys.exit(77)


def pairs(count, of_each, first_object=0):
    """Events: in turn an object of each (thread that frees, size, site) begins and ends, `count` times."""
    rows, order = [], first_object
    for _ in range(count):
        for thread, size, site in of_each:
            rows.append((order, order * 10, 0, "malloc", order, size, 0, site))
            rows.append((order + 1, order * 10 + 5, thread, "free", order, 0, 0, site))
            order += 2
    return rows


class Advise(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="memalloc-bench-test-")))

    def write(self, rows, name="trace.parquet"):
        polars.DataFrame(rows, schema=SCHEMA, orient="row").write_parquet(self.folder / name)
        return self.folder / name

    def run_program(self, *words, status=0):
        result = subprocess.run([RELEASE / "memalloc-bench", *map(str, words)], cwd=self.folder, capture_output=True, text=True, timeout=500)
        self.assertEqual(result.returncode, status, result.stderr)
        return result

    def advise(self, trace, *options):
        return json.loads(self.run_program("advise", trace, *QUICK, *options).stdout)

    def test_groups_are_the_sites_that_have_enough_events(self):
        """Site 0 has two thirds of the events; 1 hands its objects over, 2 is too large, 3 too rare."""
        rows = pairs(500, [(0, 48, 0)] * 8 + [(1, 64, 1), (1, 64, 1), (0, 5000, 2)])
        rows += pairs(5, [(0, 32, 3)], len(rows))
        rows += pairs(500, [(0, 48, 0), (0, 100, 4)], len(rows))
        result = self.advise(self.write(rows), "--test", self.folder / "trace.parquet")
        self.assertEqual((result["events"], result["training_events"], result["by"]), (len(rows), len(rows), "site"))
        groups = {group["site"]: group for group in result["groups"]}
        self.assertEqual(list(groups), [0, 4])
        self.assertEqual((groups[0]["events"], groups[0]["objects"], groups[0]["bytes"]), (9000, 4500, 4500 * 48))
        self.assertAlmostEqual(groups[0]["share"], 9000 / len(rows))
        self.assertEqual((groups[0]["least_bytes"], groups[0]["most_bytes"], groups[0]["mean_life_events"]), (48, 48, 1))
        for group in groups.values():
            self.assertIn(group["strategy"], ("slab", "freelist", "arena"))

    def test_without_sites_groups_are_sizes(self):
        rows = [(*row[:7], None) for row in pairs(1000, [(0, 48, 0), (0, 48, 0), (0, 200, 0)])]
        result = self.advise(self.write(rows))
        self.assertEqual((result["by"], [group["size"] for group in result["groups"]]), ("size", [48, 200]))
        with_sites = self.write(pairs(1000, [(0, 48, 0), (0, 200, 0)]), "sites.parquet")
        self.assertEqual(self.advise(with_sites, "--by", "size")["by"], "size")

    def test_what_is_picked_on_one_half_is_judged_on_the_other(self):
        """The second half knows nothing of the first half's site, and objects that live on from there are not timed."""
        rows = pairs(1000, [(0, 48, 0)]) + pairs(1000, [(0, 96, 1)], 2000)
        result = self.advise(self.write(rows))
        self.assertEqual([group["site"] for group in result["groups"]], [0])
        self.assertEqual(result["training_events"], 2000)
        self.assertEqual([(part["heap_state"], part["from"], part["events"]) for part in result["judged"]],
                         [("fresh", 2000, 2000), ("littered", 2000, 2000)])
        for part in result["judged"]:
            self.assertIn(part["answer"], ("nothing", "heap", "change", "undecided"))
            self.assertEqual([row["groups"] for row in part["rows"] if row["change"] == "nothing"], [[]])
            self.assertEqual({row["heap"] for row in part["rows"]}, {"system"})
            self.assertEqual({row["moved_objects"] for row in part["rows"] if row["change"] != "nothing"}, {1000})
            self.assertEqual([row["groups"] for row in part["rows"] if row["change"] != "nothing"], [[0]])
            self.assertLess(part["best"], len(part["rows"]))

    def test_a_trace_without_groups_is_judged_on_heaps_alone(self):
        result = self.advise(self.write(pairs(500, [(0, 5000, 0)])))
        self.assertEqual(result["groups"], [])
        self.assertEqual([row["change"] for row in result["judged"][0]["rows"]], ["nothing"])
        text = self.run_program("advise", self.folder / "trace.parquet", "--processes", "1", "--heaps", "system", "--force").stdout
        self.assertIn("Change nothing", text)

    def test_the_site_of_another_recording_is_found_by_its_place(self):
        """The same program recorded twice, with more sites before it in the second: the group moves there, too."""
        sites = {"site": polars.UInt32, "frame": polars.UInt32, "module": polars.String, "build_id": polars.String,
                 "offset": polars.UInt64, "function": polars.String, "source": polars.String, "line": polars.UInt32}
        for name, site in (("one", 0), ("two", 7)):
            self.write(pairs(1000, [(0, 48, site)]), f"{name}.parquet")
            polars.DataFrame([(site, 0, "/bin/p", "abcd", 4096, "make_node", "p.c", 12), (site + 1, 0, "/bin/p", "abcd", 5000, None, None, None)],
                             schema=sites, orient="row").write_parquet(self.folder / f"{name}.sites.parquet")
        result = self.advise(self.folder / "one.parquet", "--test", self.folder / "two.parquet", "--heap-state", "fresh")
        self.assertEqual(result["groups"][0]["place"], "make_node (p.c:12)")
        self.assertEqual([(part["trace"], part["from"]) for part in result["judged"]], [(str(self.folder / "two.parquet"), 0)])
        self.assertEqual({row["change"]: row["moved_objects"] for row in result["judged"][0]["rows"]},
                         {"nothing": 0, f"{result['groups'][0]['strategy']}-1": 1000})

    def test_a_program_is_measured_and_calibrates_the_prediction(self):
        program = self.folder / "nodes"
        source = self.folder / "nodes.c"
        source.write_text("#include <stdlib.h>\n"
                          "struct node { struct node *next; long value[4]; };\n"
                          "int main(void) {\n"
                          "    struct node *head = NULL;\n"
                          "    for (long i = 0; i < 200000; i++) {\n"
                          "        struct node *node = malloc(sizeof *node);\n"
                          "        node->next = head; node->value[0] = i; head = node;\n"
                          "        if (i % 3 && node->next) { head = node->next->next; free(node->next); free(node); }\n"
                          "    }\n"
                          "    return 0;\n"
                          "}\n")
        subprocess.run(["cc", "-g", "-O0", source, "-o", program], check=True)
        self.run_program("record", "-o", "nodes.parquet", "--", program)
        words = ("advise", "nodes.parquet", "--processes", "6", "--heaps", "jemalloc,mimalloc", "--heap-state", "fresh", "--quiet",
                 "--validate", "--json", "--", program)
        result = json.loads(self.run_program(*words).stdout)
        self.assertEqual(len(result["groups"]), 1)
        self.assertIn("main (nodes.c:6)", result["groups"][0]["place"])
        validation = result["validation"]
        self.assertEqual(validation["metric"], "cpu_ns")
        self.assertGreater(validation["allocation_share"], 0)
        rows = {(row["change"], row["heap"]): row for row in validation["rows"]}
        self.assertEqual(set(rows), {("nothing", "jemalloc"), ("nothing", "mimalloc"), (f"{result['groups'][0]['strategy']}-1", "system")})
        for (change, _), row in rows.items():
            self.assertEqual(row["real"] is None, change != "nothing")
            self.assertAlmostEqual(row["calibrated"]["value"], row["predicted"]["value"] * validation["slope"]["value"])
        # Everything is there: nothing is measured again.
        again = json.loads(self.run_program(*words[:-3], "--resume", *words[-3:]).stdout)
        self.assertEqual(again["judged"], result["judged"])
        self.assertEqual(again["validation"], validation)

    def test_what_makes_no_sense_is_refused(self):
        trace = self.write(pairs(100, [(0, 48, 0)]))
        self.run_program("advise", trace, "--validate", status=2)
        self.run_program("advise", trace, "--", "true", status=2)
        self.run_program("advise", trace, "--processes", "1", "--time-budget", "1m", status=2)
        self.run_program("advise", "not-there.parquet", status=3)
        self.run_program("advise", trace, *QUICK, "--test", "not-there.parquet", status=3)


if __name__ == "__main__":
    unittest.main(verbosity=2)
