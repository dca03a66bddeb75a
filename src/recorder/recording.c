// The common case is in private.h: a thread that has a chunk writes into it. What leads here: a thread's
// first event; the first event of a process, forked ones included; a full chunk; a call site in a file that
// was not seen yet; an event within an event, from a signal handler; and the end of a thread.
//
// A thread that ends gives its chunk back, for the next one to go on in. Its last events, after the
// destructors of its data, take any chunk for a moment and give it back, and so do events within events.
#include "private.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>

#include "os/recording.h"

static bool is_without_variable;
static pthread_key_t end_key;
static bool has_end_key;

enum { FREE_POINTER_BITS = 48 };

// ---- chunks without thread: a stack without locks. The counter in the upper bits tells a chunk that was
// taken and given back meanwhile from one that was there all the time ----

static struct raw_chunk *chunk_of(uint64_t head)
{
    return (struct raw_chunk *)(uintptr_t)(head & raw_address_mask);
}

static struct raw_chunk *take_chunk(void)
{
    uint64_t head = __atomic_load_n(&recording.free_chunks, __ATOMIC_ACQUIRE);
    while (chunk_of(head)) {
        const uint64_t behind = __atomic_load_n(&chunk_of(head)->reserved[0], __ATOMIC_RELAXED);
        const uint64_t changed = ((head >> FREE_POINTER_BITS) + 1) << FREE_POINTER_BITS | behind;
        if (__atomic_compare_exchange_n(&recording.free_chunks, &head, changed, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
            return chunk_of(head);
    }
    return file_new_chunk(RAW_EVENTS);
}

static void give_chunk(struct raw_chunk *chunk)
{
    uint64_t head = __atomic_load_n(&recording.free_chunks, __ATOMIC_ACQUIRE), changed;
    do {
        __atomic_store_n(&chunk->reserved[0], head & raw_address_mask, __ATOMIC_RELAXED);
        changed = ((head >> FREE_POINTER_BITS) + 1) << FREE_POINTER_BITS | (uintptr_t)chunk;
    } while (!__atomic_compare_exchange_n(&recording.free_chunks, &head, changed, false, __ATOMIC_ACQ_REL,
                                          __ATOMIC_ACQUIRE));
}

// ---- writers ----

// Begins a part of the thread in the writer's chunk, which has room for it.
static void begin_part(struct writer *writer, uint32_t number, uint64_t ticks)
{
    char *bytes = (char *)writer->chunk;
    writer->cursor = (uint64_t *)(void *)(bytes + writer->chunk->used_bytes);
    writer->limit = (uint64_t *)(void *)(bytes + RAW_CHUNK_BYTES) - MAX_EVENT_WORDS;
    writer->cursor[0] = first_word(RAW_THREAD, number, 0);
    writer->cursor[1] = ticks;
    writer->cursor += 2; // is counted with the first event
    writer->last_ticks = ticks;
}

// Gets a chunk, or empties the one it has when it is full. False when there is no room.
static bool prepare_writer(struct writer *writer, uint32_t number, uint64_t ticks)
{
    if (writer->chunk && writer->cursor < writer->limit)
        return true;
    if (!writer->chunk)
        writer->chunk = take_chunk();
    if (!writer->chunk)
        return false;
    if (writer->chunk->used_bytes + 2 * MAX_EVENT_WORDS * sizeof(uint64_t) >= RAW_CHUNK_BYTES &&
        !file_copy_chunk(writer->chunk))
        return false;
    begin_part(writer, number, ticks);
    return true;
}

static bool record_in_passing(const struct event *event, uint32_t number)
{
    struct writer writer = {0};
    if (!prepare_writer(&writer, number, event->ticks))
        return false;
    write_event(&writer, event);
    give_chunk(writer.chunk);
    return true;
}

// ---- the parts of an event that are rare ----

uint64_t *write_pause(uint64_t *words, uint64_t ticks, uint64_t *pause)
{
    if ((int64_t)*pause < 0) { // the counter of another processor is behind
        *pause = 0;
    } else if (*pause > raw_address_mask) { // a day and more
        *words++ = first_word(RAW_THREAD, self.number, 0);
        *words++ = ticks;
        *pause = 0;
    } else if (*pause > UINT16_MAX) {
        *words++ = first_word(RAW_LATER, *pause, 0);
        *pause = 0;
    }
    return words;
}

// ---- threads ----

static void end_thread(void *rounds)
{
    struct recorded_thread *thread = &self;
    const uintptr_t round = (uintptr_t)rounds;
    if (round < PTHREAD_DESTRUCTOR_ITERATIONS && pthread_setspecific(end_key, (void *)(round + 1)) == 0)
        return; // destructors of others may free yet
    if (thread->image != recording.image)
        return;
    thread->generation = generation_busy;
    thread->has_ended = true;
    if (thread->writer.chunk)
        give_chunk(thread->writer.chunk);
    thread->writer = (struct writer){0};
    thread->generation = GENERATION_NONE;
}

// With `thread` marked as busy: what pthread_setspecific may allocate is recorded in passing.
static void begin_thread(struct recorded_thread *thread)
{
    thread->image = recording.image;
    thread->writer = (struct writer){0};
    thread->has_ended = false;
    thread->number = __atomic_fetch_add(&recording.header->threads, 1, __ATOMIC_RELAXED);
    if (has_end_key)
        pthread_setspecific(end_key, (void *)1);
}

// ---- the recording ----

// Several threads may come here at once only in a child that was forked without telling the C library.
static bool recording_is_there(void)
{
    uint32_t nobody = 0;
    if (__atomic_load_n(&recording.generation, __ATOMIC_ACQUIRE))
        return true;
    if (is_without_variable || recording.has_failed)
        return false;
    if (__atomic_compare_exchange_n(&recording.begins, &nobody, 1, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
        const bool is_forked = recording_last_generation() != GENERATION_NONE;
        if (!recording_begin()) {
            is_without_variable = !is_forked;
            __atomic_store_n(&recording.has_failed, 1, __ATOMIC_RELEASE);
            return false;
        }
        recording.header->is_forked = is_forked;
        sites_begin();
        recording.image = recording_last_generation() + 1;
        recording_renew();
        return true;
    }
    while (!__atomic_load_n(&recording.generation, __ATOMIC_ACQUIRE) &&
           !__atomic_load_n(&recording.has_failed, __ATOMIC_ACQUIRE))
        sched_yield();
    return !recording.has_failed;
}

static void count_lost(void)
{
    __atomic_fetch_add(&recording.header->lost_events, 1, __ATOMIC_RELAXED);
}

// As the thread's own event, with `thread` marked as busy.
static bool record_of_thread(struct recorded_thread *thread, const struct event *event, uint64_t before)
{
    if (thread->image != recording.image) {
        begin_thread(thread);
        before = GENERATION_NONE;
    }
    if (before != recording.generation)
        for (size_t i = 0; i < KNOWN_SITES; i++)
            thread->known[i] = 0;
    if (!site_is_known(thread, event->site))
        sites_learn(thread, event->site);
    if (thread->has_ended)
        return record_in_passing(event, thread->number);
    if (!prepare_writer(&thread->writer, thread->number, event->ticks))
        return false;
    write_event(&thread->writer, event);
    return true;
}

void record_rarely(enum raw_operation operation, const void *object, uint64_t size, uint64_t alignment,
                   const void *site, void *const *frame, uint64_t ticks)
{
    struct recorded_thread *thread = &self;
    struct event event = {operation, object, size, alignment, site, frame, ticks};
    const int saved_errno = errno;
    const uint64_t before = thread->generation;
    thread->generation = generation_busy;
    if (before == generation_busy) { // within an event of this thread
        if (recording.generation && (recording.is_stopped || !record_in_passing(&event, thread->number)))
            count_lost();
    } else if (recording_is_there()) {
        const uint64_t generation = recording.generation;
        if (thread->image != recording.image)
            event.ticks = ticks_now(); // the clock may not have been known
        if (recording.is_stopped || !record_of_thread(thread, &event, before))
            count_lost();
        thread->generation = thread->has_ended || recording.is_stopped ? GENERATION_NONE : generation;
    } else {
        thread->generation = before;
    }
    errno = saved_errno;
}

// ---- the library's own life ----

// Where the system does not do it.
static void forget_parents(void)
{
    recording = (struct recording_state){0};
}

__attribute__((constructor)) static void begin(void)
{
    has_end_key = pthread_key_create(&end_key, end_thread) == 0;
    if (!os_wipe_in_children(&recording_pages, sizeof recording_pages))
        pthread_atfork(NULL, NULL, forget_parents);
    next_is_found();
    recording_is_there();
}

__attribute__((destructor)) static void end(void)
{
    if (recording.generation)
        recording.header->end_ticks = ticks_now();
}
