#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "axes/axes.h"
#include "base/cleanup.h"

static void what_a_value_is_written_as_is_read_back(void **state)
{
    (void)state;
    size_t examined = 0;
    for (int a = 0; a < AXIS_COUNT; a++) {
        const struct axis *axis = &axes[a];
        assert_ptr_equal(axis_find(axis->name), axis);
        if (axis->place == AXIS_PLACE_HEAP)
            continue;
        assert_true(axis_has(axis, axis->standard));
        for (uint32_t i = 0; i < axis->listed; i++, examined++) {
            char word[AXIS_WORD_BYTES];
            uint32_t value = 0;
            axis_format(axis, axis_listed(axis, i), word);
            assert_string_equal(word, axis->text(i));
            assert_true(axis_parse(axis, word, &value));
            assert_int_equal(value, axis_listed(axis, i));
        }
    }
    assert_true(examined > STRATEGY_COUNT + SIZE_COUNT);
    assert_null(axis_find("colour"));
}

static void what_is_no_value_is_refused(void **state)
{
    (void)state;
    static const struct {
        enum axis_id axis;
        const char *word;
    } cases[] = {
        {AXIS_pattern, "LIFO"},       {AXIS_pattern, ""},         {AXIS_strategy, "box@jemalloc"},
        {AXIS_size_bytes, "65"},      {AXIS_size_bytes, "64 "},   {AXIS_size_bytes, "-64"},
        {AXIS_live_objects, "0"},     {AXIS_live_objects, ""},    {AXIS_live_objects, "99999999999999999999"},
        {AXIS_live_objects, "50001"}, {AXIS_live_objects, "1e3"}, {AXIS_touch, "all"},
        {AXIS_threads, "0"},          {AXIS_threads, "257"},      {AXIS_threads, "two"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint32_t value = 77;
        assert_false(axis_parse(&axes[cases[i].axis], cases[i].word, &value));
        assert_int_equal(value, 77);
    }
}

static void a_cell_survives_its_text(void **state)
{
    (void)state;
    char text[CELL_TEXT_BYTES], word[AXIS_WORD_BYTES];
    const struct axis *axis = NULL;
    struct cell cell = {.strategy = STRATEGY_slab_warm,
                        .pattern = PATTERN_random,
                        .size_bytes = 4096,
                        .live_objects = 50000,
                        .threads = 4,
                        .touch = TOUCH_read},
                read = {0};
    cell_format(&cell, text);
    assert_true(cell_parse(text, &read, &axis, word));
    assert_int_equal(cell_order(&cell, &read), 0);
    assert_true(cell_parse("", &read, &axis, word));
    for (int a = 0; a < AXIS_COUNT; a++)
        assert_int_equal(cell_value(&read, (enum axis_id)a), axes[a].standard);
}

static void a_text_of_another_build_says_what_is_unknown(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool axis_known;
        const char *word;
    } cases[] = {{"strategy=box pattern=sideways", true, "sideways"},
                 {"strategy=nobody", true, "nobody"},
                 {"colour=red strategy=box", false, "colour"},
                 {"strategy", true, ""},
                 {"=", false, ""},
                 {"size_bytes=123456789012345678901234567890123456789012345678901234567890", true,
                  "1234567890123456789012345678901"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct cell cell;
        const struct axis *axis = NULL;
        char word[AXIS_WORD_BYTES];
        assert_false(cell_parse(cases[i].text, &cell, &axis, word));
        assert_int_equal(axis != NULL, cases[i].axis_known);
        assert_string_equal(word, cases[i].word);
    }
}

static void values_are_ascending_and_there_once(void **state)
{
    (void)state;
    struct axis_values values = {0};
    static const uint32_t added[] = {5, 1, 9, 5, 0, 1};
    for (size_t i = 0; i < COUNT_OF(added); i++)
        axis_values_add(&values, added[i]);
    const struct axis_values expected = {4, {0, 1, 5, 9}};
    assert_true(axis_values_equal(&values, &expected));
    assert_int_equal(axis_values_index(&values, 9), 3);
    axis_values_remove(&values, 1);
    axis_values_remove(&values, 2);
    assert_true(axis_values_has(&values, 5) && !axis_values_has(&values, 1));
    assert_int_equal(values.count, 3);
    assert_false(axis_values_equal(&values, &expected));
}

static void labels_are_taken_apart(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name, *heap;
        int strategy; // -1: none of ours
    } cases[] = {{"box", "box", "", STRATEGY_box},
                 {"slab_warm@jemalloc", "slab_warm", "jemalloc", STRATEGY_slab_warm},
                 {"slab", "slab", "", -1},
                 {"boxer@x", "boxer", "x", -1},
                 {"box@", "box", "", STRATEGY_box},
                 {"box@a@b", "box", "a@b", STRATEGY_box},
                 {"", "", "", -1}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct label label = label_parse(cases[i].text);
        assert_int_equal(label.name_length, strlen(cases[i].name));
        assert_string_equal(label.heap, cases[i].heap);
        assert_ptr_equal(label.strategy, cases[i].strategy < 0 ? NULL : &strategies[cases[i].strategy]);
    }
    assert_true(label_same_strategy("box@jemalloc", "box"));
    assert_false(label_same_strategy("box@jemalloc", "box_twin@jemalloc"));
}

static void a_label_names_the_heap_where_it_matters(void **state)
{
    (void)state;
    char label[ALLOCATOR_LABEL_BYTES];
    label_format(&strategies[STRATEGY_box], "system", label);
    assert_string_equal(label, "box");
    label_format(&strategies[STRATEGY_box], "jemalloc", label);
    assert_string_equal(label, "box@jemalloc");
    label_format(&strategies[STRATEGY_anchor], "jemalloc", label);
    assert_string_equal(label, "anchor");
}

// What was told from names before there were columns.
static void the_columns_of_strategies_say_what_their_names_did(void **state)
{
    (void)state;
    size_t cold = 0, warm = 0;
    for (size_t s = 0; s < STRATEGY_COUNT; s++) {
        if (strategies[s].threads != STRATEGY_THREADS_ALONE) // the slabs for threads came later
            continue;
        cold += strategies[s].start == STRATEGY_START_COLD;
        warm += strategies[s].start == STRATEGY_START_WARM;
        assert_int_equal(strategies[s].start == STRATEGY_START_COLD,
                         strstr(strategies[s].name, "_cold") != NULL);
        assert_int_equal(strategies[s].start == STRATEGY_START_WARM,
                         strstr(strategies[s].name, "_warm") != NULL);
        if (strategies[s].code == STRATEGY_CODE_RUST)
            assert_string_equal(strategies[strategies[s].work].name, strategies[s].name + strlen("rust_"));
    }
    assert_true(cold >= 5 && warm >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_value_is_written_as_is_read_back),
        cmocka_unit_test(what_is_no_value_is_refused),
        cmocka_unit_test(a_cell_survives_its_text),
        cmocka_unit_test(a_text_of_another_build_says_what_is_unknown),
        cmocka_unit_test(values_are_ascending_and_there_once),
        cmocka_unit_test(labels_are_taken_apart),
        cmocka_unit_test(a_label_names_the_heap_where_it_matters),
        cmocka_unit_test(the_columns_of_strategies_say_what_their_names_did),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
