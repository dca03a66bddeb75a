#!/usr/bin/env python3
"""Makes a trace (docs/trace-format.md) of a file that heaptrack wrote, interpreted (heaptrack.NAME.PID.zst or .gz, not --raw):

    heaptrack_to_trace.py HEAPTRACK_FILE TRACE.parquet

heaptrack tells neither threads nor the operation, and the time in milliseconds: here all is one thread's malloc and free.
It does not tell which of several objects of one call stack ended either: the youngest is taken. Needs Polars, and the
program zstd for .zst files."""

import gzip
import subprocess
import sys

import polars


def lines(path):
    if path.endswith(".zst"):
        yield from subprocess.run(["zstd", "-dcq", path], check=True, capture_output=True).stdout.decode(errors="replace").splitlines()
    else:
        with gzip.open(path, "rt", errors="replace") if path.endswith(".gz") else open(path, errors="replace") as file:
            yield from file.read().splitlines()


def main(source, target):
    strings, addresses, stacks, infos, live, events = [None], [None], [None], [], [], []
    time_ns = objects = 0
    for line in lines(source):
        kind, _, rest = line.partition(" ")
        words = rest.split(" ")
        if kind == "s":  # length and characters
            strings.append(rest.partition(" ")[2])
        elif kind == "i":  # address, module, then function, file and line, of inlined functions too
            addresses.append([int(word, 16) for word in words])
        elif kind == "t":  # address, and the stack of its caller
            stacks.append([int(word, 16) for word in words])
        elif kind == "a":  # size and stack
            infos.append([int(word, 16) for word in words])
            live.append([])
        elif kind == "c":
            time_ns = int(rest, 16) * 1000000
        elif kind == "+":
            info = int(rest, 16)
            live[info].append(objects)
            events.append((len(events), time_ns, 0, "malloc", objects, infos[info][0], 0, infos[info][1]))
            objects += 1
        elif kind == "-":
            info = int(rest, 16)
            events.append((len(events), time_ns, 0, "free", live[info].pop(), 0, 0, None))
    schema = {"order": polars.UInt64, "time_ns": polars.UInt64, "thread": polars.UInt32, "operation": polars.String,
              "object": polars.UInt64, "size": polars.UInt64, "alignment": polars.UInt32, "site": polars.UInt32}
    polars.DataFrame(events, schema=schema, orient="row").write_parquet(target)

    sites = []
    for site in range(len(stacks)):
        frame, at = 0, site
        while at and frame < 64:
            where = addresses[stacks[at][0]] + [0] * 5
            sites.append((site, frame, strings[where[1]], None, where[0], strings[where[2]], strings[where[3]], where[4] or None))
            frame, at = frame + 1, stacks[at][1]
    schema = {"site": polars.UInt32, "frame": polars.UInt32, "module": polars.String, "build_id": polars.String,
              "offset": polars.UInt64, "function": polars.String, "source": polars.String, "line": polars.UInt32}
    polars.DataFrame(sites, schema=schema, orient="row").write_parquet(target.removesuffix(".parquet") + ".sites.parquet")


if len(sys.argv) != 3:
    sys.exit(__doc__)
main(*sys.argv[1:])
