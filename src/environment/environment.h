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

// On a machine with several kinds of cores: adds worker.cpu_kind, and has model, caches, siblings and
// frequencies describe the CPU that measured, which the fact worker.cpu names, instead of the first one.
// Nothing elsewhere, or where that fact is missing.
void environment_describe_worker(struct facts *facts);

// Kinds of cores, where a processor has more than one: P and E cores, big.LITTLE.
enum cpu_kind {
    CPU_KIND_PERFORMANCE, // the fastest
    CPU_KIND_EFFICIENCY,  // all others
    CPU_KIND_COUNT
};

const char *cpu_kind_name(size_t kind);

// Fills in the CPUs of that kind that this process may run on, ascending, at most `capacity`, by the facts
// that environment_read added. Returns how many; -1 where the cores are of one kind, or the system does not
// let a process choose among them.
int environment_cpus_of_kind(const struct facts *facts, enum cpu_kind kind, uint32_t *ret_cpus, int capacity);

// Adds what changes: load averages, pressure (PSI), steal, throttling, CPU frequency. Called before and after
// the run with the prefix "before." or "after.".
void environment_read_load(struct facts *facts, const char *prefix);

// Bytes of main memory that this process may use: those of the machine, or what its control group or its own
// limit of address space allow if that is less. 0 when the system does not report it.
uint64_t environment_memory_limit_bytes(void);

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

// Fills an empty list; it stays empty where the system does not report it or memory ran out.
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
