#include "analysis/private.h"

#include <stdlib.h>

#include "base/cleanup.h"

enum { MAX_CELLS_NAMED = 3 };

const char *finding_topic_name(enum finding_topic topic)
{
    static const char *const names[FINDING_TOPIC_COUNT] = {
        [FINDING_nodes] = "nodes",         [FINDING_platforms] = "platforms",
        [FINDING_fastest] = "fastest",     [FINDING_gain] = "gain",
        [FINDING_mallocs] = "mallocs",     [FINDING_other_heaps] = "other_heaps",
        [FINDING_remedy] = "remedy",       [FINDING_first_batch] = "first_batch",
        [FINDING_reading] = "reading",     [FINDING_littered] = "littered",
        [FINDING_footprint] = "footprint", [FINDING_tails] = "tails",
        [FINDING_failures] = "failures",   [FINDING_selftest] = "selftest",
        [FINDING_threads] = "threads",
    };
    return names[topic];
}

// "2 cells failed: slab_cold in fifo at 8 bytes (crashed: killed by signal 11); …"
static enum status find_failures(struct analysis *analysis, size_t platform, struct error *error)
{
    CLEANUP(text_release) struct text names = {0}, sentence = {0};
    size_t count = 0;
    const struct analysis_platform *range = &analysis->platforms[platform];
    for (size_t i = range->first_cell; i < range->cell_end; i++) {
        const struct analysis_cell *cell = &analysis->cells[i];
        const struct dataset_cell *data = cell->data;
        if (data->trials > 0 || count++ >= MAX_CELLS_NAMED)
            continue;
        text_append_format(&names, "%s%s in %s at ", count == 1 ? "" : "; ", data->name.allocator,
                           data->name.pattern);
        size_append(&names, data->name.size_bytes);
        text_append_format(&names, " (%s%s%s)", data->outcome, data->reason ? ": " : "",
                           data->reason ? data->reason : "");
    }
    if (count)
        text_append_format(&sentence, "%zu cell%s failed: %s", count, count == 1 ? "" : "s",
                           text_string(&names));
    if (count > MAX_CELLS_NAMED)
        text_append_format(&sentence, " and %zu more", count - MAX_CELLS_NAMED);
    return finding_add(analysis, FINDING_failures, range->label, &sentence, error);
}

static enum status find_selftest(struct analysis *analysis, size_t platform, struct error *error)
{
    CLEANUP(text_release) struct text sentence = {0};
    if (analysis->platforms[platform].selftest)
        text_append(&sentence, analysis->platforms[platform].selftest);
    return finding_add(analysis, FINDING_selftest, analysis->platforms[platform].label, &sentence, error);
}

static enum status find_on_platform(struct analysis *analysis, size_t platform, struct error *error)
{
    CLEANUP(view_release) struct view view = {0};
    CLEANUP(free_pointer) bool *told = calloc(analysis->allocator_count + 1, sizeof *told);
    if (!told)
        return error_set_no_memory(error);
    size_t leader = SIZE_MAX;
    enum status status = view_build(analysis, platform, &view, error);
    if (status == STATUS_OK)
        status = find_fastest(&view, told, &leader, error);
    if (status == STATUS_OK)
        status = find_remedy(&view, error);
    if (status == STATUS_OK)
        status = find_reading(&view, leader, error);
    if (status == STATUS_OK)
        status = find_littered(&view, leader, error);
    if (status == STATUS_OK)
        status = find_threads(&view, error);
    if (status == STATUS_OK)
        status = kinds_find(&view, error);
    if (status == STATUS_OK)
        status = find_first_batch(&view, leader, error);
    if (status == STATUS_OK)
        status = find_best_malloc(&view, told, error);
    if (status == STATUS_OK)
        status = find_other_heaps(&view, leader, error);
    if (status == STATUS_OK)
        status = find_gains(&view, told, error);
    if (status == STATUS_OK)
        status = find_gains_of_mallocs(&view, told, error);
    return status == STATUS_OK ? find_selftest(analysis, platform, error) : status;
}

enum status findings_derive(struct analysis *analysis, struct error *error)
{
    enum status status = find_slow_nodes(analysis, error);
    if (status == STATUS_OK)
        status = find_platforms(analysis, error);
    for (size_t p = 0; p < analysis->platform_count && status == STATUS_OK; p++)
        status = find_failures(analysis, p, error);
    for (size_t p = 0; p < analysis->platform_count && status == STATUS_OK; p++)
        status = find_on_platform(analysis, p, error);
    return status;
}
