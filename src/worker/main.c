// The worker: reads one request from standard input, measures one cell, sends what it found on
// WIRE_DESCRIPTOR. It has no options and is started by the runner alone.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "os/os.h"
#include "wire/gate.h"
#include "worker/private.h"

enum { EXIT_MISUSED = 2, EXIT_PIPE_BROKEN = 3, MAX_BATCHES = 1000000, MAX_WAITING = 64 };

#define MAX_LITTER_BYTES (UINT64_C(1) << 40)

// Messages wait here until the worker ends: a driver that wakes up to read one works beside the next trial,
// on the other thread of the same core where there is one, and makes its first microseconds twice as slow.
struct sender {
    uint32_t sequence;
    size_t waiting; // bytes
    uint8_t bytes[MAX_WAITING * WIRE_MESSAGE_BYTES];
};

static void say(const char *text)
{
    ssize_t written = write(STDERR_FILENO, text, strlen(text));
    (void)written; // nobody else to tell
}

static bool read_request(uint8_t bytes[WIRE_REQUEST_BYTES])
{
    size_t length = 0;
    while (length < WIRE_REQUEST_BYTES) {
        ssize_t count = read(STDIN_FILENO, bytes + length, WIRE_REQUEST_BYTES - length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        length += (size_t)count;
    }
    return true;
}

// Without a driver that listens there is nothing left to do.
static void send_waiting(struct sender *sender)
{
    for (size_t sent = 0; sent < sender->waiting;) {
        ssize_t count = write(WIRE_DESCRIPTOR, sender->bytes + sent, sender->waiting - sent);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            _exit(EXIT_PIPE_BROKEN);
        sent += (size_t)count;
    }
    sender->waiting = 0;
}

static void send_message(struct sender *sender, struct wire_message *message)
{
    if (sender->waiting == sizeof sender->bytes)
        send_waiting(sender);
    message->sequence = sender->sequence++;
    wire_encode_message(message, sender->bytes + sender->waiting);
    sender->waiting += WIRE_MESSAGE_BYTES;
}

static void send_setup_message(void *context, const struct wire_setup *setup)
{
    send_message(context, &(struct wire_message){.kind = WIRE_KIND_SETUP, .content.setup = *setup});
}

static void send_trial_message(void *context, const struct trial *trial)
{
    send_message(context, &(struct wire_message){.kind = WIRE_KIND_TRIAL, .content.trial = *trial});
}

static void send_value_message(void *context, const struct measured_value *value)
{
    send_message(context, &(struct wire_message){.kind = WIRE_KIND_VALUE, .content.value = *value});
}

static struct wire_end skipped(const char *what, const char *word)
{
    struct wire_end end = {.outcome = OUTCOME_SKIPPED};
    snprintf(end.reason, sizeof end.reason, "this worker has no %s '%s'", what, word);
    return end;
}

static bool request_is_in_range(const struct wire_request *request)
{
    return request->batches >= 2 && request->batches <= MAX_BATCHES &&
           request->warmup_batches <= request->batches && request->extra_batches <= request->batches &&
           request->litter_bytes <= MAX_LITTER_BYTES && request->trials >= 1 &&
           request->clock_kind < CLOCK_KIND_COUNT && request->max_repetitions <= GATE_MAX_REPETITIONS;
}

static struct wire_end skipped_cell(const struct cell *cell)
{
    struct wire_end end = {.outcome = OUTCOME_SKIPPED};
    snprintf(end.reason, sizeof end.reason,
             "this worker has no code for allocator '%s', pattern '%s', touch '%s', %u bytes, %u threads",
             strategies[cell->strategy].name, patterns[cell->pattern].name, touches[cell->touch].name,
             cell->size_bytes, cell->threads);
    return end;
}

static struct wire_end work(const struct wire_request *request, struct sender *sender)
{
    struct cell cell;
    const struct axis *axis = NULL;
    char word[AXIS_WORD_BYTES] = "";
    if (!cell_parse(request->cell, &cell, &axis, word))
        return skipped(axis ? axis->title : "axis", word);
    const struct strategy_cells *cells = strategy_cells[cell.touch][cell.strategy];
    int size = size_index(cell.size_bytes);
    if (!cells || size < 0 || !cells->run[cell.pattern][size] ||
        !pattern_fits_threads((enum pattern_id)cell.pattern, cell.threads))
        return skipped_cell(&cell);
    struct measurement measurement = {
        .request = request,
        .cell = cell,
        .strategy = cells,
        .floor = strategy_cells[cell.touch][STRATEGY_none],
        .size_index = size,
        .clock = {.kind = (enum clock_kind)request->clock_kind, .ns_per_tick = request->ns_per_tick},
        .context = sender,
        .send_setup = send_setup_message,
        .send_trial = send_trial_message,
        .send_value = send_value_message,
    };
    if (cell.threads > 1)
        team_find_cpus(&measurement.cpus, request->cpu);
    if (request->cpu >= 0)
        os_pin_to_cpu((uint32_t)request->cpu);
    struct wire_end end = measure(&measurement);
    if (request->probe_heap && end.outcome == OUTCOME_OK)
        heap_probe(&end);
    return end;
}

int main(void)
{
    uint8_t bytes[WIRE_REQUEST_BYTES];
    struct wire_request request;
    os_die_with_parent();
    os_forbid_core_dump(); // whatever its limit is
    if (!read_request(bytes) || wire_decode_request(bytes, &request) != WIRE_OK ||
        !request_is_in_range(&request)) {
        say("memalloc-bench-worker: it is started by memalloc-bench, not by hand\n");
        return EXIT_MISUSED;
    }
    static struct sender sender;
    struct wire_message end = {.kind = WIRE_KIND_END, .content.end = work(&request, &sender)};
    send_message(&sender, &end);
    send_waiting(&sender);
    _exit(0); // no destructors of a preloaded heap after the last message
}
