// One pass over the trace. Which object another thread will take is known only when it does: then the step
// that put it into a slot gets a shared slot instead, and has it come from the heap.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "private.h"
#include "trace/trace.h"

enum { HEAP_ALIGNMENT = 16 };

// An object that lives.
struct object {
    uint64_t size, alignment;
    uint32_t thread; // that has it
    uint32_t slot;
    uint32_t writer; // the step of that thread that put it there
    enum replay_strategy strategy;
    bool is_shared;
};

struct thread {
    struct step *steps;
    size_t count, capacity;
    uint32_t *free_slots;
    size_t free_count, free_capacity;
    uint32_t slots;
    uint64_t untimed;   // steps before the clock starts
    uint64_t waited_ns; // the last moment that it waited for
};

struct compiling {
    const struct replay_request *request;
    struct replay_made *made;
    struct thread *threads; // REPLAY_MAX_THREADS
    struct number_map thread_numbers, objects;
    struct object *places;
    size_t place_count, place_capacity;
    size_t *free_places;
    size_t free_count, free_capacity;
    struct stream_large *large;
    size_t large_count, large_capacity;
    uint32_t shared_slots;
    uint64_t live_bytes;
    bool is_timed;     // the clock runs
    uint64_t begin_ns; // of the trace's time, when the clock starts
};

static void compiling_release(struct compiling *compiling)
{
    for (size_t i = 0; compiling->threads && i < REPLAY_MAX_THREADS; i++) {
        free(compiling->threads[i].steps);
        free(compiling->threads[i].free_slots);
    }
    free(compiling->threads);
    free(compiling->places);
    free(compiling->free_places);
    free(compiling->large);
    number_map_release(&compiling->thread_numbers);
    number_map_release(&compiling->objects);
}

// The elements with room for one more; NULL when memory ran out, and then they are where they were.
static void *reserve(void *items, size_t count, size_t *capacity, size_t item_bytes)
{
    if (items && count < *capacity)
        return items;
    const size_t larger = *capacity ? *capacity * 2 : 256;
    void *moved = realloc(items, larger * item_bytes);
    if (moved)
        *capacity = larger;
    return moved;
}

// ---- steps ----

static bool take_slot(struct thread *thread, uint32_t *ret_slot)
{
    if (thread->free_count > 0)
        *ret_slot = thread->free_slots[--thread->free_count];
    else if (thread->slots == UINT32_MAX)
        return false;
    else
        *ret_slot = thread->slots++;
    return true;
}

static bool give_slot_back(struct thread *thread, uint32_t slot)
{
    uint32_t *slots = reserve(thread->free_slots, thread->free_count, &thread->free_capacity, sizeof *slots);
    if (!slots)
        return false;
    thread->free_slots = slots;
    thread->free_slots[thread->free_count++] = slot;
    return true;
}

// The bits of a size and an alignment in a step's word.
static bool size_bits(struct compiling *compiling, uint64_t size, uint64_t alignment, uint32_t *ret_bits)
{
    if (size <= STEP_MAX_SIZE && alignment == 0) {
        *ret_bits = (uint32_t)size << STEP_SIZE_SHIFT;
        return true;
    }
    const struct stream_large wanted = {size, alignment};
    size_t row = compiling->large_count;
    for (size_t i = row; i-- > 0 && row - i <= 64;) // the same again, as a rule of late
        if (memcmp(&compiling->large[i], &wanted, sizeof wanted) == 0) {
            *ret_bits = (uint32_t)i << STEP_SIZE_SHIFT | STEP_LARGE;
            return true;
        }
    if (row > STEP_MAX_SIZE)
        return false;
    struct stream_large *large = reserve(compiling->large, row, &compiling->large_capacity, sizeof *large);
    if (!large)
        return false;
    compiling->large = large;
    compiling->large[compiling->large_count++] = wanted;
    *ret_bits = (uint32_t)row << STEP_SIZE_SHIFT | STEP_LARGE;
    return true;
}

static bool add_step(struct compiling *compiling, uint32_t number, enum step_kind kind,
                     const struct object *object)
{
    struct thread *thread = &compiling->threads[number];
    uint32_t bits;
    if (thread->count == UINT32_MAX ||
        !size_bits(compiling, object->size, kind == STEP_ALIGNED ? object->alignment : 0, &bits))
        return false;
    struct step *steps = reserve(thread->steps, thread->count, &thread->capacity, sizeof *steps);
    if (!steps)
        return false;
    thread->steps = steps;
    thread->steps[thread->count++] =
        (struct step){object->slot, (uint32_t)kind | (uint32_t)object->strategy << STEP_STRATEGY_SHIFT |
                                        (object->is_shared ? STEP_SHARED : 0) | bits};
    return true;
}

// With recorded gaps: the thread waits for the moment of the event. Gaps below REPLAY_LEAST_GAP_NS are put
// together.
static bool add_wait(struct compiling *compiling, uint32_t number, uint64_t time_ns)
{
    struct thread *thread = &compiling->threads[number];
    const uint64_t at_ns = time_ns - compiling->begin_ns;
    if (!compiling->request->with_gaps || !compiling->is_timed ||
        at_ns - thread->waited_ns < REPLAY_LEAST_GAP_NS)
        return true;
    struct step *steps = reserve(thread->steps, thread->count, &thread->capacity, sizeof *steps);
    if (!steps || thread->count == UINT32_MAX)
        return false;
    thread->steps = steps;
    thread->steps[thread->count++] = step_wait(at_ns);
    thread->waited_ns = at_ns;
    return true;
}

// ---- objects ----

static bool find_thread(struct compiling *compiling, uint32_t thread, uint32_t *ret_number)
{
    const uint64_t *found = number_map_find(&compiling->thread_numbers, thread);
    *ret_number = found ? (uint32_t)*found : compiling->made->threads;
    if (found)
        return true;
    if (compiling->made->threads == REPLAY_MAX_THREADS)
        return false;
    return number_map_set(&compiling->thread_numbers, thread, compiling->made->threads++);
}

static enum replay_strategy strategy_of(const struct compiling *compiling, const struct trace_event *event)
{
    if (event->size > REPLAY_MAX_POOLED_BYTES || event->size == 0 || event->alignment > HEAP_ALIGNMENT)
        return REPLAY_BOX;
    return replay_policy_of(compiling->request->policy, event->site, event->size);
}

static void count_bytes(struct compiling *compiling, uint64_t more, uint64_t less)
{
    compiling->live_bytes += more - less;
    if (compiling->live_bytes > compiling->made->peak_bytes)
        compiling->made->peak_bytes = compiling->live_bytes;
}

// Puts the object into a slot of the thread, by a step of that kind.
static bool put_object(struct compiling *compiling, struct object *object, uint32_t number,
                       enum step_kind kind)
{
    struct thread *thread = &compiling->threads[number];
    object->thread = number;
    object->is_shared = false;
    object->writer = (uint32_t)thread->count;
    compiling->made->pooled += object->strategy != REPLAY_BOX;
    return take_slot(thread, &object->slot) && add_step(compiling, number, kind, object);
}

// Another thread takes the object: see the head of this file.
static bool share(struct compiling *compiling, struct object *object)
{
    struct thread *thread = &compiling->threads[object->thread];
    struct step *step = &thread->steps[object->writer];
    if (compiling->shared_slots == UINT32_MAX || !give_slot_back(thread, object->slot))
        return false;
    compiling->made->pooled -= object->strategy != REPLAY_BOX;
    compiling->made->handed_over++;
    object->slot = compiling->shared_slots++;
    object->is_shared = true;
    object->strategy = REPLAY_BOX;
    step->slot = object->slot;
    step->word = (step->word & ~(3u << STEP_STRATEGY_SHIFT)) | STEP_SHARED;
    return true;
}

// The object leaves its slot, by a step of that kind of that thread.
static bool leave_slot(struct compiling *compiling, struct object *object, uint32_t number,
                       enum step_kind kind)
{
    if (object->thread != number && !share(compiling, object))
        return false;
    return add_step(compiling, number, kind, object) &&
           (object->is_shared || give_slot_back(&compiling->threads[number], object->slot));
}

static enum step_kind kind_of(const struct trace_event *event)
{
    if (event->alignment > HEAP_ALIGNMENT)
        return STEP_ALIGNED;
    return event->operation == TRACE_CALLOC ? STEP_CALLOC : STEP_MALLOC;
}

static bool begin_object(struct compiling *compiling, const struct trace_event *event, uint32_t number)
{
    struct object *places =
        reserve(compiling->places, compiling->place_count, &compiling->place_capacity, sizeof *places);
    if (!places)
        return false;
    compiling->places = places;
    const size_t place =
        compiling->free_count ? compiling->free_places[--compiling->free_count] : compiling->place_count++;
    struct object *object = &places[place];
    *object = (struct object){
        .size = event->size, .alignment = event->alignment, .strategy = strategy_of(compiling, event)};
    compiling->made->objects++;
    count_bytes(compiling, event->size, 0);
    return number_map_set(&compiling->objects, event->object, place) &&
           put_object(compiling, object, number, kind_of(event));
}

static bool change_object(struct compiling *compiling, const struct trace_event *event, uint32_t number,
                          struct object *object)
{
    if (!leave_slot(compiling, object, number, STEP_TAKE))
        return false;
    count_bytes(compiling, event->size, object->size);
    object->size = event->size;
    object->alignment = 0;
    object->strategy = strategy_of(compiling, event);
    return put_object(compiling, object, number, STEP_REALLOC);
}

static bool end_object(struct compiling *compiling, const struct trace_event *event, uint32_t number,
                       size_t place)
{
    struct object *object = &compiling->places[place];
    size_t *free_places = reserve(compiling->free_places, compiling->free_count, &compiling->free_capacity,
                                  sizeof *free_places);
    if (!free_places)
        return false;
    compiling->free_places = free_places;
    if (!leave_slot(compiling, object, number, STEP_FREE))
        return false;
    count_bytes(compiling, 0, object->size);
    compiling->free_places[compiling->free_count++] = place;
    number_map_remove(&compiling->objects, event->object);
    return true;
}

static bool add_event(struct compiling *compiling, const struct trace_event *event, uint32_t number)
{
    const enum trace_effect effect = trace_operation_effect(event->operation);
    if (!event->has_object || effect == TRACE_ASKS) {
        compiling->made->left_out++;
        return true;
    }
    if (compiling->is_timed)
        compiling->made->events++;
    else
        compiling->made->untimed++;
    if (!add_wait(compiling, number, event->time_ns))
        return false;
    if (effect == TRACE_BEGINS)
        return begin_object(compiling, event, number);
    const uint64_t *found = number_map_find(&compiling->objects, event->object);
    if (!found || !compiling->places)
        return false; // cannot be: the reader lets no event through whose object does not live
    const size_t place = (size_t)*found;
    if (effect == TRACE_CHANGES)
        return change_object(compiling, event, number, &compiling->places[place]);
    return end_object(compiling, event, number, place);
}

// ---- the file ----

static bool write_parts(const struct compiling *compiling, FILE *file)
{
    const struct replay_made *made = compiling->made;
    const struct stream_header header = {
        .magic = stream_magic,
        .threads = made->threads,
        .is_with_start = compiling->request->from == 0,
        .has_gaps = compiling->request->with_gaps,
        .large_count = (uint32_t)compiling->large_count,
        .shared_slots = compiling->shared_slots,
        .events = made->events,
        .peak_bytes = made->peak_bytes,
    };
    bool written = fwrite(&header, sizeof header, 1, file) == 1;
    for (uint32_t i = 0; i < made->threads && written; i++) {
        const struct thread *thread = &compiling->threads[i];
        const struct stream_thread row = {thread->count, thread->untimed, thread->slots};
        written = fwrite(&row, sizeof row, 1, file) == 1;
    }
    written = written && fwrite(compiling->large, sizeof *compiling->large, compiling->large_count, file) ==
                             compiling->large_count;
    for (uint32_t i = 0; i < made->threads && written; i++) {
        const struct thread *thread = &compiling->threads[i];
        written = fwrite(thread->steps, sizeof *thread->steps, thread->count, file) == thread->count;
    }
    return written;
}

static enum status write_stream(const struct compiling *compiling, const char *path, struct error *error)
{
    CLEANUP(file_replacement_release) struct file_replacement replacement = {0};
    enum status status = file_replacement_begin(&replacement, path, error);
    if (status != STATUS_OK)
        return status;
    FILE *file = fopen(text_string(&replacement.temporary_path), "wb");
    bool written = file && write_parts(compiling, file);
    int error_number = errno;
    if (file && fclose(file) != 0 && written) {
        written = false;
        error_number = errno;
    }
    if (!written)
        return error_set_errno(error, STATUS_ENVIRONMENT, error_number,
                               "Free some space, or choose another --output-dir.", "cannot write %.300s",
                               path);
    return file_replacement_commit(&replacement, error);
}

static enum status too_many_threads(const char *path, struct error *error)
{
    return error_set(error, STATUS_BAD_DATA, "Record a run of the program with fewer threads.",
                     "%.300s has more than %d threads: they cannot be replayed", path, REPLAY_MAX_THREADS);
}

// From here on the clock runs.
static void start_clock(struct compiling *compiling, const struct trace_event *event)
{
    for (uint32_t i = 0; i < compiling->made->threads; i++)
        compiling->threads[i].untimed = compiling->threads[i].count;
    compiling->is_timed = true;
    compiling->begin_ns = event->time_ns;
}

static enum status compile_event(struct compiling *compiling, const struct trace_event *event,
                                 struct error *error)
{
    uint32_t number;
    if (!compiling->is_timed && event->order >= compiling->request->from)
        start_clock(compiling, event);
    if (!find_thread(compiling, event->thread, &number))
        return compiling->made->threads == REPLAY_MAX_THREADS
                   ? too_many_threads(compiling->request->trace_path, error)
                   : error_set_no_memory(error);
    return add_event(compiling, event, number) ? STATUS_OK : error_set_no_memory(error);
}

enum status replay_compile(const struct replay_request *request, const char *stream_path,
                           struct replay_made *ret_made, struct error *error)
{
    CLEANUP(trace_close) struct trace_reader *reader = NULL;
    struct replay_made made = {0};
    CLEANUP(compiling_release) struct compiling compiling = {.request = request, .made = &made};
    compiling.threads = calloc(REPLAY_MAX_THREADS, sizeof *compiling.threads);
    if (!compiling.threads)
        return error_set_no_memory(error);
    enum status status = trace_open(request->trace_path, &reader, error);
    struct trace_event event;
    while (status == STATUS_OK && trace_next(reader, &event, &status, error) &&
           (request->until == 0 || event.order < request->until))
        status = compile_event(&compiling, &event, error);
    if (status == STATUS_OK)
        status = write_stream(&compiling, stream_path, error);
    if (status == STATUS_OK)
        *ret_made = made;
    return status;
}
