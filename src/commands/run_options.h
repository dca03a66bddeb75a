// The options of `run`: their rows, and what they ask for.
#ifndef COMMANDS_RUN_OPTIONS_H
#define COMMANDS_RUN_OPTIONS_H

#include "command_line/command.h"
#include "plan/plan.h"
#include "results/run_files.h"

enum run_option {
#define AXIS(id, ...) RUN_AXIS_##id, // by enum axis_id, from 0
#include "axes/axes.def"
#undef AXIS
    RUN_HEAP,
    RUN_ITERATIONS,
    RUN_PROCESSES,
    RUN_SEED,
    RUN_LITTER,
    RUN_FOOTPRINT_BYTES,
    RUN_KINDS, // those of kinds of measurement follow
    RUN_BEFORE_KINDS = RUN_KINDS - 1,
#define MEASUREMENT(name, process, processes, tracing, patterns, max_batches, asked, ...)                    \
    KIND_OPTION_##asked(name)
#define KIND_OPTION_ALWAYS(name)
#define KIND_OPTION_UNLESS_QUICK(name)
#define KIND_OPTION_OPTION(name) RUN_KIND_##name,
#include "measurements/measurements.def"
    RUN_KINDS_END,
    RUN_OUTPUT_DIR = RUN_KINDS_END,
    RUN_QUICK,
    RUN_PRECISE,
    RUN_TIME_BUDGET,
    RUN_DRY_RUN,
    RUN_RESUME,
    RUN_RESUME_OR_START,
    RUN_FINISH,
    RUN_QUIET,
    RUN_FORCE,
    RUN_WORKER_TIMEOUT,
    RUN_CPU_KIND,
    RUN_OPTION_COUNT
};

extern const struct option_row run_option_rows[RUN_OPTION_COUNT];
extern const struct argument_row run_arguments[1];
extern const struct choices cpu_kind_choices; // of --cpu-kind, by enum cpu_kind

struct run_options {
    struct run_files_request files;
    struct plan_request request; // with --resume: what the options alone ask for
    bool resume_or_start;        // resume where there is something to
    bool dry_run;
    bool quiet;
    uint32_t worker_timeout_seconds;
    bool precise;               // say beforehand how long it takes
    int cpu_kind;               // enum cpu_kind; -1: not chosen
    double time_budget_seconds; // fit iterations and processes to it; 0: no
    bool rust_left_out;         // of all allocators: the touch is not theirs
};

// What a command line of `run` asks for. STATUS_USAGE when its options make no sense together or the platform
// has no fit name. Strings point into argv.
MUST_CHECK enum status run_options_from(const struct invocation *invocation, struct run_options *ret_options,
                                        struct error *error);

// True for the numbers of --quick: results too few to rest on, to be marked so.
bool run_request_is_quick(const struct plan_request *request);

// With --resume: options that were given and differ from the request of the journal are an error that names
// them.
MUST_CHECK enum status run_options_check_resumed(const struct invocation *invocation,
                                                 const struct plan_request *wanted,
                                                 const struct plan_request *journaled, struct error *error);

#endif
