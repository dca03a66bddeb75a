"""Starting and watching a program costs it nothing that differs between heaps, as the kernel counts it: page faults and
voluntary context switches of programs that do not allocate, on every installed heap. What a heap's own library costs at
its loading is the heap's: the same program with the same library preloaded, started by nobody's launcher, has it too."""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

PROGRAM = pathlib.Path(os.environ["RELEASE_DIR"]) / "memalloc-bench"
LAUNCHED = pathlib.Path(os.environ["BUILD_DIR"]) / "tests/process/launched"
PROCESSES = 11  # of a program that takes no time
FEWEST = 6  # that a verdict needs
# More than a hundred times the pages that any heap takes for itself when nobody allocates.
TOUCHED = ["touch", "64", "8"]
PAGES = 64 * 8 * 256
NEXT_TO_NOTHING = ["spin", "1"]
FEW = 8  # page faults: the stack's place is random


def measure(folder, command, processes):
    """The rows of all heaps, by name; the system's twin is 'again'."""
    finished = subprocess.run(
        [PROGRAM, "program", "--quiet", "--json", "--force", "--heaps", "all", "--processes", str(processes), "--warmup", "0",
         "--name", "overhead", "--output-dir", folder, "--", *command], capture_output=True, text=True)
    assert finished.returncode == 0, finished
    measured = json.loads(finished.stdout)["programs"][0]
    rows = {"again" if heap["twin"] else heap["heap"]: heap for heap in measured["heaps"] if not heap["problem"]}
    assert len(rows) >= 2, measured
    return measured, rows


def faults_alone(command, heap):
    """The median of page faults of the program when it is started with the heap alone."""
    environment = dict(os.environ)
    if heap["library"]:
        environment["LD_PRELOAD"] = heap["library"]
    if heap["tunables"]:
        environment["GLIBC_TUNABLES"] = heap["tunables"]
    counts = []
    for _ in range(PROCESSES):
        process = os.posix_spawn(command[0], command, environment, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
        _, status, usage = os.wait4(process, 0)
        assert status == 0, (command, heap["heap"], status)
        counts.append(usage.ru_minflt)
    return statistics.median(counts)


def check_verdicts(folder):
    """A program that does not allocate takes as many page faults on every heap."""
    measured, rows = measure(folder, [str(LAUNCHED), *TOUCHED], FEWEST)
    for name, row in rows.items():
        faults = row["metrics"]["minor_faults"]
        assert faults["median"] > PAGES, (name, faults)
        if name not in ("system", "again"):
            assert row["state"] == "measured" and faults["verdict"] == "unchanged", (name, row["state"], faults)
    described = {metric["name"]: metric for metric in measured["metrics"]}
    assert described["minor_faults"]["twin_differs"] is False
    return len(rows)


def check_counts(folder, program):
    """What the launcher and the witness add is the same on every heap."""
    command = [str(program), *NEXT_TO_NOTHING]
    _, rows = measure(folder, command, PROCESSES)
    added = {name: row["metrics"]["minor_faults"]["median"] - faults_alone(command, row) for name, row in rows.items()}
    switches = {name: row["metrics"]["voluntary_switches"]["median"] for name, row in rows.items()}
    assert max(added.values()) - min(added.values()) <= FEW, added
    assert max(switches.values()) - min(switches.values()) <= 1, switches
    return added


def main():
    if not sys.platform.startswith("linux") or not PROGRAM.exists() or not LAUNCHED.exists():
        print("skipped: there is no optimised build, or this is not Linux")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        heaps = check_verdicts(folder)
        dynamic = check_counts(folder, LAUNCHED)
        static = check_counts(folder, LAUNCHED.with_name("launched_static"))
        # Into a static program nothing is preloaded: the launcher alone adds what there is.
        assert max(abs(faults) for faults in static.values()) <= FEW, static
    print(f"{heaps} heaps; page faults added to a dynamic program {sorted(dynamic.values())}, to a static one {sorted(static.values())}")


main()
