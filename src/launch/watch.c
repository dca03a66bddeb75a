// One loop of poll() for everything that can happen to a command. Standard output is read as fast as it
// comes, in one part per turn, so that no other thing waits for a program that writes without end.
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "os/os.h"
#include "os/processes.h"
#include "private.h"

enum { WATCHED_CHANNEL, WATCHED_CHILDREN, WATCHED_OUTPUT, WATCHED_ERRORS, WATCHED_COUNT };
enum { PART_BYTES = 64 << 10 };

bool keeper_must_stop(const struct keeper *keeper)
{
    return keeper->interrupted || keeper->timed_out;
}

// False at the end of the stream, or when there is nothing to read now.
static bool read_part(int *descriptor, struct stream_hash *hash, struct tail *tail)
{
    char part[PART_BYTES];
    ssize_t got;
    do
        got = *descriptor < 0 ? 0 : read(*descriptor, part, sizeof part);
    while (got < 0 && errno == EINTR);
    if (got < 0 && errno == EAGAIN)
        return false;
    if (got <= 0) {
        close_descriptor(descriptor);
        *descriptor = -1;
        return false;
    }
    if (hash)
        stream_hash_add(hash, part, (size_t)got);
    tail_append(tail, part, (size_t)got);
    return true;
}

void read_rest(struct keeper *keeper)
{
    while (read_part(&keeper->descriptors.output_read, &keeper->hash, &keeper->output))
        continue;
    while (read_part(&keeper->descriptors.errors_read, NULL, &keeper->errors))
        continue;
}

static uint64_t earliest(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

// In milliseconds, rounded up.
static int time_until(uint64_t moment_ns)
{
    const uint64_t now_ns = os_wall_ns();
    if (moment_ns == UINT64_MAX)
        return -1;
    if (moment_ns <= now_ns)
        return 0;
    return (int)earliest((moment_ns - now_ns + 999999) / 1000000, 1000000);
}

static void take_events(struct keeper *keeper, const struct pollfd *watched)
{
    char bytes[64];
    if (watched[WATCHED_CHILDREN].revents) {
        while (read(keeper->child_events, bytes, sizeof bytes) > 0)
            continue;
        reap(keeper);
    }
    if (watched[WATCHED_CHANNEL].revents)
        keeper->interrupted = true;
    if (watched[WATCHED_OUTPUT].revents)
        read_part(&keeper->descriptors.output_read, &keeper->hash, &keeper->output);
    if (watched[WATCHED_ERRORS].revents)
        read_part(&keeper->descriptors.errors_read, NULL, &keeper->errors);
}

void keeper_step(struct keeper *keeper, uint64_t until_ns)
{
    struct pollfd watched[WATCHED_COUNT] = {
        [WATCHED_CHANNEL] = {keeper->interrupted ? -1 : CHANNEL_DESCRIPTOR, POLLIN, 0},
        [WATCHED_CHILDREN] = {keeper->child_events, POLLIN, 0},
        [WATCHED_OUTPUT] = {keeper->descriptors.output_read, POLLIN, 0},
        [WATCHED_ERRORS] = {keeper->descriptors.errors_read, POLLIN, 0},
    };
    const uint64_t next_ns = earliest(until_ns, earliest(keeper->deadline_ns, keeper->next_sample_ns));
    if (poll(watched, WATCHED_COUNT, time_until(next_ns)) > 0)
        take_events(keeper, watched);
    const uint64_t now_ns = os_wall_ns();
    if (now_ns >= keeper->deadline_ns) {
        keeper->timed_out = true;
        keeper->deadline_ns = UINT64_MAX;
    }
    if (now_ns >= keeper->next_sample_ns)
        sample(keeper);
}

void end_tree(struct keeper *keeper)
{
    enum { MAX_NS = 2000000000, PAUSE_NS = 2000000 };
    struct os_process left[MAX_PROCESSES];
    const uint64_t end_ns = os_wall_ns() + MAX_NS;
    do {
        // A number that nobody has any more may be another's by now.
        if (!keeper->command.has_ended || !keeper->adopts)
            kill(-keeper->command.pid, SIGKILL);
        size_t count = os_descendants(getpid(), left, MAX_PROCESSES);
        for (size_t i = 0; i < count; i++)
            kill(left[i].pid, SIGKILL);
        reap(keeper);
        if (!keeper->no_children)
            keeper_step(keeper, os_wall_ns() + PAUSE_NS);
    } while (!keeper->no_children && os_wall_ns() < end_ns);
}
