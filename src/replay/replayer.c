// The replayer: reads a stream, replays it on the heap of this process, and prints what that took. It is
// started by memalloc-bench.
//
//     memalloc-bench-replayer STREAM none|word|all [LITTER_BYTES SEED]
//
// Everything of its own is mapped and touched before the clock starts: steps, slots, pools, stacks. Then the
// threads start together; the time ends with the last one. Afterwards the same steps run once more without a
// heap, which shows what the harness itself takes.
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/os.h"
#include "pools.h"

enum { EXIT_MISUSED = 2, EXIT_NO_MEMORY = 3, EXIT_CORRUPT = 4, SPINS = 1000 };

enum touch { TOUCH_NONE, TOUCH_WORD, TOUCH_ALL };

// What a thread replays, and on what.
struct replay_thread {
    const struct step *steps;
    uint64_t step_count;
    held_object *slots;
    struct pools *pools;
    struct replay *replay;
    bool is_harness; // no heap
    int failure;     // exit code; 0: none
    pthread_t id;
};

struct replay {
    const struct stream_header *header;
    const struct stream_large *large;
    struct replay_thread *threads;
    _Atomic held_object *shared;
    enum touch touch;
    atomic_uint ready, go;
};

// ---- memory of the harness's own ----

static void fail(int code, const char *why)
{
    fprintf(stderr, "memalloc-bench-replayer: %s\n", why);
    _exit(code);
}

// Touched, so that no page of it is new while the clock runs.
static void *map(size_t bytes)
{
    if (bytes == 0)
        bytes = 1;
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        fail(EXIT_NO_MEMORY, "there is no memory for the stream");
    memset(memory, 0, bytes);
    return memory;
}

static const unsigned char *read_stream(const char *path, size_t *ret_bytes)
{
    struct stat information;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &information) != 0)
        fail(EXIT_MISUSED, "the stream cannot be read");
    const size_t bytes = (size_t)information.st_size;
    unsigned char *stream = map(bytes);
    for (size_t position = 0; position < bytes;) {
        ssize_t count = read(file, stream + position, bytes - position);
        if (count <= 0)
            fail(EXIT_MISUSED, "the stream cannot be read to its end");
        position += (size_t)count;
    }
    close(file);
    *ret_bytes = bytes;
    return stream;
}

static void open_replay(struct replay *replay, const unsigned char *stream, size_t bytes)
{
    const struct stream_header *header = (const void *)stream;
    if (bytes < sizeof *header || header->magic != stream_magic || header->threads > REPLAY_MAX_THREADS)
        fail(EXIT_MISUSED, "this is no stream of this build");
    const struct stream_thread *rows = (const void *)(header + 1);
    const struct stream_large *large = (const void *)(rows + header->threads);
    const struct step *steps = (const void *)(large + header->large_count);
    replay->header = header;
    replay->large = large;
    replay->threads = map(header->threads * sizeof *replay->threads);
    replay->shared = map(header->shared_slots * sizeof *replay->shared);
    for (uint32_t i = 0; i < header->threads; i++) {
        replay->threads[i] = (struct replay_thread){.steps = steps,
                                                    .step_count = rows[i].steps,
                                                    .slots = map(rows[i].slots * sizeof(held_object)),
                                                    .pools = map(sizeof(struct pools)),
                                                    .replay = replay};
        steps += rows[i].steps;
    }
    if ((const unsigned char *)steps != stream + bytes)
        fail(EXIT_MISUSED, "the stream is not as long as it says");
}

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

// ---- all steps of a thread ----

// Returns an exit code.
ALWAYS_INLINE int replay_steps(const struct replay_thread *thread, enum touch touch)
{
    held_object old = 0;
    uint64_t old_size = 0, wrong = 0;
    struct step from = {0, 0};
    for (const struct step *next = thread->steps, *end = next + thread->step_count; next < end; next++) {
        const struct step step = *next;
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
    for (const struct step *next = thread->steps, *end = next + thread->step_count; next < end; next++) {
        const struct step step = *next;
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

static void *run_thread(void *argument)
{
    struct replay_thread *thread = argument;
    struct replay *replay = thread->replay;
    atomic_fetch_add(&replay->ready, 1);
    while (!atomic_load_explicit(&replay->go, memory_order_acquire))
        sched_yield();
    if (thread->is_harness)
        thread->failure = replay_harness(thread);
    else if (replay->touch == TOUCH_NONE)
        thread->failure = replay_steps(thread, TOUCH_NONE);
    else if (replay->touch == TOUCH_WORD)
        thread->failure = replay_steps(thread, TOUCH_WORD);
    else
        thread->failure = replay_steps(thread, TOUCH_ALL);
    return NULL;
}

// Of one thread the CPU time, to which it does not matter what else runs on the machine; of several, which
// wait for each other, the time that passes.
static uint64_t clock_ns(const struct replay *replay)
{
    return replay->header->threads == 1 ? os_thread_cpu_ns() : os_wall_ns();
}

// The first thread is this process's own. Returns the nanoseconds.
static uint64_t run(struct replay *replay, bool is_harness)
{
    const uint32_t count = replay->header->threads;
    atomic_store(&replay->ready, 0);
    atomic_store(&replay->go, 0);
    for (uint32_t i = 0; i < count; i++) {
        replay->threads[i].is_harness = is_harness;
        if (i > 0 && pthread_create(&replay->threads[i].id, NULL, run_thread, &replay->threads[i]) != 0)
            fail(EXIT_NO_MEMORY, "the system gives no more threads");
    }
    while (atomic_load(&replay->ready) + 1 < count)
        sched_yield();
    const uint64_t begin_ns = clock_ns(replay);
    atomic_store_explicit(&replay->go, 1, memory_order_release);
    if (count > 0)
        run_thread(&replay->threads[0]);
    for (uint32_t i = 1; i < count; i++)
        pthread_join(replay->threads[i].id, NULL);
    return clock_ns(replay) - begin_ns;
}

// ---- the program ----

static uint64_t peak_resident_bytes(struct rusage *usage)
{
    getrusage(RUSAGE_SELF, usage);
#ifdef __APPLE__
    return (uint64_t)usage->ru_maxrss;
#else
    return (uint64_t)usage->ru_maxrss * 1024;
#endif
}

static enum touch touch_of(const char *word)
{
    if (strcmp(word, "none") == 0)
        return TOUCH_NONE;
    return strcmp(word, "word") == 0 ? TOUCH_WORD : TOUCH_ALL;
}

static void check(const struct replay *replay)
{
    for (uint32_t i = 0; i < replay->header->threads; i++)
        if (replay->threads[i].failure == EXIT_NO_MEMORY)
            fail(EXIT_NO_MEMORY, "the heap gave no memory for an object");
        else if (replay->threads[i].failure)
            fail(replay->threads[i].failure, "an object did not hold what was written to it");
}

int main(int count, char **words)
{
    static struct replay replay;
    struct rusage before, after;
    size_t bytes = 0;
    if (count < 3)
        fail(EXIT_MISUSED, "it is started by memalloc-bench, not by hand");
    const unsigned char *stream = read_stream(words[1], &bytes);
    open_replay(&replay, stream, bytes);
    replay.touch = touch_of(words[2]);
    const uint64_t own_bytes = os_resident_bytes();
    peak_resident_bytes(&before);
    const uint64_t ns = run(&replay, false);
    const uint64_t peak_bytes = peak_resident_bytes(&after);
    check(&replay);
    for (uint64_t i = 0; i < replay.header->shared_slots; i++)
        atomic_store_explicit(&replay.shared[i], 0, memory_order_relaxed);
    const uint64_t harness_ns = run(&replay, true);
    const double events = replay.header->events ? (double)replay.header->events : 1;
    const uint64_t footprint = peak_bytes > own_bytes ? peak_bytes - own_bytes : 0;
    printf("event_ns=%.4f\nharness_ns=%.4f\nfootprint=%llu\noverhead=%.4f\nfaults=%ld\n", (double)ns / events,
           (double)harness_ns / events, (unsigned long long)footprint,
           replay.header->peak_bytes ? (double)footprint / (double)replay.header->peak_bytes : 0.0,
           after.ru_minflt - before.ru_minflt);
    return fflush(stdout) == 0 ? 0 : EXIT_MISUSED;
}
