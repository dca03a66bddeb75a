// The parts that environment_read is made of: one per section of environment.def, each reads what it finds
// under source->root. Inside this module alone.
#ifndef ENVIRONMENT_SECTIONS_H
#define ENVIRONMENT_SECTIONS_H

#include "environment/source.h"

// Everything that is read from files, as environment_read; on systems without /proc and /sys nothing is
// found.
void environment_read_files(const char *root, struct facts *facts);

// As environment_read_load, from files.
void environment_read_load_files(const char *root, struct facts *facts, const char *prefix);

// As environment_read_processes, from files.
struct process_times;
void read_process_times(const char *root, struct process_times *ret_times);

// Of a process's stat file, proc_pid_stat(5): the word with that number, counted from 0 behind the program's
// name, which is in parentheses and may hold anything. NULL when there is none.
const char *stat_word(const char *line, int word);

// Facts that one line of a file tells: the LINE and CHOICE rows.
void read_simple_rows(const struct source *source);

void read_cpu(const struct source *source);
void read_frequency(const struct source *source);
void read_topology(const struct source *source);
void read_caches(const struct source *source);
void read_memory(const struct source *source);
void read_machine(const struct source *source);
void read_power(const struct source *source);
void read_cgroup(const struct source *source);
void read_process_files(const struct source *source);

// Counts of throttling by the quota of the process's control group; `prefix` as in environment_read_load.
void read_cgroup_throttling(const struct source *source, const char *prefix);

// The first CPU that the process may run on; 0 when that is unknown.
int first_allowed_cpu(const struct source *source);

// The CPUs that are online, as topology.online_cpus. False when it is unknown.
struct cpu_list;
bool read_online_cpus(const struct source *source, struct cpu_list *ret_cpus);

// What is compiled in, or asked of the C library; needs no files.
void read_build(struct facts *facts);
void read_process(struct facts *facts);
void read_environment_variables(struct facts *facts, char *const *variables);

// What only the running processor or system can tell: CPUID on x86, sysctl on macOS.
void read_native(struct facts *facts);
void read_native_load(struct facts *facts, const char *prefix);

// Sets the fact, its key being `prefix` and `name` together.
void set_prefixed(struct facts *facts, const char *prefix, const char *name, const char *value_format, ...)
    PRINTF_LIKE(4, 5);

#endif
