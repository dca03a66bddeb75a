// A traced worker stops at every system call and reports it through waitpid alone, which knows no deadline:
// so it is polled, without a pause while the worker is traced. What the worker sends fits its pipe's buffer
// and is read when it has ended. Nothing of this can fail a cell.
#include "cell_measurements.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/calls.h"
#include "runner/private.h"
#include "signals.h"
#include "spawn.h"
#include "timing/clock.h"

#ifndef __WALL
#define __WALL 0
#endif

enum { DEADLINE_SECONDS = 30, MAX_MESSAGES = 64 };

static const enum measured_metric call_metrics[MEMORY_CALL_COUNT] = {
    [MEMORY_CALL_BRK] = MEASURED_census_brk_calls,
    [MEMORY_CALL_MMAP] = MEASURED_census_mmap_calls,
    [MEMORY_CALL_MUNMAP] = MEASURED_census_munmap_calls,
    [MEMORY_CALL_MREMAP] = MEASURED_census_mremap_calls,
    [MEMORY_CALL_MADVISE] = MEASURED_census_madvise_calls,
};

// All that the pipe holds; nothing when it is more than that.
static size_t read_pipe(int descriptor, uint8_t *ret_bytes, size_t capacity)
{
    size_t length = 0;
    ssize_t count = 0;
    fcntl(descriptor, F_SETFL, O_NONBLOCK); // a child that the worker left may keep the pipe open
    do {
        count = read(descriptor, ret_bytes + length, capacity - length);
        length += count > 0 ? (size_t)count : 0;
    } while ((count > 0 && length < capacity) || (count < 0 && errno == EINTR));
    return length < capacity ? length : 0;
}

// One setup, values of the kind, one end. False when the messages are others.
static bool take_messages(const uint8_t *bytes, size_t length, struct measurement_record *record)
{
    const size_t count = length / WIRE_MESSAGE_BYTES;
    bool sound = count >= 2 && length % WIRE_MESSAGE_BYTES == 0;
    for (size_t i = 0; i < count && sound; i++) {
        struct wire_message message;
        sound =
            wire_decode_message(bytes + i * WIRE_MESSAGE_BYTES, &message) == WIRE_OK && message.sequence == i;
        if (!sound)
            break;
        if (i == 0)
            sound = message.kind == WIRE_KIND_SETUP;
        else if (i + 1 == count)
            sound = message.kind == WIRE_KIND_END && message.content.end.outcome == OUTCOME_OK;
        else
            sound = message.kind == WIRE_KIND_VALUE &&
                    metric_rows[message.content.value.metric].kind == record->kind &&
                    measured_values_add(&record->values, &message.content.value);
    }
    return sound;
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

static bool take_calls(const struct os_calls *calls, struct measurement_record *record)
{
    bool added = true;
    struct measured_value absent = {.metric = call_metrics[0], .value = NAN};
    for (int i = 0; i < MEMORY_CALL_COUNT && calls->state == OS_CALLS_COUNTED; i++) {
        struct measured_value value = {.metric = call_metrics[i], .value = (double)calls->counts[i]};
        added = added && measured_values_add(&record->values, &value);
    }
    if (calls->state != OS_CALLS_FAILED)
        return added;
    snprintf(absent.absence, sizeof absent.absence, "ptrace: %s", strerror(calls->error_number));
    return measured_values_add(&record->values, &absent);
}

static bool take_child(struct child *child, uint32_t deadline_seconds, struct measurement_record *record)
{
    static uint8_t bytes[MAX_MESSAGES * WIRE_MESSAGE_BYTES + 1];
    struct os_calls calls = {.pid = child->pid};
    if (!watch(child, deadline_seconds < DEADLINE_SECONDS ? deadline_seconds : DEADLINE_SECONDS, &calls))
        return false;
    size_t length = read_pipe(child->messages, bytes, sizeof bytes);
    return take_messages(bytes, length, record) && take_calls(&calls, record);
}

void census_run(const struct cell_task *task, const struct planned_process *process,
                const struct wire_request *request, struct measurement_record *record)
{
    const struct spawn_environment environment =
        heap_state_environment(heap_state_of(task->heaps, process), process);
    const char *worker = process->variant.worker ? process->variant.worker : task->options->worker_path;
    struct child child;
    bool counted = spawn_worker(worker, request, &environment, &child) == 0;
    if (counted) {
        counted = take_child(&child, task->deadline_seconds, record);
        child_close(&child);
    }
    if (counted)
        return;
    measured_values_release(&record->values);
    record->outcome = OUTCOME_MALFORMED;
    snprintf(record->reason, sizeof record->reason, "the process of the %s did not come to its end",
             measurement_kinds[record->kind].title);
}

// ---- facts ----

static void add_fact(struct facts *facts, const char *key, bool present, const char *reason)
{
    if (present)
        facts_set(facts, key, "present");
    else
        facts_set_format(facts, key, "absent: %s", reason);
}

// Whether any record has the metric; else, why the first does not.
static bool is_present(const struct run *run, enum measured_metric metric, const char **ret_reason)
{
    for (size_t i = 0; i < run->measurement_count; i++) {
        const struct measured_values *values = &run->measurements[i].values;
        for (size_t k = 0; k < values->count; k++) {
            if (values->items[k].metric == metric && !isnan(values->items[k].value))
                return true;
            if (values->items[k].metric == metric)
                *ret_reason = values->items[k].absence;
        }
    }
    return false;
}

void census_add_facts(const struct run *run, struct facts *facts)
{
    const char *counters_reason = "no process of the census came to its end", *calls_reason = counters_reason;
    bool counters = is_present(run, MEASURED_census_cycles, &counters_reason);
    bool calls = is_present(run, call_metrics[0], &calls_reason);
    facts_set_format(facts, "census.batches", "%u", measurement_kinds[MEASUREMENT_census].max_batches);
    add_fact(facts, "census.hardware_counters", counters, counters_reason);
    add_fact(facts, "census.system_calls", calls, calls_reason);
}
