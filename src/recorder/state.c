// The state that all files share, and the clock.
#include <time.h>

#include "private.h"

union recording_pages recording_pages __attribute__((aligned(4096)));
__thread struct recorded_thread self
    __attribute__((tls_model("initial-exec"))) = {.generation = GENERATION_NONE};

static uint64_t last_generation = GENERATION_NONE; // a forked child counts on

uint64_t recording_last_generation(void)
{
    return last_generation;
}

void recording_renew(void)
{
    __atomic_store_n(&recording.generation, __atomic_add_fetch(&last_generation, 1, __ATOMIC_RELAXED),
                     __ATOMIC_RELEASE);
}

uint64_t ticks_of_system(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
