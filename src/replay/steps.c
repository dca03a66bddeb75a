// The loop that is timed: one step after the other, on the heap or, to see what the harness takes, on none.
#include <sched.h>
#include <time.h>

#include "os/os.h"
#include "replayer.h"

enum { SPINS = 1000, WATCHED_PARTS = 64 };

// ---- one step ----

ALWAYS_INLINE uint64_t size_of(const struct replay *replay, struct step step, uint64_t *ret_alignment)
{
    const uint32_t size = step.word >> STEP_SIZE_SHIFT;
    *ret_alignment = step.word & STEP_LARGE ? replay->large[size].alignment : 0;
    return step.word & STEP_LARGE ? replay->large[size].size : size;
}

// What is written into the object in a slot: a different word in each.
ALWAYS_INLINE uint64_t word_of(struct step step)
{
    return (step.slot + (step.word & STEP_SHARED)) * UINT64_C(0x9e3779b97f4a7c15);
}

ALWAYS_INLINE void write_object(void *object, uint64_t size, uint64_t word, enum touch touch)
{
    if (touch == TOUCH_ALL)
        memset(object, (int)(word >> 56), size);
    if (touch != TOUCH_NONE && size >= sizeof word)
        memcpy(object, &word, sizeof word);
}

ALWAYS_INLINE bool is_as_written(const void *object, uint64_t size, uint64_t word, enum touch touch)
{
    uint64_t found = word;
    if (touch != TOUCH_NONE && size >= sizeof word)
        memcpy(&found, object, sizeof found);
    return found == word;
}

// Whoever takes a shared object waits until it is there.
static held_object wait_for(_Atomic held_object *slot)
{
    held_object held;
    for (int spins = 1; (held = atomic_load_explicit(slot, memory_order_acquire)) == 0; spins++)
        if (spins % SPINS == 0)
            sched_yield();
    return held;
}

ALWAYS_INLINE held_object take(const struct replay_thread *thread, struct step step)
{
    return step.word & STEP_SHARED ? wait_for(&thread->replay->shared[step.slot]) : thread->slots[step.slot];
}

ALWAYS_INLINE void put(const struct replay_thread *thread, struct step step, held_object held)
{
    if (step.word & STEP_SHARED)
        atomic_store_explicit(&thread->replay->shared[step.slot], held, memory_order_release);
    else
        thread->slots[step.slot] = held;
}

ALWAYS_INLINE void *begin(const struct replay_thread *thread, struct step step, uint64_t size,
                          uint64_t alignment, held_object *ret_held)
{
    void *object;
    switch (step_kind(step)) {
    case STEP_ALIGNED:
        object = NULL;
        if (posix_memalign(&object, alignment, size) != 0)
            object = NULL;
        *ret_held = (held_object)barrier_pointer(object);
        return object;
    case STEP_CALLOC:
        if (step_strategy(step) == REPLAY_BOX) {
            object = barrier_pointer(calloc(1, size));
            *ret_held = (held_object)object;
            return object;
        }
        object = pools_allocate(thread->pools, step_strategy(step), size, ret_held);
        return object ? memset(object, 0, size) : NULL;
    default:
        return pools_allocate(thread->pools, step_strategy(step), size, ret_held);
    }
}

// A realloc from one strategy to another is an allocation, a copy and a deallocation.
ALWAYS_INLINE void *change(const struct replay_thread *thread, struct step from, uint64_t old_size,
                           held_object old, struct step to, uint64_t size, held_object *ret_held)
{
    const enum replay_strategy before = step_strategy(from), after = step_strategy(to);
    if (before == REPLAY_BOX && after == REPLAY_BOX) {
        void *object = barrier_pointer(realloc((void *)old, size));
        *ret_held = (held_object)object;
        return object;
    }
    void *object = pools_allocate(thread->pools, after, size, ret_held);
    if (!object)
        return NULL;
    memcpy(object, pools_address(thread->pools, before, old, old_size), old_size < size ? old_size : size);
    pools_free(thread->pools, before, old, old_size);
    return object;
}

// Sleeps until the moment of the trace's clock. Who watches the memory looks at it meanwhile.
static void wait_until(struct replay_thread *thread, uint64_t at_ns)
{
    struct memory *memory = &thread->replay->memory;
    const uint64_t end_ns = thread->replay->begin_ns + at_ns;
    for (uint64_t now_ns; (now_ns = os_wall_ns()) < end_ns;) {
        uint64_t until_ns = end_ns;
        if (thread->watches && memory->next_ns < end_ns)
            until_ns = memory->next_ns;
        if (until_ns > now_ns) {
            const uint64_t left_ns = until_ns - now_ns;
            nanosleep(&(struct timespec){.tv_sec = (time_t)(left_ns / 1000000000),
                                         .tv_nsec = (long)(left_ns % 1000000000)},
                      NULL);
        }
        if (thread->watches && os_wall_ns() >= memory->next_ns)
            memory_look(memory);
    }
}

// ---- all steps of a thread ----

// Returns an exit code.
ALWAYS_INLINE int replay_steps(struct replay_thread *thread, uint64_t begin_at, uint64_t end_at,
                               enum touch touch)
{
    held_object old = 0;
    uint64_t old_size = 0, wrong = 0;
    struct step from = {0, 0};
    for (const struct step *next = thread->steps + begin_at, *end = thread->steps + end_at; next < end;
         next++) {
        const struct step step = *next;
        if (__builtin_expect(step_kind(step) == STEP_WAIT, 0)) {
            wait_until(thread, step_moment_ns(step));
            continue;
        }
        uint64_t alignment;
        const uint64_t size = size_of(thread->replay, step, &alignment);
        held_object held = 0;
        void *object;
        switch (step_kind(step)) {
        case STEP_TAKE:
            old = take(thread, step);
            old_size = size;
            from = step;
            object = pools_address(thread->pools, step_strategy(step), old, size);
            wrong |= !is_as_written(object, size, word_of(step), touch);
            continue;
        case STEP_FREE:
            held = take(thread, step);
            object = pools_address(thread->pools, step_strategy(step), held, size);
            wrong |= !is_as_written(object, size, word_of(step), touch);
            pools_free(thread->pools, step_strategy(step), held, size);
            continue;
        case STEP_REALLOC:
            object = change(thread, from, old_size, old, step, size, &held);
            if (object && old_size < size)
                wrong |= !is_as_written(object, old_size, word_of(from), touch);
            break;
        default:
            object = begin(thread, step, size, alignment, &held);
            break;
        }
        if (!object)
            return EXIT_NO_MEMORY;
        write_object(object, size, word_of(step), touch);
        put(thread, step, held);
    }
    return wrong ? EXIT_CORRUPT : 0;
}

// The same without a heap: what is held is a number.
static int replay_harness(const struct replay_thread *thread)
{
    held_object sum = 1;
    for (const struct step *next = thread->steps + thread->begin, *end = thread->steps + thread->end;
         next < end; next++) {
        const struct step step = *next;
        if (__builtin_expect(step_kind(step) == STEP_WAIT, 0))
            continue;
        uint64_t alignment;
        const uint64_t size = size_of(thread->replay, step, &alignment);
        if (step_kind(step) == STEP_TAKE || step_kind(step) == STEP_FREE)
            sum += take(thread, step) + size;
        else
            put(thread, step, (held_object)(size | 1));
        barrier_memory();
    }
    return sum ? 0 : EXIT_MISUSED;
}

static int replay_part(struct replay_thread *thread, uint64_t begin, uint64_t end)
{
    switch (thread->replay->touch) {
    case TOUCH_NONE:
        return replay_steps(thread, begin, end, TOUCH_NONE);
    case TOUCH_WORD:
        return replay_steps(thread, begin, end, TOUCH_WORD);
    default:
        return replay_steps(thread, begin, end, TOUCH_ALL);
    }
}

int steps_run(struct replay_thread *thread)
{
    if (thread->replay->is_harness)
        return replay_harness(thread);
    if (!thread->watches)
        return replay_part(thread, thread->begin, thread->end);
    const uint64_t count = thread->end - thread->begin;
    uint64_t begin = thread->begin;
    int failure = 0;
    for (uint64_t part = 1; part <= WATCHED_PARTS && failure == 0; part++) {
        uint64_t end = thread->begin + count * part / WATCHED_PARTS;
        if (end > begin && end < thread->end && step_kind(thread->steps[end - 1]) == STEP_TAKE)
            end++;
        if (end > begin) {
            failure = replay_part(thread, begin, end);
            memory_look(&thread->replay->memory);
            begin = end;
        }
    }
    return failure;
}
