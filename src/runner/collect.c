// A worker may crash, hang, be killed, fall silent or send garbage at any moment, and may leave a child of
// its own holding the pipe. So: poll with a deadline on everything, trust nothing that was read, reap in any
// case. Driver and worker may also be stopped for any time, together or alone: deadlines count running time.
#include "collect.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/private.h"
#include "signals.h"
#include "timing/clock.h"
#include "wire/gate.h"

enum { ERROR_TEXT_BYTES = 2048 };

struct state {
    struct child *child;
    struct collection *collection;
    struct running_time running;
    uint8_t message[WIRE_MESSAGE_BYTES]; // the one being received
    size_t message_length;
    uint32_t sequence; // of the next message
    bool setup_seen;
    bool ended;  // an end message came
    bool failed; // the record holds a failure already
    bool interrupted;
    char error_text[ERROR_TEXT_BYTES]; // the first bytes of its standard error
    size_t error_length;
};

static void fail(struct state *state, enum outcome outcome, const char *reason)
{
    struct process_record *record = state->collection->record;
    if (state->failed)
        return;
    state->failed = true;
    record->outcome = outcome;
    snprintf(record->reason, sizeof record->reason, "%s", reason);
}

// Trials come in order, each followed by its repetitions.
static bool trial_is_next(const struct state *state, const struct trial *trial)
{
    const struct process_record *record = state->collection->record;
    const struct trial *last = record->trial_count ? &record->trials[record->trial_count - 1] : NULL;
    bool repeats = last && trial->index == last->index && trial->repetition == last->repetition + 1;
    bool begins = trial->repetition == 0 && trial->index == (last ? last->index + 1 : 0);
    return state->setup_seen && (repeats || begins) && trial->index < state->collection->trials_planned &&
           trial->repetition <= GATE_MAX_REPETITIONS;
}

// Values of other kinds are none of ours.
static bool value_was_asked_for(const struct state *state, const struct measured_value *value)
{
    return state->setup_seen && measurements_have(state->collection->kinds, metric_rows[value->metric].kind);
}

static uint32_t trials_received(const struct process_record *record)
{
    return record->trial_count ? record->trials[record->trial_count - 1].index + 1 : 0;
}

// Whose malloc the worker had before its first object: nothing that was measured with a wrong one counts.
static void take_setup(struct state *state, const struct wire_setup *setup)
{
    struct process_record *record = state->collection->record;
    const struct heap_state *heap = state->collection->heap;
    char reason[PROCESS_REASON_BYTES];
    state->setup_seen = true;
    record->cold_start_ns = setup->cold_start_ns;
    record->floor_ns = setup->floor_ns;
    record->resident_bytes = setup->resident_bytes;
    record->heap = setup->heap;
    bool arrived = worker_environment_arrived(state->collection->environment, &setup->arrival,
                                              state->collection->heap_name, reason);
    if (arrived && (!heap || heap_state_fits(heap, &record->heap, reason)))
        return;
    state->collection->load_failure = LOAD_DID_NOT_SERVE;
    fail(state, OUTCOME_SKIPPED, reason);
}

static void take_end(struct state *state, const struct wire_end *end)
{
    struct process_record *record = state->collection->record;
    const struct heap_state *heap = state->collection->heap;
    char reason[PROCESS_REASON_BYTES];
    record->heap.probes = end->probes;
    record->heap.probes_served = end->probes_served;
    record->heap.c_library_bytes = end->c_library_bytes;
    if (end->outcome != OUTCOME_OK)
        fail(state, end->outcome, end->reason);
    else if (heap && !heap_state_served(heap, &record->heap, reason))
        fail(state, OUTCOME_SKIPPED, reason);
}

static void take_message(struct state *state, const struct wire_message *message)
{
    struct process_record *record = state->collection->record;
    bool in_order = message->sequence == state->sequence++ && !state->ended;
    switch (message->kind) {
    case WIRE_KIND_SETUP:
        in_order = in_order && !state->setup_seen;
        if (in_order)
            take_setup(state, &message->content.setup);
        break;
    case WIRE_KIND_TRIAL:
        in_order = in_order && trial_is_next(state, &message->content.trial);
        if (in_order)
            record->trials[record->trial_count++] = message->content.trial;
        break;
    case WIRE_KIND_END:
        state->ended = in_order;
        if (in_order)
            take_end(state, &message->content.end);
        break;
    case WIRE_KIND_VALUE:
        in_order = in_order && value_was_asked_for(state, &message->content.value) &&
                   measured_values_add(&record->values, &message->content.value);
        break;
    }
    if (!in_order)
        fail(state, OUTCOME_MALFORMED, "the worker sent a message out of order");
}

static void take_bytes(struct state *state, const uint8_t *bytes, size_t length)
{
    while (length > 0 && !state->failed) {
        size_t part = WIRE_MESSAGE_BYTES - state->message_length;
        if (part > length)
            part = length;
        memcpy(state->message + state->message_length, bytes, part);
        state->message_length += part;
        bytes += part;
        length -= part;
        if (state->message_length < WIRE_MESSAGE_BYTES)
            return;
        state->message_length = 0;
        struct wire_message message;
        switch (wire_decode_message(state->message, &message)) {
        case WIRE_OK:
            take_message(state, &message);
            break;
        case WIRE_ANOTHER_VERSION:
            fail(state, OUTCOME_MALFORMED, "the worker is of another version of the program");
            break;
        case WIRE_NOT_A_MESSAGE:
            fail(state, OUTCOME_MALFORMED, "the worker sent something that is no message");
            break;
        }
    }
}

// One read. Closes and forgets the descriptor at its end.
static void read_some(struct state *state, int *descriptor)
{
    uint8_t buffer[4096];
    ssize_t length = read(*descriptor, buffer, sizeof buffer);
    if (length < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (length < 0 && descriptor == &state->child->messages)
        fail(state, OUTCOME_MALFORMED, "the worker's messages could not be read");
    if (length <= 0) {
        close(*descriptor);
        *descriptor = -1;
    } else if (descriptor == &state->child->messages) {
        take_bytes(state, buffer, (size_t)length);
    } else {
        size_t room = ERROR_TEXT_BYTES - 1 - state->error_length;
        size_t kept = (size_t)length < room ? (size_t)length : room;
        memcpy(state->error_text + state->error_length, buffer, kept);
        state->error_length += kept;
    }
}

static void wait_for_something(struct state *state, int longest_ms)
{
    struct pollfd watched[3] = {
        {.fd = state->child->messages, .events = POLLIN},
        {.fd = state->child->errors, .events = POLLIN},
        {.fd = signals_descriptor(), .events = POLLIN},
    };
    int ready = poll(watched, 3, longest_ms);
    if (ready > 0 && watched[0].revents)
        read_some(state, &state->child->messages);
    if (ready > 0 && watched[1].revents)
        read_some(state, &state->child->errors);
    state->interrupted = signals_pending() != 0;
}

// Counts the time that passed, and tells when the worker has come to be stopped.
static void pass_time(struct state *state, struct running_time *time)
{
    const bool was_stopped = time->stopped;
    running_time_pass(time);
    if (time->stopped && !was_stopped && state->collection->stopped)
        state->collection->stopped(state->collection->stopped_context, state->child->pid);
}

// Reads until the worker has closed its pipe, failed, or run out of time.
static void receive(struct state *state)
{
    while (state->child->messages >= 0 && !state->failed && !state->interrupted && !state->ended) {
        wait_for_something(state, running_time_slice_ms(&state->running));
        pass_time(state, &state->running);
        if (running_time_is_over(&state->running) && state->child->messages >= 0 && !state->ended) {
            char reason[PROCESS_REASON_BYTES];
            snprintf(reason, sizeof reason, "no end after %u s (--worker-timeout)",
                     state->collection->deadline_seconds);
            fail(state, OUTCOME_TIMED_OUT, reason);
        }
    }
}

// The worker has said all it will say: it must end by itself, soon, or is killed. On a busy machine it may
// have to wait for its CPU, and give back gigabytes. A signal to the driver does not wait for that.
static int reap(struct state *state)
{
    static const uint64_t grace_ns = UINT64_C(10000000000), grace_after_signal_ns = UINT64_C(1000000000);
    struct running_time grace = running_time_begin(state->child->pid, grace_ns);
    grace.slice_ns = 100000000; // nothing is timed that looking often could disturb
    uint64_t signalled_ns = 0;  // when a signal was first seen; 0: none was
    bool killed = state->failed || state->interrupted;
    if (killed)
        child_kill(state->child);
    for (;;) {
        int wait_status = 0;
        pid_t pid = waitpid(state->child->pid, &wait_status, killed ? 0 : WNOHANG);
        if (pid == state->child->pid)
            return wait_status;
        if (pid < 0 && errno != EINTR)
            return 0;
        pass_time(state, &grace);
        if (signals_pending() && signalled_ns == 0)
            signalled_ns = clock_monotonic_raw_ns();
        if (pid == 0 && signalled_ns > 0 &&
            clock_monotonic_raw_ns() - signalled_ns >= grace_after_signal_ns) {
            state->interrupted = true;
            child_kill(state->child);
            killed = true;
        } else if (pid == 0 && running_time_is_over(&grace)) {
            fail(state, OUTCOME_TIMED_OUT, "the worker did not exit after its last message");
            child_kill(state->child);
            killed = true;
        } else if (pid == 0) {
            struct timespec pause = {0, 100000};
            nanosleep(&pause, NULL);
        }
    }
}

// What the worker left on standard error.
static void drain_errors(struct state *state)
{
    while (state->child->errors >= 0) {
        struct pollfd watched = {.fd = state->child->errors, .events = POLLIN};
        if (poll(&watched, 1, 0) <= 0)
            break;
        read_some(state, &state->child->errors);
    }
    state->error_text[state->error_length] = '\0';
}

// The dynamic linker goes on without a library that it cannot preload, and only it knows why. What it says of
// the heap's library takes the place of whose malloc there was instead. Of what else a variant preloads there
// is no other sign.
static void take_loader_words(struct state *state)
{
    const struct heap_state *heap = state->collection->heap;
    const struct string_list *variables = state->collection->environment->variables;
    char cause[PROCESS_REASON_BYTES / 2], reason[PROCESS_REASON_BYTES];
    bool preloads = false;
    for (size_t i = 0; variables && i < variables->count; i++)
        preloads = preloads || strncmp(variables->items[i], "LD_PRELOAD=", strlen("LD_PRELOAD=")) == 0;
    const char *library = heap ? heap->heap->library : "";
    bool did_not_serve = state->collection->load_failure == LOAD_DID_NOT_SERVE && *library;
    if (!did_not_serve && (state->failed || !preloads))
        return;
    loader_words_of_preload(state->error_text, did_not_serve ? library : "", cause, sizeof cause);
    if (!*cause)
        return;
    snprintf(reason, sizeof reason, "heap %.31s did not serve: the dynamic linker could not preload %s (%s)",
             state->collection->heap_name, did_not_serve ? "it" : "what LD_PRELOAD names", cause);
    state->failed = false;
    state->collection->load_failure = LOAD_DID_NOT_SERVE;
    fail(state, OUTCOME_SKIPPED, reason);
}

static void fail_with_words(struct state *state, char reason[PROCESS_REASON_BYTES])
{
    loader_words_append(state->error_text, reason, PROCESS_REASON_BYTES);
    fail(state, OUTCOME_CRASHED, reason);
}

static void classify(struct state *state, int wait_status)
{
    char reason[PROCESS_REASON_BYTES];
    if (WIFSIGNALED(wait_status)) {
        int number = WTERMSIG(wait_status);
        const char *hint = number == SIGKILL ? ", perhaps because memory ran out" : "";
        snprintf(reason, sizeof reason, "killed by signal %d (%s%s)", number, strsignal(number), hint);
        fail_with_words(state, reason);
    } else if (WEXITSTATUS(wait_status) != 0) {
        snprintf(reason, sizeof reason, "exited with status %d", WEXITSTATUS(wait_status));
        fail_with_words(state, reason);
    } else if (state->message_length > 0) {
        fail(state, OUTCOME_MALFORMED, "the worker's last message is cut off");
    } else if (!state->ended) {
        snprintf(reason, sizeof reason, "exited before it had sent everything");
        fail_with_words(state, reason);
    } else if (trials_received(state->collection->record) != state->collection->trials_planned) {
        fail(state, OUTCOME_MALFORMED, "the worker sent fewer trials than it was asked for");
    }
}

static int way_of_failing(const struct process_record *record, int wait_status)
{
    if (record->outcome == OUTCOME_TIMED_OUT)
        return LOAD_TIMED_OUT;
    return WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : LOAD_EXITED + WEXITSTATUS(wait_status);
}

bool collect(struct child *child, struct collection *collection)
{
    struct state state = {
        .child = child,
        .collection = collection,
        .running = running_time_begin(child->pid, collection->deadline_seconds * UINT64_C(1000000000)),
    };
    receive(&state);
    *collection->stood_ns += state.running.stood_ns;
    state.interrupted = state.interrupted && !state.ended;
    int wait_status = reap(&state);
    drain_errors(&state);
    if (!state.interrupted) {
        take_loader_words(&state);
        classify(&state, wait_status);
        if (state.failed && !state.setup_seen && !child_took_request(child))
            collection->load_failure = way_of_failing(collection->record, wait_status);
    }
    child_close(child);
    return !state.interrupted;
}
