// Heaps on which the same strategy is the fastest share a sentence.
#include <stdlib.h>
#include <string.h>

#include "analysis/private.h"
#include "base/cleanup.h"

// Who leads at so many of the places is the fastest, without "in most cells".
#define NEARLY_EVERYWHERE 0.9

// Who is the fastest on one of the other heaps.
struct heap_answer {
    const char *heap; // "jemalloc"; "": the system's
    size_t leader;    // an allocator; SIZE_MAX: nobody
    bool nearly_everywhere, measured;
    struct span times; // against malloc on that heap
    bool told;
};

struct heap_answers {
    const struct view *view;
    struct heap_answer *items;
    size_t count;
};

static enum status answer_for_heap(const struct view *view, struct heap_answer *answer, struct error *error)
{
    CLEANUP(free_pointer)
    size_t *allocators = calloc(view->analysis->allocator_count + 1, sizeof *allocators);
    CLEANUP(contest_release) struct contest contest = {0};
    CLEANUP(gains_release) struct gains gains = {0};
    if (!allocators)
        return error_set_no_memory(error);
    const struct contestants of = {.allocators = allocators,
                                   .count = contestants_on(view, answer->heap, allocators),
                                   .metric = METRIC_TOTAL};
    answer->leader = SIZE_MAX;
    if (of.count < 2)
        return STATUS_OK;
    enum status status = contest_hold(view, &of, &contest, error);
    size_t leader = status == STATUS_OK ? contest_leader(&contest, &of, NULL) : SIZE_MAX;
    if (leader == SIZE_MAX)
        return status;
    answer->leader = allocators[leader];
    answer->measured = contest.measured;
    answer->nearly_everywhere =
        (double)contest_count(&contest, leader, NULL) >= NEARLY_EVERYWHERE * (double)contest.known_count;
    status = gains_collect(view, answer->leader, METRIC_TOTAL, &gains, error);
    for (size_t p = 0; p < contest.places && status == STATUS_OK; p++)
        if (gains.ratios[p] && contest.leads[leader * contest.places + p])
            span_add(&answer->times, gains.ratios[p]->ratio.value);
    return status;
}

static bool same_answer(const struct view *view, const struct heap_answer *a, const struct heap_answer *b)
{
    const char **names = view->analysis->allocators;
    return a->leader != SIZE_MAX && b->leader != SIZE_MAX && a->measured == b->measured &&
           label_same_strategy(names[a->leader], names[b->leader]);
}

// What the answers that are that of `first` have in common.
static struct heap_answer sum_up(const struct heap_answers *answers, size_t first, size_t *ret_count)
{
    struct heap_answer sum = answers->items[first];
    *ret_count = 1;
    for (size_t i = first + 1; i < answers->count; i++) {
        if (!same_answer(answers->view, &answers->items[i], &sum))
            continue;
        sum.nearly_everywhere = sum.nearly_everywhere && answers->items[i].nearly_everywhere;
        span_add_all(&sum.times, &answers->items[i].times);
        ++*ret_count;
    }
    return sum;
}

// "With jemalloc and tcmalloc slab_warm is the fastest, too: 1.2 to 60 times as fast as their malloc": of the
// answers that are that of `first`, which are then told.
static void append_heaps(struct text *text, const struct heap_answers *answers, size_t first, size_t leader)
{
    size_t alike = 0, written = 0;
    const struct heap_answer sum = sum_up(answers, first, &alike);
    const char **names = answers->view->analysis->allocators;
    const char *name = names[sum.leader];
    text_append(text, sum.measured ? "As measured, with " : "With ");
    for (size_t i = first; i < answers->count; i++) {
        if (!same_answer(answers->view, &answers->items[i], &sum))
            continue;
        answers->items[i].told = true;
        separator_append(text, written++, alike);
        text_append(text, answers->items[i].heap);
    }
    text_append(text, " ");
    if (is_malloc(name))
        text_append(text, alike > 1 ? "their own malloc" : "its own malloc");
    else
        text_append_bytes(text, name, label_parse(name).name_length);
    text_append(text, " is the fastest");
    text_append(text, sum.nearly_everywhere ? "" : " in most cells");
    if (leader != SIZE_MAX && label_same_strategy(name, names[leader]))
        text_append(text, ", too");
    if (is_malloc(name) || sum.times.count == 0)
        return;
    text_append(text, ": ");
    span_append_relation(text, &sum.times, alike > 1 ? "as fast as their malloc" : "as fast as its malloc");
}

// The heaps but the view's, each once.
static void list_heaps(struct heap_answers *answers)
{
    const struct view *view = answers->view;
    for (size_t a = 0; a < view->analysis->allocator_count; a++) {
        const char *heap = heap_of(view->analysis->allocators[a]);
        bool new = strcmp(heap, view->heap) != 0 && view_has(view, a);
        for (size_t i = 0; i < answers->count; i++)
            new = new &&strcmp(answers->items[i].heap, heap) != 0;
        if (new)
            answers->items[answers->count++] = (struct heap_answer){.heap = heap};
    }
}

enum status find_other_heaps(const struct view *view, size_t leader, struct error *error)
{
    CLEANUP(free_pointer)
    struct heap_answer *items = calloc(view->analysis->allocator_count + 1, sizeof *items);
    if (!items)
        return error_set_no_memory(error);
    struct heap_answers answers = {.view = view, .items = items};
    list_heaps(&answers);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < answers.count && status == STATUS_OK; i++)
        status = answer_for_heap(view, &items[i], error);
    for (size_t i = 0; i < answers.count && status == STATUS_OK; i++) {
        if (items[i].leader == SIZE_MAX || items[i].told)
            continue;
        CLEANUP(text_release) struct text sentence = {0};
        append_heaps(&sentence, &answers, i, leader);
        status = finding_add(view->analysis, FINDING_other_heaps,
                             view->analysis->platforms[view->platform].label, &sentence, error);
    }
    return status;
}
