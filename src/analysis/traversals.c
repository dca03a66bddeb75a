#include "analysis/traversals.h"

#include <stdlib.h>

#include "analysis/summaries.h"
#include "base/cleanup.h"
#include "sql.h"

// Columns of fetch_traversals.sql.
enum column {
    COLUMN_PLATFORM,
    COLUMN_ALLOCATOR,
    COLUMN_PATTERN,
    COLUMN_SIZE_BYTES,
    COLUMN_LIVE_OBJECTS,
    COLUMN_FRESH, // and the other ages, in the order of enum heap_age
};

static const double gap = 2; // of which a sentence is made

const char *heap_age_name(enum heap_age age)
{
    static const char *const names[HEAP_AGE_COUNT] = {[HEAP_FRESH] = "fresh", [HEAP_AGED] = "aged"};
    return names[age];
}

static enum status append_traversal(struct analysis *analysis, size_t *capacity,
                                    const struct database_rows *rows, struct error *error)
{
    if (analysis->traversal_count == *capacity) {
        size_t larger = *capacity ? *capacity * 2 : 256;
        struct analysis_traversal *traversals = realloc(analysis->traversals, larger * sizeof *traversals);
        if (!traversals)
            return error_set_no_memory(error);
        analysis->traversals = traversals;
        *capacity = larger;
    }
    struct analysis_traversal *traversal = &analysis->traversals[analysis->traversal_count++];
    *traversal = (struct analysis_traversal){
        .platform = database_rows_unsigned(rows, COLUMN_PLATFORM),
        .allocator = database_rows_unsigned(rows, COLUMN_ALLOCATOR),
        .pattern = (enum pattern_id)database_rows_unsigned(rows, COLUMN_PATTERN),
        .size_bytes = database_rows_unsigned(rows, COLUMN_SIZE_BYTES),
        .live_objects = database_rows_unsigned(rows, COLUMN_LIVE_OBJECTS),
    };
    enum status status = STATUS_OK;
    for (size_t age = 0; age < HEAP_AGE_COUNT && status == STATUS_OK; age++)
        status = summaries_estimate(rows, COLUMN_FRESH + age, &traversal->ns_per_object[age],
                                    &traversal->process_count, error);
    return status;
}

enum status traversals_fetch(struct analysis *analysis, struct error *error)
{
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    size_t capacity = 0;
    enum status status =
        database_query(&analysis->database, fetch_traversals_sql, DATABASE_NO_PARAMETERS, &rows, error);
    while (status == STATUS_OK && database_rows_next(&rows))
        status = append_traversal(analysis, &capacity, &rows, error);
    return status;
}

// Two allocators of one group (pattern, size and number of live objects), `slow` being the slower one.
struct pair {
    const struct analysis_traversal *slow, *fast;
    double ratio; // their intervals leave at least so much
};

static int compare_groups(const void *left, const void *right)
{
    const struct analysis_traversal *a = *(const struct analysis_traversal *const *)left;
    const struct analysis_traversal *b = *(const struct analysis_traversal *const *)right;
    if (a->pattern != b->pattern)
        return a->pattern < b->pattern ? -1 : 1;
    if (a->size_bytes != b->size_bytes)
        return a->size_bytes < b->size_bytes ? -1 : 1;
    if (a->live_objects != b->live_objects)
        return a->live_objects < b->live_objects ? -1 : 1;
    return (a->allocator > b->allocator) - (a->allocator < b->allocator);
}

static bool same_group(const struct analysis_traversal *a, const struct analysis_traversal *b)
{
    return a->pattern == b->pattern && a->size_bytes == b->size_bytes && a->live_objects == b->live_objects;
}

static double low_end(const struct analysis_traversal *traversal, enum heap_age age)
{
    const struct estimate *estimate = &traversal->ns_per_object[age];
    return estimate->interval.exists ? estimate->interval.low : estimate->value;
}

static double high_end(const struct analysis_traversal *traversal, enum heap_age age)
{
    const struct estimate *estimate = &traversal->ns_per_object[age];
    return estimate->interval.exists ? estimate->interval.high : estimate->value;
}

// The two of a group that are surest to be far apart.
static struct pair widest_pair(const struct analysis_traversal *const *group, size_t count, enum heap_age age)
{
    struct pair pair = {.slow = group[0], .fast = group[0]};
    for (size_t i = 1; i < count; i++) {
        if (low_end(group[i], age) > low_end(pair.slow, age))
            pair.slow = group[i];
        if (high_end(group[i], age) < high_end(pair.fast, age))
            pair.fast = group[i];
    }
    pair.ratio = low_end(pair.slow, age) / high_end(pair.fast, age);
    return pair;
}

static void append_ns(struct text *text, double ns)
{
    text_append_format(text, "%.*f", ns < 9.995 ? 2 : ns < 99.95 ? 1 : 0, ns);
}

static void append_gap(const struct analysis *analysis, const struct pair *widest, enum heap_age age,
                       struct text *sentence)
{
    text_append_format(sentence, ", most in %s %llu with %llu live: ", patterns[widest->slow->pattern].name,
                       (unsigned long long)widest->slow->size_bytes,
                       (unsigned long long)widest->slow->live_objects);
    append_ns(sentence, widest->slow->ns_per_object[age].value);
    text_append_format(sentence, " ns per object in %s, ", analysis->allocators[widest->slow->allocator]);
    append_ns(sentence, widest->fast->ns_per_object[age].value);
    text_append_format(sentence, " in %s.", analysis->allocators[widest->fast->allocator]);
}

enum status traversals_append_gaps(const struct analysis *analysis, size_t platform, enum heap_age age,
                                   struct text *sentence, struct error *error)
{
    CLEANUP(free_pointer)
    const struct analysis_traversal **sorted = calloc(analysis->traversal_count + 1, sizeof *sorted);
    if (!sorted)
        return error_set_no_memory(error);
    size_t count = 0, groups = 0, gaps = 0;
    for (size_t i = 0; i < analysis->traversal_count; i++)
        if (analysis->traversals[i].platform == platform)
            sorted[count++] = &analysis->traversals[i];
    qsort(sorted, count, sizeof *sorted, compare_groups);
    struct pair widest = {0};
    for (size_t first = 0, end; first < count; first = end, groups++) {
        for (end = first; end < count && same_group(sorted[first], sorted[end]);)
            end++;
        struct pair pair = widest_pair(sorted + first, end - first, age);
        gaps += pair.ratio > gap;
        if (pair.ratio > widest.ratio)
            widest = pair;
    }
    if (gaps == 0 || !widest.slow)
        return STATUS_OK;
    text_append_format(
        sentence,
        "Reading the live objects, allocated on %s heap, differs between allocators by more than "
        "twice in %zu of %zu group%s",
        age == HEAP_FRESH ? "a fresh" : "an aged", gaps, groups, groups == 1 ? "" : "s");
    append_gap(analysis, &widest, age, sentence);
    return text_check(sentence, error);
}
