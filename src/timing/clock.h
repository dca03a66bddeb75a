// The clock that trials are timed with: a fenced read of the processor's counter where it can be trusted,
// else the kernel's raw monotonic clock. An instant is a type of its own, so that it is not mistaken for
// nanoseconds.
#ifndef TIMING_CLOCK_H
#define TIMING_CLOCK_H

#include <stdint.h>
#include <time.h>

enum clock_kind {
    CLOCK_KIND_MONOTONIC_RAW, // clock_gettime(CLOCK_MONOTONIC_RAW)
    CLOCK_KIND_TSC,           // x86-64: rdtsc and rdtscp, fenced
    CLOCK_KIND_CNTVCT,        // arm64: cntvct_el0 behind an isb
    CLOCK_KIND_COUNT
};

struct clock {
    enum clock_kind kind;
    double ns_per_tick;
    double cost_ns;       // of a clock_begin and clock_end pair with nothing between: the smallest seen
    double resolution_ns; // the step in which it advances: what all differences of two reads are multiples of
};

struct instant {
    uint64_t ticks;
};

// "tsc", "cntvct", "monotonic_raw": the word in the results' facts.
const char *clock_kind_name(enum clock_kind kind);

// Chooses the clock of this machine: the TSC where the processor says that it is invariant (CPUID 80000007H
// EDX bit 8; Intel SDM vol. 3B 18.17.1, AMD APM vol. 2 13.2.4) and the kernel itself trusts it as its
// clocksource.
enum clock_kind clock_choose(void);

// Measures the clock against CLOCK_MONOTONIC_RAW for about 64 ms: at both ends the tightest of many bracketed
// reads counts. Also its cost and resolution. Called once, in the driver; workers are handed the result.
struct clock clock_calibrate(enum clock_kind kind);

static inline uint64_t clock_monotonic_raw_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

// The instant before what is timed: everything earlier has finished, nothing later has begun.
// Fencing: Intel, "How to Benchmark Code Execution Times" (Paoloni, 2010), with lfence in place of cpuid,
// which traps in virtual machines.
static inline struct instant clock_begin(enum clock_kind kind)
{
#if defined(__x86_64__)
    if (kind == CLOCK_KIND_TSC) {
        uint32_t low, high;
        __asm__ volatile("lfence\n\trdtsc\n\tlfence" : "=a"(low), "=d"(high) : : "memory");
        return (struct instant){(uint64_t)high << 32 | low};
    }
#elif defined(__aarch64__)
    if (kind == CLOCK_KIND_CNTVCT) {
        uint64_t ticks;
        __asm__ volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(ticks) : : "memory");
        return (struct instant){ticks};
    }
#endif
    (void)kind;
    return (struct instant){clock_monotonic_raw_ns()};
}

// The instant after what is timed: everything timed has finished.
static inline struct instant clock_end(enum clock_kind kind)
{
#if defined(__x86_64__)
    if (kind == CLOCK_KIND_TSC) {
        uint32_t low, high, cpu;
        __asm__ volatile("rdtscp\n\tlfence" : "=a"(low), "=d"(high), "=c"(cpu) : : "memory");
        return (struct instant){(uint64_t)high << 32 | low};
    }
#endif
    return clock_begin(kind);
}

// Nanoseconds from `begin` to `end`, rounded; 0 when the end seems earlier (a counter that was reset by a
// migration).
static inline uint64_t clock_elapsed_ns(const struct clock *clock, struct instant begin, struct instant end)
{
    if (end.ticks <= begin.ticks)
        return 0;
    return (uint64_t)((double)(end.ticks - begin.ticks) * clock->ns_per_tick + 0.5);
}

// As clock_elapsed_ns, for what may be shorter than a tick: no less than one, since it took some time.
static inline uint64_t clock_elapsed_some_ns(const struct clock *clock, struct instant begin,
                                             struct instant end)
{
    uint64_t elapsed_ns = clock_elapsed_ns(clock, begin, end);
    uint64_t tick_ns = (uint64_t)(clock->ns_per_tick + 0.5);
    if (elapsed_ns == 0)
        elapsed_ns = tick_ns > 0 ? tick_ns : 1;
    return elapsed_ns;
}

#endif
