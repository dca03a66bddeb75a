// The tails: the time of every single allocation and deallocation. Batches of the cell's pattern are run step
// by step through the strategy's own functions, with a fenced reading of the clock on both sides of each,
// until a million of either are counted. What the clock and the call take is in every time; the same steps on
// no allocation at all are timed before, and show how much that is and how long its own tail.
//
// Which operations were preempted: the kernel counts the context switches of a thread. A switch takes longer
// than SUSPICIOUS_NS, there and back. So after every operation, and after every stretch between two of them,
// that took as long, the count is read; where it grew, that stretch was met by a switch. An interrupt after
// which the same thread goes on leaves no trace that a process can read of a single operation. How many there
// were on its CPU is known of the whole measurement.
#include "worker/private.h"

#include <sys/resource.h>

#include "measurements/bins.h"
#include "os/os.h"

enum { OPERATIONS = 1000000, SUSPICIOUS_NS = 500 };

// Instructions of a planted slow operation, which takes some microseconds.
enum { SLOW_ROUNDS = 10000 };

enum operation { ALLOCATION, DEALLOCATION, OPERATION_COUNT };

// Mapped: it is no part of the heap under test.
struct histograms {
    uint32_t times[OPERATION_COUNT][BIN_COUNT];
    uint32_t preempted[OPERATION_COUNT][BIN_COUNT]; // of these, those that were met by a switch
};

struct tails {
    struct session *session;
    const struct strategy_cells *strategy;
    void *state;
    struct histograms *histograms;
    uint64_t counted[OPERATION_COUNT];
    uint64_t suspicious_ticks;
    uint64_t last_ticks; // when the clock was read last
    uint64_t switches;   // as read last
    uint64_t faults;
    uint64_t faulted;     // suspicious operations in which there were page faults
    uint32_t slow_one_in; // planted: every so many allocations one is slow; 0: none
    uint64_t mismatch;
    bool out_of_memory;
};

// ---- one operation ----

static void read_counts(uint64_t *ret_switches, uint64_t *ret_faults)
{
    struct rusage now;
    getrusage(RUSAGE_SELF, &now);
    *ret_switches = (uint64_t)now.ru_nvcsw + (uint64_t)now.ru_nivcsw;
    *ret_faults = (uint64_t)now.ru_minflt + (uint64_t)now.ru_majflt;
}

// Counts an operation whose clock readings these are. One that seems to end before it began (a counter that
// was reset) is left out.
static void count(struct tails *tails, enum operation operation, struct instant begin, struct instant end)
{
    const struct clock *clock = &tails->session->measurement->clock;
    if (end.ticks < begin.ticks)
        return;
    uint64_t ticks = end.ticks - begin.ticks;
    uint32_t bin = bin_of((double)ticks * clock->ns_per_tick);
    tails->histograms->times[operation][bin]++;
    tails->counted[operation]++;
    bool is_suspicious = ticks > tails->suspicious_ticks;
    if (is_suspicious || begin.ticks - tails->last_ticks > tails->suspicious_ticks) {
        uint64_t switches, faults;
        read_counts(&switches, &faults);
        if (is_suspicious && switches != tails->switches)
            tails->histograms->preempted[operation][bin]++;
        tails->faulted += is_suspicious && faults != tails->faults;
        tails->switches = switches;
        tails->faults = faults;
        end = clock_end(clock->kind);
    }
    tails->last_ticks = end.ticks;
}

static void be_slow(void)
{
    for (volatile uint32_t i = 0; i < SLOW_ROUNDS; i++)
        continue;
}

// `first`: of its batch, whose beginning is part of it, as in a trial.
static bool allocate(struct tails *tails, bool first, uint64_t word, size_t *ret_handle)
{
    const struct measurement *measurement = tails->session->measurement;
    const struct strategy_cells *strategy = tails->strategy;
    const enum clock_kind clock = measurement->clock.kind;
    const size_t bytes = measurement->cell.size_bytes;
    const bool is_slow =
        tails->slow_one_in > 0 && tails->counted[ALLOCATION] % tails->slow_one_in == tails->slow_one_in - 1;
    struct instant begin = clock_begin(clock);
    if (first)
        strategy->open(tails->state);
    bool done = strategy->allocate(tails->state, bytes, word, ret_handle);
    if (is_slow)
        be_slow();
    struct instant end = clock_end(clock);
    count(tails, ALLOCATION, begin, end);
    tails->out_of_memory = tails->out_of_memory || !done;
    return done;
}

// `last`: of its batch, likewise.
static void deallocate(struct tails *tails, bool last, uint64_t word, size_t *handle)
{
    const struct measurement *measurement = tails->session->measurement;
    const struct strategy_cells *strategy = tails->strategy;
    const enum clock_kind clock = measurement->clock.kind;
    const size_t bytes = measurement->cell.size_bytes;
    struct instant begin = clock_begin(clock);
    uint64_t found = strategy->deallocate(tails->state, bytes, *handle);
    if (last)
        strategy->close(tails->state);
    struct instant end = clock_end(clock);
    count(tails, DEALLOCATION, begin, end);
    tails->mismatch |= measurement->cell.touch == TOUCH_none ? 0 : found ^ word;
    *handle = HANDLE_NONE;
}

// ---- batches: the patterns of src/patterns/, a step at a time ----

static uint32_t fill(struct tails *tails, size_t *handles, uint32_t live_objects, uint64_t word)
{
    uint32_t live = 0;
    while (live < live_objects && allocate(tails, live == 0, word + live, &handles[live]))
        live++;
    return live;
}

static void run_immediate(struct tails *tails, size_t *handles, uint32_t live_objects, uint64_t word)
{
    for (uint32_t i = 0; i < live_objects && allocate(tails, i == 0, word + i, &handles[0]); i++)
        deallocate(tails, i + 1 == live_objects, word + i, &handles[0]);
}

static void run_lifo(struct tails *tails, size_t *handles, uint32_t live_objects, uint64_t word)
{
    for (uint32_t i = fill(tails, handles, live_objects, word); i-- > 0;)
        deallocate(tails, i == 0, word + i, &handles[i]);
}

static void run_fifo(struct tails *tails, size_t *handles, uint32_t live_objects, uint64_t word)
{
    uint32_t live = fill(tails, handles, live_objects, word);
    for (uint32_t i = 0; i < live; i++)
        deallocate(tails, i + 1 == live, word + i, &handles[i]);
}

static void run_random(struct tails *tails, size_t *handles, uint32_t live_objects, uint64_t word)
{
    struct session *session = tails->session;
    const uint32_t step_count = live_objects * RANDOM_STEPS_PER_OBJECT;
    uint32_t live = 0;
    bool began = false;
    if (session->context.steps + step_count > session->steps + session->step_count)
        draw_steps(session);
    for (uint32_t i = 0; i < step_count && !tails->out_of_memory; i++) {
        uint16_t slot = session->context.steps[i];
        if (handles[slot] != HANDLE_NONE) {
            deallocate(tails, false, word + slot, &handles[slot]);
            live--;
        } else if (allocate(tails, !began, word + slot, &handles[slot])) {
            began = true;
            live++;
        }
    }
    session->context.steps += step_count;
    for (uint32_t slot = 0; slot < live_objects; slot++)
        if (handles[slot] != HANDLE_NONE)
            deallocate(tails, --live == 0, word + slot, &handles[slot]);
}

// Until so many of both operations are counted.
static void run_batches(struct tails *tails, uint64_t operations)
{
    typedef void batch_function(struct tails *, size_t *, uint32_t, uint64_t);
    static batch_function *const functions[PATTERN_COUNT] = {
        [PATTERN_immediate] = run_immediate,
        [PATTERN_lifo] = run_lifo,
        [PATTERN_fifo] = run_fifo,
        [PATTERN_random] = run_random,
    };
    struct session *session = tails->session;
    const struct measurement *measurement = session->measurement;
    batch_function *run = functions[measurement->cell.pattern];
    read_counts(&tails->switches, &tails->faults);
    tails->last_ticks = clock_end(measurement->clock.kind).ticks;
    while (!tails->out_of_memory &&
           (tails->counted[ALLOCATION] < operations || tails->counted[DEALLOCATION] < operations)) {
        run(tails, session->context.handles, session->context.live_objects, session->context.word);
        session->context.word += session->context.live_objects;
    }
}

// ---- what is sent ----

static void send_bins(const struct session *session, enum measured_metric metric, const uint32_t *bins)
{
    for (uint32_t bin = 0; bin < BIN_COUNT; bin++)
        if (bins[bin] > 0)
            send_value(session, metric, bin, bins[bin]);
}

static void send_all(const struct tails *tails, uint64_t switches_before, int64_t interrupts)
{
    const struct session *session = tails->session;
    const struct histograms *histograms = tails->histograms;
    struct rusage now;
    getrusage(RUSAGE_SELF, &now);
    send_bins(session, MEASURED_tails_allocate, histograms->times[ALLOCATION]);
    send_bins(session, MEASURED_tails_deallocate, histograms->times[DEALLOCATION]);
    send_bins(session, MEASURED_tails_allocate_preempted, histograms->preempted[ALLOCATION]);
    send_bins(session, MEASURED_tails_deallocate_preempted, histograms->preempted[DEALLOCATION]);
    send_value(session, MEASURED_tails_switches, 0,
               (double)((uint64_t)now.ru_nvcsw + (uint64_t)now.ru_nivcsw - switches_before));
    send_value(session, MEASURED_tails_faulted, 0, (double)tails->faulted);
    if (interrupts >= 0)
        send_value(session, MEASURED_tails_interrupts, 0, (double)interrupts);
    else
        send_absence(session, MEASURED_tails_interrupts, "this system does not count them by CPU");
}

static struct tails tails_of(struct session *session, const struct strategy_cells *strategy, void *state,
                             struct histograms *histograms)
{
    const struct clock *clock = &session->measurement->clock;
    return (struct tails){
        .session = session,
        .strategy = strategy,
        .state = state,
        .histograms = histograms,
        .suspicious_ticks = (uint64_t)(SUSPICIOUS_NS / clock->ns_per_tick),
    };
}

// The same steps on no allocation. All its objects share one word, so what they read back means nothing.
static void time_nothing(struct session *session, struct histograms *histograms)
{
    alignas(16) unsigned char state[STRATEGY_STATE_BYTES] = {0};
    struct tails tails = tails_of(session, session->measurement->floor, state, histograms);
    run_batches(&tails, OPERATIONS / 2);
    for (uint32_t bin = 0; bin < BIN_COUNT; bin++)
        histograms->times[ALLOCATION][bin] += histograms->times[DEALLOCATION][bin];
    send_bins(session, MEASURED_tails_timer, histograms->times[ALLOCATION]);
}

struct wire_end measure_tails(struct session *session, bool after_trials)
{
    (void)after_trials; // never: it has processes of its own
    const struct wire_request *request = session->measurement->request;
    struct histograms *histograms = map_memory(2 * sizeof *histograms);
    send_setup(session);
    if (!histograms)
        return ended(OUTCOME_OUT_OF_MEMORY, no_bookkeeping);
    time_nothing(session, &histograms[1]);
    draw_steps(session);
    session->run(&session->context, request->warmup_batches);
    draw_steps(session);
    struct tails tails = tails_of(session, session->measurement->strategy, session->state, &histograms[0]);
    tails.slow_one_in = request->slow_one_in;
    int cpu = os_current_cpu();
    int64_t interrupts = os_interrupts_of_cpu(cpu);
    uint64_t switches = 0, faults = 0;
    read_counts(&switches, &faults);
    run_batches(&tails, OPERATIONS);
    int64_t interrupts_after = os_interrupts_of_cpu(cpu);
    bool is_known = interrupts >= 0 && interrupts_after >= interrupts && os_current_cpu() == cpu;
    session->context.out_of_memory = session->context.out_of_memory || tails.out_of_memory;
    session->context.mismatch |= tails.mismatch;
    struct wire_end end = check_objects(session);
    if (end.outcome == OUTCOME_OK)
        send_all(&tails, switches, is_known ? interrupts_after - interrupts : -1);
    return end;
}
