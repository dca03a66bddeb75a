// What the neighbour did to a trial shows in its time against the trials of the same process between the
// bursts: processes of one cell differ by as much, with the places of their memory. The gate never looks at
// that time, so the two judge independently.
#include <stdlib.h>

#include "base/cleanup.h"
#include "selftest/private.h"
#include "wire/gate.h"

static const double contaminated_above = 1.08;

enum { MIN_QUIET_TRIALS = 3 };

static void add_to(struct selftest_share *share, bool counts)
{
    share->count += counts;
    share->of++;
}

static void add_slow(struct selftest_share *slow, struct selftest_share *flagged, bool is_slow,
                     bool is_flagged)
{
    add_to(slow, is_slow);
    if (is_slow)
        add_to(flagged, is_flagged);
}

static double ns_per_object(const struct trial *trial)
{
    return (double)trial->total_ns / (double)trial->objects;
}

// `scratch`: room for the trials, twice.
static void judge_process(const struct process_record *record, const struct gate_limits *limits,
                          uint64_t neighbour_start_ns, double *scratch, struct selftest_noise *noise)
{
    size_t quiet = 0;
    for (size_t i = 0; i < record->trial_count; i++) {
        const struct trial *trial = &record->trials[i];
        bool disturbed = neighbour_disturbs(neighbour_start_ns, trial->start_ns, trial->total_ns);
        add_to(&noise->disturbed, disturbed);
        if (!disturbed) {
            add_to(&noise->flagged_quiet, !gate_trial_is_clean(trial, limits));
            scratch[quiet++] = ns_per_object(trial);
        }
    }
    if (quiet < MIN_QUIET_TRIALS)
        return;
    double limit = contaminated_above * statistics_median(scratch, quiet, scratch + record->trial_count);
    for (size_t i = 0; i < record->trial_count; i++) {
        const struct trial *trial = &record->trials[i];
        bool slow = ns_per_object(trial) > limit;
        bool flagged = !gate_trial_is_clean(trial, limits);
        if (neighbour_disturbs(neighbour_start_ns, trial->start_ns, trial->total_ns))
            add_slow(&noise->contaminated, &noise->flagged, slow, flagged);
        else
            add_slow(&noise->slow_quiet, &noise->slow_quiet_flagged, slow, flagged);
    }
}

enum status selftest_judge_noise(const struct run *run, uint64_t neighbour_start_ns,
                                 struct selftest_noise *noise, struct error *error)
{
    size_t most = 0;
    for (size_t i = 0; i < run->count; i++)
        most = run->processes[i].trial_count > most ? run->processes[i].trial_count : most;
    CLEANUP(free_pointer) double *scratch = calloc(2 * most + 1, sizeof *scratch);
    if (!scratch)
        return error_set_no_memory(error);
    for (size_t i = 0; i < run->count; i++) {
        judge_process(&run->processes[i], &run->limits, neighbour_start_ns, scratch, noise);
        noise->trials += run->processes[i].trial_count;
    }
    struct selftest_share *const shares[] = {&noise->disturbed,  &noise->contaminated,
                                             &noise->flagged,    &noise->flagged_quiet,
                                             &noise->slow_quiet, &noise->slow_quiet_flagged};
    for (size_t i = 0; i < COUNT_OF(shares); i++)
        selftest_share_finish(shares[i]);
    return STATUS_OK;
}
