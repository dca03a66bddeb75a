// The footprint: what memory the objects of a cell take beside what was asked for, and what comes back when
// they are freed. Objects are requested up to a number of bytes, each written whole; half of them, at random,
// are freed; objects of another size take their place, from a strategy of their own where those are of one
// size; all are freed; and then time passes, in which a heap may give pages back. The resident set is read
// after each step.
//
// The harness keeps its handles in memory that is mapped for them and written before the first reading. It is
// resident all the time, so its bytes are taken off.
#include "worker/private.h"

#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "os/os.h"

enum { FILLING = 0x5a, MAX_BYTES_SHIFT = 40, PER_MILLE = 1000 };

// Objects of one size.
struct pool {
    size_t object_bytes;
    size_t *handles;
    size_t capacity;
    size_t first, count; // of the handles: those whose objects live
    alignas(16) unsigned char state[STRATEGY_STATE_BYTES];
};

struct footprint {
    struct session *session;
    const struct strategy_cells *strategy;
    struct pool pools[2];
    uint64_t live_bytes;
    uint64_t harness_bytes;
    struct rusage begin;
    bool corrupt;
};

// Two places further in the table, which is about twice the size, or half where the table ends.
static uint32_t other_size(int index)
{
    enum { AWAY = 2 };
    return object_sizes[index + AWAY < SIZE_COUNT ? index + AWAY : index - AWAY];
}

// The second pool has room for as many bytes as half of the first.
static bool open_pools(struct footprint *footprint)
{
    const struct measurement *measurement = footprint->session->measurement;
    struct pool *pools = footprint->pools;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = measurement->request->footprint_bytes;
    pools[0].object_bytes = measurement->cell.size_bytes;
    pools[0].capacity = bytes / pools[0].object_bytes;
    pools[1].object_bytes = other_size(measurement->size_index);
    pools[1].capacity = pools[0].capacity / 2 * pools[0].object_bytes / pools[1].object_bytes;
    size_t handles = pools[0].capacity + pools[1].capacity;
    footprint->harness_bytes = (handles * sizeof(size_t) + page - 1) / page * page;
    pools[0].handles = map_memory(footprint->harness_bytes);
    if (!pools[0].handles)
        return false;
    memset(pools[0].handles, 0xff, footprint->harness_bytes); // resident from now on
    pools[1].handles = pools[0].handles + pools[0].capacity;
    return true;
}

// ---- reading ----

static void send(const struct footprint *footprint, enum measured_metric metric, uint32_t step,
                 uint64_t value)
{
    send_value(footprint->session, metric, step, (double)value);
}

static uint64_t without_harness(const struct footprint *footprint, uint64_t bytes)
{
    return bytes > footprint->harness_bytes ? bytes - footprint->harness_bytes : 0;
}

static void read_memory(const struct footprint *footprint, enum measured_step step)
{
    const uint32_t index = step_index(step);
    struct rusage now;
    struct os_memory memory;
    struct os_heap_books books;
    os_memory_of_process(&memory);
    getrusage(RUSAGE_SELF, &now);
    send(footprint, MEASURED_footprint_live_bytes, index, footprint->live_bytes);
    send(footprint, MEASURED_footprint_harness_bytes, index, footprint->harness_bytes);
    if (memory.resident_bytes > 0)
        send(footprint, MEASURED_footprint_rss_bytes, index,
             without_harness(footprint, memory.resident_bytes));
    if (memory.proportional_bytes > 0)
        send(footprint, MEASURED_footprint_pss_bytes, index,
             without_harness(footprint, memory.proportional_bytes));
    if (!footprint->session->setup.heap.not_the_c_librarys && os_c_library_heap(&books)) {
        send(footprint, MEASURED_footprint_heap_bytes, index, books.taken_bytes);
        send(footprint, MEASURED_footprint_heap_used_bytes, index, books.used_bytes);
    }
    send(footprint, MEASURED_footprint_minor_faults, index,
         (uint64_t)(now.ru_minflt - footprint->begin.ru_minflt));
    send(footprint, MEASURED_footprint_major_faults, index,
         (uint64_t)(now.ru_majflt - footprint->begin.ru_majflt));
}

// ---- the objects ----

// As many as the pool has room for.
static bool fill(struct footprint *footprint, struct pool *pool)
{
    const struct strategy_cells *strategy = footprint->strategy;
    if (!strategy->prepare(pool->state, pool->object_bytes, (uint32_t)pool->capacity))
        return false;
    strategy->open(pool->state);
    for (; pool->count < pool->capacity; pool->count++) {
        size_t *handle = &pool->handles[pool->count];
        if (!strategy->allocate(pool->state, pool->object_bytes, footprint->session->context.word, handle))
            return false;
        memset(strategy->object(pool->state, pool->object_bytes, *handle), FILLING, pool->object_bytes);
    }
    footprint->live_bytes += pool->count * pool->object_bytes;
    random_shuffle(&footprint->session->random, pool->handles, pool->count, sizeof *pool->handles);
    return true;
}

static bool is_leaked(const struct footprint *footprint, size_t index)
{
    const uint32_t per_mille = footprint->session->measurement->request->leak_per_mille;
    return (index + 1) * per_mille / PER_MILLE > index * per_mille / PER_MILLE;
}

// Frees the next `count` objects of the pool: in random order, since the handles were shuffled.
static void drain(struct footprint *footprint, struct pool *pool, size_t count)
{
    const struct strategy_cells *strategy = footprint->strategy;
    for (; count > 0; count--, pool->first++, pool->count--) {
        const size_t handle = pool->handles[pool->first];
        const unsigned char *object = strategy->object(pool->state, pool->object_bytes, handle);
        footprint->corrupt =
            footprint->corrupt || object[0] != FILLING || object[pool->object_bytes - 1] != FILLING;
        if (!is_leaked(footprint, pool->first))
            strategy->deallocate(pool->state, pool->object_bytes, handle);
        footprint->live_bytes -= pool->object_bytes;
    }
}

static void drain_all(struct footprint *footprint)
{
    for (size_t i = 0; i < 2; i++) {
        struct pool *pool = &footprint->pools[i];
        drain(footprint, pool, pool->count);
        footprint->strategy->close(pool->state);
    }
}

// What of the time since that moment is left.
static void rest_until(uint64_t begin_ns, uint64_t after_ns)
{
    uint64_t passed_ns;
    while ((passed_ns = os_wall_ns() - begin_ns) < after_ns) {
        uint64_t left_ns = after_ns - passed_ns;
        nanosleep(&(struct timespec){(time_t)(left_ns / 1000000000), (long)(left_ns % 1000000000)}, NULL);
    }
}

static struct wire_end walk(struct footprint *footprint)
{
    static const char no_memory[] = "the heap gave no memory for an object";
    struct pool *pools = footprint->pools;
    getrusage(RUSAGE_SELF, &footprint->begin);
    read_memory(footprint, STEP_footprint_start);
    if (!fill(footprint, &pools[0]))
        return ended(OUTCOME_OUT_OF_MEMORY, no_memory);
    read_memory(footprint, STEP_footprint_full);
    drain(footprint, &pools[0], pools[0].capacity / 2);
    read_memory(footprint, STEP_footprint_half);
    if (!fill(footprint, &pools[1]))
        return ended(OUTCOME_OUT_OF_MEMORY, no_memory);
    read_memory(footprint, STEP_footprint_refilled);
    drain_all(footprint);
    const uint64_t freed_ns = os_wall_ns();
    read_memory(footprint, STEP_footprint_freed);
    rest_until(freed_ns, 100000000);
    read_memory(footprint, STEP_footprint_after_100ms);
    rest_until(freed_ns, 1000000000);
    read_memory(footprint, STEP_footprint_after_1s);
    rest_until(freed_ns, 5000000000);
    read_memory(footprint, STEP_footprint_after_5s);
    for (size_t i = 0; i < 2; i++)
        footprint->strategy->finish(pools[i].state, pools[i].object_bytes);
    return footprint->corrupt ? ended(OUTCOME_CORRUPT, "an object did not hold what was written to it")
                              : ended(OUTCOME_OK, "");
}

struct wire_end measure_footprint(struct session *session, bool after_trials)
{
    (void)after_trials; // never: it measures a heap that nothing else has used
    struct footprint footprint = {.session = session, .strategy = session->measurement->strategy};
    send_setup(session);
    if (session->measurement->request->footprint_bytes < 4 * (uint64_t)LARGEST_OBJECT_BYTES ||
        session->measurement->request->footprint_bytes >> MAX_BYTES_SHIFT > 0)
        return ended(OUTCOME_SKIPPED, "the bytes of the footprint are out of range");
    if (!open_pools(&footprint))
        return ended(OUTCOME_OUT_OF_MEMORY, no_bookkeeping);
    return walk(&footprint);
}
