// What this machine and this build are, as facts: read once, stored with the results. A fact that cannot be
// read is absent, never invented. Keys, meanings and sources: environment.def, and from it
// docs/environment.md.
#ifndef ENVIRONMENT_ENVIRONMENT_H
#define ENVIRONMENT_ENVIRONMENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/facts.h"

// Adds everything that stays the same during a run: program version, compiler and flags, libc, kernel and its
// command line, CPU model and flags, caches, topology, microcode, governor and boost, transparent huge pages,
// clocksource, hypervisor, cgroup limits, memory, process limits, GLIBC_TUNABLES, MALLOC_*, LD_PRELOAD.
// Milliseconds. Values are cut at a few kilobytes.
void environment_read(struct facts *facts);

// Adds what changes: load averages, pressure (PSI), steal, throttling, CPU frequency. Called before and after
// the run with the prefix "before." or "after.".
void environment_read_load(struct facts *facts, const char *prefix);

// CPU time of the programs that run, to see who is busy: take two lists and compare them.
struct process_time {
    uint64_t process; // its number
    uint64_t ticks;   // clock ticks of CPU time since it started
    char name[32];    // of its program, cut; bytes other than printable ASCII replaced by '?'
};

struct process_times {
    struct process_time *items; // ascending by number; owned
    size_t count;
};

// Fills an empty list; it stays empty where the system does not tell or memory ran out.
void environment_read_processes(struct process_times *ret_times);
void process_times_release(struct process_times *times);

// A row of environment.def. A section is a row without key and source, its title in `meaning`.
struct environment_row {
    const char *key; // parts in <> stand for a name: "cache.<name>.size_bytes"
    const char *source;
    const char *meaning;
};

// In the order of the documentation.
extern const struct environment_row environment_rows[];
extern const size_t environment_row_count;

#endif
