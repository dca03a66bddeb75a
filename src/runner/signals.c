// The self-pipe trick (D. J. Bernstein): the handler writes to a pipe that poll() watches, so that no signal
// is missed between a check and a wait. What a handler touches has to be global.
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static const int caught[CAUGHT_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};
static volatile sig_atomic_t pending_signal;
static int wake_pipe[2] = {-1, -1};

static void handle(int number)
{
    int saved_errno = errno;
    pending_signal = number;
    ssize_t written = write(wake_pipe[1], "", 1);
    (void)written; // a full pipe wakes as well
    errno = saved_errno;
}

enum status signals_catch(struct signals *ret_signals, struct error *error)
{
    pending_signal = 0;
    if (pipe(wake_pipe) != 0)
        return error_set_errno(error, STATUS_ENVIRONMENT, errno, "Raise the limit on open files (ulimit -n).",
                               "cannot make a pipe");
    for (int i = 0; i < 2; i++) {
        fcntl(wake_pipe[i], F_SETFD, FD_CLOEXEC);
        fcntl(wake_pipe[i], F_SETFL, O_NONBLOCK);
    }
    struct sigaction action = {.sa_handler = handle};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < CAUGHT_SIGNALS; i++) {
        sigaction(caught[i], NULL, &ret_signals->saved[i]);
        // A signal that was ignored on purpose (nohup) stays ignored.
        if (ret_signals->saved[i].sa_handler != SIG_IGN)
            sigaction(caught[i], &action, NULL);
    }
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, &ret_signals->saved_pipe);
    return STATUS_OK;
}

void signals_release(struct signals *signals)
{
    for (int i = 0; i < CAUGHT_SIGNALS; i++)
        sigaction(caught[i], &signals->saved[i], NULL);
    sigaction(SIGPIPE, &signals->saved_pipe, NULL);
    for (int i = 0; i < 2; i++) {
        close(wake_pipe[i]);
        wake_pipe[i] = -1;
    }
}

int signals_descriptor(void)
{
    return wake_pipe[0];
}

int signals_pending(void)
{
    return pending_signal;
}
