// Warm-ups of every heap first, which also show how long a process takes and whether the command works at
// all; then the plan, process by process.
#include "program/measure.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/random.h"
#include "os/os.h"
#include "private.h"
#include "runner/provenance.h"
#include "runner/signals.h"

// While it measures.
struct measuring {
    struct program_session session;
    struct program_request *request;
    struct program_data *data;
    struct program_plan plan;
    bool *finished; // of the plan
    struct frame_file journal;
    double seconds[PROGRAM_MAX_SUBJECTS][MAX_HEAPS]; // of a process, as the last one took; 0: none ran
    size_t failed;
};

static void measuring_release(struct measuring *measuring)
{
    for (size_t i = 0; i < PROGRAM_MAX_SUBJECTS; i++)
        free(measuring->session.arguments[i]);
    program_plan_release(&measuring->plan);
    free(measuring->finished);
    frame_file_close(&measuring->journal);
}

static enum status list_arguments(struct program_session *session, struct error *error)
{
    for (uint32_t i = 0; i < session->subjects->count; i++) {
        const struct string_list *words = &session->subjects->items[i].words;
        session->arguments[i] = calloc(words->count + 1, sizeof(char *));
        if (!session->arguments[i])
            return error_set_no_memory(error);
        memcpy(session->arguments[i], words->items, words->count * sizeof(char *));
    }
    return STATUS_OK;
}

// ---- one process ----

static enum status run_one(struct measuring *measuring, const struct program_planned *planned,
                           struct program_process *ret_process, struct text *ret_remedy, struct error *error)
{
    if (signals_pending())
        return error_set(error, STATUS_INTERRUPTED, NULL, "interrupted");
    uint64_t begin = os_wall_ns();
    enum status status = program_run_process(&measuring->session, planned, ret_process, ret_remedy, error);
    double seconds = (double)(os_wall_ns() - begin) / 1e9;
    if (status == STATUS_OK)
        measuring->seconds[planned->subject][planned->heap] = seconds;
    return status;
}

static bool is_usable(const struct program_data *data, uint32_t heap)
{
    return !*data->heaps[heap].problem;
}

// A heap that was not run yet is taken to be like the system's.
static double block_seconds(const struct measuring *measuring)
{
    double seconds = 0;
    for (uint32_t s = 0; s < measuring->data->subject_count; s++) {
        seconds += measuring->seconds[s][0]; // the twin
        for (uint32_t h = 0; h < measuring->data->heap_count; h++)
            if (is_usable(measuring->data, h))
                seconds += measuring->seconds[s][h] > 0 ? measuring->seconds[s][h] : measuring->seconds[s][0];
    }
    return seconds;
}

static void report(const struct measuring *measuring, struct program_progress progress)
{
    const struct program_measure_options *options = measuring->session.options;
    progress.failed = measuring->failed;
    if (options->progress)
        options->progress(options->context, &progress);
}

// ---- deadlines ----

enum { MIN_DEADLINE_SECONDS = 60, DEADLINE_TIMES = 20 };

// Of a heap on which the program hangs: without a limit of the user's, many times what the system's heap
// took.
static void set_deadline(struct measuring *measuring, uint32_t subject)
{
    double seconds = DEADLINE_TIMES * measuring->seconds[subject][0];
    measuring->session.deadlines[subject] = measuring->request->timeout_seconds > 0
                                                ? measuring->request->timeout_seconds
                                            : seconds > MIN_DEADLINE_SECONDS ? seconds
                                                                             : MIN_DEADLINE_SECONDS;
}

// ---- warm-ups ----

// What does not work on the system's heap will not be measured on others.
static enum status check_system(const struct measuring *measuring, const struct program_process *process,
                                const struct text *remedy, struct error *error)
{
    static const char of_exit[] = "Fix the command; or, if it ends so by its nature, add --ignore-failure.";
    if (process->outcome == PROGRAM_OK || process->planned.heap != 0)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, process->outcome == PROGRAM_FAILED ? of_exit : text_string(remedy),
                     "%s: on the system's heap, %s",
                     measuring->data->subjects[process->planned.subject].command, process->cause);
}

// Without warm-ups the system's heap still runs once: nobody waits for a command that does not work.
static size_t list_warmups(const struct measuring *measuring, struct program_planned *ret_planned)
{
    const struct program_request *request = measuring->request;
    uint32_t rounds = request->warmups ? request->warmups : 1;
    size_t count = 0;
    struct random random;
    random_seed(&random, random_derive_seed(request->seed, 1));
    for (uint32_t round = 0; round < rounds; round++)
        for (uint32_t s = 0; s < measuring->data->subject_count; s++) {
            size_t first = count;
            for (uint32_t h = 0; h < request->heap_count; h++)
                if (is_usable(measuring->data, h) && (h == 0 || request->warmups > 0))
                    ret_planned[count++] = (struct program_planned){.subject = s, .heap = h};
            if (count > first + 1) // the system's heap stays the first
                random_shuffle(&random, ret_planned + first + 1, count - first - 1, sizeof *ret_planned);
        }
    return count;
}

static enum status warm_up(struct measuring *measuring, struct error *error)
{
    uint32_t rounds = measuring->request->warmups ? measuring->request->warmups : 1;
    CLEANUP(free_pointer)
    struct program_planned *planned =
        calloc((size_t)rounds * measuring->data->subject_count * measuring->request->heap_count + 1,
               sizeof *planned);
    if (!planned)
        return error_set_no_memory(error);
    size_t count = list_warmups(measuring, planned);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        struct program_process process = {0};
        CLEANUP(text_release) struct text remedy = {0};
        report(
            measuring,
            (struct program_progress){
                .done = i, .total = count, .next = &planned[i], .is_warmup = true, .remaining_seconds = -1});
        status = run_one(measuring, &planned[i], &process, &remedy, error);
        if (status == STATUS_OK)
            status = check_system(measuring, &process, &remedy, error);
        if (planned[i].heap == 0)
            set_deadline(measuring, planned[i].subject);
    }
    return status;
}

// ---- the plan ----

static void decide_blocks(struct measuring *measuring)
{
    const struct program_measure_options *options = measuring->session.options;
    struct program_request *request = measuring->request;
    const double seconds = block_seconds(measuring);
    struct program_outlook outlook = {.subjects = measuring->data->subject_count, .heaps = 1};
    if (request->blocks == 0) {
        request->blocks = program_fit_blocks(request->seconds, seconds);
        outlook.wanted_seconds = request->seconds;
    }
    for (uint32_t h = 0; h < measuring->data->heap_count; h++)
        outlook.heaps += is_usable(measuring->data, h);
    outlook.blocks = request->blocks;
    outlook.seconds = seconds * request->blocks;
    if (options->outlook)
        options->outlook(options->context, &outlook);
}

static enum status build_plan(struct measuring *measuring, struct error *error)
{
    bool usable[MAX_HEAPS] = {false};
    for (uint32_t h = 0; h < measuring->data->heap_count; h++)
        usable[h] = is_usable(measuring->data, h);
    enum status status = program_plan_build(measuring->request, measuring->session.subjects->count, usable,
                                            measuring->request->blocks, &measuring->plan, error);
    if (status != STATUS_OK)
        return status;
    measuring->finished = calloc(measuring->plan.count + 1, sizeof *measuring->finished);
    measuring->data->processes = calloc(measuring->plan.count + 1, sizeof *measuring->data->processes);
    return measuring->finished && measuring->data->processes ? STATUS_OK : error_set_no_memory(error);
}

// How long a process took that an earlier part of the run had.
static void note_seconds(struct measuring *measuring, const struct program_process *process)
{
    const double wall_ns = process->values[LAUNCH_METRIC_WALL];
    if (!(wall_ns > 0) || process->outcome != PROGRAM_OK)
        return;
    measuring->seconds[process->planned.subject][process->planned.heap] = wall_ns / 1e9;
    if (process->planned.heap == 0)
        set_deadline(measuring, process->planned.subject);
}

// What an interrupted run has measured.
static enum status take_journal(struct measuring *measuring, const struct facts *begun, struct error *error)
{
    CLEANUP(program_journal_release) struct program_journal_content content = {0};
    const char *path = measuring->session.options->journal_path;
    enum status status = program_journal_read(path, &content, error);
    if (status == STATUS_OK)
        status = provenance_check(&content.begun_with, begun, path, error);
    if (status == STATUS_OK)
        status = build_plan(measuring, error);
    for (size_t i = 0; i < content.count && status == STATUS_OK; i++) {
        uint32_t order = content.processes[i].planned.order;
        if (order >= measuring->plan.count || measuring->finished[order])
            return journal_is_bad(path, "it does not fit its plan", error);
        measuring->finished[order] = true;
        measuring->data->processes[order] = content.processes[i];
        measuring->data->processes[order].planned = measuring->plan.items[order];
        measuring->failed += content.processes[i].outcome != PROGRAM_OK;
        note_seconds(measuring, &measuring->data->processes[order]);
    }
    if (status == STATUS_OK)
        status = frame_file_open(&measuring->journal, path, false, error);
    if (status == STATUS_OK)
        status = frame_file_cut(&measuring->journal, content.valid_bytes, error);
    return status;
}

static enum status run_planned(struct measuring *measuring, struct error *error)
{
    const struct program_plan *plan = &measuring->plan;
    size_t done = 0, ran = 0;
    for (size_t i = 0; i < plan->count; i++)
        done += measuring->finished[i];
    uint64_t begin = os_wall_ns();
    double expected = block_seconds(measuring) * plan->block_count / (double)(plan->count ? plan->count : 1);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < plan->count && status == STATUS_OK; i++) {
        if (measuring->finished[i])
            continue;
        if (ran > 0)
            expected = (double)(os_wall_ns() - begin) / 1e9 / (double)ran;
        report(measuring,
               (struct program_progress){.done = done,
                                         .total = plan->count,
                                         .next = &plan->items[i],
                                         .remaining_seconds =
                                             expected > 0 ? expected * (double)(plan->count - done) : -1});
        status = run_one(measuring, &plan->items[i], &measuring->data->processes[i], NULL, error);
        if (status == STATUS_OK)
            status = program_journal_append(&measuring->journal, &measuring->data->processes[i],
                                            measuring->data->metric_count, error);
        if (status != STATUS_OK)
            break;
        measuring->finished[i] = true;
        measuring->failed += measuring->data->processes[i].outcome != PROGRAM_OK;
        done++, ran++;
    }
    if (status == STATUS_INTERRUPTED)
        return error_set(error, status, NULL, "interrupted after %zu of %zu processes", done, plan->count);
    if (status == STATUS_OK)
        report(measuring, (struct program_progress){.done = done, .total = plan->count});
    measuring->data->count = plan->count;
    return status;
}

static enum status measure_all(struct measuring *measuring, struct error *error)
{
    const struct program_measure_options *options = measuring->session.options;
    CLEANUP(facts_release) struct facts begun = {0};
    enum status status = list_arguments(&measuring->session, error);
    if (status == STATUS_OK)
        status = program_begun_with(&measuring->session, &measuring->data->facts, &begun, error);
    if (status == STATUS_OK && options->resume) {
        status = take_journal(measuring, &begun, error);
    } else if (status == STATUS_OK) {
        status = warm_up(measuring, error);
        if (status == STATUS_OK)
            decide_blocks(measuring);
        if (status == STATUS_OK)
            status = build_plan(measuring, error);
        if (status == STATUS_OK)
            status = program_journal_create(&measuring->journal, options->journal_path, measuring->request,
                                            &begun, error);
    }
    return status == STATUS_OK ? run_planned(measuring, error) : status;
}

enum status program_measure(struct program_request *request, const struct program_subjects *subjects,
                            const struct program_measure_options *options, struct program_data *data,
                            struct error *error)
{
    struct signals signals;
    CLEANUP(free_pointer) struct measuring *measuring = calloc(1, sizeof *measuring);
    if (!measuring)
        return error_set_no_memory(error);
    measuring->session =
        (struct program_session){.request = request, .subjects = subjects, .options = options, .data = data};
    measuring->request = request;
    measuring->data = data;
    measuring->journal = FRAME_FILE_CLOSED;
    enum status status = signals_catch(&signals, error);
    if (status == STATUS_OK) {
        status = measure_all(measuring, error);
        signals_release(&signals);
    }
    measuring_release(measuring);
    return status;
}

// ---- the journal, for others ----

enum status program_journal_request(const char *journal_path, struct program_request *ret_request,
                                    struct error *error)
{
    CLEANUP(program_journal_release) struct program_journal_content content = {0};
    enum status status = program_journal_read(journal_path, &content, error);
    if (status != STATUS_OK)
        return status;
    *ret_request = content.request;
    content.request = (struct program_request){0};
    return STATUS_OK;
}

bool program_request_equals(const struct program_request *one, const struct program_request *other)
{
    struct program_request like = *one; // its texts are those of `one`
    if (one->blocks == 0)
        like.blocks = other->blocks;
    else
        like.seconds = other->seconds;
    size_t room = program_request_bytes(one), other_room = program_request_bytes(other);
    CLEANUP(free_pointer) uint8_t *bytes = calloc(room + other_room, 1);
    if (!bytes)
        return false;
    struct byte_writer writer = {.bytes = bytes, .capacity = room};
    struct byte_writer other_writer = {.bytes = bytes + room, .capacity = other_room};
    program_put_request(&writer, &like);
    program_put_request(&other_writer, other);
    return writer.position == other_writer.position && memcmp(bytes, bytes + room, writer.position) == 0;
}

enum status program_discard_journal(const char *journal_path, struct error *error)
{
    if (unlink(journal_path) != 0 && errno != ENOENT)
        return error_set_errno(error, STATUS_ENVIRONMENT, errno, "Remove it by hand: the results are stored.",
                               "cannot remove the journal %s", journal_path);
    return STATUS_OK;
}
