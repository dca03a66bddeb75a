"""What starting and watching costs a program, on every installed heap, beside the same program started plainly with the
heap preloaded: see tests/bench/run. Both take turns; all numbers are medians. Wall time is from the start to the end as
whoever started it sees it; CPU time and page faults are the kernel's. Then a program that computes and does not allocate,
measured as `program` measures any: heaps must not differ."""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 30
COMPUTING = r"""
#include <stdint.h>
#include <stdlib.h>
int main(int argc, char **argv)
{
    uint64_t state = 1;
    for (unsigned long i = argc == 2 ? strtoul(argv[1], NULL, 10) : 0; i > 0; i--)
        state = state * 6364136223846793005u + 1442695040888963407u;
    return state == 0;
}
"""
STEPS = "600000000"  # most of a second: what loading a heap takes is less than 1 % of it


def measure(program, folder, command, *options):
    finished = subprocess.run(
        [program, "program", "--quiet", "--json", "--force", "--name", "starting", "--output-dir", folder, *options, "--", *command],
        check=True, capture_output=True, text=True)
    return json.loads(finished.stdout)["programs"][0]


def start_plainly(command, heap):
    """Wall time and CPU time in microseconds, and page faults."""
    environment = dict(os.environ)
    if heap["library"]:
        environment["LD_PRELOAD"] = heap["library"]
    if heap["tunables"]:
        environment["GLIBC_TUNABLES"] = heap["tunables"]
    begin = time.monotonic_ns()
    process = os.posix_spawn(command[0], command, environment, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
    _, status, usage = os.wait4(process, 0)
    wall = (time.monotonic_ns() - begin) / 1e3
    if status:
        sys.exit(f"{command} failed on {heap['heap']}")
    return wall, 1e6 * (usage.ru_utime + usage.ru_stime), usage.ru_minflt


def medians(rows):
    return [statistics.median(values) for values in zip(*rows)]


def show_starting(program, folder, command):
    """One block of `program` at a time, and then each heap plainly."""
    launched, plain, heaps = {}, {}, []
    for seed in range(ROUNDS):
        result = measure(program, folder, command, "--heaps", "all", "--processes", "1", "--warmup", "0", "--seed", str(seed))
        heaps = [heap for heap in result["heaps"] if not heap["problem"]]
        for heap in heaps:
            name = "system again" if heap["twin"] else heap["heap"]
            metrics = heap["metrics"]
            row = metrics["wall_ns"]["median"] / 1e3, metrics["cpu_ns"]["median"] / 1e3, metrics["minor_faults"]["median"]
            launched.setdefault(name, []).append(row)
            plain.setdefault(name, []).append(start_plainly(command, heap))
    print(f"A program that does nothing, {ROUNDS} times on each heap\n")
    print(f"{'':18}{'wall time, µs':>27}{'CPU time, µs':>27}{'page faults':>27}")
    print(f"{'heap':18}" + f"{'plain':>9}{'watched':>9}{'more':>9}" * 3)
    for name in launched:
        pairs = list(zip(medians(plain[name]), medians(launched[name])))
        print(f"{name:18}" + "".join(f"{one:9.0f}{other:9.0f}{other - one:9.0f}" for one, other in pairs))


def show_computing(program, folder):
    source, binary = folder / "computing.c", folder / "computing"
    source.write_text(COMPUTING)
    subprocess.run(["cc", "-O2", source, "-o", binary], check=True)
    result = measure(program, folder, [str(binary), STEPS], "--processes", "10", "--heaps", "system,jemalloc,mimalloc,tcmalloc,tbbmalloc")
    print(f"\nA program that computes and does not allocate, {result['blocks']} times on each heap: {result['answer']}\n")
    print(f"{'heap':18}{'CPU time, ms':>14}{'ratio':>9}{'95 % interval':>20}  verdict")
    for heap in result["heaps"]:
        cpu = heap["metrics"]["cpu_ns"]
        interval = "–".join(f"{end:.4f}" for end in cpu["ratio_interval"] or [])
        ratio = f"{cpu['ratio']:.4f}" if cpu["ratio"] else ""
        name = "system again" if heap["twin"] else heap["heap"]
        print(f"{name:18}{cpu['median'] / 1e6:14.1f}{ratio:>9}{interval:>20}  {cpu['verdict'] or ''}")


def main(program, *options):
    with tempfile.TemporaryDirectory() as name:
        show_starting(program, name, ["/bin/true"])
        show_computing(program, pathlib.Path(name))


main(*sys.argv[1:])
