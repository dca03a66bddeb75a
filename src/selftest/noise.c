// What the neighbour did to a trial shows in its time against the cell's trials between the bursts. The gate
// never looks at that time, so the two judge independently.
#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "gate/gate.h"
#include "selftest/parts.h"

static const double contaminated_above = 1.08;

enum { LEAST_QUIET_TRIALS = 3 };

struct heard_trial {
    size_t slot;
    double ns_per_object;
    bool disturbed, flagged;
};

static int by_slot(const void *left, const void *right)
{
    const struct heard_trial *a = left, *b = right;
    if (a->slot != b->slot)
        return a->slot < b->slot ? -1 : 1;
    return (a->disturbed > b->disturbed) - (a->disturbed < b->disturbed);
}

static size_t count_trials(const struct run *run)
{
    size_t count = 0;
    for (size_t i = 0; i < run->count; i++)
        count += run->processes[i].trial_count;
    return count;
}

static size_t list_trials(const struct plan *plan, const struct run *run, uint64_t start_ns,
                          struct heard_trial *ret_trials)
{
    size_t count = 0;
    for (size_t i = 0; i < run->count; i++) {
        const struct process_record *record = &run->processes[i];
        const struct cell *cell = &plan->processes[record->plan_order].cell;
        for (size_t t = 0; t < record->trial_count; t++) {
            const struct trial *trial = &record->trials[t];
            ret_trials[count++] = (struct heard_trial){
                .slot = plan_cell_slot(&plan->request, cell),
                .ns_per_object = (double)trial->total_ns / (double)trial->objects,
                .disturbed = neighbour_disturbs(start_ns, trial->start_ns, trial->total_ns),
                .flagged = !gate_trial_is_clean(trial, &run->limits),
            };
        }
    }
    qsort(ret_trials, count, sizeof *ret_trials, by_slot);
    return count;
}

// The trials of one cell, the quiet ones first. `scratch`: room for them, twice.
static void judge_cell(const struct heard_trial *trials, size_t count, double *scratch,
                       struct selftest_noise *noise)
{
    size_t quiet = 0;
    for (; quiet < count && !trials[quiet].disturbed; quiet++) {
        scratch[quiet] = trials[quiet].ns_per_object;
        noise->flagged_quiet.count += trials[quiet].flagged;
        noise->flagged_quiet.of++;
    }
    noise->disturbed.count += count - quiet;
    noise->disturbed.of += count;
    if (quiet < LEAST_QUIET_TRIALS)
        return;
    double limit = contaminated_above * statistics_median(scratch, quiet, scratch + count);
    for (size_t i = quiet; i < count; i++) {
        bool contaminated = trials[i].ns_per_object > limit;
        noise->contaminated.count += contaminated;
        noise->contaminated.of++;
        noise->flagged.count += contaminated && trials[i].flagged;
        noise->flagged.of += contaminated;
    }
}

enum status selftest_judge_noise(const struct plan *plan, const struct run *run, uint64_t neighbour_start_ns,
                                 struct selftest_noise *noise, struct error *error)
{
    size_t room = count_trials(run);
    CLEANUP(free_pointer) struct heard_trial *trials = calloc(room + 1, sizeof *trials);
    CLEANUP(free_pointer) double *scratch = calloc(2 * room + 1, sizeof *scratch);
    if (!trials || !scratch)
        return error_set_no_memory(error);
    size_t count = list_trials(plan, run, neighbour_start_ns, trials);
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first; end < count && trials[end].slot == trials[first].slot; end++)
            ;
        judge_cell(trials + first, end - first, scratch, noise);
    }
    noise->trials += count;
    selftest_share_finish(&noise->disturbed);
    selftest_share_finish(&noise->contaminated);
    selftest_share_finish(&noise->flagged);
    selftest_share_finish(&noise->flagged_quiet);
    return STATUS_OK;
}
