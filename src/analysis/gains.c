#include "analysis/private.h"

#include <stdlib.h>

#include "base/cleanup.h"

// How many times farther the gaps of the system must reach to be told apart.
#define APART 2.0

void gains_release(struct gains *gains)
{
    free(gains->ratios);
    free(gains->compared);
    free(gains->known);
    free(gains->faster);
    free(gains->slower);
    free(gains->alike);
    *gains = (struct gains){0};
}

static void sort_places(struct gains *gains, size_t decided_count)
{
    gains->measured = decided_count * 2 < gains->compared_count;
    for (size_t i = 0; i < grid_places(&gains->view->grid); i++) {
        const struct analysis_ratio *ratio = gains->ratios[i];
        if (!ratio)
            continue;
        enum ratio_verdict verdict = gains->measured ? measured_verdict(ratio->ratio.value) : ratio->verdict;
        gains->known_count += gains->known[i] = verdict != RATIO_INCONCLUSIVE;
        gains->faster_count += gains->faster[i] = verdict == RATIO_FASTER;
        gains->slower_count += gains->slower[i] = verdict == RATIO_SLOWER;
        gains->alike_count += gains->alike[i] = verdict == RATIO_NO_PRACTICAL_DIFFERENCE;
    }
}

enum status gains_collect(const struct view *view, size_t allocator, enum metric metric,
                          struct gains *ret_gains, struct error *error)
{
    size_t places = grid_places(&view->grid), decided_count = 0;
    CLEANUP(gains_release)
    struct gains gains = {.view = view,
                          .allocator = allocator,
                          .ratios = calloc(places + 1, sizeof(*gains.ratios)),
                          .compared = calloc(places + 1, sizeof(bool)),
                          .known = calloc(places + 1, sizeof(bool)),
                          .faster = calloc(places + 1, sizeof(bool)),
                          .slower = calloc(places + 1, sizeof(bool)),
                          .alike = calloc(places + 1, sizeof(bool))};
    if (!gains.ratios || !gains.compared || !gains.known || !gains.faster || !gains.slower || !gains.alike)
        return error_set_no_memory(error);
    const struct analysis_platform *range = &view->analysis->platforms[view->platform];
    for (size_t i = range->first_ratio; i < range->ratio_end; i++) {
        const struct analysis_ratio *ratio = &view->analysis->ratios[i];
        if (ratio->metric != metric || ratio->cell->allocator != allocator)
            continue;
        size_t place = grid_place(&view->grid, ratio->cell->pattern, ratio->cell->data->name.size_bytes);
        gains.ratios[place] = ratio;
        gains.compared[place] = true;
        gains.compared_count++;
        decided_count += ratio->verdict != RATIO_INCONCLUSIVE;
    }
    sort_places(&gains, decided_count);
    *ret_gains = gains;
    gains = (struct gains){0};
    return STATUS_OK;
}

void baseline_append(struct text *text, const struct gains *gains)
{
    bool malloc_itself = is_malloc(gains->view->analysis->allocators[gains->allocator]);
    for (size_t i = 0; i < grid_places(&gains->view->grid); i++) {
        if (!gains->ratios[i])
            continue;
        name_append(text, gains->view, gains->ratios[i]->baseline->allocator,
                    malloc_itself ? NAMING_MALLOCS : NAMING_STRATEGIES);
        return;
    }
}

enum cause gains_cause(const struct gains *gains, const bool *region, bool of_system)
{
    size_t counts[CAUSE_COUNT] = {0}, all = 0;
    for (size_t i = 0; i < grid_places(&gains->view->grid); i++) {
        if (!region[i] || !gains->ratios[i])
            continue;
        all++;
        counts[gains->ratios[i]->cause]++;
    }
    enum cause most = CAUSE_NONE;
    for (int c = CAUSE_NONE + 1; c < CAUSE_COUNT; c++)
        if (cause_is_of_system((enum cause)c) == of_system && counts[c] * 2 >= all && counts[c] > 0 &&
            (most == CAUSE_NONE || counts[c] > counts[most]))
            most = (enum cause)c;
    return most;
}

// ---- near and far ----

void reach_release(struct reach *reach)
{
    free(reach->far_region);
    *reach = (struct reach){0};
}

enum status reach_add(struct reach *reach, const struct gains *gains, const bool *region, struct error *error)
{
    size_t places = grid_places(&gains->view->grid);
    if (!reach->far_region)
        reach->far_region = calloc(places + 1, sizeof *reach->far_region);
    if (!reach->far_region)
        return error_set_no_memory(error);
    reach->gains = gains;
    for (size_t i = 0; i < places; i++) {
        if (!region[i] || !gains->ratios[i])
            continue;
        double value = gains->ratios[i]->ratio.value;
        bool far = value > 1 && cause_is_of_system(gains->ratios[i]->cause);
        reach->far_region[i] = reach->far_region[i] || far;
        span_add(far ? &reach->far : &reach->near, value);
    }
    return STATUS_OK;
}

void reach_settle(struct reach *reach)
{
    bool reaches_farther =
        reach->far.count > 0 && reach->near.count > 0 && reach->far.most > APART * reach->near.most;
    if (reaches_farther)
        return;
    reach->system_alone = reach->far.count > 0 && reach->near.count == 0;
    span_add_all(&reach->near, &reach->far);
    reach->far = (struct span){0};
}
