// A worker that misbehaves on purpose, as FAKE_WORKER says. It answers the runner's request as the real one
// does up to the point where it goes wrong.
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "os/calls.h"
#include "wire/bytes.h"
#include "wire/wire.h"

static uint32_t next_sequence;
static struct wire_request request;

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
    send_message(
        (struct wire_message){.kind = WIRE_KIND_SETUP,
                              .content.setup = {.cold_start_ns = 1000,
                                                .floor_ns = 2000,
                                                .resident_bytes = 3000,
                                                .heap = {.malloc_in = "/lib/fake.so", .build_id = "00ff"}}});
}

static void send_value(enum measured_metric metric, double value)
{
    send_message(
        (struct wire_message){.kind = WIRE_KIND_VALUE, .content.value = {.metric = metric, .value = value}});
}

static void send_absence(enum measured_metric metric, const char *reason)
{
    struct wire_message message = {.kind = WIRE_KIND_VALUE,
                                   .content.value = {.metric = metric, .value = NAN}};
    snprintf(message.content.value.absence, ABSENCE_BYTES, "%s", reason);
    send_message(message);
}

static void send_trial(uint32_t index)
{
    struct trial trial = {.index = index, .total_ns = 5, .objects = 100000};
    send_message((struct wire_message){.kind = WIRE_KIND_TRIAL, .content.trial = trial});
}

static void send_end(enum outcome outcome, const char *reason)
{
    struct wire_message end = {.kind = WIRE_KIND_END, .content.end.outcome = outcome};
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
    if (request.kind == MEASUREMENT_traverse)
        send_value(MEASURED_traverse_fresh_ns, 31);
    if (measurements_have(request.after_trials, MEASUREMENT_traverse)) {
        send_value(MEASURED_traverse_aged_ns, 41);
        send_value(MEASURED_traverse_objects, 100000);
    }
    if (request.kind == MEASUREMENT_footprint)
        send_value(MEASURED_footprint_live_bytes, (double)request.footprint_bytes);
    send_end(OUTCOME_OK, "");
}

// As on a machine that is much too loud.
static void send_long_disturbed_trials(uint32_t trials)
{
    send_setup();
    for (uint32_t i = 0; i < trials; i++) {
        struct trial trial = {.index = i, .total_ns = 1000000000, .objects = 100000, .migrated = true};
        send_message((struct wire_message){.kind = WIRE_KIND_TRIAL, .content.trial = trial});
    }
    send_end(OUTCOME_OK, "");
}

static void crash_when_fresh(uint32_t trials)
{
    behave(trials);
    if (request.kind == MEASUREMENT_traverse)
        raise(SIGKILL);
}

static void crash_with_footprint(uint32_t trials)
{
    if (request.kind == MEASUREMENT_footprint)
        raise(SIGKILL);
    behave(trials);
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

// As on a busy machine, or with much memory to give back.
static void be_slow_to_exit(uint32_t trials)
{
    behave(trials);
    struct timespec pause = {1, 500000000};
    nanosleep(&pause, NULL);
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
    char name[sizeof request.cell] = "";
    sscanf(request.cell, "strategy=%255s", name);
    send_end(OUTCOME_SKIPPED, name);
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

// ---- pauses ----

enum { PAUSE_MS = 1700 };

static void rest_ms(long ms)
{
    struct timespec rest = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&rest, &rest) != 0 && errno == EINTR)
        continue;
}

// A real worker computes; the kernel freezes one that sleeps in another way.
static void work_ms(long ms)
{
    struct timespec now, begin;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000 < ms);
}

// Has a process that is not stopped with the others do this in `pause`'s place, and waits until it has begun.
// Its last act lets everybody go on.
static void from_outside(void (*act)(pid_t driver, pid_t worker))
{
    pid_t driver = getppid(), worker = getpid();
    pid_t helper = fork();
    if (helper != 0) {
        work_ms(300); // in which the pause begins
        return;
    }
    setsid();
    close(WIRE_DESCRIPTOR); // or the driver would wait for this one, too
    close(STDERR_FILENO);
    act(driver, worker);
    _exit(0);
}

static void pause_worker(pid_t driver, pid_t worker)
{
    (void)driver;
    kill(worker, SIGSTOP);
    rest_ms(PAUSE_MS);
    kill(worker, SIGCONT);
}

static void pause_driver(pid_t driver, pid_t worker)
{
    (void)worker;
    kill(driver, SIGSTOP);
    rest_ms(PAUSE_MS);
    kill(driver, SIGCONT);
}

static void pause_both(pid_t driver, pid_t worker)
{
    kill(driver, SIGSTOP);
    pause_worker(driver, worker);
    kill(driver, SIGCONT);
}

static void pause_worker_in_turns(pid_t driver, pid_t worker)
{
    for (int i = 0; i < 2; i++) {
        pause_worker(driver, worker);
        rest_ms(50);
    }
}

static void write_word(const char *path, const char *word)
{
    FILE *stream = path && word ? fopen(path, "w") : NULL;
    if (!stream || fputs(word, stream) < 0 || fclose(stream) != 0)
        _exit(8);
}

static void freeze_and_thaw(pid_t driver, pid_t worker)
{
    (void)driver;
    char path[192], number[24];
    snprintf(path, sizeof path, "%s/cgroup.procs", getenv("FAKE_WORKER_FREEZER"));
    snprintf(number, sizeof number, "%ld", (long)worker);
    write_word(path, number);
    write_word(getenv("FAKE_WORKER_FREEZER_FILE"), getenv("FAKE_WORKER_FREEZE"));
    rest_ms(PAUSE_MS);
    write_word(getenv("FAKE_WORKER_FREEZER_FILE"), getenv("FAKE_WORKER_THAW"));
}

static void stop_worker(uint32_t trials)
{
    from_outside(pause_worker);
    behave(trials);
}

static void stop_driver(uint32_t trials)
{
    from_outside(pause_driver);
    behave(trials);
}

static void stop_both(uint32_t trials)
{
    from_outside(pause_both);
    behave(trials);
}

static void stop_worker_in_turns(uint32_t trials)
{
    from_outside(pause_worker_in_turns);
    rest_ms(100);
    behave(trials);
}

static void freeze_worker(uint32_t trials)
{
    from_outside(freeze_and_thaw);
    behave(trials);
}

static void stop_after_end(uint32_t trials)
{
    behave(trials);
    from_outside(pause_worker);
}

static void stop_then_hang(uint32_t trials)
{
    from_outside(pause_worker);
    hang_midway(trials);
}

static void stop_then_crash(uint32_t trials)
{
    from_outside(pause_worker);
    crash(trials);
}

static void spin(uint32_t trials)
{
    (void)trials;
    send_setup();
    for (volatile bool ended = false; !ended;)
        continue;
}

// ---- when asked for a census ----

static void send_census(const char *counters_reason, const char *calls_reason)
{
    send_setup();
    send_value(MEASURED_census_batches, 100);
    send_value(MEASURED_census_objects, 10000);
    send_value(MEASURED_census_minor_faults, 17);
    if (*counters_reason)
        send_absence(MEASURED_census_cycles, counters_reason);
    if (*calls_reason)
        send_absence(MEASURED_census_brk_calls, calls_reason);
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
    {"loud", send_long_disturbed_trials},
    {"crash", crash},
    {"crash_when_fresh", crash_when_fresh},
    {"crash_with_footprint", crash_with_footprint},
    {"killed", be_killed},
    {"hang", hang_midway},
    {"hang_after_end", hang_after_end},
    {"slow_to_exit", be_slow_to_exit},
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
    {"stop_worker", stop_worker},
    {"stop_driver", stop_driver},
    {"stop_both", stop_both},
    {"stop_worker_in_turns", stop_worker_in_turns},
    {"stop_after_end", stop_after_end},
    {"stop_then_hang", stop_then_hang},
    {"stop_then_crash", stop_then_crash},
    {"freeze_worker", freeze_worker},
    {"spin", spin},
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
    char wanted[64];
    snprintf(wanted, sizeof wanted, " pattern=%s ", only_for ? only_for : "");
    if (only_for && !strstr(request.cell, wanted))
        mode = "ok";
    if (request.kind == MEASUREMENT_census && census_mode)
        mode = census_mode;
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        if (strcmp(modes[i].mode, mode) == 0) {
            modes[i].run(request.kind == MEASUREMENT_trials || request.kind == MEASUREMENT_census
                             ? request.trials
                             : 0);
            _exit(0);
        }
    }
    return 2;
}
