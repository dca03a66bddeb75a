"""What the analysis costs, to read: on generated files, with the optimised program. Needs what ./check has installed and
built.

    build-venv/bin/python tests/bench/analysis.py [PLATFORMS]

Prints time and memory of stats.csv for 1,000 platforms (or PLATFORMS) of 22,800 rows, with and without their details
files; the same for as many nodes of one cluster, made of a real run, with all charts and the report; and of everything for
one platform; beside what is aimed at. With a CPU that others use, the time of the CPU tells more than that of the wall.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build/memalloc-bench"
MEBIBYTE = 1024 * 1024


def measure(directory, *options, charts):
    """Wall and processor time in seconds, largest resident set in MiB of the program or of the renderer that it starts."""
    environment = dict(os.environ) if charts else {**os.environ, "MEMALLOC_BENCH_SHARE": "/nonexistent"}
    started = time.monotonic()
    process = subprocess.Popen([PROGRAM, "analyze", directory, "--quiet", *options], env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"analyze {directory} failed")
    unit = 1 if sys.platform == "darwin" else 1024
    return time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / MEBIBYTE


def generate(directory, platforms):
    """Result files of as many nodes, which are made out of one made-up pair."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([ROOT / "build-check/tests/tools/sample_results", folder, "base", "100", "20", "19", "1"], check=True)
        nodes = ROOT / "tests/tools/nodes.py"
        subprocess.run([sys.executable, nodes, f"{folder}/base", directory, "node", str(platforms)], check=True)


def line(what, seconds, processor_seconds, mebibytes, aim_seconds, aim_mebibytes=None):
    met = seconds <= aim_seconds and (aim_mebibytes is None or mebibytes <= aim_mebibytes)
    aim = f"aim ≤ {aim_seconds} s" + (f", {aim_mebibytes} MiB" if aim_mebibytes else "")
    print(f"{what:<52} {seconds:7.2f} s {processor_seconds:7.2f} s CPU {mebibytes:7.0f} MiB   {aim}: {'met' if met else 'MISSED'}")


def size_line(path, aim_mebibytes):
    mebibytes = path.stat().st_size / MEBIBYTE
    print(f"{path.name:<52} {mebibytes:7.2f} MiB   aim ≤ {aim_mebibytes} MiB: {'met' if mebibytes <= aim_mebibytes else 'MISSED'}")


def measure_nodes(directory, nodes):
    maker, base = ROOT / "tests/tools/nodes.py", ROOT / "tests/golden/noisy/my-laptop"
    subprocess.run([sys.executable, maker, base, directory, "cluster", str(nodes), "n017=1.06"], check=True)
    line(f"stats.csv, {nodes} nodes with details", *measure(directory, charts=False), 20, 2048)
    line(f"every chart and the report, {nodes} nodes with details", *measure(directory, charts=True), 60, 2048)
    size_line(directory / "report.html", 8)
    for details in directory.glob("details_*"):
        details.unlink()
    line(f"every chart and the report, {nodes} nodes", *measure(directory, charts=True), 60, 2048)
    size_line(directory / "report.html", 8)


def count_rows(stats):
    with open(stats) as stream:
        return sum(1 for _ in stream) - 1


def main():
    platforms = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as folder:
        many, nodes, one = (pathlib.Path(folder, name) for name in ("many", "nodes", "one"))
        measure_nodes(nodes, platforms)
        generate(many, platforms)
        line(f"stats.csv, {platforms} platforms with details", *measure(many, charts=False), 20, 2048)
        for details in many.glob("details_*"):
            details.unlink()
        line(f"stats.csv, {platforms} platforms", *measure(many, charts=False), 20, 2048)
        rows = count_rows(many / "stats.csv")
        if rows != platforms * 228:
            sys.exit(f"stats.csv has {rows} rows")
        generate(one, 1)
        line("one platform, every chart and the report", *measure(one, charts=True), 5)
        size_line(one / "report.html", 3)


main()
