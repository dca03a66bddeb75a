// The launcher: started by launch_run() with its task, never by hand.
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "private.h"

int main(void)
{
    CLEANUP(task_release) struct task task = {0};
    CLEANUP(tail_release) struct tail output = {0};
    static struct launch_record record;
    size_t length = 0;
    // Without a terminal of its own, the command cannot be stopped by it, nor read from it.
    setsid();
    if (!task_read(TASK_DESCRIPTOR, &task)) {
        fputs("memalloc-bench-launcher: it is started by memalloc-bench, not by hand\n", stderr);
        return 2;
    }
    close(TASK_DESCRIPTOR);
    fcntl(CHANNEL_DESCRIPTOR, F_SETFD, FD_CLOEXEC);
    fcntl(RESULT_DESCRIPTOR, F_SETFD, FD_CLOEXEC);
    keeper_run(&task, &record, &output);
    const char *kept = tail_bytes(&output, &length);
    return result_write(RESULT_DESCRIPTOR, &record, kept, length) ? 0 : 3;
}
