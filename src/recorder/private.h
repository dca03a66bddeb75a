// What the recorder's files share. Everything here runs inside the program that is recorded, called from its
// malloc: it allocates nothing, takes no lock, prints nothing and unwinds nothing.
#ifndef RECORDER_PRIVATE_H
#define RECORDER_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/raw.h"

#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define EXPORTED __attribute__((visibility("default")))

// ---- next.c: the functions that would be called without the recorder ----

struct next_functions {
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void (*free)(void *);
    void *(*aligned_alloc)(size_t, size_t);
    int (*posix_memalign)(void **, size_t, size_t);
    void *(*memalign)(size_t, size_t);
    void *(*valloc)(size_t);
    void *(*pvalloc)(size_t);
    size_t (*malloc_usable_size)(void *);
    int (*dlclose)(void *);
};

extern struct next_functions next;

// Finds them once. False while it is at it in this thread: the dynamic linker may allocate for its own sake.
bool next_find(void);

static inline bool next_is_found(void)
{
    return LIKELY(next.free != NULL) || next_find();
}

// The next function of that name, NULL when there is none. Of the C++ operators it is asked only when malloc
// failed.
void *next_of_name(const char *name);

// Memory for whoever allocates before `next` is known. It is never given back.
enum { EARLY_BYTES = 64 << 10 };
extern char early_memory[EARLY_BYTES];
void *early_allocate(size_t size, size_t alignment); // zeroed; NULL when there is no more
size_t early_size(const void *object);

static inline bool is_early(const void *object)
{
    return UNLIKELY((uintptr_t)object - (uintptr_t)early_memory < EARLY_BYTES);
}

// ---- state.c: the state of this process ----

// One stream of words into one chunk.
struct writer {
    uint64_t *cursor, *limit; // an event is begun before the limit and always fits
    struct raw_chunk *chunk;  // NULL: none
    uint64_t last_ticks;
};

enum { KNOWN_SITES = 64, GENERATION_NONE = 1 };
static const uint64_t generation_busy = UINT64_MAX;

// Of each thread. `generation` is that of the recording when the thread may simply write; anything else leads
// to record_rarely().
struct recorded_thread {
    uint64_t generation;
    struct writer writer;
    uint64_t image; // see struct recording_state
    uint32_t number;
    bool has_ended;
    uint32_t known[KNOWN_SITES]; // a cache of parts of the address space that the maps hold, see sites.c
};

// Of the process. A forked child finds it filled with zeros: it begins a recording of its own at its first
// event.
struct recording_state {
    uint64_t generation; // unlike those before in this address space; raised when files were unloaded
    uint64_t image;      // its first generation
    struct raw_header *header;
    uint64_t free_chunks;  // a stack of chunks without thread: pointer, and a counter in the upper bits
    uint32_t begins;       // somebody sets it up
    uint32_t has_failed;   // it could not be set up
    uint32_t is_stopped;   // there is no more room
    uint32_t counts_ticks; // by the processor's counter
    uint32_t frames;       // of the stack, with each event
};

extern union recording_pages {
    struct recording_state state;
    char bytes[4096];
} recording_pages;
#define recording (recording_pages.state)

extern __thread struct recorded_thread self __attribute__((tls_model("initial-exec")));

// Generation and known sites of all threads are void from now on.
void recording_renew(void);

// The last generation in this address space; GENERATION_NONE before the first.
uint64_t recording_last_generation(void);

// A call of a hooked function.
struct event {
    enum raw_operation operation;
    const void *object;
    uint64_t size, alignment;
    const void *site;
    void *const *frame; // of the hooked function
    uint64_t ticks;
};

// ---- recording.c ----

// Whatever is not the common case. Leaves errno alone.
void record_rarely(enum raw_operation operation, const void *object, uint64_t size, uint64_t alignment,
                   const void *site, void *const *frame, uint64_t ticks);

// ---- file.c ----

// Sets the recording up from the environment. False when there is nothing to record, or it cannot be.
bool recording_begin(void);

// A new chunk of that kind, reserved and mapped; NULL stops the recording.
struct raw_chunk *file_new_chunk(enum raw_chunk_kind kind);

// Copies a full chunk to the end of the file and empties it. False stops the recording.
bool file_copy_chunk(struct raw_chunk *chunk);

// ---- sites.c ----

// Sees to it that the maps hold the address.
void sites_learn(struct recorded_thread *thread, const void *site);
void sites_forget(void); // a file was unloaded
void sites_begin(void);  // of a new recording

static inline bool site_is_known(const struct recorded_thread *thread, const void *site)
{
    const uintptr_t address = (uintptr_t)site;
    return thread->known[address >> 14 & (KNOWN_SITES - 1)] == (uint32_t)(address >> 20);
}

// ---- stack.c ----

// Writes up to recording.frames return addresses beyond the call site, by frame pointers. Returns how
// many words.
size_t stack_write(uint64_t *words, void *const *frame);

// ---- the clock ----

// Not fenced: a fence costs more than the rest of the hook. What may be out of order by it is repaired in
// src/trace/.
uint64_t ticks_of_system(void);

// Once everything before it has been loaded: a processor reads its counter early, while it still waits for
// the line in which the program finds the object, or the heap the address, that another thread has just given
// away; the event would seem to come before that thread's.
static inline __attribute__((always_inline)) uint64_t ticks_now(void)
{
#if defined(__x86_64__)
    if (LIKELY(recording.counts_ticks)) {
        __builtin_ia32_lfence();
        return __builtin_ia32_rdtsc();
    }
#elif defined(__aarch64__)
    if (LIKELY(recording.counts_ticks)) {
        uint64_t ticks;
        __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks)::"memory");
        return ticks;
    }
#endif
    return ticks_of_system();
}

// ---- writing an event ----

enum { MAX_EVENT_WORDS = 6 + RAW_MAX_FRAMES };

static inline uint64_t first_word(enum raw_operation operation, uint64_t object, uint64_t size)
{
    return (object & raw_address_mask) | (uint64_t)operation << RAW_ADDRESS_BITS | size << RAW_SIZE_SHIFT;
}

// Words before an event whose time is far from the one before; the ticks that are left for the event.
uint64_t *write_pause(uint64_t *words, uint64_t ticks, uint64_t *pause);

// The event counts from the moment at which `used_bytes` includes it.
static inline __attribute__((always_inline)) void write_event(struct writer *writer,
                                                              const struct event *event)
{
    uint64_t *words = writer->cursor;
    uint64_t pause = event->ticks - writer->last_ticks;
    if (UNLIKELY(pause > UINT16_MAX))
        words = write_pause(words, event->ticks, &pause);
    if (LIKELY((int64_t)(event->ticks - writer->last_ticks) > 0))
        writer->last_ticks = event->ticks;
    const bool fits = event->size < RAW_SIZE_FOLLOWS;
    words[0] = first_word(event->operation, (uintptr_t)event->object, fits ? event->size : RAW_SIZE_FOLLOWS);
    words[1] = ((uintptr_t)event->site & raw_address_mask) | pause << RAW_ADDRESS_BITS;
    words += 2;
    if (UNLIKELY(!fits))
        *words++ = event->size;
    if (raw_has_alignment(event->operation))
        *words++ = event->alignment;
    if (UNLIKELY(recording.frames))
        words += stack_write(words, event->frame);
    writer->cursor = words;
    __atomic_store_n(&writer->chunk->used_bytes, (uint64_t)((char *)words - (char *)writer->chunk),
                     __ATOMIC_RELEASE);
}

// Inlined, so that of `event` nothing is left but registers.
static inline __attribute__((always_inline)) void record(const struct event event)
{
    struct recorded_thread *thread = &self;
    const uint64_t generation = recording.generation;
    if (UNLIKELY(thread->generation != generation) || UNLIKELY(!site_is_known(thread, event.site)) ||
        UNLIKELY(thread->writer.cursor >= thread->writer.limit)) {
        record_rarely(event.operation, event.object, event.size, event.alignment, event.site, event.frame,
                      event.ticks);
        return;
    }
    thread->generation = generation_busy; // for a signal handler that comes in between
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    write_event(&thread->writer, &event);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    thread->generation = generation;
}

#endif
