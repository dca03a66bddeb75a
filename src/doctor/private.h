// What the files of this module share.
#ifndef DOCTOR_PRIVATE_H
#define DOCTOR_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/facts.h"
#include "doctor/doctor.h"
#include "environment/environment.h"

// ---- the checks of doctor.def ----

// What a check looks at.
struct evidence {
    const struct facts *facts;
    const struct doctor_observation *observed;
};

// Fills in the finding; false when the machine does not have what the check is about, or it is not known.
#define CHECK(name, looks_at, hurts)                                                                         \
    bool check_##name(const struct evidence *evidence, struct doctor_finding *finding);
#include "doctor/doctor.def"
#undef CHECK

// Sets severity and sentence, and returns true. The sentence has no control characters, whatever facts are
// put in.
bool say(struct doctor_finding *finding, enum doctor_severity severity, const char *sentence_format, ...)
    PRINTF_LIKE(3, 4);

// Set the commands; text that does not fit leaves the command empty, since a cut command does something else.
void fix_with(struct doctor_finding *finding, const char *format, ...) PRINTF_LIKE(2, 3);
void undo_with(struct doctor_finding *finding, const char *format, ...) PRINTF_LIKE(2, 3);

// The fact's value, or "" when it is not known.
const char *fact(const struct evidence *evidence, const char *key);

// Whether the fact is known and is that value.
bool fact_is(const struct evidence *evidence, const char *key, const char *value);

// The fact as a number; negative when it is not known or no number.
double fact_number(const struct evidence *evidence, const char *key);

// Whether `value` can be put into a command as it is: letters, digits and the characters . , _ - + : / @
// alone.
bool is_plain_word(const char *value);

// ---- what an observation is made of, as functions of what was read ----

// How often a probe took how long. Steps of 8 ns are 0.2 % of a probe's 4 µs; what is longer than the last
// step is counted there.
enum { PROBE_STEP_NS = 8, PROBE_STEP_COUNT = 16384 };

struct probe_times {
    uint32_t counts[PROBE_STEP_COUNT];
    uint64_t count;
    uint64_t total_ns;
};

void probe_times_add(struct probe_times *times, uint64_t elapsed_ns);

// Fills in what the probes show; nothing when there was none.
void observation_add_probes(const struct probe_times *times, struct doctor_observation *observation);

// Fills in what the kernel counts, from the facts of environment_read_load with the prefixes "before." and
// "after.". `own_seconds`: the CPU time that this process itself has used between them.
void observation_add_load(const struct facts *facts, double elapsed_seconds, double own_seconds,
                          struct doctor_observation *observation);

// Fills in who was busiest, this process aside.
void observation_add_processes(const struct process_times *before, const struct process_times *after,
                               uint64_t own_process, double elapsed_seconds,
                               struct doctor_observation *observation);

#endif
