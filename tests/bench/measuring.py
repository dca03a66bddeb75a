"""Runs the program and prints what measuring costs: see tests/bench/run. All but time and memory of the run itself come
from the two result files, as any reader would have them."""

import os
import subprocess
import sys
import tempfile
import time

import polars as pl
import pyarrow.parquet as pq

MEBIBYTE = 1024 * 1024


def run(command):
    """Wall time in seconds and the largest resident set in bytes: of the driver, since no worker is larger."""
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    unit = 1 if sys.platform == "darwin" else 1024
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1):
        sys.exit(f"{' '.join(command)} ended with exit code {code}")
    return time.monotonic() - started, usage.ru_maxrss * unit


def line(what, value, aim=""):
    print(f"{what:<44} {value:>14}   {aim}".rstrip())


def against(value, aim, unit):
    return f"aim ≤ {aim:g} {unit}: {'met' if value <= aim else 'MISSED'}"


def per_object(column):
    return pl.col(column) / pl.col("objects")


def print_timer(facts):
    line("timer", facts.get("timer.kind", "unknown"))
    line("timer cost (one pair of readings)", facts.get("timer.cost_ns", "unknown") + " ns")
    line("timer resolution", facts.get("timer.resolution_ns", "unknown") + " ns")


def print_floor(details):
    floor = details.group_by("pattern", maintain_order=True).agg(per_object("floor_ns").median().alias("ns"))
    for pattern, ns in sorted(floor.iter_rows()):
        aim = against(ns, 1, "ns") if pattern == "immediate" else ""
        line(f"harness floor per object, {pattern}", f"{ns:.3f} ns", aim)


def print_slab(details):
    cells = details.filter(pl.col("allocator") == "slab_warm").group_by("pattern", "size_bytes")
    medians = cells.agg(per_object("total_ns").median().alias("ns"))
    ranges = medians.group_by("pattern").agg(low=pl.col("ns").min(), middle=pl.col("ns").median(), high=pl.col("ns").max())
    for pattern, low, middle, high in sorted(ranges.iter_rows()):
        line(f"slab_warm per object, {pattern}", f"{middle:.2f} ns", f"sizes from {low:.2f} to {high:.2f}")


def main(program, *options):
    with tempfile.TemporaryDirectory() as folder:
        seconds, driver_bytes = run([program, "run", "bench", "--quiet", "--output-dir", folder, *options])
        details_file = os.path.join(folder, "details_bench.parquet")
        facts = {key.decode(): value.decode() for key, value in pq.read_metadata(details_file).metadata.items()}
        everything = pl.read_parquet(details_file)
    details = everything.filter(pl.col("outcome") == "ok")
    failed = everything.height - details.height
    if details.is_empty():
        sys.exit("no trial succeeded")
    processes = details.select("allocator", "pattern", "size_bytes", "process").unique().height
    worker_bytes = details["resident_bytes"].max()

    line("processor", facts.get("cpu.model", "unknown"))
    line("trials", str(details.height), f"in {processes} processes, {failed} failed")
    print_timer(facts)
    print_floor(details)
    print_slab(details)
    whole = not options
    line("wall time of the run", f"{seconds:.1f} s", against(seconds, 360, "s on 2 quiet cores") if whole else "")
    line("driver, largest resident set", f"{driver_bytes / MEBIBYTE:.1f} MiB", against(driver_bytes / MEBIBYTE, 256, "MiB"))
    line("worker, resident set before its first object", f"{worker_bytes / MEBIBYTE:.2f} MiB",
         against(worker_bytes / MEBIBYTE, 4, "MiB"))


main(*sys.argv[1:])
