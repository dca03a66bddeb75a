// box_twin is the same code as box under another name. What a run shows between them is what the instrument
// makes of nothing: the floor for every threshold, and, when it is more than chance, a reason to believe no
// verdict of the run.
#include "compare/private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static const double least_threshold = 0.01;

// The groups (pattern, size, live objects) with both twins: those of A, then those of B.
struct twin_groups {
    struct null_group *items; // box_twin / box
    struct cell_name *names;  // of the twins
    size_t count;
    size_t counts[RUN_COUNT];
};

static void twin_groups_release(struct twin_groups *groups)
{
    free(groups->items);
    free(groups->names);
}

// Logarithms of twin / box of the replicates that have both. `ret_logs` has room for the twin's processes.
static size_t twin_logs(const struct cell_values *twin, const struct cell_values *box, double *ret_logs)
{
    size_t count = 0;
    for (size_t i = 0, k = 0; i < twin->process_count; i++) {
        while (k < box->process_count && box->numbers[k] < twin->numbers[i])
            k++;
        if (k < box->process_count && box->numbers[k] == twin->numbers[i])
            ret_logs[count++] = log(twin->values[i] / box->values[k]);
    }
    return count;
}

static enum status add_group(struct twin_groups *groups, enum run_side side, const struct cell_values *twin,
                             const struct cell_values *box, struct error *error)
{
    CLEANUP(free_pointer) double *logs = calloc(2 * twin->process_count + 1, sizeof *logs);
    if (!logs)
        return error_set_no_memory(error);
    double *scratch = logs + twin->process_count;
    size_t count = twin_logs(twin, box, logs);
    if (count < NULL_GROUP_LEAST_PROCESSES)
        return STATUS_OK;
    groups->names[groups->count] = twin->name;
    groups->items[groups->count++] = statistics_null_group(logs, count, scratch);
    groups->counts[side]++;
    return STATUS_OK;
}

// The cell of box on the twin's heap, or NULL.
static enum status find_twin_of(const struct run_values *run, const struct cell_values *twin,
                                const struct cell_values **ret_box, struct error *error)
{
    CLEANUP(text_release) struct text label = {0};
    text_append(&label, TWIN_OF_LABEL);
    text_append(&label, twin->name.allocator + strlen(TWIN_LABEL));
    enum status status = text_check(&label, error);
    if (status == STATUS_OK)
        *ret_box = run_values_find(run, cell_name_with(twin->name, text_string(&label)));
    return status;
}

static enum status collect_groups(const struct run_values runs[RUN_COUNT], struct twin_groups *groups,
                                  struct comparison *comparison, struct error *error)
{
    size_t most = runs[RUN_A].count + runs[RUN_B].count;
    groups->items = calloc(most + 1, sizeof *groups->items);
    groups->names = calloc(most + 1, sizeof *groups->names);
    if (!groups->items || !groups->names)
        return error_set_no_memory(error);
    enum status status = STATUS_OK;
    for (int side = 0; side < RUN_COUNT; side++)
        for (size_t i = 0; i < runs[side].count && runs[side].replicated && status == STATUS_OK; i++) {
            const struct cell_values *twin = &runs[side].cells[i];
            if (!label_is_of(twin->name.allocator, TWIN_LABEL))
                continue;
            comparison->controls[side].measured = true;
            const struct cell_values *box = NULL;
            status = find_twin_of(&runs[side], twin, &box, error);
            if (box && !twin->failure && !box->failure && !cell_is_disturbed(twin) && !cell_is_disturbed(box))
                status = add_group(groups, (enum run_side)side, twin, box, error);
        }
    return status;
}

double distance_from_one(double ratio)
{
    return statistics_distance_from_one(ratio);
}

static void note_group(struct null_control *control, const struct null_group *group, struct cell_name name)
{
    control->groups++;
    if (!group->differs)
        return;
    control->differing++;
    if (control->differing == 1 || distance_from_one(group->ratio) > distance_from_one(control->ratio)) {
        control->known = true;
        control->group = name;
        control->ratio = group->ratio;
    }
}

enum status compare_controls(const struct run_values runs[RUN_COUNT], double threshold,
                             struct comparison *comparison, struct error *error)
{
    CLEANUP(twin_groups_release) struct twin_groups groups = {0};
    enum status status = collect_groups(runs, &groups, comparison, error);
    if (status != STATUS_OK)
        return status;
    CLEANUP(free_pointer) double *scratch = calloc(3 * groups.count + 1, sizeof *scratch);
    if (!scratch)
        return error_set_no_memory(error);
    statistics_judge_null_groups(groups.items, groups.count, least_threshold, scratch);

    double wanted = least_threshold;
    for (size_t side = 0, first = 0; side < RUN_COUNT; first += groups.counts[side++]) {
        struct null_control *control = &comparison->controls[side];
        for (size_t i = first; i < first + groups.counts[side]; i++)
            note_group(control, &groups.items[i], groups.names[i]);
        control->p95 = statistics_null_groups_p95(groups.items + first, groups.counts[side], scratch);
        if (control->p95 > wanted)
            wanted = control->p95;
        comparison->downgraded = comparison->downgraded || control->differing > 0;
    }
    comparison->threshold_from_control = isnan(threshold) && wanted > least_threshold;
    comparison->threshold = isnan(threshold) ? wanted : threshold;
    return STATUS_OK;
}
