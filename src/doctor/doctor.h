// Looks at the machine and says what will hurt a measurement, how much, and the exact command that fixes it
// with its undo. Changes nothing. What a machine does not have is not spoken of.
#ifndef DOCTOR_DOCTOR_H
#define DOCTOR_DOCTOR_H

#include <stddef.h>

#include "base/error.h"
#include "base/facts.h"
#include "base/text.h"

enum doctor_check_id {
#define CHECK(name, looks_at, hurts) DOCTOR_##name,
#include "doctor/doctor.def"
#undef CHECK
    DOCTOR_CHECK_COUNT
};

// A row of doctor.def.
struct doctor_check {
    const char *name;
    const char *looks_at;
    const char *hurts;
};

extern const struct doctor_check doctor_checks[DOCTOR_CHECK_COUNT];

enum doctor_severity {
    DOCTOR_FINE,          // examined, nothing wrong
    DOCTOR_WORTH_KNOWING, // part of the spread of the results, or of their difference to another machine
    DOCTOR_SERIOUS,       // results may be wrong, or of little use
    DOCTOR_SEVERITY_COUNT
};

// "fine", "worth knowing", "serious"
const char *doctor_severity_name(enum doctor_severity severity);

enum { DOCTOR_SENTENCE_BYTES = 400, DOCTOR_COMMAND_BYTES = 400 };

struct doctor_finding {
    enum doctor_check_id check;
    enum doctor_severity severity;
    char sentence[DOCTOR_SENTENCE_BYTES]; // what it is and how much it hurts
    char fix[DOCTOR_COMMAND_BYTES];       // the command; empty when no command helps or nothing is wrong
    char undo[DOCTOR_COMMAND_BYTES];      // brings back what was; empty when there is nothing to bring back
};

// What a few seconds of watching showed. A negative number: not known.
struct doctor_observation {
    double seconds;                 // how long; 0 when nothing was watched
    double background_percent;      // CPU time of all other programs, in percent of one CPU
    double busiest_percent;         // the most that one other program used
    double busiest_process;         // its number
    char busiest_name[32];          // its name
    double steal_percent;           // of the time that CPUs had work
    double cpu_pressure_percent;    // of the time watched in which something waited for a CPU
    double memory_pressure_percent; // the same for memory
    double throttled_periods;       // of the control group's quota
    double heat_events;             // throttling of cores or packages
    double swapped_out_pages;       // machine-wide
    double lost_percent;            // of the probes' time: what they took beyond their second percentile
    double slow_probes_percent;     // throughput probes more than 8 % slower than the second percentile
    double slowest_probe_ratio;     // 99th percentile of the probes over their second
    double clock_cost_ns;           // of two readings
    double clock_step_ns;           // the clock's resolution
    double clock_drift_ppm;         // between the timer and the kernel's raw clock
};

// Nothing watched: every number unknown.
extern const struct doctor_observation doctor_nothing_observed;

// One finding per check that has something to look at: the serious ones first, in each severity in the order
// of doctor.def.
struct doctor_report {
    struct doctor_finding findings[DOCTOR_CHECK_COUNT];
    size_t count;
    size_t serious_count;
    struct doctor_observation observation;
};

struct doctor_options {
    double seconds; // to watch for; 0: only facts are looked at
};

// Watches the machine for about options->seconds with one busy CPU, then judges facts (of environment_read)
// and observation. STATUS_NO_MEMORY is the only failure; what cannot be observed is not known.
MUST_CHECK enum status doctor_examine(const struct doctor_options *options, const struct facts *facts,
                                      struct doctor_report *ret_report, struct error *error);

// The parts of it: watching, and a pure function of what is known.
MUST_CHECK enum status doctor_observe(double seconds, struct doctor_observation *ret_observation,
                                      struct error *error);
void doctor_judge(const struct facts *facts, const struct doctor_observation *observation,
                  struct doctor_report *ret_report);

// Sets a fact "doctor.<check>" for every finding, "severity: sentence", and "doctor.observed.<what>" for
// every number that is known.
void doctor_store(const struct doctor_report *report, struct facts *facts);

// The report as one JSON object, with a newline at its end.
void doctor_append_json(const struct doctor_report *report, struct text *text);

#endif
