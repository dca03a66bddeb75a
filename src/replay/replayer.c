// The replayer: reads a stream, replays it on the heap of this process, and prints what that took. It is
// started by memalloc-bench.
//
//     memalloc-bench-replayer STREAM none|word|all [LITTER SEED]
//
// Everything of its own is mapped and touched before the clock starts: steps, slots, pools, stacks. With
// LITTER, the heap has first held that many times the trace's largest live size, in objects of its sizes.
// Then the threads start together; the time ends with the last one. Afterwards the same steps run once more
// without a heap, which shows what the harness itself takes.
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "litter/litter.h"
#include "os/os.h"
#include "replayer.h"

enum { LEAST_LITTER_BYTES = 1 << 20 };

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
                                                    .untimed = rows[i].untimed,
                                                    .slots = map(rows[i].slots * sizeof(held_object)),
                                                    .pools = map(sizeof(struct pools)),
                                                    .replay = replay};
        steps += rows[i].steps;
    }
    if ((const unsigned char *)steps != stream + bytes)
        fail(EXIT_MISUSED, "the stream is not as long as it says");
}

// ---- the heap's history ----

struct littering {
    const struct replay *replay;
    uint64_t steps;
};

// The size of any object of the trace, each as likely as another.
static uint64_t draw_size(void *context, struct random *random)
{
    const struct littering *littering = context;
    const struct step *steps = littering->replay->threads[0].steps; // those of all threads
    for (;;) {
        const struct step step = steps[random_next(random) % littering->steps];
        if (step_begins(step))
            return step.word & STEP_LARGE ? littering->replay->large[step.word >> STEP_SIZE_SHIFT].size
                                          : step.word >> STEP_SIZE_SHIFT;
    }
}

static bool any_begins(const struct littering *littering)
{
    for (uint64_t i = 0; i < littering->steps; i++)
        if (step_begins(littering->replay->threads[0].steps[i]))
            return true;
    return false;
}

// Returns the bytes of the objects that are left.
static uint64_t litter(const struct replay *replay, uint64_t times, uint64_t seed)
{
    struct littering littering = {.replay = replay};
    struct litter made;
    for (uint32_t i = 0; i < replay->header->threads; i++)
        littering.steps += replay->threads[i].step_count;
    if (!any_begins(&littering))
        return 0;
    const uint64_t bytes = times * replay->header->peak_bytes;
    const struct litter_request request = {.bytes = bytes > LEAST_LITTER_BYTES ? bytes : LEAST_LITTER_BYTES,
                                           .seed = seed,
                                           .draw_size = draw_size,
                                           .context = &littering};
    if (litter_heap(&request, &made) != LITTER_DONE)
        fail(EXIT_NO_MEMORY, "there is no memory for the litter");
    return made.left_bytes;
}

// ---- threads ----

static void *run_thread(void *argument)
{
    struct replay_thread *thread = argument;
    struct replay *replay = thread->replay;
    const uint64_t ends[] = {thread->untimed, thread->step_count};
    uint64_t begin = 0;
    for (unsigned phase = 0; phase < COUNT_OF(ends); phase++) {
        atomic_fetch_add(&replay->ready, 1);
        while (atomic_load_explicit(&replay->go, memory_order_acquire) <= phase)
            sched_yield();
        thread->begin = begin;
        thread->end = begin = ends[phase];
        if (!thread->failure)
            thread->failure = steps_run(thread);
    }
    return NULL;
}

static uint64_t process_cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

// Of one thread the CPU time, to which it does not matter what else runs on the machine; of several, which
// wait for each other, the time that passes, unless they wait for the moments of the trace.
static uint64_t clock_ns(const struct replay *replay)
{
    if (replay->header->threads == 1)
        return os_thread_cpu_ns();
    return replay->header->has_gaps ? process_cpu_ns() : os_wall_ns();
}

static void wait_for_others(struct replay *replay, uint32_t count)
{
    while (atomic_load(&replay->ready) < count)
        sched_yield();
}

// What the first thread, which is this process's own, does of a phase.
static void run_own_part(struct replay *replay, uint64_t begin, uint64_t end)
{
    struct replay_thread *own = &replay->threads[0];
    own->begin = begin;
    own->end = end;
    if (!own->failure)
        own->failure = steps_run(own);
}

// Returns the nanoseconds.
static uint64_t run(struct replay *replay, bool is_harness, uint64_t duration_ns)
{
    const uint32_t count = replay->header->threads;
    replay->is_harness = is_harness;
    atomic_store(&replay->ready, 0);
    atomic_store(&replay->go, 0);
    if (count == 0)
        return 0;
    for (uint32_t i = 1; i < count; i++)
        if (pthread_create(&replay->threads[i].id, NULL, run_thread, &replay->threads[i]) != 0)
            fail(EXIT_NO_MEMORY, "the system gives no more threads");
    wait_for_others(replay, count - 1);
    atomic_store_explicit(&replay->go, 1, memory_order_release);
    run_own_part(replay, 0, replay->threads[0].untimed);
    wait_for_others(replay, 2 * (count - 1));
    if (!is_harness)
        memory_begin(&replay->memory, duration_ns);
    replay->threads[0].watches = !is_harness;
    replay->begin_ns = os_wall_ns();
    const uint64_t begin_ns = clock_ns(replay);
    atomic_store_explicit(&replay->go, 2, memory_order_release);
    run_own_part(replay, replay->threads[0].untimed, replay->threads[0].step_count);
    for (uint32_t i = 1; i < count; i++)
        pthread_join(replay->threads[i].id, NULL);
    const uint64_t ns = clock_ns(replay) - begin_ns;
    const uint64_t looked_ns = is_harness || count > 1 ? 0 : replay->memory.cpu_ns;
    return ns > looked_ns ? ns - looked_ns : 0;
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

static double above(double bytes, uint64_t own_bytes)
{
    return bytes > (double)own_bytes ? bytes - (double)own_bytes : 0;
}

// The largest resident set as the system knows it; but of a littered heap, whose litter was larger, what was
// seen meanwhile.
static double peak_of(const struct replay *replay, bool is_littered, struct rusage *usage)
{
    const uint64_t peak_bytes = peak_resident_bytes(usage);
    return above((double)(is_littered ? replay->memory.most_bytes : peak_bytes), replay->memory.own_bytes);
}

struct measured {
    uint64_t ns, start_ns, harness_ns;
    double peak_bytes;
    uint64_t live_bytes; // that the trace and the litter have at most
    long faults;
};

static int print(const struct replay *replay, const struct measured *measured)
{
    const struct memory *memory = &replay->memory;
    const double events = replay->header->events ? (double)replay->header->events : 1;
    const double live_bytes = measured->live_bytes ? (double)measured->live_bytes : NAN;
    const double mean_bytes =
        memory->watched_ns ? memory->byte_ns / (double)memory->watched_ns : (double)memory->latest_bytes;
    const uint64_t start_ns = replay->header->is_with_start ? measured->start_ns : 0;
    printf("event_ns=%.4f\nharness_ns=%.4f\nstart_ns=%llu\nfootprint=%.0f\nmean_footprint=%.0f\n"
           "overhead=%.4f\nfaults=%ld\n",
           (double)(measured->ns + start_ns) / events, (double)measured->harness_ns / events,
           (unsigned long long)measured->start_ns, measured->peak_bytes, above(mean_bytes, memory->own_bytes),
           measured->live_bytes ? measured->peak_bytes / live_bytes : 0, measured->faults);
    return fflush(stdout) == 0 ? 0 : EXIT_MISUSED;
}

// Of a replay with recorded gaps.
static uint64_t duration_of(const struct replay *replay)
{
    uint64_t longest_ns = 0;
    for (uint32_t i = 0; i < replay->header->threads && replay->header->has_gaps; i++)
        for (uint64_t k = replay->threads[i].step_count; k-- > 0;)
            if (step_kind(replay->threads[i].steps[k]) == STEP_WAIT) {
                const uint64_t moment_ns = step_moment_ns(replay->threads[i].steps[k]);
                longest_ns = moment_ns > longest_ns ? moment_ns : longest_ns;
                break;
            }
    return longest_ns;
}

int main(int count, char **words)
{
    static struct replay replay;
    struct measured measured = {.start_ns = process_cpu_ns()};
    struct rusage before, after;
    size_t bytes = 0;
    if (count != 3 && count != 5)
        fail(EXIT_MISUSED, "it is started by memalloc-bench, not by hand");
    const bool is_littered = count == 5;
    const unsigned char *stream = read_stream(words[1], &bytes);
    open_replay(&replay, stream, bytes);
    replay.touch = touch_of(words[2]);
    replay.memory.own_bytes = memory_resident_bytes();
    measured.live_bytes = replay.header->peak_bytes;
    if (is_littered)
        measured.live_bytes += litter(&replay, strtoull(words[3], NULL, 10), strtoull(words[4], NULL, 10));
    peak_resident_bytes(&before);
    measured.ns = run(&replay, false, duration_of(&replay));
    measured.peak_bytes = peak_of(&replay, is_littered, &after);
    measured.faults = after.ru_minflt - before.ru_minflt;
    check(&replay);
    for (uint64_t i = 0; i < replay.header->shared_slots; i++)
        atomic_store_explicit(&replay.shared[i], 0, memory_order_relaxed);
    measured.harness_ns = run(&replay, true, 0);
    return print(&replay, &measured);
}
