// The worker: reads one request from standard input, measures one cell, sends what it found on
// WIRE_DESCRIPTOR. It has no options and is started by the runner alone.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gate/gate.h"
#include "heap_proof.h"
#include "os/os.h"
#include "trials.h"

enum {
    EXIT_MISUSED = 2,
    EXIT_PIPE_BROKEN = 3,
    MOST_LIVE_OBJECTS = 65535,
    MOST_BATCHES = 1000000,
    MOST_WAITING = 64
};

// Messages wait here until the worker ends: a driver that wakes up to read one works beside the next trial,
// on the other thread of the same core where there is one, and makes its first microseconds twice as slow.
struct sender {
    uint32_t sequence;
    size_t waiting; // bytes
    uint8_t bytes[MOST_WAITING * WIRE_MESSAGE_BYTES];
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

static void send_setup(void *context, const struct wire_setup *setup)
{
    send_message(context, &(struct wire_message){.kind = WIRE_KIND_SETUP, .content.setup = *setup});
}

static void send_trial(void *context, const struct trial *trial)
{
    send_message(context, &(struct wire_message){.kind = WIRE_KIND_TRIAL, .content.trial = *trial});
}

static void send_census(void *context, const struct census *census)
{
    send_message(context, &(struct wire_message){.kind = WIRE_KIND_CENSUS, .content.census = *census});
}

static struct wire_end skipped(const char *what, const char *name)
{
    struct wire_end end = {.outcome = OUTCOME_SKIPPED};
    snprintf(end.reason, sizeof end.reason, "this worker has no %s '%s'", what, name);
    return end;
}

static bool request_is_in_range(const struct wire_request *request)
{
    return request->live_objects >= 1 && request->live_objects <= MOST_LIVE_OBJECTS &&
           request->batches >= 2 && request->batches <= MOST_BATCHES &&
           request->warmup_batches <= request->batches && request->extra_batches <= request->batches &&
           request->trials >= 1 && request->clock_kind < CLOCK_KIND_COUNT &&
           request->most_repetitions <= GATE_MOST_REPETITIONS;
}

// A strategy may be another one under a second name: the very same code.
static const struct strategy_cells *find_cells(enum touch touch, const struct strategy *strategy)
{
    const struct strategy_cells *cells = strategy ? strategy_cells[touch][strategy - strategies] : NULL;
    while (cells && cells->same_as)
        cells = cells->same_as;
    return cells && cells->prepare ? cells : NULL;
}

static struct wire_end work(const struct wire_request *request, struct sender *sender)
{
    const struct strategy *strategy = strategy_find(request->strategy);
    const struct pattern *pattern = pattern_find(request->pattern);
    char size[16];
    snprintf(size, sizeof size, "%u", request->size_bytes);
    const struct pattern *touch = touch_find(request->touch);
    if (!touch)
        return skipped("touch", request->touch);
    enum touch touch_id = (enum touch)(touch - touches);
    const struct strategy_cells *cells = find_cells(touch_id, strategy);
    if (!cells)
        return skipped("allocator", request->strategy);
    if (!pattern)
        return skipped("pattern", request->pattern);
    if (size_index(request->size_bytes) < 0)
        return skipped("size", size);
    if (request->cpu >= 0)
        os_pin_to_cpu((uint32_t)request->cpu);
    struct measurement measurement = {
        .request = request,
        .strategy = cells,
        .floor = strategy_cells[touch_id][STRATEGY_none],
        .pattern = (enum pattern_id)(pattern - patterns),
        .size_index = size_index(request->size_bytes),
        .touch = touch_id,
        .clock = {.kind = (enum clock_kind)request->clock_kind, .ns_per_tick = request->ns_per_tick},
        .context = sender,
        .send_setup = send_setup,
        .send_trial = send_trial,
        .send_census = send_census,
    };
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
