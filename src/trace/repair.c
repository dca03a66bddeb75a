// In the order of their stamps, the events of an address must alternate: it is given out, then given back.
// Allocations are stamped after the heap's work and deallocations before it, so that they do, but for what
// the clocks of two processors differ by. An address that is given out
// twice, or given back twice, is therefore looked up in the events that follow: when another thread's stamp
// of the missing event is at most TOLERANCE_NS late, the two change places. Otherwise the missing event was
// not seen: something in the program bypasses the recorder. An end that is missing is put in, since the
// address was given out again; an end without a beginning is left out. All of this is counted.
#include <stdlib.h>

#include "base/cleanup.h"
#include "private.h"

enum { WINDOW = 4096, TOLERANCE_NS = 20000 };

static const uint64_t no_object = UINT64_MAX;

// A realloc that has begun. Its thread may do other things meanwhile, in a signal handler.
struct pending {
    uint32_t thread;
    uint64_t address, object; // no_object: it was not known
};

struct repairing {
    const struct repair_request *request;
    struct merge merge;
    struct raw_event *window; // a ring
    bool *was_taken;
    size_t first, count;
    struct number_map objects; // address → object
    struct number_map threads; // as recorded → as written
    struct pending *pending;
    size_t pending_count, pending_capacity;
    uint64_t next_object, order, last_time_ns;
    struct trace_made *made;
    bool is_ended; // by the sink
    bool failed;   // memory ran out
};

static void repairing_release(struct repairing *repairing)
{
    merge_release(&repairing->merge);
    free(repairing->window);
    free(repairing->was_taken);
    free(repairing->pending);
    number_map_release(&repairing->objects);
    number_map_release(&repairing->threads);
}

// ---- writing ----

static uint64_t nanoseconds(const struct raw_header *header, uint64_t ticks)
{
    if (header->multiplier == 0)
        return ticks;
    return (uint64_t)((double)ticks *
                      ((double)header->multiplier / 4294967296.0)); // exact enough for 100 days
}

static bool number_thread(struct repairing *repairing, uint32_t thread, uint32_t *ret_number)
{
    const uint64_t *found = number_map_find(&repairing->threads, thread);
    if (found) {
        *ret_number = (uint32_t)*found;
        return true;
    }
    *ret_number = repairing->made->threads++;
    return number_map_set(&repairing->threads, thread, *ret_number);
}

// Some heaps take an alignment that is no power of two, and round it up.
static uint64_t possible_alignment(uint64_t alignment)
{
    uint64_t possible = alignment ? 1 : 0;
    while (possible < alignment && possible < TRACE_MAX_ALIGNMENT)
        possible *= 2;
    return possible;
}

static void emit(struct repairing *repairing, const struct raw_event *raw, enum trace_operation operation,
                 uint64_t object)
{
    const struct raw_header *header = &repairing->request->file->header;
    uint64_t since = raw->ticks > header->begin_ticks ? raw->ticks - header->begin_ticks : 0;
    struct trace_event event = {.order = repairing->order,
                                .time_ns = nanoseconds(header, since),
                                .operation = operation,
                                .has_object = object != no_object,
                                .object = object,
                                .size = raw->size,
                                .alignment = object != no_object ? possible_alignment(raw->alignment)
                                                                 : raw->alignment};
    if (event.time_ns < repairing->last_time_ns)
        event.time_ns = repairing->last_time_ns;
    repairing->last_time_ns = event.time_ns;
    if (!number_thread(repairing, raw->thread, &event.thread) ||
        !repairing->request->number_site(repairing->request->context, raw, &event.site)) {
        repairing->failed = true;
        return;
    }
    repairing->order++;
    if (!repairing->request->sink.take(repairing->request->sink.context, &event))
        repairing->is_ended = true;
}

static void remember(struct repairing *repairing, uint64_t address, uint64_t object)
{
    if (!number_map_set(&repairing->objects, address, object))
        repairing->failed = true;
}

// ---- what follows ----

static bool begins(const struct raw_event *event)
{
    return (event->operation >= RAW_MALLOC && event->operation <= RAW_NEW_ARRAY_ALIGNED) ||
           event->operation == RAW_REALLOC_TO;
}

static bool ends(const struct raw_event *event)
{
    return event->operation >= RAW_FREE && event->operation <= RAW_REALLOC_FROM;
}

static bool fill(struct repairing *repairing)
{
    while (repairing->count < WINDOW) {
        const size_t place = (repairing->first + repairing->count) % WINDOW;
        if (!merge_next(&repairing->merge, &repairing->window[place], &repairing->failed))
            break;
        repairing->was_taken[place] = false;
        repairing->count++;
    }
    return repairing->count > 0 && !repairing->failed;
}

// Another thread's event of that address that was stamped too late; the first of that kind in the window.
static const struct raw_event *take_late(struct repairing *repairing, const struct raw_event *event,
                                         bool (*is_wanted)(const struct raw_event *))
{
    for (size_t i = 0; i < repairing->count; i++) {
        const size_t place = (repairing->first + i) % WINDOW;
        struct raw_event *other = &repairing->window[place];
        if (nanoseconds(&repairing->request->file->header, other->ticks - event->ticks) > TOLERANCE_NS)
            break;
        if (repairing->was_taken[place] || other->object != event->object || !is_wanted(other))
            continue;
        if (other->thread == event->thread)
            break;
        repairing->was_taken[place] = true;
        repairing->made->inversions++;
        other->ticks = event->ticks;
        return other;
    }
    return NULL;
}

// ---- events ----

static const enum trace_operation operations[RAW_OPERATION_COUNT] = {
    [RAW_MALLOC] = TRACE_MALLOC,
    [RAW_CALLOC] = TRACE_CALLOC,
    [RAW_ALIGNED_ALLOC] = TRACE_ALIGNED_ALLOC,
    [RAW_POSIX_MEMALIGN] = TRACE_POSIX_MEMALIGN,
    [RAW_MEMALIGN] = TRACE_MEMALIGN,
    [RAW_VALLOC] = TRACE_VALLOC,
    [RAW_PVALLOC] = TRACE_PVALLOC,
    [RAW_NEW] = TRACE_NEW,
    [RAW_NEW_ARRAY] = TRACE_NEW_ARRAY,
    [RAW_NEW_ALIGNED] = TRACE_NEW,
    [RAW_NEW_ARRAY_ALIGNED] = TRACE_NEW_ARRAY,
    [RAW_FREE] = TRACE_FREE,
    [RAW_DELETE] = TRACE_DELETE,
    [RAW_DELETE_ARRAY] = TRACE_DELETE_ARRAY,
    [RAW_REALLOC_FROM] = TRACE_REALLOC,
    [RAW_REALLOC_TO] = TRACE_REALLOC,
    [RAW_USABLE_SIZE] = TRACE_USABLE_SIZE,
};

static void begin_object(struct repairing *repairing, const struct raw_event *event,
                         enum trace_operation operation)
{
    const uint64_t object = repairing->next_object++;
    emit(repairing, event, operation, object);
    remember(repairing, event->object, object);
}

static void end_object(struct repairing *repairing, const struct raw_event *event, uint64_t object)
{
    struct raw_event ended = *event;
    number_map_remove(&repairing->objects, event->object);
    if (event->operation == RAW_REALLOC_FROM) {
        if (repairing->pending_count == repairing->pending_capacity) {
            size_t capacity = repairing->pending_capacity ? repairing->pending_capacity * 2 : 16;
            struct pending *larger = realloc(repairing->pending, capacity * sizeof *larger);
            if (!larger) {
                repairing->failed = true;
                return;
            }
            repairing->pending = larger;
            repairing->pending_capacity = capacity;
        }
        repairing->pending[repairing->pending_count++] =
            (struct pending){event->thread, event->object, object};
        return;
    }
    ended.size = 0;
    emit(repairing, &ended, operations[event->operation], object);
}

// The address is given out: it must be free by now.
static void clear_address(struct repairing *repairing, const struct raw_event *event)
{
    const uint64_t *object = number_map_find(&repairing->objects, event->object);
    if (!object)
        return;
    const struct raw_event *late = take_late(repairing, event, ends);
    if (late) {
        end_object(repairing, late, *object);
        return;
    }
    struct raw_event unseen = {.ticks = event->ticks, .thread = event->thread, .object = event->object};
    unseen.operation = RAW_FREE;
    repairing->made->unseen++;
    end_object(repairing, &unseen, *object);
}

static bool take_pending(struct repairing *repairing, uint32_t thread, struct pending *ret_pending)
{
    for (size_t i = repairing->pending_count; i > 0; i--) {
        if (repairing->pending[i - 1].thread != thread)
            continue;
        *ret_pending = repairing->pending[i - 1];
        repairing->pending[i - 1] = repairing->pending[--repairing->pending_count];
        return true;
    }
    return false;
}

static void take_realloc(struct repairing *repairing, const struct raw_event *event)
{
    struct pending pending = {.object = no_object};
    const bool is_known = take_pending(repairing, event->thread, &pending) && pending.object != no_object;
    if (event->object == 0 && event->size == 0) { // it was freed
        if (is_known)
            emit(repairing, event, TRACE_FREE, pending.object);
        return;
    }
    if (event->object == 0) { // it failed, and the object is what it was
        emit(repairing, event, TRACE_REALLOC, no_object);
        if (is_known)
            remember(repairing, pending.address, pending.object);
        return;
    }
    clear_address(repairing, event);
    if (!is_known) {
        begin_object(repairing, event, TRACE_MALLOC);
        return;
    }
    emit(repairing, event, TRACE_REALLOC, pending.object);
    remember(repairing, event->object, pending.object);
}

static void take_end(struct repairing *repairing, const struct raw_event *event)
{
    const uint64_t *object = number_map_find(&repairing->objects, event->object);
    const struct raw_event *late = NULL;
    if (!object && (late = take_late(repairing, event, begins))) {
        if (late->operation == RAW_REALLOC_TO)
            take_realloc(repairing, late);
        else
            begin_object(repairing, late, operations[late->operation]);
        object = number_map_find(&repairing->objects, event->object);
    }
    if (object || event->operation == RAW_REALLOC_FROM) {
        repairing->made->foreign += !object;
        end_object(repairing, event, object ? *object : no_object);
    } else {
        repairing->made->foreign++;
    }
}

static void take_event(struct repairing *repairing, const struct raw_event *event)
{
    if (ends(event)) {
        take_end(repairing, event);
    } else if (event->operation == RAW_REALLOC_TO) {
        take_realloc(repairing, event);
    } else if (event->operation == RAW_USABLE_SIZE) {
        const uint64_t *object = number_map_find(&repairing->objects, event->object);
        if (object)
            emit(repairing, event, TRACE_USABLE_SIZE, *object);
    } else if (event->object == 0) {
        emit(repairing, event, operations[event->operation], no_object);
    } else {
        clear_address(repairing, event);
        begin_object(repairing, event, operations[event->operation]);
    }
}

enum status repair(const struct repair_request *request, struct trace_made *made, struct error *error)
{
    CLEANUP(repairing_release)
    struct repairing repairing = {.request = request, .merge = {.file = request->file}, .made = made};
    repairing.window = malloc(WINDOW * sizeof *repairing.window);
    repairing.was_taken = calloc(WINDOW, sizeof *repairing.was_taken);
    if (!repairing.window || !repairing.was_taken)
        return error_set_no_memory(error);
    while (!repairing.is_ended && fill(&repairing)) {
        const size_t place = repairing.first;
        repairing.first = (repairing.first + 1) % WINDOW;
        repairing.count--;
        if (!repairing.was_taken[place]) {
            const struct raw_event event = repairing.window[place];
            take_event(&repairing, &event);
        }
        if (repairing.failed)
            break;
    }
    made->events = repairing.order;
    return repairing.failed ? error_set_no_memory(error) : STATUS_OK;
}
