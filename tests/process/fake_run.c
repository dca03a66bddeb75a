#include "fake_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

struct fake_run fake_run = {
    .directory = "/tmp/memalloc-bench-runner-XXXXXX", .kernel_release = "6.1.0", .compiler_flags = "-O2"};

int fake_run_begin(void **state)
{
    (void)state;
    if (!mkdtemp(fake_run.directory))
        return -1;
    snprintf(fake_run.journal_path, sizeof fake_run.journal_path, "%s/journal", fake_run.directory);
    fake_run.worker_path = getenv("FAKE_WORKER_PATH");
    return fake_run.worker_path ? 0 : -1;
}

int fake_run_end(void **state)
{
    (void)state;
    unlink(fake_run.journal_path);
    return rmdir(fake_run.directory);
}

struct plan small_plan(void)
{
    struct plan_request request;
    plan_request_init(&request);
    request.axes[AXIS_strategy].count = 0;
    request.axes[AXIS_size_bytes].count = 0;
    axis_values_add(&request.axes[AXIS_strategy], STRATEGY_box);
    axis_values_add(&request.axes[AXIS_size_bytes], object_sizes[3]);
    request.iterations = 6;
    request.processes = 2;
    struct plan plan = {0};
    assert_int_equal(plan_build(&request, &plan, NULL), STATUS_OK);
    return plan;
}

enum status run_plan(struct plan *plan, const char *mode, const char *pattern, bool resume,
                     struct run *ret_run, struct error *error)
{
    setenv("FAKE_WORKER", mode, 1);
    if (pattern)
        setenv("FAKE_WORKER_PATTERN", pattern, 1);
    else
        unsetenv("FAKE_WORKER_PATTERN");
    struct runner_options options = {
        .worker_path = fake_run.worker_path,
        .journal_path = fake_run.journal_path,
        .resume = resume,
        .deadline_seconds = strcmp(mode, "hang") == 0 ? 1 : 60,
    };
    CLEANUP(facts_release) struct facts facts = {0};
    facts_set(&facts, "kernel.release", fake_run.kernel_release);
    facts_set(&facts, "build.flags", fake_run.compiler_flags);
    facts_set(&facts, "machine.power", "battery"); // no fact that decides
    return runner_run(plan, &options, &facts, ret_run, error);
}
