// A worker that misbehaves on purpose, as FAKE_WORKER says. It answers the runner's request as the real one
// does up to the point where it goes wrong.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "os/calls.h"
#include "wire/bytes.h"
#include "wire/wire.h"

static uint32_t next_sequence;
static struct wire_request request;
static enum wire_traverse asked_traverse;

static void send_bytes(const uint8_t bytes[WIRE_MESSAGE_BYTES])
{
    if (write(WIRE_DESCRIPTOR, bytes, WIRE_MESSAGE_BYTES) != WIRE_MESSAGE_BYTES)
        _exit(9);
}

static void send_message(struct wire_message message)
{
    uint8_t bytes[WIRE_MESSAGE_BYTES];
    message.sequence = next_sequence++;
    wire_encode_message(&message, bytes);
    send_bytes(bytes);
}

static void send_setup(void)
{
    send_message((struct wire_message){
        .kind = WIRE_KIND_SETUP, .content.setup = {1000, 2000, 3000, {"/lib/fake.so", "00ff", "", false}}});
}

static void send_trial(uint32_t index)
{
    struct trial trial = {.index = index, .total_ns = 5, .objects = 100000};
    send_message((struct wire_message){.kind = WIRE_KIND_TRIAL, .content.trial = trial});
}

static void send_end(enum outcome outcome, const char *reason)
{
    struct wire_message end = {.kind = WIRE_KIND_END, .content.end.outcome = outcome};
    if (asked_traverse != WIRE_TRAVERSE_NOT) {
        end.content.end.traverse_ns = asked_traverse == WIRE_TRAVERSE_FRESH ? 31 : 41;
        end.content.end.traverse_objects = 100000;
    }
    snprintf(end.content.end.reason, sizeof end.content.end.reason, "%s", reason);
    send_message(end);
}

static void send_all(uint32_t trials)
{
    send_setup();
    for (uint32_t i = 0; i < trials; i++)
        send_trial(i);
}

static void hang(void)
{
    for (;;)
        pause();
}

static void behave(uint32_t trials)
{
    send_all(trials);
    send_end(OUTCOME_OK, "");
}

static void crash_when_fresh(uint32_t trials)
{
    behave(trials);
    if (asked_traverse == WIRE_TRAVERSE_FRESH)
        raise(SIGKILL);
}

static void crash(uint32_t trials)
{
    (void)trials;
    send_setup();
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
}

static void be_killed(uint32_t trials)
{
    (void)trials;
    raise(SIGKILL);
}

static void hang_midway(uint32_t trials)
{
    (void)trials;
    send_setup();
    signal(SIGTERM, SIG_IGN);
    hang();
}

static void hang_after_end(uint32_t trials)
{
    behave(trials);
    hang();
}

static void send_garbage(uint32_t trials)
{
    (void)trials;
    uint8_t bytes[WIRE_MESSAGE_BYTES];
    memset(bytes, 'x', sizeof bytes);
    send_bytes(bytes);
    hang();
}

// A sound message of a program of another version.
static void speak_another_version(uint32_t trials)
{
    (void)trials;
    uint8_t bytes[WIRE_MESSAGE_BYTES];
    struct wire_message message = {.kind = WIRE_KIND_SETUP};
    wire_encode_message(&message, bytes);
    bytes[4] = 99;
    struct byte_writer end = {.bytes = bytes, .capacity = sizeof bytes, .position = sizeof bytes - 4};
    put_number(&end, checksum(bytes, sizeof bytes - 4), 4);
    send_bytes(bytes);
}

static void cut_message(uint32_t trials)
{
    send_all(trials);
    if (write(WIRE_DESCRIPTOR, "MB", 2) != 2)
        _exit(9);
}

static void exit_early(uint32_t trials)
{
    (void)trials;
    send_setup();
}

static void exit_seven(uint32_t trials)
{
    (void)trials;
    fputs("cannot load \x1b[31mthe heap\n", stderr);
    fflush(stderr);
    _exit(7);
}

static void send_out_of_order(uint32_t trials)
{
    (void)trials;
    send_trial(0);
}

static void send_too_many_trials(uint32_t trials)
{
    behave(trials + 1);
}

static void send_too_few_trials(uint32_t trials)
{
    behave(trials - 1);
}

static void run_out_of_memory(uint32_t trials)
{
    (void)trials;
    send_setup();
    send_end(OUTCOME_OUT_OF_MEMORY, "the heap gave no memory for an object");
}

static void find_corruption(uint32_t trials)
{
    (void)trials;
    send_setup();
    send_end(OUTCOME_CORRUPT, "an object did not hold what was written to it");
}

static void name_the_strategy(uint32_t trials)
{
    (void)trials;
    send_setup();
    send_end(OUTCOME_SKIPPED, request.strategy);
}

static void leave_a_child(uint32_t trials)
{
    behave(trials);
    if (fork() == 0)
        sleep(20); // it holds the pipe open
}

static void interrupt_driver(uint32_t trials)
{
    (void)trials;
    send_setup();
    kill(getppid(), SIGINT);
    hang();
}

// ---- when asked for a census ----

static void send_census(const char *counters_reason, const char *calls_reason)
{
    struct wire_message message = {.kind = WIRE_KIND_CENSUS};
    struct census *census = &message.content.census;
    census->counted = true;
    census->batches = 100;
    census->objects = 10000;
    census->minor_faults = 17;
    snprintf(census->counters_reason, sizeof census->counters_reason, "%s", counters_reason);
    snprintf(census->calls_reason, sizeof census->calls_reason, "%s", calls_reason);
    send_message(message);
}

static void count_traced(uint32_t trials)
{
    (void)trials;
    mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int error_number = os_calls_begin();
    void *mapped = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    raise(SIGCONT); // a signal on the way is nobody's call
    munmap(mapped, 4096);
    mapped = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (error_number == 0)
        os_calls_end();
    munmap(mapped, 4096);
    send_census("no such thing here", error_number ? strerror(error_number) : "");
    send_end(OUTCOME_OK, "");
}

static void count_untraced(uint32_t trials)
{
    (void)trials;
    send_census("", "ptrace: Operation not permitted");
    send_end(OUTCOME_OK, "");
}

static void crash_while_traced(uint32_t trials)
{
    (void)trials;
    os_calls_begin();
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
}

static void hang_while_traced(uint32_t trials)
{
    (void)trials;
    os_calls_begin();
    hang();
}

static void stop_untraced(uint32_t trials)
{
    (void)trials;
    raise(SIGSTOP);
}

static void leave_out_the_end(uint32_t trials)
{
    (void)trials;
    send_census("", "");
}

static void find_no_memory(uint32_t trials)
{
    (void)trials;
    send_census("", "");
    send_end(OUTCOME_OUT_OF_MEMORY, "the heap gave no memory for an object");
}

static const struct {
    const char *mode;
    void (*run)(uint32_t trials);
} modes[] = {
    {"census_traced", count_traced},
    {"census_untraced", count_untraced},
    {"census_crash", crash_while_traced},
    {"census_hang", hang_while_traced},
    {"census_stop", stop_untraced},
    {"census_without_end", leave_out_the_end},
    {"census_out_of_memory", find_no_memory},
    {"ok", behave},
    {"crash", crash},
    {"crash_when_fresh", crash_when_fresh},
    {"killed", be_killed},
    {"hang", hang_midway},
    {"hang_after_end", hang_after_end},
    {"garbage", send_garbage},
    {"another_version", speak_another_version},
    {"cut_message", cut_message},
    {"exit_early", exit_early},
    {"exit_seven", exit_seven},
    {"out_of_order", send_out_of_order},
    {"too_many_trials", send_too_many_trials},
    {"too_few_trials", send_too_few_trials},
    {"out_of_memory", run_out_of_memory},
    {"corrupt", find_corruption},
    {"name_the_strategy", name_the_strategy},
    {"child_keeps_pipe", leave_a_child},
    {"interrupt_driver", interrupt_driver},
};

int main(void)
{
    const char *mode = getenv("FAKE_WORKER");
    const char *census_mode = getenv("FAKE_WORKER_CENSUS");
    const char *only_for = getenv("FAKE_WORKER_PATTERN"); // with the other patterns it behaves
    uint8_t bytes[WIRE_REQUEST_BYTES];
    if (!mode || read(STDIN_FILENO, bytes, sizeof bytes) != (ssize_t)sizeof bytes ||
        wire_decode_request(bytes, &request) != WIRE_OK)
        return 2;
    if (only_for && strcmp(only_for, request.pattern) != 0)
        mode = "ok";
    if (request.census && census_mode)
        mode = census_mode;
    asked_traverse = request.traverse;
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        if (strcmp(modes[i].mode, mode) == 0) {
            modes[i].run(asked_traverse == WIRE_TRAVERSE_FRESH ? 0 : request.trials);
            _exit(0);
        }
    }
    return 2;
}
