// A traced worker stops at every system call and reports it through waitpid alone, which knows no deadline:
// so it is polled, without a pause while the worker is traced. What the worker sends fits its pipe's buffer
// and is read when it has ended. Nothing of this can fail a cell.
#include "census.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/calls.h"
#include "plan/estimate.h"
#include "runner/private.h"
#include "signals.h"
#include "spawn.h"
#include "timing/clock.h"

#ifndef __WALL
#define __WALL 0
#endif

// Both messages, one after the other. False when the pipe does not hold just them.
static bool read_census(int descriptor, struct census *ret_census)
{
    uint8_t bytes[2 * WIRE_MESSAGE_BYTES + 1];
    size_t length = 0;
    ssize_t count = 0;
    fcntl(descriptor, F_SETFL, O_NONBLOCK); // a child that the worker left may keep the pipe open
    do {
        count = read(descriptor, bytes + length, sizeof bytes - length);
        length += count > 0 ? (size_t)count : 0;
    } while ((count > 0 && length < sizeof bytes) || (count < 0 && errno == EINTR));
    struct wire_message census, end;
    if (length != 2u * WIRE_MESSAGE_BYTES || wire_decode_message(bytes, &census) != WIRE_OK ||
        wire_decode_message(bytes + WIRE_MESSAGE_BYTES, &end) != WIRE_OK)
        return false;
    if (census.kind != WIRE_KIND_CENSUS || census.sequence != 0 || end.kind != WIRE_KIND_END ||
        end.sequence != 1 || end.content.end.outcome != OUTCOME_OK)
        return false;
    *ret_census = census.content.census;
    return true;
}

enum { LONG_YIELD_NS = 200000 };

// Until the process has ended, tracing it if it asks for that. Killed at the deadline and by a signal. True
// when it ended by itself and well. The next stop is microseconds away, so the CPU is only yielded; where
// another process then keeps it for milliseconds, a short sleep has it back sooner.
static bool watch(const struct child *child, uint32_t deadline_seconds, struct os_calls *calls)
{
    struct running_time running = running_time_begin(0, deadline_seconds * UINT64_C(1000000000));
    bool killed = false, cpu_is_shared = false;
    for (;;) {
        int wait_status = 0;
        pid_t pid = waitpid(child->pid, &wait_status, (killed ? 0 : WNOHANG) | __WALL);
        if (pid == child->pid && (WIFEXITED(wait_status) || WIFSIGNALED(wait_status)))
            return !killed && WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
        if (pid < 0 && errno != EINTR)
            return false;
        running_time_pass(&running);
        if (!killed && (signals_pending() || running_time_is_over(&running))) {
            child_kill(child);
            killed = true;
        } else if (pid == child->pid) {
            os_calls_take_stop(calls, wait_status);
        } else if (!cpu_is_shared && (calls->state == OS_CALLS_BEFORE || calls->state == OS_CALLS_COUNTING)) {
            uint64_t before_ns = clock_monotonic_raw_ns();
            sched_yield();
            cpu_is_shared = clock_monotonic_raw_ns() - before_ns > LONG_YIELD_NS;
        } else {
            nanosleep(&(struct timespec){0, 50000}, NULL);
        }
    }
}

static void take_calls(const struct os_calls *calls, struct census *census)
{
    census->calls_present = calls->state == OS_CALLS_COUNTED;
    if (census->calls_present)
        memcpy(census->calls, calls->counts, sizeof census->calls);
    else if (calls->state == OS_CALLS_FAILED)
        snprintf(census->calls_reason, sizeof census->calls_reason, "ptrace: %s",
                 strerror(calls->error_number));
}

static struct census run_census(const struct census_task *task, const struct planned_process *process)
{
    struct wire_request request = task->request_for(task->context, process);
    request.census = true;
    request.trials = 1;
    if (request.batches > CENSUS_BATCHES)
        request.batches = CENSUS_BATCHES;
    if (request.warmup_batches > request.batches)
        request.warmup_batches = request.batches;
    request.probe_heap = false; // the processes that are timed have proven it
    struct spawn_environment environment =
        heap_state_environment(heap_state_of(task->heaps, process), process->environment_padding);
    struct census census = {0};
    struct child child;
    if (spawn_worker(task->options->worker_path, &request, &environment, &child) == 0) {
        struct os_calls calls = {.pid = child.pid};
        census.counted =
            watch(&child, task->deadline_seconds, &calls) && read_census(child.messages, &census);
        if (census.counted)
            take_calls(&calls, &census);
        child_close(&child);
    }
    census.plan_order = process->order;
    return census;
}

// ---- all cells ----

static bool is_taken(const struct run *run, size_t before, uint32_t plan_order)
{
    for (size_t i = 0; i < before; i++)
        if (run->censuses[i].plan_order == plan_order)
            return true;
    return false;
}

static bool went_well(const struct run *run, uint32_t plan_order)
{
    for (size_t i = 0; i < run->count; i++)
        if (run->processes[i].plan_order == plan_order)
            return run->processes[i].outcome == OUTCOME_OK;
    return false;
}

enum status census_take(const struct census_task *task, struct error *error)
{
    const size_t total = plan_count_cells(task->plan);
    const size_t resumed = task->run->census_count;
    const uint64_t start_ns = clock_monotonic_raw_ns();
    for (size_t i = 0; i < task->plan->count; i++) {
        const struct planned_process *process = &task->plan->processes[i];
        if (process->replicate != 0 || is_taken(task->run, resumed, process->order))
            continue;
        size_t taken = task->run->census_count - resumed;
        double each = taken ? (double)(clock_monotonic_raw_ns() - start_ns) * 1e-9 / (double)taken
                            : CENSUS_EXPECTED_SECONDS;
        task->progress(task->context, process, each * (double)(total - task->run->census_count));
        struct census census = {.plan_order = process->order};
        if (!signals_pending() && went_well(task->run, process->order))
            census = run_census(task, process);
        if (signals_pending())
            return error_set(error, STATUS_INTERRUPTED, NULL, "interrupted by signal %d (%s)",
                             signals_pending(), strsignal(signals_pending()));
        enum status status = journal_append_census(task->journal, &census, error);
        if (status != STATUS_OK)
            return status;
        task->run->censuses[task->run->census_count++] = census;
    }
    return STATUS_OK;
}

// ---- facts ----

static void add_fact(struct facts *facts, const char *key, bool present, const char *reason)
{
    if (present)
        facts_set(facts, key, "present");
    else
        facts_set_format(facts, key, "absent: %s", reason);
}

void census_add_facts(const struct run *run, struct facts *facts)
{
    const char *counters_reason = "no process of the census came to its end", *calls_reason = counters_reason;
    bool counters = false, calls = false;
    for (size_t i = 0; i < run->census_count; i++) {
        const struct census *census = &run->censuses[i];
        counters = counters || (census->counted && census->counters.present[0]);
        calls = calls || (census->counted && census->calls_present);
        if (census->counted && census->counters_reason[0])
            counters_reason = census->counters_reason;
        if (census->counted && census->calls_reason[0])
            calls_reason = census->calls_reason;
    }
    facts_set_format(facts, "census.batches", "%d", CENSUS_BATCHES);
    add_fact(facts, "census.hardware_counters", counters, counters_reason);
    add_fact(facts, "census.system_calls", calls, calls_reason);
}
