// What is said of runs that never happened: of several platforms together from files, of one from memory.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/analysis.h"
#include "base/cleanup.h"
#include "base/random.h"
#include "patterns/patterns.h"
#include "sample_run.h"

static const char *const names[] = {"a", "b", "c"};

struct platform {
    const char *touch;
    double twin_slowdown;
    uint32_t size_count;
};

static void write_platform(const char *name, const struct platform *platform)
{
    CLEANUP(sample_run_release) struct sample_run run;
    struct error error = {0};
    sample_run_build(&(struct sample_run_options){.platform = name,
                                                  .iterations = 16,
                                                  .processes = 16,
                                                  .size_count = platform->size_count,
                                                  .seed = 5,
                                                  .slowdown = 1.0,
                                                  .twin_slowdown = platform->twin_slowdown,
                                                  .touch = platform->touch},
                     &run);
    if (results_write(sample_directory, &run.results, &error) != STATUS_OK)
        fail_msg("%s", error.cause);
}

// The sentences about all platforms and slab_warm, one after the other.
static void find_overall(struct text *ret_sentences)
{
    struct error error = {0};
    struct analysis_options options;
    CLEANUP(analysis_release) struct analysis analysis = {0};
    analysis_options_init(&options);
    options.directory = sample_directory;
    if (analysis_run(&options, &analysis, &error) != STATUS_OK)
        fail_msg("%s", error.cause);
    for (size_t i = 0; i < analysis.finding_count; i++)
        if (!analysis.findings[i].platform && strstr(analysis.findings[i].text, " slab_warm is "))
            text_append(ret_sentences, analysis.findings[i].text);
}

static void platforms_are_compared_over_common_cells_of_one_touch(void **state)
{
    (void)state;
    static const struct {
        struct platform platforms[COUNT_OF(names)];
        const char *beginning; // of the only sentence; NULL: none
        const char *words;
    } cases[] = {
        {{{NULL, 1, 1}, {"word", 1, 3}, {"word", 1, 2}},
         "Over 3 platforms slab_warm is ",
         "(geometric means of 4 common cells)"},
        {{{"full", 1, 1}, {"word", 1, 3}, {"word", 1, 2}}, "Over 2 platforms", "of 8 common cells"},
        {{{"full", 1, 1}, {"full", 1, 3}, {"word", 1, 2}}, "Over 2 platforms", "on b (touch full)"},
        {{{"full", 1, 1}, {"read", 1, 3}, {"word", 1, 2}}, NULL, NULL},
        {{{"word", 1.3, 1}, {"word", 1, 3}, {"word", 1.3, 2}}, // twins that differ raise the threshold
         "Over 3 platforms slab_warm is ",
         "times as fast as malloc"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (size_t p = 0; p < COUNT_OF(names); p++)
            write_platform(names[p], &cases[i].platforms[p]);
        CLEANUP(text_release) struct text found = {0};
        find_overall(&found);
        const char *sentence = text_string(&found);
        bool as_expected = cases[i].beginning
                               ? strstr(sentence, cases[i].beginning) == sentence &&
                                     strstr(sentence, cases[i].words) && !strstr(sentence + 1, "Over ")
                               : found.length == 0;
        if (!as_expected)
            fail_msg("case %zu: %s", i, sentence);
    }
}

// ---- made-up runs ----

// What a run measured in some of its cells; later rows add to earlier ones, and a cell exists where a row
// gives a time.
struct row {
    const char *allocator;
    const char *pattern; // NULL: all
    uint64_t from_bytes, to_bytes;
    double ns;       // per object
    double first_ns; // of the first batch; 0: as `ns`
    double faults;   // per object, with as many calls of brk
    double reading_ns, aged_reading_ns;
};

enum { MAX_ROWS = 12, MAX_AXIS = 8, MAX_SAID = 7 };

#define ALL_SIZES 0, UINT64_MAX

struct said {
    enum finding_topic topic;
    const char *text;
};

struct made_up_run {
    const char *name;
    const char *patterns[MAX_AXIS];
    uint64_t sizes[MAX_AXIS];
    size_t processes;
    double noise; // of each process for itself; what all of a replicate share comes on top
    struct row rows[MAX_ROWS];
    struct said said[MAX_SAID]; // all that is said
};

static const struct made_up_run made_up_runs[] = {
    {"winner everywhere",
     {"lifo", "fifo"},
     {8, 64, 1024},
     16,
     0.001,
     {{"box", NULL, ALL_SIZES, .ns = 20}, {"slab_warm", NULL, ALL_SIZES, .ns = 10}},
     {{FINDING_fastest, "slab_warm is the fastest everywhere: 2 times as fast as malloc."}}},
    {"malloc gives its memory back",
     {"immediate", "lifo", "fifo"},
     {8, 64, 1024, 1536, 4096},
     16,
     0.001,
     {{"box", NULL, ALL_SIZES, .ns = 20},
      {"box", NULL, 1024, 4096, .ns = 80},
      {"slab_warm", NULL, ALL_SIZES, .ns = 10},
      {"box", "lifo", 1536, 4096, .ns = 500, .faults = 8},
      {"box", "fifo", 1536, 4096, .ns = 14000, .faults = 8},
      {"slab_warm", NULL, ALL_SIZES, .faults = 0}},
     {{FINDING_fastest,
       "slab_warm is the fastest everywhere: 2 to 8 times as fast as malloc, 50 to 1400 times in lifo "
       "and fifo from 1.5 KiB on, because malloc gives its memory back after every batch."},
      {FINDING_remedy, "To let malloc keep its memory, start the program with "
                       "GLIBC_TUNABLES=glibc.malloc.trim_threshold=33554432."}}},
    {"the winner changes once",
     {"lifo", "fifo"},
     {8, 64, 1024, 4096},
     16,
     0.001,
     {{"box", NULL, ALL_SIZES, .ns = 20},
      {"slab_warm", NULL, ALL_SIZES, .ns = 10},
      {"slab_warm", NULL, 4096, 4096, .ns = 30}},
     {{FINDING_fastest,
       "slab_warm is the fastest up to 1 KiB: 2 times as fast as malloc; at 4 KiB it is malloc."}}},
    {"many changes",
     {"immediate", "lifo", "fifo", "random"},
     {8, 12, 16, 24, 32},
     16,
     0.001,
     {{"box", NULL, ALL_SIZES, .ns = 20},
      {"slab_warm", NULL, ALL_SIZES, .ns = 10},
      {"slab_warm", "lifo", 8, 8, .ns = 30},
      {"slab_warm", "lifo", 16, 16, .ns = 30},
      {"slab_warm", "fifo", 12, 12, .ns = 40},
      {"slab_warm", "fifo", 24, 32, .ns = 30},
      {"slab_warm", "random", 16, 16, .ns = 30}},
     {{FINDING_fastest,
       "slab_warm is the fastest in 14 of 20 cells: 2 times as fast as malloc; in 6 it is malloc."}}},
    {"a tie",
     {"lifo", "fifo"},
     {8, 64, 1024},
     16,
     0.001,
     {{"box", NULL, ALL_SIZES, .ns = 20},
      {"slab_cold", NULL, ALL_SIZES, .ns = 10},
      {"slab_warm", NULL, ALL_SIZES, .ns = 10}},
     {{FINDING_fastest, "slab_cold and slab_warm are the fastest everywhere: 2 times as fast as malloc."}}},
    {"a tie at some sizes",
     {"lifo", "fifo"},
     {8, 64, 1024, 4096},
     16,
     0.001,
     {{"box", NULL, ALL_SIZES, .ns = 20},
      {"slab_cold", NULL, ALL_SIZES, .ns = 16},
      {"slab_warm", NULL, ALL_SIZES, .ns = 10},
      {"slab_cold", "fifo", 1024, 4096, .ns = 10}},
     {{FINDING_fastest,
       "slab_warm is the fastest everywhere: 2 times as fast as malloc; slab_cold is about as fast in "
       "fifo from 1 KiB on."},
      {FINDING_gain, "slab_cold is 1.2 to 2 times as fast as malloc everywhere."}}},
    {"all alike",
     {"lifo", "fifo"},
     {8, 64},
     16,
     0.001,
     {{"box", NULL, ALL_SIZES, .ns = 20}, {"slab_warm", NULL, ALL_SIZES, .ns = 20}},
     {{FINDING_fastest, "malloc and slab_warm are equally fast."}}},
    {"nothing decided",
     {"lifo", "fifo"},
     {8, 64},
     16,
     0.9,
     {{"box", NULL, ALL_SIZES, .ns = 20}, {"slab_warm", NULL, ALL_SIZES, .ns = 20}},
     {{FINDING_fastest, "It is not decided which is the fastest; as measured, slab_warm is 0.99 to 1.2 times "
                        "as fast as malloc."}}},
    {"malloc wins",
     {"lifo", "fifo"},
     {8, 64},
     16,
     0.001,
     {{"box", NULL, ALL_SIZES, .ns = 20},
      {"slab_cold", NULL, ALL_SIZES, .ns = 30},
      {"slab_cold", NULL, 8, 8, .ns = 60}},
     {{FINDING_fastest, "malloc is the fastest everywhere: 1.5 to 3 times as fast as the next."},
      {FINDING_gain, "slab_cold takes 1.5 to 3 times as long as malloc everywhere, because it starts from "
                     "nothing and grows "
                     "each time."}}},
    {"one size",
     {"lifo", "fifo"},
     {64},
     16,
     0.001,
     {{"box", NULL, ALL_SIZES, .ns = 20},
      {"slab_warm", "lifo", ALL_SIZES, .ns = 10},
      {"slab_warm", "fifo", ALL_SIZES, .ns = 40}},
     {{FINDING_fastest,
       "slab_warm is the fastest in lifo: 2 times as fast as malloc; in fifo it is malloc."}}},
    {"one cell",
     {"lifo"},
     {64},
     16,
     0.001,
     {{"box", NULL, ALL_SIZES, .ns = 20}, {"slab_warm", NULL, ALL_SIZES, .ns = 10}},
     {{FINDING_fastest, "slab_warm is the fastest in lifo at 64 bytes: 2 times as fast as malloc."}}},
    {"one pattern",
     {"fifo"},
     {8, 64, 1024},
     16,
     0.001,
     {{"box", NULL, ALL_SIZES, .ns = 20},
      {"slab_warm", NULL, ALL_SIZES, .ns = 10},
      {"slab_warm", NULL, 8, 8, .ns = 25}},
     {{FINDING_fastest,
       "slab_warm is the fastest from 64 bytes on: 2 times as fast as malloc; at 8 bytes it is malloc."}}},
    {"one allocator", {"lifo"}, {8, 64}, 16, 0.001, {{"box", NULL, ALL_SIZES, .ns = 20}}, {{0}}},
    {"four heaps",
     {"lifo", "fifo"},
     {8, 64},
     16,
     0.001,
     {{"box", NULL, ALL_SIZES, .ns = 20},
      {"slab_warm", NULL, ALL_SIZES, .ns = 5},
      {"box@jemalloc", NULL, ALL_SIZES, .ns = 12},
      {"slab_warm@jemalloc", NULL, ALL_SIZES, .ns = 4},
      {"box@mimalloc", NULL, ALL_SIZES, .ns = 8},
      {"slab_warm@mimalloc", NULL, ALL_SIZES, .ns = 4},
      {"box@tcmalloc", NULL, ALL_SIZES, .ns = 30},
      {"slab_warm@tcmalloc", NULL, ALL_SIZES, .ns = 40}},
     {{FINDING_fastest,
       "With the system's malloc slab_warm is the fastest everywhere: 4 times as fast as malloc."},
      {FINDING_mallocs,
       "Of 4 mallocs mimalloc is the fastest everywhere: 2.5 times as fast as the system's malloc."},
      {FINDING_other_heaps,
       "With jemalloc and mimalloc slab_warm is the fastest, too: 2 to 3 times as fast as their malloc."},
      {FINDING_other_heaps, "With tcmalloc its own malloc is the fastest."},
      {FINDING_mallocs, "jemalloc is 1.7 times as fast as the system's malloc everywhere."},
      {FINDING_mallocs, "tcmalloc takes 1.5 times as long as the system's malloc everywhere."}}},
    {"slow to read",
     {"lifo", "fifo"},
     {64, 512, 1024, 2048},
     16,
     0.001,
     {{"box", NULL, ALL_SIZES, .ns = 20, .reading_ns = 1, .aged_reading_ns = 1},
      {"slab_cold", NULL, ALL_SIZES, .ns = 15, .reading_ns = 1, .aged_reading_ns = 1},
      {"slab_warm", NULL, ALL_SIZES, .ns = 5, .reading_ns = 1, .aged_reading_ns = 1},
      {"slab_warm", NULL, 1024, 1024, .reading_ns = 4, .aged_reading_ns = 4},
      {"slab_cold", NULL, 1024, 1024, .reading_ns = 2}},
     {{FINDING_fastest, "slab_warm is the fastest everywhere: 4 times as fast as malloc."},
      {FINDING_reading, "slab_warm allocates 4 times as fast as malloc at 1 KiB, but reading its objects "
                        "takes 4 times as long; "
                        "likewise slab_cold."},
      {FINDING_gain, "slab_cold is 1.3 times as fast as malloc everywhere."}}},
    {"fast to read on an aged heap",
     {"lifo", "fifo"},
     {64, 512},
     16,
     0.001,
     {{"box", NULL, ALL_SIZES, .ns = 20, .reading_ns = 1, .aged_reading_ns = 6},
      {"slab_warm", NULL, ALL_SIZES, .ns = 5, .reading_ns = 1, .aged_reading_ns = 2}},
     {{FINDING_fastest, "slab_warm is the fastest everywhere: 4 times as fast as malloc."},
      {FINDING_reading,
       "On an aged heap the objects of slab_warm are read 3 times as fast as malloc's everywhere."}}},
    {"the first batch says otherwise",
     {"lifo", "fifo"},
     {8, 64},
     16,
     0.001,
     {{"box", NULL, ALL_SIZES, .ns = 20}, {"slab_warm", NULL, ALL_SIZES, .ns = 10, .first_ns = 40}},
     {{FINDING_fastest, "slab_warm is the fastest everywhere: 2 times as fast as malloc."},
      {FINDING_first_batch,
       "In the first batch of a trial slab_warm is slower than malloc everywhere, though faster over "
       "the whole trial."}}},
    {"a quick run",
     {"lifo", "fifo"},
     {8, 64},
     1,
     0.001,
     {{"box", NULL, ALL_SIZES, .ns = 20},
      {"slab_cold", NULL, ALL_SIZES, .ns = 10.5},
      {"slab_warm", NULL, ALL_SIZES, .ns = 10}},
     {{FINDING_fastest, "As measured, slab_cold and slab_warm are the fastest everywhere: 1.9 to 2 times as "
                        "fast as malloc; it may be chance."}}},
    {"unknown names",
     {"burst\x1b", "drip"},
     {8, 64},
     16,
     0.001,
     {{"box", NULL, ALL_SIZES, .ns = 20},
      {"pool", "burst\x1b", ALL_SIZES, .ns = 10},
      {"pool", "drip", ALL_SIZES, .ns = 40}},
     {{FINDING_fastest, "pool is the fastest in burst?: 2 times as fast as malloc; in drip it is malloc."}}},
};

static void take(double *value, double other)
{
    *value = other > 0 ? other : *value;
}

// What the rows say of a cell; `ns` is 0 where it does not exist.
static struct row find_row(const struct made_up_run *run, struct cell_name name)
{
    struct row found = {0};
    for (size_t i = 0; i < MAX_ROWS && run->rows[i].allocator; i++) {
        const struct row *row = &run->rows[i];
        if (strcmp(row->allocator, name.allocator) != 0 ||
            (row->pattern && strcmp(row->pattern, name.pattern) != 0) || name.size_bytes < row->from_bytes ||
            name.size_bytes > row->to_bytes)
            continue;
        take(&found.ns, row->ns);
        take(&found.first_ns, row->first_ns);
        take(&found.faults, row->faults);
        take(&found.reading_ns, row->reading_ns);
        take(&found.aged_reading_ns, row->aged_reading_ns);
    }
    return found;
}

static void *must(void *pointer)
{
    assert_non_null(pointer);
    return pointer;
}

// Fills `values` with one for each process.
static double *values_of(const struct made_up_run *run, double value, struct random *random, double *values)
{
    for (size_t i = 0; i < run->processes; i++)
        values[i] = value * (1 + 0.2 * (double)(i % 3)) * (1 + run->noise * random_unit(random));
    return values;
}

static void add_cell(const struct made_up_run *run, struct cell_name name, struct random *random,
                     struct dataset *dataset)
{
    const struct row row = find_row(run, name);
    if (!(row.ns > 0))
        return;
    struct dataset_cell *cell = &dataset->cells[dataset->count++];
    name.allocator = must(strdup(name.allocator));
    name.pattern = must(strdup(name.pattern));
    *cell = (struct dataset_cell){
        .name = name,
        .outcome = must(strdup("ok")),
        .trials = run->processes,
        .objects_per_trial = (double)BATCH_SIZE * INNER_LOOP,
        .process_count = run->processes,
        .process_numbers = must(calloc((1 + METRIC_COUNT + HEAP_AGE_COUNT) * run->processes, sizeof(double))),
        .page_faults = row.faults,
        .heap_calls = row.faults,
        .l1d_misses = NAN,
        .dtlb_misses = NAN};
    for (size_t i = 0; i < run->processes; i++)
        cell->process_numbers[i] = (double)i;
    double *room = cell->process_numbers;
    const double per_object[METRIC_COUNT] = {row.ns, row.first_ns > 0 ? row.first_ns : row.ns};
    for (int m = 0; m < METRIC_COUNT; m++)
        cell->metrics[m].process_medians = values_of(
            run, per_object[m] * dataset_objects(cell, (enum metric)m), random, room += run->processes);
    if (!(row.reading_ns > 0))
        return;
    const double reading_ns[HEAP_AGE_COUNT] = {row.reading_ns, row.aged_reading_ns};
    cell->traversal_count = run->processes;
    for (int age = 0; age < HEAP_AGE_COUNT; age++)
        cell->traversals[age] = values_of(run, reading_ns[age], random, room += run->processes);
}

static int order_cells(const void *left, const void *right)
{
    const struct dataset_cell *a = left, *b = right;
    return cell_name_order(a->name, b->name);
}

static void build_dataset(const struct made_up_run *run, struct dataset *dataset)
{
    struct random random;
    random_seed(&random, 7);
    *dataset = (struct dataset){
        .platform = must(strdup("made_up")),
        .replicated = true,
        .cells = must(calloc((size_t)MAX_ROWS * MAX_AXIS * MAX_AXIS, sizeof *dataset->cells))};
    for (size_t i = 0; i < MAX_ROWS && run->rows[i].allocator; i++) {
        bool new = true;
        for (size_t j = 0; j < i; j++)
            new = new &&strcmp(run->rows[i].allocator, run->rows[j].allocator) != 0;
        for (size_t p = 0; p < MAX_AXIS && run->patterns[p] && new; p++)
            for (size_t s = 0; s < MAX_AXIS && run->sizes[s]; s++)
                add_cell(run, cell_name_standard(run->rows[i].allocator, run->patterns[p], run->sizes[s]),
                         &random, dataset);
    }
    qsort(dataset->cells, dataset->count, sizeof *dataset->cells, order_cells);
}

static void what_is_said_of_made_up_runs(void **state)
{
    (void)state;
    CLEANUP(text_release) struct text differences = {0};
    for (size_t r = 0; r < COUNT_OF(made_up_runs); r++) {
        const struct made_up_run *run = &made_up_runs[r];
        struct error error = {0};
        CLEANUP(dataset_release) struct dataset dataset = {0};
        CLEANUP(analysis_release) struct analysis analysis = {0};
        build_dataset(run, &dataset);
        if (analysis_of_dataset(&dataset, 0.01, &analysis, &error) != STATUS_OK)
            fail_msg("%s: %s", run->name, error.cause);
        CLEANUP(text_release) struct text expected = {0}, found = {0};
        for (size_t i = 0; i < MAX_SAID && run->said[i].text; i++)
            text_append_format(&expected, "%s: %s\n", finding_topic_name(run->said[i].topic),
                               run->said[i].text);
        for (size_t i = 0; i < analysis.finding_count; i++)
            text_append_format(&found, "%s: %s\n", finding_topic_name(analysis.findings[i].topic),
                               analysis.findings[i].text);
        if (strcmp(text_string(&expected), text_string(&found)) != 0)
            text_append_format(&differences, "-- %s\n%s", run->name, text_string(&found));
    }
    if (differences.length) {
        fputs(text_string(&differences), stderr);
        fail_msg("other words than expected");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(platforms_are_compared_over_common_cells_of_one_touch),
        cmocka_unit_test(what_is_said_of_made_up_runs),
    };
    return cmocka_run_group_tests(tests, make_sample_directory, remove_sample_directory);
}
