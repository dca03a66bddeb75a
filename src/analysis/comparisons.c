// How allocators compare with malloc, and what takes gaps away that malloc itself makes.
#include <stdlib.h>
#include <string.h>

#include "analysis/private.h"
#include "base/cleanup.h"

// Allocators of which one sentence is: one, or several that are faster everywhere.
struct group {
    const struct gains *gains; // of all allocators
    const size_t *members;
    size_t count;
    struct reach reach; // where they are faster
};

// ---- a sentence ----

// Undecided places do not cut a range into pieces, but all decided ones are not "everywhere".
static bool append_region(struct text *text, const struct gains *gains, const bool *region, int brevity,
                          bool counted)
{
    const struct grid *grid = &gains->view->grid;
    CLEANUP(text_release) struct text words = {0};
    bool all = region_count(grid, region) == gains->known_count;
    unsigned detail = (brevity > 1 ? REGION_COUNTED : 0) | (counted ? REGION_TOTAL_SAID : 0);
    bool now_counted = region_append(&words, grid, all ? gains->compared : gains->known, region, detail);
    if (now_counted) {
        text_clear(&words);
        region_append(&words, grid, gains->compared, region, detail | REGION_COUNTED);
    }
    text_append(text, text_string(&words));
    text->failed = text->failed || words.failed;
    return now_counted;
}

static void append_names(struct text *text, const struct group *group)
{
    for (size_t i = 0; i < group->count; i++) {
        const struct gains *gains = &group->gains[group->members[i]];
        separator_append(text, i, group->count);
        name_append(text, gains->view, gains->allocator,
                    is_malloc(gains->view->analysis->allocators[gains->allocator]) ? NAMING_MALLOCS
                                                                                   : NAMING_STRATEGIES);
    }
}

// "2 to 13 times as fast as malloc in lifo, 26 to 1400 times where malloc gives memory back".
static bool append_faster(struct text *text, const struct group *group, const char *baseline, int brevity)
{
    const struct gains *first = &group->gains[group->members[0]];
    CLEANUP(text_release) struct text relation = {0};
    text_append_format(&relation, "as fast as %s", baseline);
    text_append(text, group->count > 1 ? " are " : " is ");
    span_append_relation(text, &group->reach.near, text_string(&relation));
    text_append(text, " ");
    bool counted = append_region(text, first, first->faster, brevity, false);
    if (group->reach.far.count > 0) {
        text_append(text, ", ");
        span_append(text, &group->reach.far);
        text_append_format(text, " where %s gives memory back",
                           is_malloc(first->view->analysis->allocators[first->allocator]) ? "that"
                                                                                          : baseline);
    }
    return counted;
}

// "takes 1.2 to 1.6 times as long in immediate, because it starts from nothing and grows each time". The
// calls themselves are no reason that says anything.
static void append_slower(struct text *text, const struct gains *gains, const char *relation, int brevity,
                          bool counted)
{
    struct span span = {0};
    for (size_t i = 0; i < grid_places(&gains->view->grid); i++)
        if (gains->slower[i])
            span_add(&span, 1 / gains->ratios[i]->ratio.value);
    text_append(text, "takes ");
    span_append_relation(text, &span, relation);
    text_append(text, " ");
    append_region(text, gains, gains->slower, brevity, counted);
    enum cause cause = gains_cause(gains, gains->slower, true);
    if (cause == CAUSE_NONE)
        cause = gains_cause(gains, gains->slower, false);
    if (brevity > 0 || cause == CAUSE_NONE || cause == CAUSE_calls || cause == CAUSE_calls_or_cache)
        return;
    text_append_format(text, ", because it %s", cause_predicate(cause));
}

// ", as fast in the rest", or where it is as fast; returns whether that was counted.
static bool append_alike(struct text *text, const struct gains *gains, const char *baseline, int brevity,
                         bool counted)
{
    size_t different = gains->faster_count + gains->slower_count;
    if (gains->alike_count == 0)
        return false;
    if (different > 0 && gains->alike_count + different == gains->compared_count) {
        text_append(text, ", as fast in the rest");
        return false;
    }
    if (different > 0)
        text_append(text, "; as fast ");
    else
        text_append_format(text, " is as fast as %s ", baseline);
    return append_region(text, gains, gains->alike, brevity + 1, counted);
}

static void append_undecided(struct text *text, const struct gains *gains, bool counted)
{
    size_t undecided = gains->compared_count - gains->known_count;
    if (undecided > 0)
        text_append_format(text, "; undecided in %zu", undecided);
    if (undecided > 0 && !counted)
        text_append_format(text, " of %zu cells", gains->compared_count);
}

static void write_group(struct text *text, const void *of, int brevity)
{
    const struct group *group = of;
    const struct gains *gains = &group->gains[group->members[0]];
    CLEANUP(text_release) struct text baseline = {0}, relation = {0};
    baseline_append(&baseline, gains);
    text_append_format(&relation, "as long as %s", text_string(&baseline));
    bool counted = false;
    text_append(text, gains->measured ? "As measured, " : "");
    append_names(text, group);
    if (gains->known_count == 0) {
        text_append_format(text, " cannot be told from %s", text_string(&baseline));
        return;
    }
    if (gains->faster_count > 0)
        counted = append_faster(text, group, text_string(&baseline), brevity);
    if (gains->slower_count > 0) {
        text_append(text, gains->faster_count > 0 ? ", but " : " ");
        append_slower(text, gains, gains->faster_count > 0 ? "as long" : text_string(&relation), brevity,
                      counted);
    }
    counted |= append_alike(text, gains, text_string(&baseline), brevity, counted);
    append_undecided(text, gains, counted);
}

// ---- who is told of ----

struct all_gains {
    struct gains *items; // by allocator
    size_t count;
};

static void release_all(struct all_gains *all)
{
    for (size_t i = 0; i < all->count; i++)
        gains_release(&all->items[i]);
    free(all->items);
}

static enum status collect_all(const struct view *view, struct all_gains *all, struct error *error)
{
    all->items = calloc(view->analysis->allocator_count + 1, sizeof *all->items);
    if (!all->items)
        return error_set_no_memory(error);
    enum status status = STATUS_OK;
    for (; all->count < view->analysis->allocator_count && status == STATUS_OK; all->count++)
        status = gains_collect(view, all->count, METRIC_TOTAL, &all->items[all->count], error);
    return status;
}

// Those in Rust stand beside those in C that do the same work.
static bool concerns(const struct view *view, enum finding_topic topic, size_t allocator)
{
    const char *name = view->analysis->allocators[allocator];
    if (topic == FINDING_mallocs)
        return is_malloc(name);
    return !is_malloc(name) && !is_rust(name) && strcmp(heap_of(name), view->heap) == 0;
}

static bool is_faster_everywhere(const struct gains *gains)
{
    return gains->compared_count > 0 && gains->faster_count == gains->compared_count;
}

static enum status add_group(const struct view *view, enum finding_topic topic, struct group group,
                             struct error *error)
{
    CLEANUP(reach_release) struct reach reach = {0};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < group.count && status == STATUS_OK; i++) {
        const struct gains *gains = &group.gains[group.members[i]];
        status = reach_add(&reach, gains, gains->faster, error);
    }
    reach_settle(&reach);
    group.reach = reach;
    return status == STATUS_OK && group.count > 0 ? finding_write(view, topic, write_group, &group, error)
                                                  : status;
}

static enum status find(const struct view *view, const bool *told, enum finding_topic topic,
                        struct error *error)
{
    CLEANUP(release_all) struct all_gains all = {0};
    CLEANUP(free_pointer) size_t *members = calloc(view->analysis->allocator_count + 1, sizeof *members);
    if (!members)
        return error_set_no_memory(error);
    enum status status = collect_all(view, &all, error);
    struct group group = {.gains = all.items, .members = members};
    for (int measured = 0; measured <= 1 && status == STATUS_OK; measured++) {
        group.count = 0;
        for (size_t a = 0; a < all.count; a++)
            if (concerns(view, topic, a) && !told[a] && is_faster_everywhere(&all.items[a]) &&
                all.items[a].measured == (measured != 0))
                members[group.count++] = a;
        status = add_group(view, topic, group, error);
    }
    group.count = 1;
    for (size_t a = 0; a < all.count && status == STATUS_OK; a++) {
        if (!concerns(view, topic, a) || told[a] || all.items[a].compared_count == 0 ||
            is_faster_everywhere(&all.items[a]))
            continue;
        members[0] = a;
        status = add_group(view, topic, group, error);
    }
    return status;
}

enum status find_gains(const struct view *view, const bool *told, struct error *error)
{
    return find(view, told, FINDING_gain, error);
}

enum status find_gains_of_mallocs(const struct view *view, const bool *told, struct error *error)
{
    return find(view, told, FINDING_mallocs, error);
}

// ---- what takes gaps away ----

enum status find_remedy(const struct view *view, struct error *error)
{
    const struct analysis *analysis = view->analysis;
    const struct analysis_platform *range = &analysis->platforms[view->platform];
    size_t counts[CAUSE_COUNT] = {0};
    const struct analysis_ratio *of[CAUSE_COUNT] = {0};
    for (size_t i = range->first_ratio; i < range->ratio_end; i++) {
        const struct analysis_ratio *ratio = &analysis->ratios[i];
        bool slow_malloc = ratio->ratio.value > 1 && cause_is_of_system(ratio->cause) &&
                           strcmp(heap_of(analysis->allocators[ratio->baseline->allocator]), view->heap) == 0;
        if (!slow_malloc)
            continue;
        counts[ratio->cause]++;
        of[ratio->cause] = ratio;
    }
    enum cause most = CAUSE_NONE;
    for (int c = CAUSE_NONE + 1; c < CAUSE_COUNT; c++)
        if (counts[c] > counts[most])
            most = (enum cause)c;
    if (most == CAUSE_NONE)
        return STATUS_OK;
    CLEANUP(text_release) struct text sentence = {0};
    text_append(&sentence, "To let ");
    name_append(&sentence, view, of[most]->baseline->allocator, NAMING_STRATEGIES);
    text_append_format(&sentence, " keep its memory, start the program with %s", cause_toggle(most));
    return finding_add(view->analysis, FINDING_remedy, range->label, &sentence, error);
}
