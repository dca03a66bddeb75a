// The census: what one stretch of batches does to the system and the processor. The history of the heap is
// that of a process that is timed, without the clock.
#include "worker/private.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "os/calls.h"
#include "os/counters.h"

static void send_counters(const struct session *session, const struct os_counts *counts, const char *reason)
{
    static const enum measured_metric metrics[HARDWARE_COUNTER_COUNT] = {
        [HARDWARE_COUNTER_CYCLES] = MEASURED_census_cycles,
        [HARDWARE_COUNTER_INSTRUCTIONS] = MEASURED_census_instructions,
        [HARDWARE_COUNTER_BRANCH_MISSES] = MEASURED_census_branch_misses,
        [HARDWARE_COUNTER_L1D_MISSES] = MEASURED_census_l1d_misses,
        [HARDWARE_COUNTER_DTLB_MISSES] = MEASURED_census_dtlb_misses,
    };
    for (int i = 0; i < HARDWARE_COUNTER_COUNT; i++) {
        if (counts->present[i])
            send_value(session, metrics[i], 0, (double)counts->values[i]);
        else
            send_absence(session, metrics[i], reason);
    }
}

// Counts one stretch of batches, untraced, then counts the system calls of the very same steps once more:
// tracing costs microseconds per call and would show in the processor's counters.
static struct wire_end count_stretch(struct session *session)
{
    const uint32_t batches = session->measurement->request->batches;
    char counters_reason[ABSENCE_BYTES], calls_reason[ABSENCE_BYTES];
    struct random random = session->random;
    struct os_counters counters;
    struct os_counts counts = {0};
    struct rusage before, after;
    os_counters_open(&counters, counters_reason, sizeof counters_reason);
    draw_steps(session);
    uint64_t objects = count_objects(session);
    getrusage(RUSAGE_SELF, &after); // the first call of a function may itself fault
    getrusage(RUSAGE_SELF, &before);
    os_counters_start(&counters);
    session->run(&session->context, batches);
    os_counters_stop(&counters, &counts);
    getrusage(RUSAGE_SELF, &after);
    os_counters_close(&counters);

    session->random = random;
    draw_steps(session);
    int error_number = os_calls_begin();
    if (error_number == 0) {
        session->run(&session->context, batches);
        os_calls_end();
    }
    struct wire_end end = check_objects(session);
    if (end.outcome != OUTCOME_OK)
        return end;
    send_value(session, MEASURED_census_batches, 0, batches);
    send_value(session, MEASURED_census_objects, 0, (double)objects);
    send_value(session, MEASURED_census_minor_faults, 0, (double)(after.ru_minflt - before.ru_minflt));
    send_value(session, MEASURED_census_major_faults, 0, (double)(after.ru_majflt - before.ru_majflt));
    send_counters(session, &counts, counters_reason);
    if (error_number != 0) {
        snprintf(calls_reason, sizeof calls_reason, "ptrace: %s", strerror(error_number));
        send_absence(session, MEASURED_census_brk_calls, calls_reason);
    }
    return end;
}

struct wire_end measure_census(struct session *session, bool after_trials)
{
    (void)after_trials; // never: tracing would be part of what is timed
    send_setup(session);
    session->run(&session->context, 1);
    draw_steps(session);
    session->run(&session->context, session->measurement->request->warmup_batches);
    struct wire_end end = check_objects(session);
    return end.outcome == OUTCOME_OK ? count_stretch(session) : end;
}
