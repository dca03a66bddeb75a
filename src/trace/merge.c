// A heap of the parts that have begun, ordered by their next event. A part comes in when its first event is
// due, so that the heap holds no more than run at the same time, whatever the number of threads.
#include <stdlib.h>

#include "private.h"

void merge_release(struct merge *merge)
{
    free(merge->heap);
    *merge = (struct merge){0};
}

// At the same time, deallocations come first: what they give back may be what another thread got.
static bool is_before(const struct raw_event *a, const struct raw_event *b)
{
    if (a->ticks != b->ticks)
        return a->ticks < b->ticks;
    const bool a_ends = a->operation >= RAW_FREE && a->operation <= RAW_REALLOC_FROM;
    const bool b_ends = b->operation >= RAW_FREE && b->operation <= RAW_REALLOC_FROM;
    return a_ends != b_ends ? a_ends : a->thread < b->thread;
}

static void swap(struct merge_stream *a, struct merge_stream *b)
{
    struct merge_stream kept = *a;
    *a = *b;
    *b = kept;
}

static void sink(struct merge *merge)
{
    size_t i = 0;
    for (;;) {
        size_t first = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < merge->count; child++)
            if (is_before(&merge->heap[child].next, &merge->heap[first].next))
                first = child;
        if (first == i)
            return;
        swap(&merge->heap[i], &merge->heap[first]);
        i = first;
    }
}

static void rise(struct merge *merge)
{
    for (size_t i = merge->count - 1; i > 0; i = (i - 1) / 2) {
        if (!is_before(&merge->heap[i].next, &merge->heap[(i - 1) / 2].next))
            return;
        swap(&merge->heap[i], &merge->heap[(i - 1) / 2]);
    }
}

static bool begin_part(struct merge *merge, const struct raw_part *part)
{
    if (merge->count == merge->capacity) {
        size_t capacity = merge->capacity ? merge->capacity * 2 : 16;
        struct merge_stream *heap = realloc(merge->heap, capacity * sizeof *heap);
        if (!heap)
            return false;
        merge->heap = heap;
        merge->capacity = capacity;
    }
    struct merge_stream stream = {.words = part->begin, .end = part->end, .ticks = part->first_ticks};
    if (!raw_next(&stream.words, stream.end, &stream.ticks, &stream.next))
        return true; // it was looked through, and has an event
    stream.next.thread = part->thread;
    merge->heap[merge->count++] = stream;
    rise(merge);
    return true;
}

bool merge_next(struct merge *merge, struct raw_event *ret_event, bool *ret_failed)
{
    const struct raw_file *file = merge->file;
    while (merge->next_part < file->part_count &&
           (merge->count == 0 || file->parts[merge->next_part].first_ticks <= merge->heap[0].next.ticks))
        if (!begin_part(merge, &file->parts[merge->next_part++])) {
            *ret_failed = true;
            return false;
        }
    if (merge->count == 0)
        return false;
    struct merge_stream *first = &merge->heap[0];
    *ret_event = first->next;
    if (raw_next(&first->words, first->end, &first->ticks, &first->next))
        first->next.thread = ret_event->thread;
    else
        *first = merge->heap[--merge->count];
    sink(merge);
    return true;
}
