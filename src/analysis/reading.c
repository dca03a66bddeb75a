// What reading the live objects costs, compared with malloc's on the same heap. A gap is one that the
// intervals leave and that is large enough to matter to somebody who chooses an allocator for its speed of
// allocation.
#include <stdlib.h>
#include <string.h>

#include "analysis/private.h"
#include "base/cleanup.h"

#define MIN_GAP 1.5

// How reading the objects of one allocator compares with reading malloc's.
struct reading {
    const struct view *view;
    size_t allocator;
    enum heap_age age;
    bool *compared;     // by place, whatever the number of live objects
    bool *slow, *fast;  // its own, with some number of live objects
    struct span slower; // its time / malloc's, where it is slow
    struct span faster; // malloc's / its own, where it is fast
};

static void release_reading(struct reading *reading)
{
    free(reading->compared);
    free(reading->slow);
    free(reading->fast);
    *reading = (struct reading){0};
}

static double low_end(const struct estimate *estimate)
{
    return estimate->interval.exists ? estimate->interval.low : estimate->value;
}

static double high_end(const struct estimate *estimate)
{
    return estimate->interval.exists ? estimate->interval.high : estimate->value;
}

static void compare(struct reading *reading, size_t place, const struct estimate *its,
                    const struct estimate *mallocs)
{
    double ratio = its->value / mallocs->value;
    reading->compared[place] = true;
    if (ratio >= MIN_GAP && low_end(its) > high_end(mallocs)) {
        reading->slow[place] = true;
        span_add(&reading->slower, ratio);
    } else if (1 / ratio >= MIN_GAP && high_end(its) < low_end(mallocs)) {
        reading->fast[place] = true;
        span_add(&reading->faster, 1 / ratio);
    }
}

static bool same_objects(const struct analysis_traversal *a, const struct analysis_traversal *b)
{
    return cell_name_order(a->data->name, cell_name_with(b->data->name, a->data->name.allocator)) == 0;
}

// Traversals are in the order of the cells: those of an allocator lie next to each other.
static void fill_reading(struct reading *reading, size_t malloc_allocator)
{
    const struct analysis *analysis = reading->view->analysis;
    for (size_t i = 0; i < analysis->traversal_count; i++) {
        const struct analysis_traversal *its = &analysis->traversals[i];
        if (its->platform != reading->view->platform || its->allocator != reading->allocator ||
            its->data->name.heap_state != axes[AXIS_heap_state].standard)
            continue;
        size_t place = grid_place(&reading->view->grid, its->pattern, its->data->name.size_bytes);
        for (size_t j = 0; j < analysis->traversal_count && place != SIZE_MAX; j++) {
            const struct analysis_traversal *mallocs = &analysis->traversals[j];
            if (mallocs->platform == its->platform && mallocs->allocator == malloc_allocator &&
                same_objects(its, mallocs))
                compare(reading, place, &its->ns_per_object[reading->age],
                        &mallocs->ns_per_object[reading->age]);
        }
    }
}

static enum status find_one(const struct view *view, size_t allocator, enum heap_age age,
                            struct reading *ret_reading, struct error *error)
{
    size_t places = grid_places(&view->grid), malloc_allocator = SIZE_MAX;
    CLEANUP(release_reading)
    struct reading reading = {.view = view,
                              .allocator = allocator,
                              .age = age,
                              .compared = calloc(places + 1, sizeof(bool)),
                              .slow = calloc(places + 1, sizeof(bool)),
                              .fast = calloc(places + 1, sizeof(bool))};
    if (!reading.compared || !reading.slow || !reading.fast)
        return error_set_no_memory(error);
    for (size_t a = 0; a < view->analysis->allocator_count; a++)
        if (is_malloc(view->analysis->allocators[a]) &&
            strcmp(heap_of(view->analysis->allocators[a]), heap_of(view->analysis->allocators[allocator])) ==
                0)
            malloc_allocator = a;
    if (malloc_allocator != SIZE_MAX)
        fill_reading(&reading, malloc_allocator);
    *ret_reading = reading;
    reading = (struct reading){0};
    return STATUS_OK;
}

// ---- all allocators ----

struct readings {
    const struct view *view;
    enum heap_age age;
    struct reading *items; // by allocator; without `compared` where it is of no interest
    size_t count;
    size_t chosen;      // of which the sentence is; SIZE_MAX: none
    struct gains gains; // of that
};

static void release_readings(struct readings *readings)
{
    for (size_t i = 0; i < readings->count; i++)
        release_reading(&readings->items[i]);
    free(readings->items);
    gains_release(&readings->gains);
}

static bool has_gap(const struct reading *reading)
{
    return reading->slower.count + reading->faster.count > 0;
}

static double widest(const struct reading *reading)
{
    return reading->slower.most > reading->faster.most ? reading->slower.most : reading->faster.most;
}

static bool concerns(const struct view *view, size_t allocator)
{
    const char *name = view->analysis->allocators[allocator];
    return !is_malloc(name) && !is_rust(name) && strcmp(heap_of(name), view->heap) == 0;
}

static enum status find_all(struct readings *readings, size_t leader, struct error *error)
{
    const struct view *view = readings->view;
    readings->chosen = SIZE_MAX;
    readings->items = calloc(view->analysis->allocator_count + 1, sizeof *readings->items);
    if (!readings->items)
        return error_set_no_memory(error);
    enum status status = STATUS_OK;
    for (size_t a = 0; a < view->analysis->allocator_count && status == STATUS_OK; a++) {
        readings->count = a + 1;
        if (concerns(view, a))
            status = find_one(view, a, readings->age, &readings->items[a], error);
        const struct reading *reading = &readings->items[a];
        bool before_leader = leader != SIZE_MAX && readings->chosen == leader;
        if (has_gap(reading) &&
            (a == leader || readings->chosen == SIZE_MAX ||
             (!before_leader && widest(reading) > widest(&readings->items[readings->chosen]))))
            readings->chosen = a;
    }
    if (status == STATUS_OK && readings->chosen != SIZE_MAX)
        status = gains_collect(view, readings->chosen, METRIC_TOTAL, &readings->gains, error);
    return status;
}

// ---- the sentence ----

// "slab_warm allocates 4 times as fast as malloc at 1 KiB, but reading its objects takes 4 times as long":
// where it is faster wherever its objects are slow to read.
static bool append_trade(struct text *text, const struct readings *readings, int brevity)
{
    const struct reading *reading = &readings->items[readings->chosen];
    struct span span = {0};
    for (size_t p = 0; p < grid_places(&readings->view->grid); p++) {
        if (!reading->slow[p])
            continue;
        if (!readings->gains.faster[p])
            return false;
        span_add(&span, readings->gains.ratios[p]->ratio.value);
    }
    name_append(text, readings->view, readings->chosen, NAMING_STRATEGIES);
    text_append(text, " allocates ");
    span_append_relation(text, &span, "as fast as malloc");
    text_append(text, " ");
    region_append(text, &readings->view->grid, reading->compared, reading->slow,
                  brevity > 1 ? REGION_COUNTED : 0);
    text_append(text, ", but reading its objects takes ");
    span_append(text, &reading->slower);
    text_append(text, " as long");
    return true;
}

static void append_slower(struct text *text, const struct readings *readings, int brevity)
{
    const struct reading *reading = &readings->items[readings->chosen];
    if (append_trade(text, readings, brevity))
        return;
    text_append(text, text->length ? "reading" : "Reading");
    text_append(text, " the objects of ");
    name_append(text, readings->view, readings->chosen, NAMING_STRATEGIES);
    text_append(text, " takes ");
    span_append(text, &reading->slower);
    text_append(text, " as long as malloc's ");
    region_append(text, &readings->view->grid, reading->compared, reading->slow,
                  brevity > 1 ? REGION_COUNTED : 0);
}

static void append_faster(struct text *text, const struct readings *readings, int brevity)
{
    const struct reading *reading = &readings->items[readings->chosen];
    if (reading->slower.count > 0) {
        text_append(text, "; they are read ");
        span_append(text, &reading->faster);
        text_append(text, " as fast ");
    } else {
        text_append(text, text->length ? "the objects of " : "The objects of ");
        name_append(text, readings->view, readings->chosen, NAMING_STRATEGIES);
        text_append(text, " are read ");
        span_append(text, &reading->faster);
        text_append(text, " as fast as malloc's ");
    }
    region_append(text, &readings->view->grid, reading->compared, reading->fast,
                  brevity > 0 ? REGION_COUNTED : 0);
}

// "; likewise slab_cold and freelist": who else is slow to read, or fast, as the first clause has it.
static void append_others(struct text *text, const struct readings *readings)
{
    bool slow = readings->items[readings->chosen].slower.count > 0;
    size_t count = 0, written = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t a = 0; a < readings->count; a++) {
            const struct reading *reading = &readings->items[a];
            if (a == readings->chosen || (slow ? reading->slower.count : reading->faster.count) == 0)
                continue;
            if (pass == 0) {
                count++;
                continue;
            }
            text_append(text, written == 0 ? "; likewise " : "");
            separator_append(text, written++, count);
            name_append(text, readings->view, a, NAMING_STRATEGIES);
        }
}

static void write_reading(struct text *text, const void *of, int brevity)
{
    const struct readings *readings = of;
    const struct reading *reading = &readings->items[readings->chosen];
    text_append(text, readings->age == HEAP_AGED ? "On an aged heap " : "");
    if (reading->slower.count > 0)
        append_slower(text, readings, brevity);
    if (reading->faster.count > 0)
        append_faster(text, readings, brevity);
    if (brevity < 3)
        append_others(text, readings);
}

// Whether the aged heap tells nothing new: the same allocator is slow, and fast, at the same places.
static bool same_reading(const struct readings *a, const struct readings *b)
{
    if (a->chosen != b->chosen || a->chosen == SIZE_MAX)
        return false;
    size_t bytes = grid_places(&a->view->grid) * sizeof(bool);
    const struct reading *one = &a->items[a->chosen], *other = &b->items[b->chosen];
    return memcmp(one->slow, other->slow, bytes) == 0 && memcmp(one->fast, other->fast, bytes) == 0;
}

enum status find_reading(const struct view *view, size_t leader, struct error *error)
{
    CLEANUP(release_readings) struct readings fresh = {.view = view, .age = HEAP_FRESH};
    CLEANUP(release_readings) struct readings aged = {.view = view, .age = HEAP_AGED};
    enum status status = find_all(&fresh, leader, error);
    if (status == STATUS_OK)
        status = find_all(&aged, leader, error);
    if (status == STATUS_OK && fresh.chosen != SIZE_MAX)
        status = finding_write(view, FINDING_reading, write_reading, &fresh, error);
    if (status == STATUS_OK && aged.chosen != SIZE_MAX && !same_reading(&fresh, &aged))
        status = finding_write(view, FINDING_reading, write_reading, &aged, error);
    return status;
}
