#include "timing/clock.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

enum { CALIBRATION_NS = 64000000, BRACKETS = 200, COST_SAMPLES = 2000 };

const char *clock_kind_name(enum clock_kind kind)
{
    static const char *const names[CLOCK_KIND_COUNT] = {
        [CLOCK_KIND_MONOTONIC_RAW] = "monotonic_raw",
        [CLOCK_KIND_TSC] = "tsc",
        [CLOCK_KIND_CNTVCT] = "cntvct",
    };
    return names[kind];
}

#if defined(__x86_64__)
static int tsc_is_invariant(void)
{
    unsigned a, b, c, d;
    return __get_cpuid(0x80000007u, &a, &b, &c, &d) && (d & (1u << 8)) &&
           __get_cpuid(0x80000001u, &a, &b, &c, &d) && (d & (1u << 27)); // the second: rdtscp exists
}

// The kernel watches the TSC and drops it as clocksource when CPUs disagree. Without the file (not Linux)
// there is nobody to vouch for it.
static int kernel_trusts_tsc(void)
{
    char name[16] = {0};
    int descriptor =
        open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return 0;
    ssize_t length = read(descriptor, name, sizeof name - 1);
    close(descriptor);
    return length > 0 && strcmp(name, "tsc\n") == 0;
}
#endif

enum clock_kind clock_choose(void)
{
#if defined(__x86_64__)
    return tsc_is_invariant() && kernel_trusts_tsc() ? CLOCK_KIND_TSC : CLOCK_KIND_MONOTONIC_RAW;
#elif defined(__aarch64__)
    return CLOCK_KIND_CNTVCT;
#else
    return CLOCK_KIND_MONOTONIC_RAW;
#endif
}

struct bracket {
    uint64_t width_ns;
    uint64_t middle_ns;
    uint64_t ticks;
};

// Many reads of the clock, each between two of the reference; the tightest pair is the least disturbed one.
static struct bracket tightest_bracket(enum clock_kind kind)
{
    struct bracket best = {.width_ns = UINT64_MAX};
    for (int i = 0; i < BRACKETS; i++) {
        uint64_t before = clock_monotonic_raw_ns();
        struct instant instant = clock_begin(kind);
        uint64_t after = clock_monotonic_raw_ns();
        if (after - before < best.width_ns)
            best = (struct bracket){after - before, before + (after - before) / 2, instant.ticks};
    }
    return best;
}

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

// The counter may advance by more than 1 at a time (the TSC of some processors by tens): every difference
// between two reads is then a multiple of that step.
static void measure_cost(struct clock *clock)
{
    uint64_t smallest_pair = UINT64_MAX, step = 0;
    for (int i = 0; i < COST_SAMPLES; i++) {
        struct instant begin = clock_begin(clock->kind);
        struct instant end = clock_end(clock->kind);
        uint64_t pair = end.ticks - begin.ticks;
        if (pair < smallest_pair)
            smallest_pair = pair;
        step = greatest_common_divisor(step, pair);
    }
    clock->cost_ns = (double)smallest_pair * clock->ns_per_tick;
    clock->resolution_ns = (double)step * clock->ns_per_tick;
}

struct clock clock_calibrate(enum clock_kind kind)
{
    struct clock clock = {.kind = kind, .ns_per_tick = 1.0};
    if (kind != CLOCK_KIND_MONOTONIC_RAW) {
        struct bracket first = tightest_bracket(kind);
        struct timespec rest = {0, CALIBRATION_NS};
        nanosleep(&rest, NULL);
        struct bracket last = tightest_bracket(kind);
        if (last.ticks > first.ticks)
            clock.ns_per_tick =
                (double)(last.middle_ns - first.middle_ns) / (double)(last.ticks - first.ticks);
    }
    measure_cost(&clock);
    return clock;
}
