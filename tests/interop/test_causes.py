"""A gap of more than twice carries the cause that the census counted, in JSON, findings and nowhere else."""

import json
import unittest

import polars
from results_files import run, temporary_directory, write_sample

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


def write(directory, with_census):
    """Sample results with the times and the counts of CELLS in the place of their own."""
    write_sample(directory, "made_up", iterations=PROCESSES, processes=PROCESSES, sizes=[64],
                 allocators="box,slab_cold,slab_warm")
    path = directory / "details_made_up.parquet"
    frame = polars.read_parquet(path)
    frame = frame.filter(polars.col("repetition") == 0, polars.col("pattern") != "random")
    census = [name for name in frame.columns if name.startswith("census_")]
    rows = []
    for row in frame.drop(census).to_dicts():
        ns, counts = next(cell[2:] for cell in CELLS if cell[:2] == (row["allocator"], row["pattern"]))
        row.update(total_ns=ns * 100_000 + row["process"], latency_ns=ns * 100 + row["process"], used=True)
        if with_census and row["process"] == 0 and counts is not None:
            row |= {f"census_{name}": round(counts.get(name, 0) * OBJECTS) for name in COUNTED}
            row["census_objects"] = OBJECTS
        rows.append(row)
    schema = {name: type for name, type in frame.schema.items() if with_census or name not in census}
    whole = polars.DataFrame(rows, schema)
    names = ["allocator", "pattern", "size_bytes", "iteration", "total_ns", "latency_ns"]
    whole.write_parquet(path)
    whole.select(polars.lit("made_up").alias("platform"), *names).write_parquet(directory / "benchmark_made_up.parquet")


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
