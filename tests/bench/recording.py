"""What recording costs a program, beside heaptrack (Debian's package) and memray (PyPI) on the same programs in the same
run: see tests/bench/run. The programs take turns, recorded and not; what counts is the processor time of the program
itself, user and system, as the kernel tells it, and its smallest of all rounds, since others on the machine only add to
it. heaptrack writes its raw data into a file here, so that its interpreter is not counted; memray records Python alone.
The whole commands, with all that they do to make a file of it, are compared besides.

memray is looked for in this Python and in MEMRAY_PYTHON."""

import os
import pathlib
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import time

ROUNDS = 7
HEAPTRACK = next((path for path in ("/usr/lib/heaptrack/libheaptrack_preload.so", "/usr/lib64/heaptrack/libheaptrack_preload.so")
                  if os.path.exists(path)), None)
PAIRS = r"""
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
enum { LIVE = 512 };
static unsigned long count;
static void *run(void *seed)
{
    unsigned long state = (unsigned long)seed + 1;
    void *live[LIVE] = {0};
    for (unsigned long i = 0; i < count; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        void **slot = &live[state >> 33 & (LIVE - 1)];
        free(*slot);
        size_t size = 16 + (state >> 56);
        *slot = malloc(size);
        memset(*slot, 1, 16);
    }
    for (int i = 0; i < LIVE; i++)
        free(live[i]);
    return NULL;
}
int main(int argc, char **argv)
{
    pthread_t threads[16];
    int n = atoi(argv[1]);
    count = strtoul(argv[2], NULL, 10);
    for (long i = 0; i < n; i++)
        pthread_create(&threads[i], NULL, run, (void *)i);
    for (int i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    (void)argc;
}
"""
SCRIPT = "import json\nvalues = [{'a': [i, str(i)], 'b': {'c': i * 1.5}} for i in range(30000)]\nfor _ in range(3):\n    values = json.loads(json.dumps(values))\n"


def processor_seconds(command, environment):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wall = time.monotonic() - started
    if done.returncode:
        sys.exit(f"{command} failed: {done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def event_bytes(folder):
    """Bytes of the recorded events, before anything is made of them (src/recorder/raw.h)."""
    total = 0
    for path in folder.glob("*.raw"):
        with open(path, "rb") as file:
            length, offset, chunks = path.stat().st_size, 65536, {}
            while offset + 64 <= length:
                file.seek(offset)
                magic, kind, slot, sequence, used = struct.unpack("<4sIIIQ", file.read(24))
                if magic == b"CHNK" and kind == 1:
                    chunks.setdefault((slot, sequence), used - 64)
                offset += 1 << 20
            total += sum(chunks.values())
    return total


def recorder_environment(program, folder):
    library = pathlib.Path(program).parent / "memalloc-bench-recorder.so"
    with open("/sys/devices/system/clocksource/clocksource0/current_clocksource", encoding="utf-8") as file:
        counter = file.read().strip() in ("tsc", "arch_sys_counter")
    # How long a tick is does not matter here.
    return {**os.environ, "LD_PRELOAD": str(library), "MEMALLOC_BENCH_RECORD": f"{folder}:{1 << 32 if counter else 0}:0"}


def find_memray():
    for python in (os.environ.get("MEMRAY_PYTHON"), sys.executable):
        if python and subprocess.run([python, "-c", "import memray"], capture_output=True).returncode == 0:
            return python
    return None


def measure(program, name, command, folder, python=None):
    """Rows of the smallest processor time and wall time of each way to run the command."""
    raw = folder / "raw"
    ways = {"alone": (command, dict(os.environ)), "recorded": (command, recorder_environment(program, raw))}
    if HEAPTRACK:
        ways["heaptrack"] = (command, {**os.environ, "LD_PRELOAD": HEAPTRACK, "DUMP_HEAPTRACK_OUTPUT": str(folder / "heaptrack")})
    if shutil.which("heaptrack"):
        ways["whole heaptrack"] = (["heaptrack", "-o", str(folder / "heaptrack-whole"), *command], dict(os.environ))
    ways["whole record"] = ([program, "record", "--force", "-o", str(folder / "whole.parquet"), "--", *command], dict(os.environ))
    if python:
        ways["memray"] = ([python, "-m", "memray", "run", "--force", "--quiet", "-o", str(folder / "memray"), *command[1:]], dict(os.environ))
        ways["memray's alone"] = ([python, *command[1:]], dict(os.environ))
    seen = {way: [] for way in ways}
    size = 0
    for _ in range(ROUNDS):
        for way, (words, environment) in ways.items():
            shutil.rmtree(raw, ignore_errors=True)
            raw.mkdir()
            seen[way].append(processor_seconds(words, environment))
            if way == "recorded":
                size = event_bytes(raw)
    trace = folder / "trace.parquet"
    text = subprocess.run([program, "record", "--no-symbols", "--force", "-o", trace, "--", *command], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    events = sum(int(line.split()[0]) for line in text.splitlines() if line.split()[0].isdigit() and ".parquet" in line)
    return {"name": name, "events": events, "bytes": size,
            **{way: tuple(min(values) for values in zip(*times)) for way, times in seen.items()}}


def show(row, aims):
    alone, recorded, events = row["alone"], row["recorded"], row["events"]
    cost = 1e9 * (recorded[0] - alone[0]) / events
    print(f"\n{row['name']}: {events} events, alone {alone[0]:.3f} s of processor time")
    shown = [("ns per event", cost, aims.get("ns")), ("times slower", recorded[0] / alone[0], aims.get("slower")),
             ("times slower, by the clock", recorded[1] / alone[1], None), ("bytes per event", row["bytes"] / events, aims.get("bytes"))]
    for label, value, aim in shown:
        verdict = "" if aim is None else f"   aim <= {aim}: {'met' if value <= aim else 'MISSED'}"
        print(f"  {label:32}{value:10.1f}{verdict}")
    for other, base in (("heaptrack", "alone"), ("memray", "memray's alone")):
        if other not in row:
            print(f"  {other:32}         -   not here, or not for this program")
            continue
        theirs = 1e9 * (row[other][0] - row[base][0]) / events
        times = theirs / cost if cost > 0 else float("inf")
        verdict = f"   aim >= 10 times ours: {'met' if times >= 10 else 'MISSED'}" if other == "heaptrack" else ""
        print(f"  {other + ', ns per event':32}{theirs:10.1f}   {times:.1f} times ours{verdict}")


def show_whole(row):
    ours = row["whole record"][0] - row["alone"][0]
    print(f"  {'record as a whole, seconds more':32}{ours:10.2f}")
    if "whole heaptrack" in row:
        theirs = row["whole heaptrack"][0] - row["alone"][0]
        print(f"  {'heaptrack as a whole':32}{theirs:10.2f}   {theirs / ours:.1f} times ours")


def main(program, *options):
    count = "200000" if "--quick" in options else "1000000"
    python = find_memray()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "pairs.c").write_text(PAIRS)
        subprocess.run(["cc", "-O2", "-fno-builtin", "-pthread", folder / "pairs.c", "-o", folder / "pairs"], check=True)
        (folder / "document.xml").write_text("<a>" + "<b c='d'>text<e/></b>" * 60000 + "</a>")
        (folder / "script.py").write_text(SCRIPT)
        os.environ["PYTHONMALLOC"] = "malloc"
        interpreter = os.path.realpath(python or sys.executable)
        for row, aims in (
            (measure(program, "one thread that only allocates", [folder / "pairs", "1", count], folder), {"ns": 40, "slower": 3, "bytes": 24}),
            (measure(program, "two threads that only allocate", [folder / "pairs", "2", count], folder), {"ns": 60, "bytes": 24}),
            (measure(program, "xmllint", ["xmllint", "--noout", folder / "document.xml"], folder), {"bytes": 24}),
            (measure(program, "python3, with malloc", [interpreter, folder / "script.py"], folder, python), {"bytes": 24}),
        ):
            show(row, aims)
            show_whole(row)


main(*sys.argv[1:])
