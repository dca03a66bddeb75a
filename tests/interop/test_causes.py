"""A gap of more than twice carries the cause that the census counted, in JSON, findings and nowhere else."""

import json
import unittest

import polars
from results_files import run, temporary_directory

PROCESSES = 8
OBJECTS = 10_000  # of a census, of which the counts below are per object
COUNTED = ["minor_faults", "major_faults", "brk_calls", "mmap_calls", "munmap_calls", "mremap_calls", "madvise_calls"]

# Allocator, pattern, ns per object, and what was counted per object beside zeroes; None: nothing was counted.
CELLS = [
    ("box", "lifo", 800, {"minor_faults": 0.7, "brk_calls": 1.0}),
    ("slab_warm", "lifo", 4, {}),
    ("slab_cold", "lifo", 700, {"minor_faults": 0.6, "brk_calls": 0.9}),
    ("box", "fifo", 900, {"minor_faults": 1.0, "mmap_calls": 1.0, "munmap_calls": 1.0}),
    ("slab_warm", "fifo", 4, {}),
    ("slab_cold", "fifo", 4, None),
    ("box", "immediate", 9, {}),
    ("slab_warm", "immediate", 2, {}),
    ("slab_cold", "immediate", 40, {}),
]
EXPECTED = {
    ("slab_warm", "lifo"): ("page faults and trim", "trim_threshold"),
    ("slab_cold", "lifo"): None,  # not twice as fast
    ("slab_warm", "fifo"): ("page faults and trim", "mmap_threshold"),
    ("slab_cold", "fifo"): None,  # not counted
    ("slab_warm", "immediate"): ("call overhead", "slab"),
    ("slab_cold", "immediate"): ("growth and copying", "slab_warm"),
}


def rows(with_census):
    for allocator, pattern, ns, counts in CELLS:
        for process in range(PROCESSES):
            first = process == 0 and counts is not None
            row = {
                "platform": "made_up", "allocator": allocator, "pattern": pattern, "size_bytes": 64,
                "iteration": process, "total_ns": ns * 100_000 + process, "latency_ns": ns * 100 + process,
                "process": process, "used": True, "objects": 100_000, "outcome": "ok",
            }
            if with_census:
                row["census_objects"] = OBJECTS if first else None
                for name in COUNTED:
                    row[f"census_{name}"] = round(counts.get(name, 0) * OBJECTS) if first else None
                row["census_l1d_misses"] = row["census_dtlb_misses"] = None
            yield row


def write(directory, with_census):
    small = {"size_bytes": polars.UInt32, "iteration": polars.UInt32, "process": polars.UInt32}
    large = {"total_ns": polars.UInt64, "latency_ns": polars.UInt64, "objects": polars.UInt64}
    census = {f"census_{name}": polars.UInt64 for name in ["objects", *COUNTED, "l1d_misses", "dtlb_misses"]}
    frame = polars.DataFrame(list(rows(with_census)), infer_schema_length=None)
    frame = frame.cast(small | large | (census if with_census else {}))
    names = ["platform", "allocator", "pattern", "size_bytes", "iteration", "total_ns", "latency_ns"]
    frame.select(names).write_parquet(directory / "benchmark_made_up.parquet")
    frame.drop("platform").write_parquet(directory / "details_made_up.parquet")


def analyse(with_census):
    with temporary_directory() as directory:
        write(directory, with_census)
        result = run("analyze", "--json", "--no-report", directory, directory=directory)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)


class Causes(unittest.TestCase):
    def test_every_large_gap_has_the_cause_that_was_counted(self):
        examined = 0
        for ratio in analyse(with_census=True)["ratios"]:
            expected = EXPECTED[ratio["allocator"], ratio["pattern"]] if ratio["metric"] == "total" else None
            with self.subTest(**{key: ratio[key] for key in ("allocator", "pattern", "metric")}):
                if expected is None:
                    self.assertIsNone(ratio["cause"])
                else:
                    self.assertEqual(ratio["cause"]["label"], expected[0])
                    self.assertIn(expected[1], ratio["cause"]["toggle"])
            examined += 1
        self.assertEqual(examined, 2 * len(EXPECTED))

    def test_findings_name_causes_and_what_removes_them(self):
        found = {f["topic"]: f["text"] for f in analyse(with_census=True)["findings"]}
        self.assertIn("because malloc gives its memory back after every batch", found["fastest"])
        self.assertIn("start the program with GLIBC_TUNABLES=glibc.malloc.", found["remedy"])
        self.assertIn("because it starts from nothing and grows each time", found["gain"])

    def test_files_without_a_census_have_no_causes(self):
        found = analyse(with_census=False)
        self.assertEqual(len(found["ratios"]), 2 * len(EXPECTED))
        self.assertTrue(all(ratio["cause"] is None for ratio in found["ratios"]))
        self.assertFalse([f for f in found["findings"] if f["topic"] == "remedy" or "because" in f["text"]])


if __name__ == "__main__":
    unittest.main()
