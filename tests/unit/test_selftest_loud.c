// The self-test's run beside neighbours on every CPU: who is slowed down in it, what its verdicts are held
// against, on scripted data, and neighbours that end when they should.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "comparison_data.h"
#include "os/os.h"
#include "selftest/private.h"

static void only_every_second_copy_is_slowed_down(void **state)
{
    (void)state;
    struct plan_request asked, request;
    plan_request_init(&asked);
    asked.processes = asked.iterations = 2;
    selftest_loud_request(&asked, &request);
    CLEANUP(plan_release) struct plan plan = {0};
    assert_int_equal(plan_build(&request, &plan, NULL), STATUS_OK);
    selftest_loud_plant(&plan, 1000);
    size_t copies = 0, planted = 0;
    for (size_t i = 0; i < plan.count; i++) {
        const struct planned_process *process = &plan.processes[i];
        bool is_copy = process->cell.strategy == STRATEGY_box_plain;
        assert_true(process->variant.extra_batches == 0 ||
                    (is_copy && process->variant.extra_batches == 1000));
        copies += is_copy;
        planted += process->variant.extra_batches > 0;
    }
    assert_int_equal(copies, 2 * SOLO_PATTERN_COUNT * SIZE_COUNT);
    assert_int_equal(planted, copies / 2);
    assert_true(axis_values_has(&request.axes[AXIS_strategy], STRATEGY_slab_warm) &&
                axis_values_has(&request.axes[AXIS_strategy], STRATEGY_box_twin));
}

// ---- verdicts, on scripted data: slab_warm is twice as fast as box, slab_cold 1.33 times ----

enum { CELLS = 16 }; // of an allocator: 4 patterns, 4 sizes

// Gives the run box_plain: box's times with a little noise, times one of the factors.
static void add_copies(struct dataset *run, double planted_factor, double identical_factor)
{
    for (int p = 0; p < SOLO_PATTERN_COUNT; p++)
        for (size_t z = 0; z < SIZE_COUNT; z++) {
            struct cell_name name = cell_name_standard("box", patterns[p].name, object_sizes[z]);
            if (!dataset_find(run, name))
                continue;
            name.allocator = "box_plain";
            struct dataset_cell *copy = add_cell(run, name, 20);
            const struct dataset_cell *box = cell_of(run, "box", name.pattern, name.size_bytes);
            bool planted = selftest_loud_plants((enum pattern_id)p, object_sizes[z]);
            for (size_t i = 0; i < copy->process_count; i++)
                for (int m = 0; m < METRIC_COUNT; m++)
                    copy->metrics[m].process_medians[i] = box->metrics[m].process_medians[i] *
                                                          (i % 2 ? 1.003 : 0.997) *
                                                          (planted ? planted_factor : identical_factor);
            sort_cells(run);
        }
}

static struct selftest judge(struct dataset *quiet, struct dataset *loud)
{
    struct selftest selftest = {.parts = 1 << SELFTEST_PART_LOUD};
    struct error error = {0};
    if (selftest_judge_loud(quiet, loud, &selftest.loud, &error) != STATUS_OK)
        fail_msg("%s", error.cause);
    selftest_set_aims(&selftest);
    return selftest;
}

static enum selftest_met met(const struct selftest *selftest, const char *key)
{
    for (int i = 0; i < SELFTEST_AIMS; i++)
        if (strcmp(selftest->aims[i].key, key) == 0)
            return selftest->aims[i].met;
    fail_msg("there is no aim %s", key);
    return SELFTEST_NOT_EXAMINED;
}

// One way in which a loud run comes out, and what the aims say.
struct scripted_run {
    double slab_slowdown, twin_slowdown, planted_factor, identical_factor;
    enum selftest_met identical, decided, found, wrong;
    uint64_t copies_count, decided_count, found_count, wrong_count;
};

static void each_aim_is_met_or_missed_by_what_the_verdicts_are(void **state)
{
    (void)state;
    static const struct scripted_run scripts[] = {
        {1, 1, 2, 1, SELFTEST_MET, SELFTEST_MET, SELFTEST_MET, SELFTEST_MET, 0, CELLS, CELLS / 2, 0},
        // a copy that nothing is planted in differs
        {1, 1, 2, 1.5, SELFTEST_MISSED, SELFTEST_MET, SELFTEST_MET, SELFTEST_MET, CELLS / 2, CELLS, CELLS / 2,
         0},
        // the twins differ: a false verdict, which raises the threshold and silences nothing that is larger
        {1, 1.3, 2, 1, SELFTEST_MISSED, SELFTEST_MET, SELFTEST_MET, SELFTEST_MET, 0, CELLS, CELLS / 2, 0},
        // what was planted does not show
        {1, 1, 1, 1, SELFTEST_MET, SELFTEST_MET, SELFTEST_MISSED, SELFTEST_MET, 0, CELLS, 0, 0},
        // slab_warm is as slow as box there: nothing is decided
        {2, 1, 2, 1, SELFTEST_MET, SELFTEST_MISSED, SELFTEST_MET, SELFTEST_MET, 0, 0, CELLS / 2, 0},
        // slab_warm is slower than box there
        {8, 1, 2, 1, SELFTEST_MET, SELFTEST_MISSED, SELFTEST_MET, SELFTEST_MISSED, 0, 0, CELLS / 2, CELLS},
        // what is slowed down comes out faster
        {1, 1, 0.5, 1, SELFTEST_MET, SELFTEST_MET, SELFTEST_MISSED, SELFTEST_MISSED, 0, CELLS, 0, CELLS / 2},
    };
    for (size_t i = 0; i < COUNT_OF(scripts); i++) {
        const struct scripted_run *run = &scripts[i];
        struct run_recipe quiet_recipe = quiet_run(1), loud_recipe = quiet_run(2);
        loud_recipe.slab_slowdown = run->slab_slowdown;
        loud_recipe.twin_slowdown = run->twin_slowdown;
        MADE_RUNS(quiet_recipe, loud_recipe);
        add_copies(&runs[RUN_B], run->planted_factor, run->identical_factor);
        const struct selftest selftest = judge(&runs[RUN_A], &runs[RUN_B]);
        const struct selftest_loud *loud = &selftest.loud;
        assert_int_equal(met(&selftest, "loud_identical"), run->identical);
        assert_int_equal(met(&selftest, "loud_decided"), run->decided);
        assert_int_equal(met(&selftest, "loud_found"), run->found);
        assert_int_equal(met(&selftest, "loud_wrong"), run->wrong);
        assert_int_equal(loud->copies.count, run->copies_count);
        assert_int_equal(loud->decided.count, run->decided_count);
        assert_int_equal(loud->found.count, run->found_count);
        assert_int_equal(loud->wrong.count, run->wrong_count);
        assert_int_equal(loud->copies.of, CELLS / 2);
        assert_int_equal(loud->twins.of, CELLS);
        assert_int_equal(loud->decided.of, CELLS); // slab_warm's alone: slab_cold is not 1.5 times as fast
        assert_int_equal(loud->found.of, CELLS / 2);
        assert_int_equal(loud->wrong.of, CELLS + CELLS / 2);
        assert_true(fabs(loud->recovered - run->planted_factor) < 0.1);
        assert_true(loud->decided.interval.exists);
        assert_int_equal(loud->threshold > 0.25, run->twin_slowdown > 1);
    }
}

static void a_cell_that_fails_beside_the_neighbours_is_not_decided_and_one_that_was_not_measured_is_not_asked(
    void **state)
{
    (void)state;
    struct run_recipe quiet_recipe = quiet_run(1), loud_recipe = quiet_run(2);
    loud_recipe.sizes = 2;
    MADE_RUNS(quiet_recipe, loud_recipe);
    add_copies(&runs[RUN_B], 2, 1);
    fail_cell(cell_of(&runs[RUN_B], "slab_warm", "lifo", 8));
    fail_cell(cell_of(&runs[RUN_B], "box_plain", "lifo", 8));
    assert_true(selftest_loud_plants(PATTERN_lifo, 8));
    const struct selftest selftest = judge(&runs[RUN_A], &runs[RUN_B]);
    assert_int_equal(selftest.loud.decided.of, CELLS / 2);
    assert_int_equal(selftest.loud.decided.count, CELLS / 2 - 1);
    assert_int_equal(selftest.loud.found.of, CELLS / 4);
    assert_int_equal(selftest.loud.found.count, CELLS / 4 - 1);
    assert_int_equal(selftest.loud.wrong.count, 0);
    assert_int_equal(met(&selftest, "loud_decided"), SELFTEST_MISSED);
}

static void what_the_quiet_run_does_not_decide_is_not_taken_for_true(void **state)
{
    (void)state;
    struct run_recipe quiet_recipe = quiet_run(1), loud_recipe = quiet_run(2);
    quiet_recipe.twin_slowdown = 3; // differences of up to 3 times are none there
    MADE_RUNS(quiet_recipe, loud_recipe);
    add_copies(&runs[RUN_B], 2, 1);
    const struct selftest selftest = judge(&runs[RUN_A], &runs[RUN_B]);
    assert_int_equal(selftest.loud.decided.of, 0);
    assert_int_equal(met(&selftest, "loud_decided"), SELFTEST_NOT_EXAMINED);
    assert_int_equal(selftest.loud.found.count, CELLS / 2);
}

static void disturbed_trials_are_counted_and_decide_nothing(void **state)
{
    (void)state;
    struct run_recipe quiet_recipe = quiet_run(1), loud_recipe = quiet_run(2);
    MADE_RUNS(quiet_recipe, loud_recipe);
    add_copies(&runs[RUN_B], 2, 1);
    uint64_t trials = 0;
    for (size_t i = 0; i < runs[RUN_B].count; i++) {
        runs[RUN_B].cells[i].disturbed_trials = runs[RUN_B].cells[i].trials;
        trials += runs[RUN_B].cells[i].trials;
    }
    const struct selftest selftest = judge(&runs[RUN_A], &runs[RUN_B]);
    assert_true(trials > 0);
    assert_int_equal(selftest.loud.disturbed.count, trials);
    assert_int_equal(selftest.loud.disturbed.of, trials);
    assert_int_equal(selftest.loud.decided.count, CELLS);
    assert_int_equal(selftest.loud.found.count, CELLS / 2);
}

// ---- the neighbours ----

static void one_neighbour_works_on_each_cpu_until_it_is_stopped(void **state)
{
    (void)state;
    uint32_t cpus[OS_MAX_CPUS];
    int allowed = os_allowed_cpus(cpus, OS_MAX_CPUS);
    CLEANUP(crowd_stop) struct crowd crowd = {0};
    assert_int_equal(crowd_start(&crowd, NULL), STATUS_OK);
    assert_int_equal(crowd.count, allowed);
    assert_int_equal(crowd_check(&crowd, NULL), STATUS_OK);
    int first = crowd.processes[0];
    crowd_stop(&crowd);
    assert_int_equal(crowd.count, 0);
    assert_int_equal(waitpid(first, NULL, WNOHANG), -1); // it was waited for: nobody's child any more
}

static void a_neighbour_that_ends_by_itself_is_noticed(void **state)
{
    (void)state;
    CLEANUP(crowd_stop) struct crowd crowd = {0};
    assert_int_equal(crowd_start(&crowd, NULL), STATUS_OK);
    siginfo_t ended;
    kill(crowd.processes[crowd.count - 1], SIGKILL);
    assert_int_equal(waitid(P_PID, (id_t)crowd.processes[crowd.count - 1], &ended, WEXITED | WNOWAIT), 0);
    struct error error = {0};
    assert_int_equal(crowd_check(&crowd, &error), STATUS_ENVIRONMENT);
    assert_true(error.cause[0] != '\0');
}

// Each neighbour holds the pipe's other end open until it ends, whoever its parent then is.
static void neighbours_do_not_outlive_a_program_that_is_killed(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t program = fork();
    assert_true(program >= 0);
    if (program == 0) {
        struct crowd crowd = {0};
        close(ends[0]);
        bool started = crowd_start(&crowd, NULL) == STATUS_OK;
        if (write(ends[1], started ? "y" : "n", 1) == 1)
            pause();
        _exit(1);
    }
    close(ends[1]);
    char answer = '?';
    assert_int_equal(read(ends[0], &answer, 1), 1);
    assert_int_equal(answer, 'y');
    kill(program, SIGKILL);
    assert_int_equal(waitpid(program, NULL, 0), program);
    assert_int_equal(read(ends[0], &answer, 1), 0); // waits for the last of them
    close(ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_every_second_copy_is_slowed_down),
        cmocka_unit_test(each_aim_is_met_or_missed_by_what_the_verdicts_are),
        cmocka_unit_test(
            a_cell_that_fails_beside_the_neighbours_is_not_decided_and_one_that_was_not_measured_is_not_asked),
        cmocka_unit_test(what_the_quiet_run_does_not_decide_is_not_taken_for_true),
        cmocka_unit_test(disturbed_trials_are_counted_and_decide_nothing),
        cmocka_unit_test(one_neighbour_works_on_each_cpu_until_it_is_stopped),
        cmocka_unit_test(a_neighbour_that_ends_by_itself_is_noticed),
        cmocka_unit_test(neighbours_do_not_outlive_a_program_that_is_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
