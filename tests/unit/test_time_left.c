// Whole runs on scripted machines: what is shown of the time left, against how long it took.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/random.h"
#include "plan/time_left.h"

// A machine of two speeds, which it changes every few seconds, and one change for good.
struct machine {
    double slow_factor;    // 1: it has one speed
    double slow_seconds;   // that it stays slow, on average
    double fast_seconds;   // likewise
    double change_at;      // after this share of the processes …
    double change_factor;  // … everything takes so many times as long
    double other_heaps[4]; // what a trial of large objects takes on the heaps after the first, in seconds
};

struct moment {
    const struct machine *machine;
    struct random random;
    double seconds;
    double next_flip;
    bool is_slow;
    double slowness; // of all, after the change
};

static double time_until_flip(struct moment *now)
{
    double mean = now->is_slow ? now->machine->slow_seconds : now->machine->fast_seconds;
    return mean * -log(1 - random_unit(&now->random));
}

// Lets the machine do what takes it `seconds` when it is fast.
static void work(struct moment *now, double seconds)
{
    const struct machine *machine = now->machine;
    while (seconds > 0) {
        double factor = now->slowness * (now->is_slow ? machine->slow_factor : 1);
        double takes = seconds * factor;
        if (machine->slow_factor == 1 || now->seconds + takes < now->next_flip) {
            now->seconds += takes;
            return;
        }
        seconds -= (now->next_flip - now->seconds) / factor;
        now->seconds = now->next_flip;
        now->is_slow = !now->is_slow;
        now->next_flip = now->seconds + time_until_flip(now);
    }
}

// As glibc on a virtual machine: a few cells are most of the run.
static double fast_seconds(const struct machine *machine, const struct planned_process *process)
{
    static const double paged_ns_per_byte[SOLO_PATTERN_COUNT] = {
        [PATTERN_lifo] = 0.9, [PATTERN_fifo] = 0.26, [PATTERN_random] = 0.1};
    const struct cell *cell = &process->cell;
    double trial = cell->pattern == PATTERN_random ? 3e-3 : 0.6e-3;
    bool is_box = cell->strategy == STRATEGY_box || cell->strategy == STRATEGY_box_twin;
    if (is_box && cell->size_bytes >= 1536 && cell->heap == 0)
        trial += 1e-4 * paged_ns_per_byte[cell->pattern] * cell->size_bytes;
    if (is_box && cell->size_bytes >= 1536 && cell->heap > 0)
        trial += machine->other_heaps[cell->heap - 1];
    return 2.2e-3 + trial * (process->trial_count + 0.1);
}

struct run_shape {
    uint32_t processes, iterations, heaps;
    double interrupted_at; // share of the processes; 0: not
    double saved_share;    // of the time of the trials, by not repeating
};

struct shown_line {
    double at, left;
    double share; // of the processes that had run
    bool is_rough;
};

// Of the lines that are not rough.
struct finding {
    double worst_error; // against the truth, as long as more than last_seconds are left
    double worst_step;  // between two lines, beyond the time that passed
    double first_share; // of the processes that had run at the first of them
    size_t lines;
    uint32_t added;       // replicates
    double saved_seconds; // by not repeating
    double added_seconds; // that the added replicates took
    double seconds;       // of the run
};

enum { MAX_LINES = 4096, SEEDS = 12 };

static const double line_seconds = 5;
static const double last_seconds = 40; // a machine that flips every few seconds decides what they become

static void add_line(struct time_left *left, struct time_shown *shown, double at, struct shown_line *lines,
                     size_t *count)
{
    if (*count > 0 && at < lines[*count - 1].at + line_seconds)
        return;
    bool is_rough;
    double expected = time_left_seconds(left, &is_rough);
    assert_true(*count < MAX_LINES);
    double seconds = time_shown_next(shown, at, expected, is_rough);
    double share = (double)left->done / (double)left->planned;
    lines[(*count)++] = (struct shown_line){at, seconds, share, is_rough};
}

// `from`: lines before this moment are not held against the truth.
static struct finding judge(const struct shown_line *lines, size_t count, double total, double from)
{
    struct finding finding = {0};
    for (size_t i = 0; i < count; i++) {
        if (lines[i].is_rough)
            continue;
        if (finding.lines++ == 0)
            finding.first_share = lines[i].share;
        double truth = total - lines[i].at;
        if (truth > last_seconds && lines[i].at >= from)
            finding.worst_error = fmax(finding.worst_error, fabs(lines[i].left / truth - 1));
        if (i == 0 || lines[i - 1].is_rough || lines[i].left < line_seconds)
            continue;
        double due = lines[i - 1].left - (lines[i].at - lines[i - 1].at);
        finding.worst_step = fmax(finding.worst_step, fabs(lines[i].left / due - 1));
    }
    return finding;
}

// At the end of what is planned: whether another replicate is added.
static bool has_more(struct time_left *left, struct plan *plan, double saved)
{
    time_left_allow_more(left, saved, 0);
    if (!time_left_wants_more(left))
        return false;
    const size_t first = plan->count;
    plan_add_replicate(plan);
    time_left_add_replicate(left, &plan->processes[first], plan->count - first);
    return true;
}

// `judged_from`: a share of the processes; lines before it are not held against the truth.
static struct finding run_on(const struct machine *machine, const struct run_shape *shape, uint64_t seed,
                             double judged_from)
{
    struct plan_request request;
    plan_request_init(&request);
    request.processes = shape->processes;
    request.iterations = shape->iterations;
    request.heap_count = shape->heaps;
    request.seed = seed;
    request.spare_processes = shape->saved_share > 0 ? STANDARD_SPARE_PROCESSES : 0;
    CLEANUP(plan_release) struct plan plan = {0};
    assert_int_equal(plan_build(&request, &plan, NULL), STATUS_OK);
    struct time_left *left = malloc(sizeof *left);
    struct shown_line *lines = calloc(MAX_LINES, sizeof *lines);
    assert_true(left && lines);
    time_left_init(left, &plan, NULL);
    struct moment now = {.machine = machine, .slowness = 1};
    random_seed(&now.random, seed * 77);
    now.is_slow = machine->slow_factor > 1 && random_unit(&now.random) < 0.7;
    now.next_flip = time_until_flip(&now);
    size_t interrupted_at = (size_t)(shape->interrupted_at * (double)plan.count), count = 0;
    struct time_shown shown = {0};
    double from = 0, resumed_at = 0, saved = 0, planned_end = 0;
    const size_t planned = plan.count;
    for (size_t i = 0; i < plan.count || has_more(left, &plan, saved); i++) {
        const struct planned_process *process = &plan.processes[i];
        double before = now.seconds;
        if (i % 64 == 0)
            time_left_allow_more(left, saved, 0);
        if (i == (size_t)(judged_from * (double)plan.count))
            from = now.seconds - resumed_at;
        if (i == (size_t)(machine->change_at * (double)plan.count) && machine->change_factor > 0)
            now.slowness = machine->change_factor;
        if (i >= interrupted_at)
            add_line(left, &shown, before - resumed_at, lines, &count);
        double noise = 0.97 + 0.06 * random_unit(&now.random);
        work(&now, fast_seconds(machine, process) * noise);
        if (i >= interrupted_at)
            time_left_take(left, process, now.seconds - before);
        else
            time_left_take_earlier(left, process, now.seconds - before - 2.2e-3);
        if (i + 1 == interrupted_at)
            resumed_at = now.seconds;
        saved += fmax(now.seconds - before - 2.2e-3, 0) * shape->saved_share;
        if (i + 1 == planned)
            planned_end = now.seconds;
    }
    struct finding finding = judge(lines, count, now.seconds - resumed_at, from);
    finding.added = plan.added_processes;
    finding.saved_seconds = saved;
    finding.added_seconds = now.seconds - planned_end;
    finding.seconds = now.seconds;
    free(lines);
    free(left);
    return finding;
}

static void what_is_shown_is_right_and_steady(void **state)
{
    (void)state;
    // The bimodal machine is slow for 70 % of the time, as a neighbour on the sibling thread makes one.
    static const struct machine steady = {.slow_factor = 1},
                                bimodal = {.slow_factor = 2, .slow_seconds = 3.5, .fast_seconds = 1.5},
                                changed = {.slow_factor = 1, .change_at = 0.5, .change_factor = 2},
                                heaps = {.slow_factor = 1, .other_heaps = {2e-3, 1e-3, 0.1, 0.02}},
                                loud_heaps = {.slow_factor = 2,
                                              .slow_seconds = 3.5,
                                              .fast_seconds = 1.5,
                                              .other_heaps = {2e-3, 1e-3, 0.1, 0.02}};
    static const struct {
        const char *name;
        const struct machine *machine;
        struct run_shape shape;
        double judged_from; // share of the processes
        double max_error;
    } cases[] = {
        {"steady", &steady, {30, 100, 1, 0, 0}, 0, 0.05},
        {"bimodal", &bimodal, {30, 100, 1, 0, 0}, 0, 0.25},
        {"change for good", &changed, {30, 100, 1, 0, 0}, 0.75, 0.25},
        {"heaps", &heaps, {30, 100, 4, 0, 0}, 0, 0.05},
        {"heaps, bimodal", &loud_heaps, {30, 100, 4, 0, 0}, 0, 0.25},
        {"resumed", &steady, {30, 100, 1, 0.4, 0}, 0, 0.05},
        {"resumed, bimodal", &bimodal, {30, 100, 1, 0.4, 0}, 0, 0.25},
        {"precise, bimodal", &bimodal, {40, 400, 1, 0, 0}, 0, 0.25},
        {"more replicates", &steady, {30, 100, 1, 0, 0.25}, 0, 0.1},
        {"more replicates, bimodal", &bimodal, {30, 100, 1, 0, 0.25}, 0, 0.25},
        {"more replicates, resumed", &bimodal, {30, 100, 1, 0.4, 0.25}, 0, 0.25},
        {"more replicates, change", &changed, {30, 100, 1, 0, 0.25}, 0.75, 0.25},
    };
    for (size_t c = 0; c < COUNT_OF(cases); c++)
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            const struct finding finding =
                run_on(cases[c].machine, &cases[c].shape, seed, cases[c].judged_from);
            assert_true(finding.lines > 10);
            if (finding.worst_error > cases[c].max_error || finding.worst_step > 0.15)
                fail_msg("%s, seed %u: off by %.1f %%, two lines differ by %.1f %%", cases[c].name,
                         (unsigned)seed, 100 * finding.worst_error, 100 * finding.worst_step);
        }
}

static void more_replicates_take_what_was_saved_and_the_run_ends_in_time(void **state)
{
    (void)state;
    static const struct machine steady = {.slow_factor = 1}, slow = {.change_factor = 3, .slow_factor = 1},
                                fast = {.change_factor = 0.1, .slow_factor = 1};
    static const struct {
        const char *name;
        const struct machine *machine;
        double saved_share;
        uint32_t least, most;
    } cases[] = {
        {"nothing is saved", &steady, 0, 0, 0},
        {"a little is saved", &steady, 0.02, 0, 0},
        {"loud", &steady, 0.25, 3, STANDARD_SPARE_PROCESSES},
        {"a fast machine", &fast, 0.25, 1, STANDARD_SPARE_PROCESSES},
        {"there is no time", &slow, 0.25, 0, 0},
    };
    for (size_t c = 0; c < COUNT_OF(cases); c++) {
        const struct run_shape shape = {30, 100, 1, 0, cases[c].saved_share};
        const struct finding finding = run_on(cases[c].machine, &shape, 1, 0);
        const double each = finding.added ? finding.added_seconds / finding.added : 0;
        const bool in_time = finding.added == 0 || finding.seconds < MAX_SECONDS_WITH_MORE + each / 2;
        if (finding.added < cases[c].least || finding.added > cases[c].most || !in_time ||
            finding.added_seconds > finding.saved_seconds + each / 2)
            fail_msg("%s: %u more took %g s of %g s that were saved, and all %g s", cases[c].name,
                     (unsigned)finding.added, finding.added_seconds, finding.saved_seconds, finding.seconds);
    }
}

static void the_first_lines_are_rough(void **state)
{
    (void)state;
    static const struct machine steady = {.slow_factor = 1};
    static const struct run_shape shape = {30, 100, 1, 0, 0};
    assert_true(run_on(&steady, &shape, 1, 0).first_share >= 0.05);
    assert_true(run_on(&steady, &shape, 1, 0).first_share < 0.1);
}

static void a_line_that_is_shown_does_not_jump(void **state)
{
    (void)state;
    struct time_shown shown = {0};
    assert_true(time_shown_next(&shown, 0, 600, true) == 600);
    assert_true(time_shown_next(&shown, 10, 700, true) == 590);  // about that
    assert_true(time_shown_next(&shown, 20, 900, true) == 900);  // not at all that
    assert_true(time_shown_next(&shown, 25, 400, false) == 400); // what was rough binds nothing
    const double lower = time_shown_next(&shown, 30, 100, false);
    assert_true(lower > 0.85 * 395 && lower < 395);
    const double higher = time_shown_next(&shown, 30.1, 1000, false);
    assert_true(higher < 1.01 * lower);
    for (double at = 35; at < 600; at += 5) // and comes to what is expected
        time_shown_next(&shown, at, 1000 - at, false);
    assert_true(fabs(time_shown_next(&shown, 600, 400, false) / 400 - 1) < 0.01);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_shown_is_right_and_steady),
        cmocka_unit_test(more_replicates_take_what_was_saved_and_the_run_ends_in_time),
        cmocka_unit_test(the_first_lines_are_rough),
        cmocka_unit_test(a_line_that_is_shown_does_not_jump),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
