#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/against_rust.h"
#include "analysis/ratios.h"
#include "analysis/winners.h"
#include "base/cleanup.h"
#include "base/json.h"

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
}

// An analysis of one platform and pattern: medians[allocator][size], without intervals.
struct small_analysis {
    struct analysis analysis;
    struct analysis_platform platform;
    struct analysis_cell cells[16];
    char *allocators[8];
};

static void make(struct small_analysis *small, const char *const *allocators, size_t allocator_count,
                 size_t size_count, const double *medians)
{
    *small = (struct small_analysis){.platform = {.name = NULL}};
    for (size_t a = 0; a < allocator_count; a++)
        small->allocators[a] = (char *)(uintptr_t)allocators[a];
    size_t count = 0;
    for (size_t a = 0; a < allocator_count; a++)
        for (size_t s = 0; s < size_count; s++) {
            struct analysis_cell *cell = &small->cells[count];
            *cell = (struct analysis_cell){
                .allocator = a, .pattern = PATTERN_fifo, .size_bytes = 8u << s, .trials = 1};
            cell->metrics[METRIC_TOTAL].median.value = cell->metrics[METRIC_LATENCY].median.value =
                medians[count++];
        }
    small->platform.cell_end = count;
    small->analysis = (struct analysis){.platforms = &small->platform,
                                        .platform_count = 1,
                                        .allocators = small->allocators,
                                        .allocator_count = allocator_count,
                                        .cells = small->cells,
                                        .cell_count = count};
}

// Gives every median an interval of 2 % either way.
static void add_intervals(struct small_analysis *small)
{
    for (size_t i = 0; i < small->analysis.cell_count; i++) {
        struct estimate *median = &small->cells[i].metrics[METRIC_TOTAL].median;
        if (!isnan(median->value))
            *median = estimate(median->value, median->value * 0.98, median->value * 1.02);
    }
}

static void expect_winners(const struct small_analysis *small, const char *expected)
{
    CLEANUP(text_release) struct text sentence = {0};
    assert_int_equal(winners_append(&small->analysis, 0, 0.01, &sentence, NULL), STATUS_OK);
    assert_string_equal(text_string(&sentence), expected);
}

static void winners_are_named_where_nobody_shares_their_lead(void **state)
{
    (void)state;
    static const char *const allocators[] = {"box", "slab"};
    static const struct {
        double medians[8];
        const char *sentence;
    } cases[] = {
        {{10, 10, 10, 10, 20, 20, 20, 20}, "Fastest: in fifo box at every size."},
        {{10, 10, 10, 10, 20, 9.95, 9.7, 20},
         "Fastest: in fifo box up to 8 bytes, box and slab tied from 16 to 32, box at 64."},
        {{10, 10, 10, 10, 9.99, 10.01, 10, 10}, "Fastest: in fifo box and slab tied at every size."},
        {{10, 10, 30, 30, 20, 20, 20, 20}, "Fastest: in fifo box up to 16 bytes, slab from 32 on."},
        {{10, 30, 10, 10, 20, 20, 20, 20}, "Fastest: in fifo box up to 8 bytes, slab at 16, box from 32 on."},
        {{10, 30, 30, 10, 20, 20, 20, 20},
         "Fastest: in fifo box up to 8 bytes, slab from 16 to 32, box at 64."},
        {{NAN, 30, 30, 10, 20, NAN, 20, 20},
         "Fastest: in fifo undecided up to 16 bytes, slab at 32, box at 64."},
        {{NAN, NAN, 30, 10, 20, 20, NAN, NAN}, ""},
        {{NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN}, ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct small_analysis small;
        make(&small, allocators, 2, 4, cases[i].medians);
        add_intervals(&small);
        expect_winners(&small, cases[i].sentence);
    }
}

static void a_winner_needs_intervals_clean_cells_and_a_null_control_that_is_alike(void **state)
{
    (void)state;
    static const char *const allocators[] = {"box", "slab", "pool", "bag"};
    static const double medians[] = {10, 10, 9.9, 20, 9, 9.9, 30, 9, 9.9, 40, 40, 9.9};
    struct small_analysis small;
    make(&small, allocators, 4, 3, medians);
    expect_winners(&small, "Smallest median, not replicated: in fifo box up to 8 bytes, slab and pool tied "
                           "at 16, undecided at 32.");
    add_intervals(&small);
    expect_winners(&small, "Fastest: in fifo box up to 8 bytes, slab and pool tied at 16, undecided at 32.");
    small.cells[0].inconclusive = small.cells[4].inconclusive = true; // box at 8 and slab at 16 bytes
    expect_winners(&small, "Fastest: in fifo slab up to 8 bytes, pool at 16, undecided at 32.");
    small.platform.null_control = (struct null_control){.groups = 3, .differing = 1};
    expect_winners(&small, "No allocator can be called the fastest: the null control differs.");
}

static void a_strategy_that_leads_on_several_heaps_is_one_leader(void **state)
{
    (void)state;
    static const char *const allocators[] = {"box", "arena", "pool", "arena@other", "pool@other"};
    static const double medians[] = {50, 50, 50, 10, 20, 20, 10, 50, 20, 10, 20, 30, 20, 50, 10};
    struct small_analysis small;
    make(&small, allocators, 5, 3, medians);
    add_intervals(&small);
    expect_winners(&small,
                   "Fastest: in fifo arena on several heaps and pool tied up to 8 bytes, arena on several "
                   "heaps at 16, pool@other at 32.");
}

static void winners_beyond_the_fourth_are_counted(void **state)
{
    (void)state;
    static const char *const allocators[] = {"box", "slab"};
    static const double medians[] = {1, 3, 1, 3, 1, 3, 2, 2, 2, 2, 2, 2};
    static const char *const sentences[] = {
        "Fastest: in fifo box up to 8 bytes, slab at 16, box at 32, slab at 64 and 1 more change.",
        "Fastest: in fifo box up to 8 bytes, slab at 16, box at 32, slab at 64 and 2 more changes."};
    for (size_t i = 0; i < COUNT_OF(sentences); i++) {
        size_t size_count = 5 + i;
        double both[2 * 6];
        memcpy(both, medians, size_count * sizeof *both);
        memcpy(both + size_count, medians + 6, size_count * sizeof *both);
        struct small_analysis small;
        make(&small, allocators, 2, size_count, both);
        add_intervals(&small);
        expect_winners(&small, sentences[i]);
    }
}

static void ratios_compare_with_box_on_the_same_heap_and_box_with_that_of_the_system(void **state)
{
    (void)state;
    static const char *const allocators[] = {"box", "slab", "box@other", "slab@other", "slab@third"};
    static const double medians[] = {10, 5, 30, 60, 1};
    struct small_analysis small;
    make(&small, allocators, 5, 1, medians);
    assert_int_equal(ratios_compute(&small.analysis, NULL), STATUS_OK);
    assert_int_equal(small.analysis.ratio_count, 3 * METRIC_COUNT);
    const struct analysis_ratio *ratios = small.analysis.ratios;
    assert_int_equal(ratios[0].cell->allocator, 1);
    assert_int_equal(ratios[0].baseline->allocator, 0);
    assert_float_equal(ratios[0].ratio.value, 2.0, 0);
    assert_int_equal(ratios[1].metric, METRIC_LATENCY);
    assert_int_equal(ratios[2].cell->allocator, 2); // box on another heap, with box on the system's
    assert_int_equal(ratios[2].baseline->allocator, 0);
    assert_float_equal(ratios[2].ratio.value, 10.0 / 30, 1e-12);
    assert_int_equal(ratios[4].cell->allocator, 3);
    assert_int_equal(ratios[4].baseline->allocator, 2);
    assert_float_equal(ratios[4].ratio.value, 0.5, 0);
    assert_int_equal(ratios[4].verdict, RATIO_INCONCLUSIVE);
    free(small.analysis.ratios);
}

static void what_is_in_rust_is_compared_with_what_does_the_same_on_the_same_heap(void **state)
{
    (void)state;
    static const char *const allocators[] = {
        "box",       "slab_warm",      "slab_byvalue_warm",     "rust_box", "rust_slab_warm",
        "box@other", "rust_box@other", "rust_slab_byvalue_warm"};
    static const double medians[] = {10, 20, 4, 5, 5, 4, 11, 19, 6, NAN, 100, 50, 300, 200, 6, 8};
    static const struct {
        size_t allocator, reference, cells;
        double median, least, most;
        uint64_t least_size;
        size_t as_fast;
    } expected[] = {
        {0, 3, 2, (1.1 + 0.95) / 2, 0.95, 1.1, 16, 1},
        {1, 4, 1, 1.5, 1.5, 1.5, 8, 1}, // the other cell has no time in Rust
        {2, 7, 2, 1.6, 1.2, 2, 8, 2},
        {5, 6, 2, 3.5, 3, 4, 8, 2},
    };
    struct small_analysis small;
    make(&small, allocators, COUNT_OF(allocators), 2, medians);
    assert_int_equal(against_rust_compute(&small.analysis, NULL), STATUS_OK);
    assert_int_equal(small.analysis.against_rust_count, 2 * COUNT_OF(expected));
    for (size_t i = 0; i < small.analysis.against_rust_count; i++) {
        const struct analysis_against_rust *row = &small.analysis.against_rust[i];
        size_t e = i / 2;
        assert_int_equal(row->pattern, i % 2 ? PATTERN_COUNT : PATTERN_fifo); // the only pattern, then all
        assert_int_equal(row->allocator, expected[e].allocator);
        assert_int_equal(row->reference, expected[e].reference);
        assert_int_equal(row->cells, expected[e].cells);
        assert_float_equal(row->median, expected[e].median, 1e-12);
        assert_float_equal(row->least, expected[e].least, 1e-12);
        assert_float_equal(row->most, expected[e].most, 1e-12);
        assert_int_equal(row->least_cell->size_bytes, expected[e].least_size);
        assert_int_equal(row->least_cell->allocator, expected[e].allocator);
        assert_int_equal(row->as_fast, expected[e].as_fast);
        assert_int_equal(row->faster + row->slower, 0); // no interval, no verdict
    }
    free(small.analysis.against_rust);
}

static void doubtful_cells_are_neither_faster_nor_slower_than_rust(void **state)
{
    (void)state;
    static const char *const allocators[] = {"box", "rust_box"};
    double processes[2][3][8]; // of each allocator: numbers, totals, latencies
    struct small_analysis small;
    make(&small, allocators, 2, 1, (const double[]){10, 20});
    for (size_t a = 0; a < 2; a++) {
        for (size_t i = 0; i < 8; i++) {
            processes[a][0][i] = (double)i;
            processes[a][1][i] = processes[a][2][i] = a ? 20 : 10;
        }
        small.cells[a].process_count = 8;
        small.cells[a].process_numbers = processes[a][0];
        small.cells[a].metrics[METRIC_TOTAL].process_medians = processes[a][1];
    }
    for (int doubt = 0; doubt < 3; doubt++) {
        small.cells[1].inconclusive = doubt == 1;
        small.platform.null_control.differing = doubt == 2;
        small.analysis.against_rust_count = 0;
        assert_int_equal(against_rust_compute(&small.analysis, NULL), STATUS_OK);
        assert_int_equal(small.analysis.against_rust_count, 2);
        assert_int_equal(small.analysis.against_rust[0].faster, doubt == 0);
        assert_int_equal(small.analysis.against_rust[0].as_fast, 1);
        free(small.analysis.against_rust);
    }
}

static void json_escapes_text_and_has_no_numbers_that_are_none(void **state)
{
    (void)state;
    CLEANUP(free_pointer) char *bytes = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&bytes, &length);
    assert_non_null(stream);
    struct json json = {.stream = stream};
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
    assert_int_equal(fclose(stream), 0);
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
        cmocka_unit_test(winners_are_named_where_nobody_shares_their_lead),
        cmocka_unit_test(a_winner_needs_intervals_clean_cells_and_a_null_control_that_is_alike),
        cmocka_unit_test(a_strategy_that_leads_on_several_heaps_is_one_leader),
        cmocka_unit_test(winners_beyond_the_fourth_are_counted),
        cmocka_unit_test(ratios_compare_with_box_on_the_same_heap_and_box_with_that_of_the_system),
        cmocka_unit_test(what_is_in_rust_is_compared_with_what_does_the_same_on_the_same_heap),
        cmocka_unit_test(doubtful_cells_are_neither_faster_nor_slower_than_rust),
        cmocka_unit_test(json_escapes_text_and_has_no_numbers_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
