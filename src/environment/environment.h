// What this machine and this build are, as facts: read once, stored with the results. A fact that cannot be
// read is absent, never invented.
#ifndef ENVIRONMENT_ENVIRONMENT_H
#define ENVIRONMENT_ENVIRONMENT_H

#include "base/facts.h"

// Adds everything that stays the same during a run: program version, compiler and flags, libc, kernel and its
// command line, CPU model and flags, caches, topology, microcode, governor and boost, transparent huge pages,
// clocksource, hypervisor, cgroup limits, memory, GLIBC_TUNABLES, MALLOC_*, LD_PRELOAD. Keys: see
// docs/environment.md.
void environment_read(struct facts *facts);

// Adds what changes: load averages, pressure (PSI), steal, throttling, CPU frequency. Called before and after
// the run with the prefix "before." or "after.".
void environment_read_load(struct facts *facts, const char *prefix);

#endif
