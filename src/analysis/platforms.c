// Platforms are compared over the cells that all of them measured, with the same touch.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/private.h"
#include "base/cleanup.h"
#include "patterns/patterns.h"

// What one sentence about several platforms compares.
struct common {
    size_t allocator;
    size_t *platforms;
    double *logs; // of each, the sum over the cells
    size_t count;
    size_t cells; // that all of them have
    double mean_log;
};

static void release_common(struct common *common)
{
    free(common->platforms);
    free(common->logs);
}

// The ratio of the total in the same cell on another platform; NULL where that has none.
static const struct analysis_ratio *find_ratio(const struct analysis *analysis, size_t platform,
                                               const struct analysis_ratio *like)
{
    const struct analysis_platform *range = &analysis->platforms[platform];
    for (size_t low = range->first_ratio, high = range->ratio_end; low < high;) {
        size_t middle = low + (high - low) / 2;
        const struct analysis_ratio *ratio = &analysis->ratios[middle];
        int order = cell_name_order(like->cell->data->name, ratio->cell->data->name);
        if (order == 0 && ratio->metric == like->metric)
            return ratio;
        if (order < 0 || (order == 0 && like->metric < ratio->metric))
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static bool is_of(const struct analysis_ratio *ratio, size_t allocator)
{
    return ratio->metric == METRIC_TOTAL && ratio->cell->allocator == allocator;
}

// Platforms that measured the allocator with this touch.
static void choose_platforms(const struct analysis *analysis, const char *touch, struct common *common)
{
    for (size_t p = 0; p < analysis->platform_count; p++) {
        const struct analysis_platform *platform = &analysis->platforms[p];
        const char *own = facts_get(&platform->dataset->facts, "plan.touch");
        bool chosen = false;
        for (size_t i = platform->first_ratio; i < platform->ratio_end && !chosen; i++)
            chosen = is_of(&analysis->ratios[i], common->allocator) &&
                     strcmp(own ? own : touches[TOUCH_word].name, touch) == 0;
        if (chosen)
            common->platforms[common->count++] = p;
    }
}

static void add_cell(const struct analysis *analysis, const struct analysis_ratio *ratio,
                     struct common *common)
{
    for (size_t i = 0; i < common->count; i++)
        if (!find_ratio(analysis, common->platforms[i], ratio))
            return;
    for (size_t i = 0; i < common->count; i++)
        common->logs[i] += log(find_ratio(analysis, common->platforms[i], ratio)->ratio.value);
    common->cells++;
}

static enum status compare_platforms(const struct analysis *analysis, size_t allocator, const char *touch,
                                     struct common *ret_common, struct error *error)
{
    CLEANUP(release_common)
    struct common common = {.allocator = allocator,
                            .platforms = calloc(analysis->platform_count + 1, sizeof *common.platforms),
                            .logs = calloc(analysis->platform_count + 1, sizeof *common.logs)};
    if (!common.platforms || !common.logs)
        return error_set_no_memory(error);
    choose_platforms(analysis, touch, &common);
    if (common.count < 2)
        return STATUS_OK;
    const struct analysis_platform *first = &analysis->platforms[common.platforms[0]];
    for (size_t i = first->first_ratio; i < first->ratio_end; i++)
        if (is_of(&analysis->ratios[i], allocator))
            add_cell(analysis, &analysis->ratios[i], &common);
    for (size_t i = 0; i < common.count && common.cells > 0; i++)
        common.mean_log += common.logs[i] / (double)(common.cells * common.count);
    bool better = common.count > ret_common->count ||
                  (common.count == ret_common->count && common.mean_log > ret_common->mean_log);
    if (common.cells == 0 || !better)
        return STATUS_OK;
    struct common before = *ret_common;
    *ret_common = common;
    common = before;
    return STATUS_OK;
}

// "Over 3 platforms slab_warm is 1.9 to 2.6 times as fast as malloc (geometric means of 76 common cells): …"
static enum status add_sentence(struct analysis *analysis, const struct common *common, struct error *error)
{
    size_t least = 0, most = 0;
    struct span span = {0};
    for (size_t i = 0; i < common->count; i++) {
        least = common->logs[i] < common->logs[least] ? i : least;
        most = common->logs[i] > common->logs[most] ? i : most;
        span_add(&span, exp(common->logs[i] / (double)common->cells));
    }
    const char *allocator = analysis->allocators[common->allocator], *heap = heap_of(allocator);
    CLEANUP(text_release) struct text sentence = {0};
    text_append_format(&sentence, "Over %zu platforms %s is ", common->count, allocator);
    span_append(&sentence, &span);
    text_append_format(&sentence,
                       " as fast as %s (geometric means of %zu common cell%s): least on %s, most on %s",
                       *heap ? heap : "malloc", common->cells, common->cells == 1 ? "" : "s",
                       analysis->platforms[common->platforms[least]].label,
                       analysis->platforms[common->platforms[most]].label);
    return finding_add(analysis, FINDING_platforms, NULL, &sentence, error);
}

enum status find_platforms(struct analysis *analysis, struct error *error)
{
    enum status status = STATUS_OK;
    for (int touch = 0; touch < TOUCH_COUNT && status == STATUS_OK; touch++) {
        CLEANUP(release_common) struct common best = {0};
        for (size_t a = 0; a < analysis->allocator_count && status == STATUS_OK; a++) {
            const char *name = analysis->allocators[a];
            if (!is_malloc(name) && !is_rust(name) && !is_arena(name))
                status = compare_platforms(analysis, a, touches[touch].name, &best, error);
        }
        if (status == STATUS_OK && best.count > 0)
            status = add_sentence(analysis, &best, error);
    }
    return status;
}
