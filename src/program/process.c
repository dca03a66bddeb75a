// One process: prepared for, run, cleaned up after, and what it gave in the form of the data.
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "private.h"
#include "program/measure.h"
#include "runner/signals.h"

static const char posix_shell[] = "/bin/sh";

// Prepare and cleanup: run to their end, on the caller's heap, unmeasured.
static enum status run_beside(const struct program_session *session, const char *option, const char *command,
                              struct error *error)
{
    CLEANUP(launch_record_release) struct launch_record record = {0};
    char *words[] = {(char *)command, NULL};
    const struct launch_request request = {
        .tools = session->options->tools,
        .arguments = words,
        .shell = posix_shell,
        .output = LAUNCH_OUTPUT_NULL,
        .interrupt = signals_descriptor(),
    };
    if (!command)
        return STATUS_OK;
    enum status status = launch_run(&request, &record, error);
    if (status != STATUS_OK)
        return status;
    if (record.outcome == LAUNCH_INTERRUPTED || signals_pending())
        return error_set(error, STATUS_INTERRUPTED, NULL, "interrupted");
    if (record.outcome == LAUNCH_EXITED && record.exit_code == 0)
        return STATUS_OK;
    return error_set(error, STATUS_ENVIRONMENT, "Make it exit with 0, then start the run again.",
                     "the command of --%s failed: %s", option, record.cause);
}

static enum program_outcome outcome_of(const struct launch_record *record, bool ignore_failure)
{
    switch (record->outcome) {
    case LAUNCH_EXITED:
        return record->exit_code == 0 || ignore_failure ? PROGRAM_OK : PROGRAM_FAILED;
    case LAUNCH_SIGNALED:
        return PROGRAM_CRASHED;
    case LAUNCH_TIMED_OUT:
        return PROGRAM_TIMED_OUT;
    case LAUNCH_NOT_STARTED:
    case LAUNCH_INTERRUPTED:
        break;
    }
    return PROGRAM_NOT_STARTED;
}

static void take_service(const struct launch_record *record, struct program_service *service)
{
    *service = (struct program_service){.served_cpu = record->served_cpu};
    for (uint32_t i = 0; i < record->served_count; i++) {
        const struct launch_served *row = &record->served[i];
        service->processes += row->processes;
        if (row->service == LAUNCH_SERVED) {
            service->served += row->processes;
        } else if (service->why_not == LAUNCH_SERVED) {
            service->why_not = row->service;
            snprintf(service->unserved_program, sizeof service->unserved_program, "%s", row->program);
        }
    }
    if (record->served_count > 0) {
        service->service = record->served[0].service;
        snprintf(service->file, sizeof service->file, "%s", record->served[0].file);
    }
}

static void take_record(const struct program_session *session, const struct launch_record *record,
                        struct program_process *process)
{
    const struct program_request *request = session->request;
    process->outcome = outcome_of(record, request->ignore_failure);
    process->exit_code = record->outcome == LAUNCH_EXITED ? record->exit_code : 0;
    process->signal_number = record->outcome == LAUNCH_SIGNALED ? record->signal_number : 0;
    if (process->outcome != PROGRAM_OK)
        snprintf(process->cause, sizeof process->cause, "%.*s", (int)sizeof process->cause - 1,
                 record->cause);
    process->has_output = request->output == LAUNCH_OUTPUT_PIPE && record->outcome == LAUNCH_EXITED;
    process->output_bytes = record->output_bytes;
    process->output_hash = record->output_hash;
    process->lived_on = request->client ? 0 : record->lived_on;
    take_service(record, &process->service);
    for (int m = 0; m < LAUNCH_METRIC_COUNT; m++)
        process->values[m] = record->present[m] ? (double)record->values[m] : (double)NAN;
    for (uint32_t i = 0; i < request->own_metric_count; i++)
        process->values[LAUNCH_METRIC_COUNT + i] =
            program_find_number(request->own_metrics[i].pattern, text_string(&record->output));
}

static uint64_t unix_time_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static struct launch_request launch_of(const struct program_session *session,
                                       const struct program_planned *planned)
{
    const struct program_request *request = session->request;
    const struct program_subject *subject = &session->subjects->items[planned->subject];
    const struct plan_heap *heap = &request->heaps[planned->heap];
    return (struct launch_request){
        .tools = session->options->tools,
        .arguments = session->arguments[planned->subject],
        .shell = request->shell,
        .library = session->data->heaps[planned->heap].library,
        .tunables = heap->tunables,
        .padding = planned->padding,
        .input = subject->input,
        .output = request->output,
        .output_file = request->output_file,
        .timeout_seconds = session->deadlines[planned->subject] > 0 ? session->deadlines[planned->subject]
                                                                    : request->timeout_seconds,
        .keep_output = request->own_metric_count > 0,
        .ready = subject->ready,
        .client = subject->client,
        .stop_signal = request->stop_signal,
        .interrupt = signals_descriptor(),
    };
}

enum status program_run_process(const struct program_session *session, const struct program_planned *planned,
                                struct program_process *ret_process, struct text *ret_remedy,
                                struct error *error)
{
    const struct program_subject *subject = &session->subjects->items[planned->subject];
    CLEANUP(launch_record_release) struct launch_record record = {0};
    const struct launch_request request = launch_of(session, planned);
    enum status status = run_beside(session, "prepare", subject->prepare, error);
    struct program_process process = {.planned = *planned, .start_ns = unix_time_ns()};
    if (status == STATUS_OK)
        status = launch_run(&request, &record, error);
    if (status == STATUS_OK && (record.outcome == LAUNCH_INTERRUPTED || signals_pending()))
        status = error_set(error, STATUS_INTERRUPTED, NULL, "interrupted");
    if (status == STATUS_OK)
        status = run_beside(session, "cleanup", subject->cleanup, error);
    if (status != STATUS_OK)
        return status;
    take_record(session, &record, &process);
    if (ret_remedy)
        text_append(ret_remedy, record.remedy);
    *ret_process = process;
    return STATUS_OK;
}
