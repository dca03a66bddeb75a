// What the files of this module share.
#ifndef ENVIRONMENT_PRIVATE_H
#define ENVIRONMENT_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/facts.h"
#include "base/text.h"
#include "environment/environment.h"

// ---- where facts are read from and where they go ----

// `root` is put before every path: "" on the real machine, a folder that holds proc/, sys/ and etc/ in tests.
struct source {
    const char *root;
    struct facts *facts;
};

enum {
    LINE_BYTES = 4096,          // longer lines are cut
    FILE_LIMIT_BYTES = 1 << 20, // longer files are cut
};

// Reads the file from its start, at most `limit_bytes` of it, into an empty text. False when it cannot be
// read. The path is formatted as by printf.
bool source_read(const struct source *source, struct text *ret_content, size_t limit_bytes,
                 const char *path_format, ...) PRINTF_LIKE(4, 5);

// The file's first line up to a zero byte, without the white space around it. False, with an empty line, when
// there is none or nothing in it.
bool source_line(const struct source *source, char ret_line[LINE_BYTES], const char *path_format, ...)
    PRINTF_LIKE(3, 4);

// The first line, when it is a decimal number and nothing else.
bool source_number(const struct source *source, uint64_t *ret_number, const char *path_format, ...)
    PRINTF_LIKE(3, 4);

bool source_exists(const struct source *source, const char *path);

// The names in the folder that begin with `prefix`, in the order of strcmp with numbers by their value
// ("cpu2" before "cpu10"); none when there is no such folder. An empty list is filled in.
void source_list(const struct source *source, const char *folder, const char *prefix,
                 struct string_list *ret_names);

// Sets the fact to the file's first line, if there is one.
void source_fact(const struct source *source, const char *key, const char *path_format, ...)
    PRINTF_LIKE(3, 4);

// Sets the fact to the word in brackets in `line`: "always [madvise] never".
void source_choice_fact(const struct source *source, const char *key, const char *path);

// The word in brackets, cut out of `line`; NULL when there is none.
char *chosen_word(char *line);

// The value of the first "name: value" line in the content, spaces and tabs around name and value left out,
// cut at LINE_BYTES. False, with an empty value, when there is none.
bool find_value(const struct text *content, const char *name, char ret_value[LINE_BYTES]);

// As find_value, when the value begins with a decimal number; what follows it ("kB") is ignored.
bool find_number(const struct text *content, const char *name, uint64_t *ret_number);

// The number after "name " at the start of a line, the form of /proc/vmstat and cpu.stat.
bool find_counter(const struct text *content, const char *name, uint64_t *ret_number);

// Reads a decimal number at the start of `string`; false when there is none or it does not fit. `ret_end` may
// be NULL.
bool read_number(const char *string, uint64_t *ret_number, const char **ret_end);

// Sets the fact, its key being `prefix` and `name` together.
void set_prefixed(struct facts *facts, const char *prefix, const char *name, const char *value_format, ...)
    PRINTF_LIKE(4, 5);

// ---- the parts that environment_read is made of: one per section of environment.def, each reads what it
// finds under source->root ----

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

// As environment_describe_worker, from files.
void environment_describe_worker_files(const char *root, struct facts *facts);

// Of that CPU alone.
void read_cpu_model(const struct source *source, int cpu);
void read_frequency_of(const struct source *source, int cpu);
void read_siblings(const struct source *source, int cpu);

#define CORE_KINDS_KEY "topology.core_kinds"
#define ALLOWED_CPUS_KEY "topology.allowed_cpus"

// Sets worker.cpu_kind, where there are kinds.
void set_worker_kind(struct facts *facts, uint32_t cpu);

void read_cpu(const struct source *source);
void read_frequency(const struct source *source);
void read_topology(const struct source *source);
void read_caches(const struct source *source, int cpu);
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
void read_variable_rows(struct facts *facts); // the VARIABLE rows
void read_environment_variables(struct facts *facts, char *const *variables);

// What only the running processor or system can tell: CPUID on x86, sysctl on macOS.
void read_native(struct facts *facts);
void read_native_load(struct facts *facts, const char *prefix);

#endif
