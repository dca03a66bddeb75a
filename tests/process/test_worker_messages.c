// The worker says nothing while it measures: its messages arrive in one piece when it ends. A driver that
// wakes up between two trials disturbs the second.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wire/wire.h"

enum { MAX_MESSAGES = 100, LEFT_BY_DEADLINE = 60, RECEIVED_BYTES = MAX_MESSAGES * WIRE_MESSAGE_BYTES };

static uint8_t received[RECEIVED_BYTES];

static struct wire_request request_of(uint32_t trials)
{
    struct wire_request request = {
        .cell = "strategy=box pattern=lifo size_bytes=64 touch=word",
        .batches = 100,
        .trials = trials,
        .cpu = -1,
        .seed = 1,
        .ns_per_tick = 1,
        .limits = GATE_LIMITS_NONE,
    };
    return request;
}

static rlim_t data_limit_bytes; // of the next worker's memory; 0: as it is

static void become_worker(int input, int output)
{
    const char *path = getenv("WORKER");
    alarm(LEFT_BY_DEADLINE);
    if (data_limit_bytes > 0)
        setrlimit(RLIMIT_DATA, &(struct rlimit){data_limit_bytes, data_limit_bytes});
    if (path && dup2(input, STDIN_FILENO) >= 0 && dup2(output, WIRE_DESCRIPTOR) >= 0)
        execl(path, path, (char *)NULL);
    _exit(127);
}

// The lengths of the worker's writes: a socket of datagrams keeps them apart.
static size_t run_worker(const struct wire_request *request, uint8_t ret_received[RECEIVED_BYTES],
                         ssize_t ret_lengths[MAX_MESSAGES])
{
    uint8_t encoded[WIRE_REQUEST_BYTES];
    int input[2], output[2], status;
    wire_encode_request(request, encoded);
    assert_int_equal(pipe(input), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, output), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        become_worker(input[0], output[1]);
    close(input[0]);
    close(output[1]);
    assert_int_equal(write(input[1], encoded, sizeof encoded), sizeof encoded);
    close(input[1]);
    size_t count = 0;
    while (count < MAX_MESSAGES && (ret_lengths[count] = read(output[0], ret_received, RECEIVED_BYTES)) > 0)
        count++;
    close(output[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return count;
}

static void setup_trials_and_end_come_in_one_piece(void **state)
{
    (void)state;
    ssize_t lengths[MAX_MESSAGES];
    const struct wire_request request = request_of(5);
    assert_int_equal(run_worker(&request, received, lengths), 1);
    assert_int_equal(lengths[0], (1 + 5 + 1) * WIRE_MESSAGE_BYTES);
}

static void more_trials_than_wait_are_sent_all_the_same(void **state)
{
    (void)state;
    ssize_t lengths[MAX_MESSAGES], sum = 0;
    const struct wire_request request = request_of(90);
    size_t count = run_worker(&request, received, lengths);
    assert_int_equal(count, 2);
    for (size_t i = 0; i < count; i++)
        sum += lengths[i];
    assert_int_equal(sum, (1 + 90 + 1) * WIRE_MESSAGE_BYTES);
}

// Such a cell is data like any other: it is named, and nothing crashes.
static void a_cell_that_is_not_compiled_is_skipped_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *strategy, *touch;
        uint32_t size_bytes;
    } cases[] = {{"box_delayed_4", "word", 384}, {"box_delayed_4", "full", 64}, {"rust_box", "none", 64}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ssize_t lengths[MAX_MESSAGES];
        struct wire_message message;
        struct wire_request request = request_of(5);
        snprintf(request.cell, sizeof request.cell, "strategy=%s size_bytes=%u touch=%s", cases[i].strategy,
                 cases[i].size_bytes, cases[i].touch);
        assert_int_equal(run_worker(&request, received, lengths), 1);
        assert_int_equal(lengths[0], WIRE_MESSAGE_BYTES);
        assert_int_equal(wire_decode_message(received, &message), WIRE_OK);
        assert_int_equal(message.kind, WIRE_KIND_END);
        assert_int_equal(message.content.end.outcome, OUTCOME_SKIPPED);
        assert_non_null(strstr(message.content.end.reason, cases[i].strategy));
    }
}

// The litter needs as much again for its pointers, which come first.
static void a_litter_without_memory_is_out_of_memory(void **state)
{
    (void)state;
    if (getenv("WITHOUT_LIMITS")) // under qemu, which does not pass on the limit of the data segment
        skip();
    static const rlim_t limits_mebibytes[] = {8, 24};
    struct wire_request request = request_of(1);
    snprintf(request.cell, sizeof request.cell, "strategy=box size_bytes=64 heap_state=littered");
    request.litter_bytes = 16 << 20;
    for (size_t i = 0; i <= sizeof limits_mebibytes / sizeof *limits_mebibytes; i++) {
        bool limited = i < sizeof limits_mebibytes / sizeof *limits_mebibytes;
        ssize_t lengths[MAX_MESSAGES];
        struct wire_message message;
        data_limit_bytes = limited ? limits_mebibytes[i] << 20 : 0;
        assert_int_equal(run_worker(&request, received, lengths), 1);
        assert_int_equal(wire_decode_message(received + lengths[0] - WIRE_MESSAGE_BYTES, &message), WIRE_OK);
        assert_int_equal(message.kind, WIRE_KIND_END);
        assert_int_equal(message.content.end.outcome, limited ? OUTCOME_OUT_OF_MEMORY : OUTCOME_OK);
        assert_int_equal(message.content.end.reason[0] != '\0', limited);
    }
}

// A clock that runs wrong in the worker's request is as good as one that was set: what it gives cannot be.
static void a_trial_without_a_possible_time_is_repeated_and_at_last_skipped(void **state)
{
    (void)state;
    static const double wrong_ns_per_tick[] = {1e6, 2, 1e-9, 1e9};
    for (size_t c = 0; c < sizeof wrong_ns_per_tick / sizeof *wrong_ns_per_tick; c++) {
        ssize_t lengths[MAX_MESSAGES];
        struct wire_request request = request_of(3);
        struct wire_message message;
        request.ns_per_tick = wrong_ns_per_tick[c];
        request.batches = 10000; // long against what reading the clocks takes
        assert_int_equal(run_worker(&request, received, lengths), 1);
        assert_int_equal(lengths[0], (1 + 4 + 1) * WIRE_MESSAGE_BYTES); // setup, one trial four times, end
        assert_int_equal(wire_decode_message(received, &message), WIRE_OK);
        assert_true(request.ns_per_tick < 1 || message.content.setup.floor_ns == 0);
        for (uint32_t i = 0; i < 4; i++) {
            assert_int_equal(wire_decode_message(received + (1 + i) * WIRE_MESSAGE_BYTES, &message), WIRE_OK);
            const struct trial *trial = &message.content.trial;
            assert_int_equal(message.kind, WIRE_KIND_TRIAL);
            assert_true(trial->index == 0 && trial->repetition == i);
            assert_true(trial->total_ns == 0 && trial->latency_ns == 0);
            assert_int_equal(trial->objects, 100 * request.batches);
        }
        assert_int_equal(wire_decode_message(received + 5 * WIRE_MESSAGE_BYTES, &message), WIRE_OK);
        assert_int_equal(message.kind, WIRE_KIND_END);
        assert_int_equal(message.content.end.outcome, OUTCOME_SKIPPED);
        assert_non_null(strstr(message.content.end.reason, "clock"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(setup_trials_and_end_come_in_one_piece),
        cmocka_unit_test(a_trial_without_a_possible_time_is_repeated_and_at_last_skipped),
        cmocka_unit_test(more_trials_than_wait_are_sent_all_the_same),
        cmocka_unit_test(a_cell_that_is_not_compiled_is_skipped_by_name),
        cmocka_unit_test(a_litter_without_memory_is_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
