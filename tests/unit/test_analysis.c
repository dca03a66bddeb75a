#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/private.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "patterns/patterns.h"

static struct estimate estimate(double value, double low, double high)
{
    return (struct estimate){.value = value, .interval = {.exists = !isnan(low), .low = low, .high = high}};
}

static void a_ratio_is_judged_by_its_interval_and_the_threshold(void **state)
{
    (void)state;
    static const struct {
        double value, low, high;
        enum ratio_verdict verdict;
    } cases[] = {
        {2.00, 1.90, 2.10, RATIO_FASTER},
        {1.02, 1.001, 1.04, RATIO_FASTER},
        {0.50, 0.40, 0.60, RATIO_SLOWER},
        {0.98, 0.97, 0.999, RATIO_SLOWER},
        {1.00, 0.995, 1.005, RATIO_NO_PRACTICAL_DIFFERENCE},
        {1.004, 1.001, 1.009, RATIO_NO_PRACTICAL_DIFFERENCE}, // different, but too little to matter
        {1.00, 1 / 1.01, 1.01, RATIO_NO_PRACTICAL_DIFFERENCE},
        {1.02, 0.99, 1.05, RATIO_INCONCLUSIVE},
        {1.00, 0.90, 1.10, RATIO_INCONCLUSIVE},
        {1.008, 1.001, 1.03, RATIO_INCONCLUSIVE},
        {3.00, NAN, NAN, RATIO_INCONCLUSIVE}, // no interval, no verdict
        {NAN, NAN, NAN, RATIO_INCONCLUSIVE},
    };
    size_t seen[RATIO_VERDICT_COUNT] = {0};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct estimate ratio = estimate(cases[i].value, cases[i].low, cases[i].high);
        enum ratio_verdict verdict = ratio_verdict_of(&ratio, 0.01);
        if (verdict != cases[i].verdict)
            fail_msg("case %zu: %s", i, ratio_verdict_name(verdict));
        seen[verdict]++;
    }
    for (int v = 0; v < RATIO_VERDICT_COUNT; v++)
        assert_true(seen[v] > 0);
    // However noisy the machine, what may differ by half is not called the same.
    const struct estimate wide = estimate(1.0, 0.7, 1.5), narrow = estimate(1.0, 0.96, 1.04);
    assert_int_equal(ratio_verdict_of(&wide, 9), RATIO_INCONCLUSIVE);
    assert_int_equal(ratio_verdict_of(&narrow, 9), RATIO_NO_PRACTICAL_DIFFERENCE);
}

// An analysis of one platform and pattern without processes: medians[allocator][size], in ns of a trial.
// Sizes are 8, 16 …
static struct analysis make(const char *const *allocators, size_t allocator_count, size_t size_count,
                            const double *medians)
{
    struct analysis analysis = {0};
    struct dataset *dataset = calloc(1, sizeof *dataset);
    assert_non_null(dataset);
    dataset->platform = strdup("made");
    dataset->cells = calloc(allocator_count * size_count, sizeof *dataset->cells);
    assert_non_null(dataset->cells);
    for (size_t i = 0; i < allocator_count * size_count; i++) {
        struct dataset_cell *cell = &dataset->cells[dataset->count++];
        *cell = (struct dataset_cell){
            .name = {.allocator = strdup(allocators[i / size_count]),
                     .pattern = strdup("fifo"),
                     .size_bytes = UINT64_C(8) << (i % size_count),
                     .live_objects = BATCH_SIZE,
                     .threads = 1},
            .outcome = strdup(isnan(medians[i]) ? "crashed" : "ok"),
            .trials = (uint64_t)!isnan(medians[i]),
            .objects_per_trial = 1,
        };
        for (int m = 0; m < METRIC_COUNT; m++)
            cell->metrics[m].median = medians[i];
    }
    analysis.datasets.items = dataset;
    analysis.datasets.count = 1;
    assert_int_equal(cells_gather(&analysis, NULL), STATUS_OK);
    assert_int_equal(analysis.cell_count, allocator_count * size_count);
    return analysis;
}

static const struct analysis_ratio *find_ratio(const struct analysis *analysis, const char *allocator)
{
    for (size_t i = 0; i < analysis->ratio_count; i++)
        if (strcmp(analysis->ratios[i].cell->data->name.allocator, allocator) == 0)
            return &analysis->ratios[i];
    return NULL;
}

static void ratios_compare_with_box_on_the_same_heap_and_box_with_that_of_the_system(void **state)
{
    (void)state;
    static const char *const allocators[] = {"box", "box@other", "slab_cold", "slab_cold@other",
                                             "slab_cold@third"};
    static const double medians[] = {10, 30, 5, 60, 1};
    static const struct {
        const char *allocator, *baseline;
        double ratio;
    } expected[] = {
        {"slab_cold", "box", 2}, {"box@other", "box", 10.0 / 30}, {"slab_cold@other", "box@other", 0.5}};
    CLEANUP(analysis_release) struct analysis analysis = make(allocators, COUNT_OF(allocators), 1, medians);
    assert_int_equal(ratios_compute(&analysis, 0.01, NULL), STATUS_OK);
    assert_int_equal(analysis.ratio_count, COUNT_OF(expected) * METRIC_COUNT);
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        const struct analysis_ratio *ratio = find_ratio(&analysis, expected[i].allocator);
        assert_non_null(ratio);
        assert_string_equal(ratio->baseline->data->name.allocator, expected[i].baseline);
        assert_float_equal(ratio->ratio.value, expected[i].ratio, 1e-12);
        assert_int_equal(ratio->metric, METRIC_TOTAL);
        assert_int_equal(ratio[1].metric, METRIC_LATENCY);
        assert_int_equal(ratio->verdict, RATIO_INCONCLUSIVE); // no processes, no verdict
    }
    assert_null(find_ratio(&analysis, "slab_cold@third"));
}

static void what_is_in_rust_is_compared_with_what_does_the_same_on_the_same_heap(void **state)
{
    (void)state;
    static const char *const allocators[] = {
        "box",      "box@other",      "slab_warm",      "slab_byvalue_warm",
        "rust_box", "rust_box@other", "rust_slab_warm", "rust_slab_byvalue_warm"};
    static const double medians[] = {10, 20, 100, 50, 4, 5, 5, 4, 11, 19, 300, 200, 6, NAN, 6, 8};
    static const struct {
        const char *allocator, *reference;
        size_t cells;
        double median, least, most;
        uint64_t min_size;
        size_t as_fast;
    } expected[] = {
        {"box", "rust_box", 2, (1.1 + 0.95) / 2, 0.95, 1.1, 16, 1},
        {"box@other", "rust_box@other", 2, 3.5, 3, 4, 8, 2},
        {"slab_warm", "rust_slab_warm", 1, 1.5, 1.5, 1.5, 8, 1}, // the other cell has no time in Rust
        {"slab_byvalue_warm", "rust_slab_byvalue_warm", 2, 1.6, 1.2, 2, 8, 2},
    };
    CLEANUP(analysis_release) struct analysis analysis = make(allocators, COUNT_OF(allocators), 2, medians);
    assert_int_equal(against_rust_compute(&analysis, NULL), STATUS_OK);
    assert_int_equal(analysis.against_rust_count, 2 * COUNT_OF(expected)); // the only pattern, then all
    for (size_t i = 0; i < analysis.against_rust_count; i++) {
        const struct analysis_against_rust *row = &analysis.against_rust[i];
        size_t e = 0;
        while (strcmp(analysis.allocators[row->allocator], expected[e].allocator) != 0)
            assert_true(++e < COUNT_OF(expected));
        assert_string_equal(analysis.allocators[row->reference], expected[e].reference);
        assert_int_equal(row->pattern, i % 2 ? analysis.pattern_count : 0);
        assert_int_equal(row->cells, expected[e].cells);
        assert_float_equal(row->median, expected[e].median, 1e-12);
        assert_float_equal(row->least, expected[e].least, 1e-12);
        assert_float_equal(row->most, expected[e].most, 1e-12);
        assert_int_equal(row->min_cell->data->name.size_bytes, expected[e].min_size);
        assert_int_equal(row->as_fast, expected[e].as_fast);
        assert_int_equal(row->faster + row->slower, 0); // no interval, no verdict
    }
}

static void json_escapes_text_and_has_no_numbers_that_are_none(void **state)
{
    (void)state;
    CLEANUP(text_release) struct text text = {0};
    struct json json = {.text = &text};
    json_open(&json, NULL, '{');
    json_text(&json, "te\"xt", "a\\\"b\n\x01</script>&\xc3\xa4");
    json_text(&json, "none", NULL);
    json_real(&json, "tenth", 0.1);
    json_real(&json, "nan", NAN);
    json_real(&json, "infinity", INFINITY);
    json_unsigned(&json, "large", UINT64_MAX);
    json_boolean(&json, "yes", true);
    json_reals(&json, "list", (const double[]){1, 2.5}, 2);
    json_open(&json, "empty", '[');
    json_close(&json, ']');
    json_close(&json, '}');
    CLEANUP(free_pointer) char *bytes = text_take(&text);
    assert_non_null(bytes);
    for (char *newline; (newline = strchr(bytes, '\n'));)
        memmove(newline, newline + 1, strlen(newline));
    assert_string_equal(bytes,
                        "{\"te\\\"xt\":\"a\\\\\\\"b\\u000a\\u0001\\u003c/script\\u003e\\u0026\xc3\xa4\","
                        "\"none\":null,\"tenth\":0.1,\"nan\":null,\"infinity\":null,"
                        "\"large\":18446744073709551615,\"yes\":true,\"list\":[1,2.5],\"empty\":[]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ratio_is_judged_by_its_interval_and_the_threshold),
        cmocka_unit_test(ratios_compare_with_box_on_the_same_heap_and_box_with_that_of_the_system),
        cmocka_unit_test(what_is_in_rust_is_compared_with_what_does_the_same_on_the_same_heap),
        cmocka_unit_test(json_escapes_text_and_has_no_numbers_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
