// The table of charts: every row can be drawn, and every condition is one that is measured.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "charts/charts.h"

static void test_every_chart_has_a_spec_file_and_a_name_for_what_it_is_drawn_for(void **state)
{
    (void)state;
    static const char *const hole[] = {
        [CHART_OVER_RUN] = "{metric}",
        [CHART_OVER_PATTERNS] = "{pattern}",
        [CHART_OVER_ALLOCATORS] = "{allocator}",
        [CHART_OVER_NUMBER_AXES] = "{pattern}",
        [CHART_OVER_WORD_AXES] = "{pattern}",
        [CHART_OVER_TRAVERSED_PATTERNS] = "{pattern}",
        [CHART_OVER_NODE_GROUPS] = "{group}",
        [CHART_OVER_CONDITIONS] = "{size}",
        [CHART_OVER_PROGRAMS] = "{subject}",
        [CHART_OVER_FOOTPRINTS] = "footprint",
        [CHART_OVER_TAILED_PATTERNS] = "{pattern}",
    };
    assert_true(CHART_COUNT >= 6);
    for (size_t i = 0; i < CHART_COUNT; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/src/charts/specs/%s", SOURCE_DIR, charts[i].spec);
        FILE *spec = fopen(path, "r");
        assert_non_null(spec);
        fclose(spec);
        bool without_metric =
            i == CHART_traverse || i == CHART_nodes || charts[i].over == CHART_OVER_PROGRAMS ||
            charts[i].over == CHART_OVER_FOOTPRINTS || charts[i].over == CHART_OVER_TAILED_PATTERNS;
        assert_true(strstr(charts[i].file, "{metric}") || without_metric);
        assert_non_null(strstr(charts[i].file, hole[charts[i].over]));
        assert_true(strlen(charts[i].summary) > 0);
    }
}

static void test_every_condition_is_measured_by_default(void **state)
{
    (void)state;
    assert_true(CHART_CONDITION_COUNT >= 4);
    for (size_t i = 0; i < CHART_CONDITION_COUNT; i++)
        assert_true(size_index(chart_conditions[i].size_bytes) >= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_chart_has_a_spec_file_and_a_name_for_what_it_is_drawn_for),
        cmocka_unit_test(test_every_condition_is_measured_by_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
