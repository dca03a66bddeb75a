#!/usr/bin/env python3
"""Makes a trace (docs/trace-format.md) of a file that memray wrote (memray run --trace-python-allocators as you like it, not
--aggregate):

    memray_to_trace.py MEMRAY_FILE TRACE.parquet

memray tells no time for each event, and of mmap and munmap it tells as of the others: these are left out. Needs memray and
Polars."""

import sys

import memray
import polars

NAMES = {"MALLOC": "malloc", "CALLOC": "calloc", "REALLOC": "malloc", "POSIX_MEMALIGN": "posix_memalign",
         "ALIGNED_ALLOC": "aligned_alloc", "MEMALIGN": "memalign", "VALLOC": "valloc", "PVALLOC": "pvalloc",
         "PYMALLOC_MALLOC": "malloc", "PYMALLOC_CALLOC": "calloc", "PYMALLOC_REALLOC": "malloc"}
ENDS = {"FREE", "PYMALLOC_FREE"}


def main(source, target):
    events, live, threads, stacks, sites = [], set(), {}, {}, []

    def add(record, operation, size, site):
        thread = threads.setdefault(record.tid, len(threads))
        events.append((len(events), 0, thread, operation, record.address, size, 0, site))

    def site_of(record):
        frames = tuple(record.stack_trace())
        if frames not in stacks:
            stacks[frames] = len(stacks)
            sites.extend((stacks[frames], i, None, None, 0, function, file, line)
                         for i, (function, file, line) in enumerate(frames or [("unknown", None, None)]))
        return stacks[frames]

    for record in memray.FileReader(source).get_allocation_records():
        name = memray.AllocatorType(record.allocator).name
        if name in ENDS:
            if record.address in live:
                live.remove(record.address)
                add(record, "free", 0, None)
        elif name in NAMES and record.address:
            if record.address in live:  # its end was not seen
                add(record, "free", 0, None)
            live.add(record.address)
            add(record, NAMES[name], record.size, site_of(record))
    schema = {"order": polars.UInt64, "time_ns": polars.UInt64, "thread": polars.UInt32, "operation": polars.String,
              "object": polars.UInt64, "size": polars.UInt64, "alignment": polars.UInt32, "site": polars.UInt32}
    polars.DataFrame(events, schema=schema, orient="row").write_parquet(target)
    schema = {"site": polars.UInt32, "frame": polars.UInt32, "module": polars.String, "build_id": polars.String,
              "offset": polars.UInt64, "function": polars.String, "source": polars.String, "line": polars.UInt32}
    polars.DataFrame(sites, schema=schema, orient="row").write_parquet(target.removesuffix(".parquet") + ".sites.parquet")


if len(sys.argv) != 3:
    sys.exit(__doc__)
main(*sys.argv[1:])
