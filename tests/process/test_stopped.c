// Driver and worker may be stopped, frozen or put to sleep for any time, together or alone: no cell fails for
// it, and no trial that stood still stands for its cell. One that hangs is found all the same.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "fake_run.h"
#include "timing/clock.h"
#include "wire/gate.h"

// A pause of fake_worker; longer than the deadline of these tests.
enum { PAUSE_MS = 1700 };

struct observed {
    double elapsed_seconds; // as the progress tells it at the end
    size_t stopped;         // workers of which it was told
};

static void take_progress(void *context, const struct runner_progress *progress)
{
    ((struct observed *)context)->elapsed_seconds = progress->elapsed_seconds;
}

static void take_stopped(void *context, pid_t worker)
{
    assert_true(worker > 0);
    ((struct observed *)context)->stopped++;
}

// box in all patterns, or in lifo alone; one process each.
static struct plan plan_of(bool lifo_alone)
{
    CLEANUP(plan_release) struct plan small = small_plan();
    struct plan_request request = small.request;
    for (uint32_t pattern = 0; pattern < SOLO_PATTERN_COUNT; pattern++)
        axis_values_set(&request.axes[AXIS_pattern], pattern, !lifo_alone || pattern == PATTERN_lifo);
    request.processes = 1;
    request.iterations = 3;
    struct plan plan = {0};
    assert_int_equal(plan_build(&request, &plan, NULL), STATUS_OK);
    return plan;
}

// One process of each pattern, of which that of lifo misbehaves. Returns that one's record, to be released
// with the run.
static const struct process_record *run_one(const char *mode, struct run *ret_run,
                                            struct observed *ret_observed)
{
    CLEANUP(plan_release) struct plan plan = plan_of(false);
    CLEANUP(facts_release) struct facts facts = {0};
    size_t other = 0;
    while (plan.processes[other].cell.pattern == PATTERN_lifo)
        other++;
    setenv("FAKE_WORKER", mode, 1);
    setenv("FAKE_WORKER_PATTERN", "lifo", 1);
    const struct runner_options options = {
        .worker_path = fake_run.worker_path,
        .deadline_seconds = 1,
        .progress = take_progress,
        .progress_context = ret_observed,
        .stopped = take_stopped,
        .stopped_context = ret_observed,
    };
    assert_int_equal(runner_run(&plan, &options, &facts, ret_run, NULL), STATUS_OK);
    assert_int_equal(ret_run->count, plan.count);
    assert_int_equal(ret_run->processes[other].outcome, OUTCOME_OK);
    for (size_t i = 0; i < ret_run->count; i++)
        if (plan.processes[i].cell.pattern == PATTERN_lifo)
            return &ret_run->processes[i];
    fail_msg("no process of lifo");
    return NULL;
}

static void a_pause_beyond_the_deadline_fails_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *mode;
        enum outcome outcome;
        bool worker_is_seen; // to be stopped, alone
    } cases[] = {
        {"stop_worker", OUTCOME_OK, true},          {"stop_driver", OUTCOME_OK, false},
        {"stop_both", OUTCOME_OK, false},           {"stop_worker_in_turns", OUTCOME_OK, true},
        {"stop_after_end", OUTCOME_OK, true},       {"stop_then_hang", OUTCOME_TIMED_OUT, true},
        {"hang", OUTCOME_TIMED_OUT, false},         {"spin", OUTCOME_TIMED_OUT, false},
        {"stop_then_crash", OUTCOME_CRASHED, true},
    };
    for (size_t c = 0; c < COUNT_OF(cases); c++) {
        CLEANUP(run_release) struct run run = {0};
        struct observed observed = {0};
        uint64_t begin_ns = clock_monotonic_raw_ns();
        const struct process_record *record = run_one(cases[c].mode, &run, &observed);
        double seconds = (double)(clock_monotonic_raw_ns() - begin_ns) * 1e-9;
        if (record->outcome != cases[c].outcome)
            fail_msg("%s: %s '%s'", cases[c].mode, outcome_name(record->outcome), record->reason);
        if ((observed.stopped > 0) != cases[c].worker_is_seen)
            fail_msg("%s: told of %zu", cases[c].mode, observed.stopped);
        // What it stood still is no work that the rest will need, too.
        bool pauses = strncmp(cases[c].mode, "stop", 4) == 0 && strcmp(cases[c].mode, "stop_after_end") != 0;
        if (pauses && seconds - observed.elapsed_seconds < PAUSE_MS * 1e-3 * 0.8)
            fail_msg("%s: %g s of %g", cases[c].mode, observed.elapsed_seconds, seconds);
    }
}

// ---- frozen control groups, where this user may make them ----

struct freezer {
    const char *parent, *file, *freeze, *thaw;
};

static void a_worker_that_is_frozen_alone_fails_nothing(void **state)
{
    (void)state;
    static const struct freezer freezers[] = {
        {"/sys/fs/cgroup", "cgroup.freeze", "1", "0"},
        {"/sys/fs/cgroup/unified", "cgroup.freeze", "1", "0"},
        {"/sys/fs/cgroup/freezer", "freezer.state", "FROZEN", "THAWED"},
    };
    size_t tried = 0;
    for (size_t i = 0; i < COUNT_OF(freezers); i++) {
        char folder[128], file[192];
        struct stat information;
        snprintf(folder, sizeof folder, "%s/memalloc-bench-test-%ld", freezers[i].parent, (long)getpid());
        snprintf(file, sizeof file, "%s/%s", folder, freezers[i].file);
        if (mkdir(folder, 0755) != 0)
            continue;
        if (stat(file, &information) == 0) {
            CLEANUP(run_release) struct run run = {0};
            struct observed observed = {0};
            setenv("FAKE_WORKER_FREEZER", folder, 1);
            setenv("FAKE_WORKER_FREEZER_FILE", file, 1);
            setenv("FAKE_WORKER_FREEZE", freezers[i].freeze, 1);
            setenv("FAKE_WORKER_THAW", freezers[i].thaw, 1);
            const struct process_record *record = run_one("freeze_worker", &run, &observed);
            if (record->outcome != OUTCOME_OK || observed.stopped == 0)
                fail_msg("%s: %s '%s'", file, outcome_name(record->outcome), record->reason);
            tried++;
        }
        for (int patience = 0; rmdir(folder) != 0 && errno == EBUSY && patience < 1000; patience++)
            nanosleep(&(struct timespec){0, 10000000}, NULL);
    }
    if (tried == 0)
        skip();
}

// ---- the real worker ----

enum { LONG_BATCHES = 400000 };

// The one child of this process that is the worker, once it has measured for a while; 0: none.
static pid_t find_measuring_worker(pid_t parent)
{
    char path[96];
    snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", (long)parent, (long)parent);
    CLEANUP(text_release) struct text children = {0};
    if (file_read(path, 4096, &children, NULL) != STATUS_OK)
        return 0;
    for (char *next = (char *)text_string(&children), *end; *next; next = end) {
        long pid = strtol(next, &end, 10);
        if (end == next)
            break;
        struct timespec used;
        clockid_t clock;
        if (pid != (long)getpid() && clock_getcpuclockid((pid_t)pid, &clock) == 0 &&
            clock_gettime(clock, &used) == 0 && used.tv_sec * 1000 + used.tv_nsec / 1000000 > 100)
            return (pid_t)pid;
    }
    return 0;
}

// Stops the first worker for a while, in the middle of a trial.
static void stop_a_worker(pid_t driver)
{
    pid_t worker = 0;
    alarm(60);
    while (!(worker = find_measuring_worker(driver)))
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    kill(worker, SIGSTOP);
    nanosleep(&(struct timespec){4, 0}, NULL);
    kill(worker, SIGCONT);
    _exit(0);
}

// Whether repetitions are allowed or not: a trial that stood still is repeated, and does not count.
static void a_real_trial_that_was_stopped_is_repeated_and_does_not_stand(void **state)
{
    (void)state;
    if (!getenv("WORKER") || access(getenv("WORKER"), X_OK) != 0 || access("/proc/self/stat", R_OK) != 0)
        skip();
    for (int repeats = 0; repeats < 2; repeats++) {
        CLEANUP(plan_release) struct plan plan = plan_of(true);
        CLEANUP(facts_release) struct facts facts = {0};
        CLEANUP(run_release) struct run run = {0};
        pid_t driver = getpid();
        pid_t stopper = fork();
        assert_true(stopper >= 0);
        if (stopper == 0)
            stop_a_worker(driver);
        const struct runner_options options = {
            .worker_path = getenv("WORKER"), .batches = LONG_BATCHES, .repeat_disturbed = repeats == 1};
        assert_int_equal(runner_run(&plan, &options, &facts, &run, NULL), STATUS_OK);
        int status;
        assert_int_equal(waitpid(stopper, &status, 0), stopper);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        size_t stopped = 0, standing = 0;
        for (size_t p = 0; p < run.count; p++) {
            const struct process_record *record = &run.processes[p];
            assert_int_equal(record->outcome, OUTCOME_OK);
            for (size_t i = 0; i < record->trial_count; i++) {
                const struct trial *trial = &record->trials[i];
                bool stood = trial->stood_ns > 3500000000u;
                bool stands = gate_trial_stands(record, i, &run.limits);
                stopped += stood;
                standing += stands;
                if (stood && (stands || gate_trial_is_clean(trial, &run.limits) ||
                              trial->voluntary_switches == 0 || trial->total_ns < trial->stood_ns / 2))
                    fail_msg("trial %zu: %g s of %g s", i, (double)trial->stood_ns * 1e-9,
                             (double)trial->total_ns * 1e-9);
            }
        }
        assert_int_equal(stopped, 1);
        assert_int_equal(standing, plan.request.iterations);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pause_beyond_the_deadline_fails_nothing),
        cmocka_unit_test(a_worker_that_is_frozen_alone_fails_nothing),
        cmocka_unit_test(a_real_trial_that_was_stopped_is_repeated_and_does_not_stand),
    };
    return cmocka_run_group_tests(tests, fake_run_begin, fake_run_end);
}
