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
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wire/wire.h"

enum { MOST_MESSAGES = 100, LEFT_BY_DEADLINE = 60 };

static struct wire_request request_of(uint32_t trials)
{
    struct wire_request request = {
        .size_bytes = 64,
        .live_objects = 100,
        .batches = 100,
        .trials = trials,
        .cpu = -1,
        .seed = 1,
        .ns_per_tick = 1,
        .limits = GATE_LIMITS_NONE,
    };
    snprintf(request.strategy, sizeof request.strategy, "box");
    snprintf(request.pattern, sizeof request.pattern, "lifo");
    snprintf(request.touch, sizeof request.touch, "word");
    return request;
}

static void become_worker(int input, int output)
{
    const char *path = getenv("WORKER");
    alarm(LEFT_BY_DEADLINE);
    if (path && dup2(input, STDIN_FILENO) >= 0 && dup2(output, WIRE_DESCRIPTOR) >= 0)
        execl(path, path, (char *)NULL);
    _exit(127);
}

// The lengths of the worker's writes: a socket of datagrams keeps them apart.
static size_t run_worker(uint32_t trials, ssize_t ret_lengths[MOST_MESSAGES])
{
    static uint8_t received[MOST_MESSAGES * WIRE_MESSAGE_BYTES];
    uint8_t encoded[WIRE_REQUEST_BYTES];
    int input[2], output[2], status;
    const struct wire_request request = request_of(trials);
    wire_encode_request(&request, encoded);
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
    while (count < MOST_MESSAGES && (ret_lengths[count] = read(output[0], received, sizeof received)) > 0)
        count++;
    close(output[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return count;
}

static void setup_trials_and_end_come_in_one_piece(void **state)
{
    (void)state;
    ssize_t lengths[MOST_MESSAGES];
    assert_int_equal(run_worker(5, lengths), 1);
    assert_int_equal(lengths[0], (1 + 5 + 1) * WIRE_MESSAGE_BYTES);
}

static void more_trials_than_wait_are_sent_all_the_same(void **state)
{
    (void)state;
    ssize_t lengths[MOST_MESSAGES], sum = 0;
    size_t count = run_worker(90, lengths);
    assert_int_equal(count, 2);
    for (size_t i = 0; i < count; i++)
        sum += lengths[i];
    assert_int_equal(sum, (1 + 90 + 1) * WIRE_MESSAGE_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(setup_trials_and_end_come_in_one_piece),
        cmocka_unit_test(more_trials_than_wait_are_sent_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
