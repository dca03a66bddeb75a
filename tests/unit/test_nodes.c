// Equal nodes whose truth is known: who is slow is found, and nobody else.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/nodes.h"
#include "base/cleanup.h"
#include "base/random.h"

enum { CELLS = 40, PROCESSES = 8 };

// Twelve uniform numbers: nearly normal, and independent of the code under test.
static double normal(struct random *random)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += (double)random_below(random, 1000000) / 1000000;
    return sum;
}

struct slow_node {
    size_t node;
    double factor;
    size_t cells; // how many of its cells, from the first on
};

static void fill_cell(struct dataset_cell *cell, size_t size, double log_time, struct random *random)
{
    double *room = calloc(PROCESSES * (1 + METRIC_COUNT), sizeof *room);
    assert_non_null(room);
    *cell = (struct dataset_cell){
        .name = cell_name_standard(strdup("box"), strdup("lifo"), 8 * (size + 1)),
        .outcome = strdup("ok"),
        .trials = 5 * PROCESSES,
        .objects_per_trial = 100000,
        .process_count = PROCESSES,
        .process_numbers = room,
        .page_faults = NAN,
    };
    for (size_t p = 0; p < PROCESSES; p++)
        room[p] = (double)p;
    for (size_t m = 0; m < METRIC_COUNT; m++) {
        cell->metrics[m].process_medians = room + (1 + m) * PROCESSES;
        for (size_t p = 0; p < PROCESSES; p++)
            cell->metrics[m].process_medians[p] = 1e6 * exp(log_time + 0.003 * normal(random));
    }
}

static void make_node(struct dataset *dataset, size_t number, const struct slow_node *slow,
                      struct random *random)
{
    char name[32];
    snprintf(name, sizeof name, "cluster-n%03zu", number);
    *dataset = (struct dataset){.platform = strdup(name), .benchmark_file = strdup("b"), .replicated = true};
    facts_set(&dataset->facts, "cpu.model", "A CPU");
    facts_set_format(&dataset->facts, "machine.serial", "%zu", number);
    dataset->cells = calloc(CELLS, sizeof *dataset->cells);
    assert_non_null(dataset->cells);
    double own = 0.004 * normal(random);
    for (; dataset->count < CELLS; dataset->count++) {
        double log_time = own + 0.006 * normal(random);
        if (slow && dataset->count < slow->cells)
            log_time += log(slow->factor);
        fill_cell(&dataset->cells[dataset->count], dataset->count, log_time, random);
    }
}

static void make_nodes(struct dataset_list *list, size_t count, uint64_t seed, const struct slow_node *slow,
                       size_t slow_count)
{
    struct random random;
    random_seed(&random, seed);
    list->items = calloc(count, sizeof *list->items);
    assert_non_null(list->items);
    for (; list->count < count; list->count++) {
        const struct slow_node *own = NULL;
        for (size_t i = 0; i < slow_count; i++)
            own = slow[i].node == list->count ? &slow[i] : own;
        make_node(&list->items[list->count], list->count, own, &random);
    }
}

static size_t count_differing(const struct node_group *group)
{
    size_t count = 0;
    for (size_t n = 0; n < group->count; n++)
        count += group->nodes[n].verdict != NODE_EQUAL;
    return count;
}

static void three_slow_nodes_are_found_among_many_and_no_other(void **state)
{
    (void)state;
    static const struct slow_node slow[] = {{17, 1.062, CELLS}, {50, 1.04, CELLS}, {63, 1.15, CELLS / 3}};
    CLEANUP(dataset_list_release) struct dataset_list list = {0};
    CLEANUP(node_groups_release) struct node_groups groups = {0};
    make_nodes(&list, 64, 1, slow, 3);
    assert_int_equal(nodes_gather(&list, 0.01, true, &groups, NULL), STATUS_OK);
    assert_int_equal(groups.count, 1);
    const struct node_group *group = &groups.items[0];
    assert_int_equal(group->count, 64);
    assert_int_equal(group->cell_count, CELLS);
    assert_int_equal(count_differing(group), 3);
    for (size_t i = 0; i < 3; i++) {
        const struct analysis_node *node = &group->nodes[i];
        size_t found = 0;
        for (; found < 3; found++) {
            char name[8];
            snprintf(name, sizeof name, "n%03zu", slow[found].node);
            if (strcmp(name, node->name) == 0)
                break;
        }
        assert_true(found < 3);
        assert_int_equal(node->verdict, NODE_SLOWER);
        assert_int_equal(node->cells, CELLS);
        assert_true(fabs(node->differing_ratio.value - slow[found].factor) < 0.02);
        assert_true(node->differing_ratio.interval.low <= node->differing_ratio.value);
        assert_true(node->differing_ratio.interval.low > 1.01);
        assert_true(node->differing_cells >= slow[found].cells * 9 / 10);
        assert_non_null(node->cell_ratios);
    }
    assert_non_null(group->nodes[NODES_SHOWN - 1].cell_ratios);
    assert_null(group->nodes[NODES_SHOWN].cell_ratios);
}

// As files without details are: a median of trials is all that is known.
static void forget_processes(struct dataset_list *list)
{
    for (size_t n = 0; n < list->count; n++) {
        list->items[n].replicated = false;
        for (size_t c = 0; c < list->items[n].count; c++) {
            struct dataset_cell *cell = &list->items[n].cells[c];
            for (size_t m = 0; m < METRIC_COUNT; m++) {
                cell->metrics[m].median = cell->metrics[m].process_medians[0];
                cell->metrics[m].process_medians = NULL;
            }
            free(cell->process_numbers);
            cell->process_numbers = NULL;
            cell->process_count = 0;
        }
    }
}

static void without_processes_slow_nodes_are_found_too(void **state)
{
    (void)state;
    static const struct slow_node slow[] = {{17, 1.08, CELLS}};
    CLEANUP(dataset_list_release) struct dataset_list list = {0};
    CLEANUP(node_groups_release) struct node_groups groups = {0};
    make_nodes(&list, 64, 1, slow, 1);
    forget_processes(&list);
    assert_int_equal(nodes_gather(&list, 0.01, true, &groups, NULL), STATUS_OK);
    assert_int_equal(groups.count, 1);
    assert_int_equal(count_differing(&groups.items[0]), 1);
    const struct analysis_node *node = &groups.items[0].nodes[0];
    assert_string_equal(node->name, "n017");
    assert_int_equal(node->verdict, NODE_SLOWER);
    assert_true(fabs(node->differing_ratio.value - 1.08) < 0.02);
    assert_false(node->differing_ratio.interval.exists);
    assert_int_equal(list.count, 1);
    assert_true(list.items[0].replicated);
    assert_int_equal(list.items[0].cells[0].process_count, 64);
}

static void nodes_with_and_without_processes_are_no_equals(void **state)
{
    (void)state;
    CLEANUP(dataset_list_release) struct dataset_list list = {0};
    CLEANUP(node_groups_release) struct node_groups groups = {0};
    make_nodes(&list, 2 * NODES_MIN, 3, NULL, 0);
    list.count = NODES_MIN;
    forget_processes(&list);
    list.count = 2 * NODES_MIN;
    assert_int_equal(nodes_gather(&list, 0.01, true, &groups, NULL), STATUS_OK);
    assert_int_equal(groups.count, 2);
    assert_int_equal(list.count, 2);
    assert_string_not_equal(list.items[0].platform, list.items[1].platform);
}

static void one_dataset_stands_for_all(void **state)
{
    (void)state;
    CLEANUP(dataset_list_release) struct dataset_list list = {0};
    CLEANUP(node_groups_release) struct node_groups groups = {0};
    make_nodes(&list, 10, 2, NULL, 0);
    double last = list.items[9].cells[3].metrics[METRIC_TOTAL].process_medians[0];
    free(list.items[4].cells[5].process_numbers); // of a cell that failed on one node
    list.items[4].cells[5].process_numbers = NULL;
    list.items[4].cells[5].process_count = 0;
    list.items[4].cells[5].trials = 0;
    assert_int_equal(nodes_gather(&list, 0.01, true, &groups, NULL), STATUS_OK);
    assert_int_equal(list.count, 1);
    const struct dataset *folded = &list.items[0];
    assert_string_equal(folded->platform, groups.items[0].label);
    assert_string_equal(facts_get(&folded->facts, "nodes.count"), "10");
    assert_non_null(facts_get(&folded->facts, "cpu.model"));
    assert_null(facts_get(&folded->facts, "machine.serial"));
    assert_int_equal(folded->cells[3].process_count, 10);
    assert_int_equal(folded->cells[3].trials, 10 * 5 * PROCESSES);
    assert_true(fabs(folded->cells[3].metrics[METRIC_TOTAL].process_medians[9] / last - 1) < 0.02);
    assert_int_equal(folded->cells[5].process_count, 9);
    assert_string_equal(folded->cells[5].outcome, "ok");
    assert_int_equal((int)folded->cells[5].process_numbers[4], 5); // node 4 is the one that is missing
}

static void nodes_are_kept_when_asked_and_others_are_left_alone(void **state)
{
    (void)state;
    static const struct {
        size_t count, groups, left;
        bool fold, other_model, no_dash;
    } cases[] = {
        {8, 1, 8, false, false, false}, {8, 1, 1, true, false, false}, {5, 0, 5, true, false, false},
        {6, 0, 6, true, true, false},   {6, 0, 6, true, false, true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(dataset_list_release) struct dataset_list list = {0};
        CLEANUP(node_groups_release) struct node_groups groups = {0};
        make_nodes(&list, cases[i].count, 3, NULL, 0);
        if (cases[i].other_model)
            facts_set(&list.items[2].facts, "cpu.model", "Another CPU");
        if (cases[i].no_dash)
            *strchr(list.items[1].platform, '-') = '_';
        assert_int_equal(nodes_gather(&list, 0.01, cases[i].fold, &groups, NULL), STATUS_OK);
        assert_int_equal(groups.count, cases[i].groups);
        assert_int_equal(list.count, cases[i].left);
    }
}

// At 5 % for all nodes of a group together, of 60 groups 3 are to be expected; 8 or more would be a chance of
// 1 %.
static void equal_nodes_are_called_equal(void **state)
{
    (void)state;
    static const size_t counts[] = {8, 24};
    for (size_t c = 0; c < COUNT_OF(counts); c++) {
        size_t wrong = 0;
        for (uint64_t seed = 0; seed < 60; seed++) {
            CLEANUP(dataset_list_release) struct dataset_list list = {0};
            CLEANUP(node_groups_release) struct node_groups groups = {0};
            make_nodes(&list, counts[c], 100 + seed, NULL, 0);
            assert_int_equal(nodes_gather(&list, 0, false, &groups, NULL), STATUS_OK);
            wrong += count_differing(&groups.items[0]) > 0;
        }
        if (getenv("SHOW_NODES"))
            printf("%zu nodes: %zu of 60 groups\n", counts[c], wrong);
        assert_true(wrong < 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_slow_nodes_are_found_among_many_and_no_other),
        cmocka_unit_test(without_processes_slow_nodes_are_found_too),
        cmocka_unit_test(nodes_with_and_without_processes_are_no_equals),
        cmocka_unit_test(one_dataset_stands_for_all),
        cmocka_unit_test(nodes_are_kept_when_asked_and_others_are_left_alone),
        cmocka_unit_test(equal_nodes_are_called_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
