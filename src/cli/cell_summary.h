// One number per cell of a finished run, for the table at its end. The files' statistics are made elsewhere,
// with intervals, from the files.
#ifndef CLI_CELL_SUMMARY_H
#define CLI_CELL_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "plan/plan.h"
#include "runner/runner.h"
#include "wire/record.h"

struct cell_summary {
    double ns_per_object;                       // see below; only when `measured`
    bool planned;                               // the plan has the cell
    bool measured;                              // at least one process has a trial
    uint32_t process_count;                     // that have a record
    uint32_t failed_count;                      // of these
    const struct process_record *first_failure; // in the order of the records; NULL when none failed
};

struct run_summary {
    struct cell_summary *cells; // by plan_cell_slot(); owned
    size_t slot_count;
    size_t cell_count;        // of the plan
    size_t failed_cell_count; // those with at least one failed process
};

// Fills the summary: a cell's number is the median over its processes of the median over a process's trials
// (the repetition of each that stands for it) of total_ns / objects. Records that belong to no process of the
// plan are ignored. Points into `run`. The caller releases the summary.
MUST_CHECK enum status run_summarize(const struct plan *plan, const struct run *run,
                                     struct run_summary *ret_summary, struct error *error);

void run_summary_release(struct run_summary *summary);

#endif
