#include <signal.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "private.h"

const struct launch_metric_row launch_metrics[LAUNCH_METRIC_COUNT] = {
#define LAUNCH_METRIC(id, name, unit, label, better) {name, unit, label, better},
#include "launch/metrics.def"
#undef LAUNCH_METRIC
};

const char *launch_service_words(enum launch_service service)
{
    static const char *const words[] = {
        [LAUNCH_SERVED] = "is served by the heap",
        [LAUNCH_SERVED_OTHER] =
            "is served by another library, which it is linked with or which the environment preloads",
        [LAUNCH_SERVED_OWN] = "defines malloc itself",
        [LAUNCH_UNSERVED_STATIC] = "is static and loads no library",
        [LAUNCH_UNSERVED_SECURE] =
            "runs with more rights than its starter (set-user-id, set-group-id or file "
            "capabilities) and ignores preloaded libraries",
        [LAUNCH_UNSERVED_DROPPED] =
            "was started without the preloaded libraries: its parent removed or replaced "
            "LD_PRELOAD",
        [LAUNCH_UNSERVED_FORMAT] = "is of another architecture than the library",
        [LAUNCH_UNSERVED_AT_LOAD] = "ended while its libraries were loaded",
        [LAUNCH_UNSERVED_REFUSED] = "could not load the heap's library",
    };
    return words[service];
}

const char *launch_signal_name(int number, char buffer[16])
{
    static const struct {
        int number;
        const char *name;
    } names[] = {
        {SIGABRT, "SIGABRT"}, {SIGALRM, "SIGALRM"}, {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},
        {SIGHUP, "SIGHUP"},   {SIGILL, "SIGILL"},   {SIGINT, "SIGINT"},   {SIGKILL, "SIGKILL"},
        {SIGPIPE, "SIGPIPE"}, {SIGQUIT, "SIGQUIT"}, {SIGSEGV, "SIGSEGV"}, {SIGSYS, "SIGSYS"},
        {SIGTERM, "SIGTERM"}, {SIGTRAP, "SIGTRAP"}, {SIGUSR1, "SIGUSR1"}, {SIGUSR2, "SIGUSR2"},
        {SIGXCPU, "SIGXCPU"}, {SIGXFSZ, "SIGXFSZ"},
    };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (names[i].number == number)
            return names[i].name;
    snprintf(buffer, 16, "signal %d", number);
    return buffer;
}
