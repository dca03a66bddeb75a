#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/random.h"
#include "compare/live.h"
#include "compare/private.h"

enum { CELLS = 2 * 2 * 2, BLOCKS = 12, OBJECTS = BATCH_SIZE * INNER_LOOP };

// --- The words of a variant ---

static void words_are_taken_apart(void **state)
{
    (void)state;
    static const struct {
        const char *words, *variables, *preload, *tunables, *worker, *heap;
    } cases[] = {
        {.words = "", .variables = ""},
        {.words = "-", .variables = ""},
        {.words = "  A=1   B_2=x=y ", .variables = "A=1|B_2=x=y|"},
        {.words = "A=", .variables = "A=|"},
        {.words = "A=two\\ words B=\\\\", .variables = "A=two words|B=\\|"},
        {.words = "A=end\\", .variables = "A=end\\|"},
        {.words = "heap=jemalloc", .variables = "", .heap = "jemalloc"},
        {.words = "heap=system C=1", .variables = "C=1|", .heap = "system"},
        {.words = "worker=/a\\ b/w LD_PRELOAD=/x.so",
         .variables = "",
         .worker = "/a b/w",
         .preload = "/x.so"},
        {.words = "GLIBC_TUNABLES=glibc.malloc.trim_threshold=1:glibc.malloc.arena_max=2",
         .variables = "",
         .tunables = "glibc.malloc.trim_threshold=1:glibc.malloc.arena_max=2"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(variant_release) struct variant_words variant = {0};
        CLEANUP(text_release) struct text variables = {0};
        assert_int_equal(variant_parse(cases[i].words, 'A', &variant, NULL), STATUS_OK);
        for (size_t k = 0; k < variant.variables.count; k++)
            text_append_format(&variables, "%s|", variant.variables.items[k]);
        assert_string_equal(text_string(&variables), cases[i].variables);
        const char *const found[] = {variant.preload, variant.tunables, variant.worker, variant.heap};
        const char *const expected[] = {cases[i].preload, cases[i].tunables, cases[i].worker, cases[i].heap};
        for (size_t k = 0; k < COUNT_OF(found); k++) {
            assert_int_equal(!found[k], !expected[k]);
            if (expected[k])
                assert_string_equal(found[k], expected[k]);
        }
    }
}

static void words_that_make_no_sense_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *words, *cause;
    } cases[] = {
        {"fast", "'fast' is not a word of a variant"},
        {"=1", "'=1' is not a word of a variant"},
        {"1A=1", "is not a word of a variant"},
        {"A-B=1", "is not a word of a variant"},
        {"A=1 B=2 A=3", "'A=3' is given twice"},
        {"heap=jemaloc", "'heap=jemaloc' is no heap"},
        {"heap=jemalloc heap=mimalloc", "is a second heap"},
        {"worker=/a worker=/b", "'worker=/b' is given twice"},
        {"worker=", "has no value"},
        {"LD_PRELOAD=", "has no value"},
        {"GLIBC_TUNABLES=foo", "contains something that is not a tunable"},
        {"GLIBC_TUNABLES=glibc.malloc.mmap_threshold=1:glibc=2", "contains something that is not a tunable"},
        {"heap=jemalloc LD_PRELOAD=/x.so", "both say which library"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(variant_release) struct variant_words variant = {0};
        struct error error = {0};
        assert_int_equal(variant_parse(cases[i].words, 'B', &variant, &error), STATUS_USAGE);
        assert_non_null(strstr(error.cause, "variant B"));
        assert_non_null(strstr(error.cause, cases[i].cause));
        assert_true(*error.remedy);
        assert_int_equal(variant.variables.count, 0);
    }
}

static void files_that_are_not_there_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *words, *cause;
    } cases[] = {
        {"worker=/nowhere/worker", "/nowhere/worker cannot be run"},
        {"worker=worker", "is not a path"},
        {"worker=/etc", "is not a file"},
        {"worker=/etc/passwd", "cannot be run"},
        {"LD_PRELOAD=/nowhere/x.so", "/nowhere/x.so cannot be read"},
        {"LD_PRELOAD=x.so", "is not an absolute path"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(variant_release) struct variant_words variant = {0};
        struct error error = {0};
        struct plan_heap heap = {0};
        struct variant planned = {0};
        assert_int_equal(variant_parse(cases[i].words, 'A', &variant, NULL), STATUS_OK);
        assert_int_equal(variant_resolve(&variant, 'A', &heap, &planned, &error), STATUS_USAGE);
        assert_non_null(strstr(error.cause, cases[i].cause));
        assert_true(*error.remedy);
    }
}

// --- The plan ---

static struct plan_request small_request(uint64_t seed)
{
    struct plan_request request;
    plan_request_init(&request);
    for (uint32_t i = 0; i < STRATEGY_COUNT; i++)
        axis_values_set(&request.axes[AXIS_strategy], i,
                        strcmp(strategies[i].name, "box") == 0 ||
                            strcmp(strategies[i].name, "slab_warm") == 0);
    for (uint32_t i = 0; i < SOLO_PATTERN_COUNT; i++)
        axis_values_set(&request.axes[AXIS_pattern], i, i < 2);
    for (uint32_t i = 0; i < SIZE_COUNT; i++)
        axis_values_set(&request.axes[AXIS_size_bytes], object_sizes[i], i < 2);
    request.heaps[1] = request.heaps[0];
    request.heap_count = 2;
    request.processes = 2 * BLOCKS;
    request.iterations = 3 * request.processes;
    request.seed = seed;
    return request;
}

static const struct variant variants[PLAN_SIDE_COUNT] = {{.worker = "/a"}, {.worker = "/b"}};

static void blocks_are_abba_or_baab_by_a_coin(void **state)
{
    (void)state;
    struct plan_request request = small_request(5);
    CLEANUP(plan_release) struct plan plan = {0};
    assert_int_equal(plan_build_abba(&request, variants, &plan, NULL), STATUS_OK);
    assert_int_equal(plan.count, CELLS * BLOCKS * 4);
    size_t b_first = 0, of_slot[2 * STRATEGY_COUNT * SOLO_PATTERN_COUNT * SIZE_COUNT] = {0};
    for (size_t i = 0; i < plan.count; i += 4) {
        const struct planned_process *block = &plan.processes[i];
        for (int k = 0; k < 4; k++) {
            assert_int_equal(block[k].order, i + (size_t)k);
            assert_int_equal(block[k].trial_count, 3);
            assert_int_equal(block[k].block, block->block);
            assert_true(block[k].seed == block->seed);
            assert_int_equal(block[k].side, (k == 1 || k == 2) != (int)block->side);
            assert_int_equal(block[k].cell.heap, block[k].side);
            assert_ptr_equal(block[k].variant.worker, variants[block[k].side].worker);
            assert_string_equal(block[k].allocator, strategies[block[k].cell.strategy].name);
            of_slot[plan_cell_slot(&request, &block[k].cell)]++;
        }
        b_first += block->side;
    }
    assert_in_range(b_first, CELLS * BLOCKS / 4, CELLS * BLOCKS * 3 / 4);
    size_t measured = 0;
    for (size_t i = 0; i < plan_cell_slots(&request); i++) {
        assert_true(of_slot[i] == 0 || of_slot[i] == request.processes);
        measured += of_slot[i] > 0;
    }
    assert_int_equal(measured, 2 * CELLS);
    request.processes = 7;
    CLEANUP(plan_release) struct plan odd = {0};
    assert_int_equal(plan_build_abba(&request, variants, &odd, NULL), STATUS_USAGE);
}

static void what_is_usual_can_decide(void **state)
{
    (void)state;
    assert_int_equal(live_min_blocks(1, 0.05), 6);    // 2 / 2^6 = 0.03
    assert_int_equal(live_min_blocks(228, 0.05), 14); // 228 * 2 / 2^14 = 0.028
    struct plan_request request = small_request(1);
    request.processes = request.iterations = 0;
    live_fit(&request);
    assert_int_equal(request.processes, 40);
    assert_int_equal(request.iterations, 200);
    request.processes = 10;
    live_fit(&request);
    assert_int_equal(request.processes, 10);
    plan_request_init(&request);
    request.processes = request.iterations = 0;
    live_fit(&request);
    assert_true(request.processes >= 28);
    assert_true(request.iterations >= request.processes);
    for (uint32_t iterations = 2; iterations < 10; iterations++) { // who asks for few gets few, of one trial
        request.processes = 0;
        request.iterations = iterations;
        live_fit(&request);
        assert_int_equal(request.iterations, iterations);
        assert_int_equal(request.processes, iterations / 2 * 2);
    }
}

// --- Verdicts on scripted records ---

struct script {
    double slowdown;    // of B
    double noise;       // of a process, relative
    double drift;       // from one process to the next, relative
    bool disturbed;     // every trial waited for its CPU
    bool b_fails;       // every process of B
    bool box_b_fails;   // those of box only
    bool one_fails;     // the first one of A of each cell
    bool one_slow;      // of the three trials of a process, the last takes ten times as long
    bool no_heap;       // the strategy that uses none, instead of box
    uint32_t processes; // 0: those of the small request
};

static struct process_record scripted_record(const struct planned_process *process,
                                             const struct script *script, struct random *random)
{
    bool of_b = process->side == PLAN_SIDE_B;
    bool is_box = strcmp(strategies[process->cell.strategy].name, "box") == 0;
    struct process_record record = {.plan_order = process->order, .trial_count = process->trial_count};
    double noise = 0;
    for (int i = 0; i < 4; i++)
        noise += random_unit(random) - 0.5;
    double ns = 20.0 * OBJECTS * (1 + script->noise * noise) * (of_b ? script->slowdown : 1) *
                exp(script->drift * process->order);
    bool is_first = process->replicate == 0 && !of_b;
    if ((of_b && (script->b_fails || (script->box_b_fails && is_box))) || (script->one_fails && is_first)) {
        record.outcome = OUTCOME_CRASHED;
        snprintf(record.reason, sizeof record.reason, "killed by a signal");
        record.trial_count = 0;
    }
    record.trials = calloc(process->trial_count, sizeof *record.trials);
    assert_non_null(record.trials);
    for (uint32_t i = 0; i < record.trial_count; i++)
        record.trials[i] = (struct trial){
            .index = i,
            .total_ns = ((uint64_t)ns + i) * (script->one_slow && i == 2 ? 10 : 1),
            .latency_ns = (uint64_t)(ns / INNER_LOOP),
            .objects = OBJECTS,
            .involuntary_switches = script->disturbed,
            .run_delay_ns = script->disturbed ? (uint64_t)(ns / 2) : 0,
        };
    return record;
}

// The comparison refers to the runs.
struct evaluation {
    struct dataset runs[RUN_COUNT];
    struct comparison comparison;
};

static void evaluation_release(struct evaluation *evaluation)
{
    comparison_release(&evaluation->comparison);
    for (int side = 0; side < RUN_COUNT; side++)
        dataset_release(&evaluation->runs[side]);
}

static enum status evaluate(const struct script *script, struct evaluation *ret_evaluation,
                            struct error *error)
{
    struct plan_request request = small_request(11);
    if (script->no_heap) {
        axis_values_remove(&request.axes[AXIS_strategy], STRATEGY_box);
        axis_values_add(&request.axes[AXIS_strategy], STRATEGY_none);
    }
    if (script->processes) {
        request.processes = script->processes;
        request.iterations = 3 * script->processes;
    }
    CLEANUP(plan_release) struct plan plan = {0};
    assert_int_equal(plan_build_abba(&request, variants, &plan, NULL), STATUS_OK);
    struct process_record *records = calloc(plan.count, sizeof *records);
    assert_non_null(records);
    struct random random;
    random_seed(&random, 3);
    for (size_t i = 0; i < plan.count; i++)
        records[i] = scripted_record(&plan.processes[i], script, &random);
    const struct live_measurement measurement = {
        .plan = &plan, .processes = records, .count = plan.count, .limits = {UINT64_MAX, 5000}};
    const struct live_options options = {.threshold = 0.01, .seed = 1};
    enum status status =
        live_evaluate(&measurement, &options, ret_evaluation->runs, &ret_evaluation->comparison, error);
    for (size_t i = 0; i < plan.count; i++)
        process_record_release(&records[i]);
    free(records);
    return status;
}

static void verdicts_follow_the_script(void **state)
{
    (void)state;
    static const struct {
        struct script script;
        enum verdict verdict;
        enum compare_reason reason;
        enum compare_outcome outcome;
    } cases[] = {
        {{.slowdown = 1, .noise = 0.002}, VERDICT_UNCHANGED, REASON_NONE, COMPARE_NO_REGRESSION},
        {{.slowdown = 1.1, .noise = 0.01}, VERDICT_SLOWER, REASON_NONE, COMPARE_REGRESSION},
        {{.slowdown = 0.9, .noise = 0.01}, VERDICT_FASTER, REASON_NONE, COMPARE_NO_REGRESSION},
        {{.slowdown = 1.004, .noise = 0.001}, VERDICT_UNCHANGED, REASON_NONE, COMPARE_NO_REGRESSION},
        // 1 % from each process to the next: gone within a block, whatever the coin says
        {{.slowdown = 1, .noise = 0.001, .drift = 0.01},
         VERDICT_UNCHANGED,
         REASON_NONE,
         COMPARE_NO_REGRESSION},
        {{.slowdown = 1.1, .noise = 0.001, .drift = 0.01}, VERDICT_SLOWER, REASON_NONE, COMPARE_REGRESSION},
        {{.slowdown = 1.1, .noise = 0.01, .disturbed = true},
         VERDICT_SLOWER, // what disturbs one variant of a block disturbs the other
         REASON_NONE,
         COMPARE_REGRESSION},
        // the value of a process is the median of its trials
        {{.slowdown = 1, .noise = 0.002, .one_slow = true},
         VERDICT_UNCHANGED,
         REASON_NONE,
         COMPARE_NO_REGRESSION},
        // a strategy without a heap is one of either variant as well
        {{.slowdown = 1.1, .noise = 0.01, .no_heap = true}, VERDICT_SLOWER, REASON_NONE, COMPARE_REGRESSION},
        {{.slowdown = 1.1, .noise = 0.01, .processes = 8},
         VERDICT_INCONCLUSIVE,
         REASON_FEW_PROCESSES,
         COMPARE_INCONCLUSIVE},
        {{.slowdown = 1.1, .noise = 0.01, .processes = 12},
         VERDICT_INCONCLUSIVE,
         REASON_MORE_PROCESSES,
         COMPARE_INCONCLUSIVE},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(evaluation_release) struct evaluation evaluation = {0};
        assert_int_equal(evaluate(&cases[i].script, &evaluation, NULL), STATUS_OK);
        const struct comparison comparison = evaluation.comparison;
        assert_int_equal(comparison.count, CELLS);
        assert_true(comparison.live);
        for (size_t k = 0; k < comparison.count; k++) {
            const struct compared_cell *cell = &comparison.cells[k];
            assert_int_equal(cell->verdict, cases[i].verdict);
            assert_int_equal(cell->reason, cases[i].reason);
            assert_true(fabs(cell->ratio.value / cases[i].script.slowdown - 1) < 0.02);
            for (int side = 0; side < RUN_COUNT; side++) {
                assert_true(cell->disturbed[side] == cases[i].script.disturbed);
                assert_int_equal(cell->processes[side],
                                 cases[i].script.processes ? cases[i].script.processes : 2 * BLOCKS);
            }
            if (cell->reason == REASON_MORE_PROCESSES) // 8 cells: 2 / 2^9 is the first small enough
                assert_int_equal(cell->processes_needed, 2 * 9);
            if (cell->reason == REASON_FEW_PROCESSES)
                assert_int_equal(cell->processes_needed, 2 * 5);
        }
        for (int side = 0; side < RUN_COUNT; side++)
            assert_true(comparison.disturbed[side] == cases[i].script.disturbed);
        assert_int_equal(comparison_outcome(&comparison), cases[i].outcome);
    }
}

static void failed_processes_fail_their_cells_and_a_failed_variant_is_an_error(void **state)
{
    (void)state;
    const struct script half = {.slowdown = 1, .noise = 0.001, .box_b_fails = true};
    CLEANUP(evaluation_release) struct evaluation of_half = {0};
    assert_int_equal(evaluate(&half, &of_half, NULL), STATUS_OK);
    const struct comparison comparison = of_half.comparison;
    assert_int_equal(comparison.count, CELLS);
    assert_int_equal(comparison.verdict_counts[VERDICT_INCONCLUSIVE], CELLS / 2);
    for (size_t k = 0; k < comparison.count; k++) {
        bool is_box = strcmp(comparison.cells[k].name.allocator, "box") == 0;
        assert_int_equal(comparison.cells[k].reason, is_box ? REASON_FAILED : REASON_NONE);
        if (is_box)
            assert_int_equal(comparison.cells[k].reason_side, RUN_B);
    }
    const struct script one = {.slowdown = 1, .noise = 0.001, .one_fails = true};
    CLEANUP(evaluation_release) struct evaluation of_one = {0};
    assert_int_equal(evaluate(&one, &of_one, NULL), STATUS_OK);
    const struct comparison spoiled = of_one.comparison;
    assert_int_equal(spoiled.verdict_counts[VERDICT_INCONCLUSIVE], CELLS);
    for (size_t k = 0; k < spoiled.count; k++) {
        assert_int_equal(spoiled.cells[k].reason, REASON_FAILED);
        assert_int_equal(spoiled.cells[k].reason_side, RUN_A);
        assert_true(isnan(spoiled.cells[k].median_ns[RUN_A]) && !isnan(spoiled.cells[k].median_ns[RUN_B]));
    }
    const struct script all = {.slowdown = 1, .noise = 0.001, .b_fails = true};
    CLEANUP(evaluation_release) struct evaluation none = {0};
    struct error error = {0};
    assert_int_equal(evaluate(&all, &none, &error), STATUS_ENVIRONMENT);
    assert_non_null(strstr(error.cause, "variant B gave a result: killed by a signal"));
    assert_int_equal(none.comparison.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_taken_apart),
        cmocka_unit_test(words_that_make_no_sense_are_named),
        cmocka_unit_test(files_that_are_not_there_are_named),
        cmocka_unit_test(blocks_are_abba_or_baab_by_a_coin),
        cmocka_unit_test(what_is_usual_can_decide),
        cmocka_unit_test(verdicts_follow_the_script),
        cmocka_unit_test(failed_processes_fail_their_cells_and_a_failed_variant_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
