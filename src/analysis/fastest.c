// One allocator is named for as many places as can be: the one that leads, alone or tied, at the most places
// comes first, then the one that leads at most of the rest. So ties do not cut a range into pieces, and only
// where another one is really faster it is named.
#include <stdlib.h>
#include <string.h>

#include "analysis/private.h"
#include "base/cleanup.h"

enum { MAX_PARTS = 3, MAX_NAMED_TOGETHER = 3 };

// Of the places of a leader: from which share on another one that leads there, too, is named beside it, and
// from which on it is worth a word.
#define TOGETHER_SHARE 0.9
#define TIED_SHARE 0.1

// Nearer than this they are called about as fast; else the one may be as fast as the other.
#define TIED_RATIO 1.05

struct part {
    size_t leader; // of the contestants
    bool *region;
    size_t count;
};

// The answer on one heap, or among mallocs.
struct answer {
    const struct view *view;
    enum naming naming;
    struct contestants of;
    struct contest contest;
    struct part parts[MAX_PARTS];
    size_t part_count, elsewhere; // places of further leaders
    struct gains gains[MAX_NAMED_TOGETHER];
    struct reach reach; // of the first part's leaders, in its region
    size_t together[MAX_NAMED_TOGETHER];
    size_t named_count, together_count; // leaders of the first part; some of them are named
    size_t tied;                        // who leads at some places of the first part, too; SIZE_MAX: nobody
    bool *tied_region;
};

static void release_answer(struct answer *answer)
{
    contest_release(&answer->contest);
    reach_release(&answer->reach);
    for (size_t i = 0; i < MAX_PARTS; i++)
        free(answer->parts[i].region);
    for (size_t i = 0; i < MAX_NAMED_TOGETHER; i++)
        gains_release(&answer->gains[i]);
    free(answer->tied_region);
}

// ---- the answer ----

static enum status find_parts(struct answer *answer, struct error *error)
{
    size_t places = answer->contest.places;
    CLEANUP(free_pointer) bool *taken = calloc(places + 1, sizeof *taken);
    if (!taken)
        return error_set_no_memory(error);
    answer->elsewhere = answer->contest.known_count;
    while (answer->part_count < MAX_PARTS) {
        size_t leader = contest_leader(&answer->contest, &answer->of, taken);
        if (leader == SIZE_MAX)
            break;
        struct part *part = &answer->parts[answer->part_count++];
        *part = (struct part){.leader = leader, .region = calloc(places + 1, sizeof(bool))};
        if (!part->region)
            return error_set_no_memory(error);
        for (size_t p = 0; p < places; p++) {
            if (!answer->contest.leads[leader * places + p] || taken[p])
                continue;
            taken[p] = part->region[p] = true;
            part->count++;
        }
        answer->elsewhere -= part->count;
    }
    return STATUS_OK;
}

static size_t shared_count(const struct answer *answer, size_t contestant)
{
    size_t count = 0, places = answer->contest.places;
    for (size_t p = 0; p < places; p++)
        count += answer->parts[0].region[p] && answer->contest.leads[contestant * places + p];
    return count;
}

// Who leads beside the first leader: nearly everywhere where it does, or at some of its places.
static enum status find_ties(struct answer *answer, struct error *error)
{
    size_t places = answer->contest.places, most = 0, first = answer->parts[0].leader;
    answer->tied_region = calloc(places + 1, sizeof(bool));
    if (!answer->tied_region)
        return error_set_no_memory(error);
    for (size_t c = 0; c < answer->of.count; c++) {
        double share = (double)shared_count(answer, c) / (double)answer->parts[0].count;
        if (c == first || share >= TOGETHER_SHARE) {
            if (answer->named_count < MAX_NAMED_TOGETHER)
                answer->together[answer->named_count++] = c;
            answer->together_count++;
        } else if (shared_count(answer, c) > most && share >= TIED_SHARE) {
            most = shared_count(answer, c);
            answer->tied = c;
        }
    }
    for (size_t p = 0; p < places && answer->tied != SIZE_MAX; p++)
        answer->tied_region[p] =
            answer->parts[0].region[p] && answer->contest.leads[answer->tied * places + p];
    return STATUS_OK;
}

static enum status find_reach(struct answer *answer, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < answer->named_count && status == STATUS_OK; i++) {
        struct gains *gains = &answer->gains[i];
        status = gains_collect(answer->view, answer->of.allocators[answer->together[i]], answer->of.metric,
                               gains, error);
        if (status == STATUS_OK && gains->compared_count > 0)
            status = reach_add(&answer->reach, gains, answer->parts[0].region, error);
    }
    reach_settle(&answer->reach);
    return status;
}

static enum status find_answer(struct answer *answer, struct error *error)
{
    answer->tied = SIZE_MAX;
    if (answer->of.count < 2)
        return STATUS_OK;
    enum status status = contest_hold(answer->view, &answer->of, &answer->contest, error);
    if (status == STATUS_OK)
        status = find_parts(answer, error);
    if (status == STATUS_OK && answer->part_count > 0)
        status = find_ties(answer, error);
    return status == STATUS_OK && answer->part_count > 0 ? find_reach(answer, error) : status;
}

// ---- its words ----

static void append_contestant(struct text *text, const struct answer *answer, size_t contestant)
{
    name_append(text, answer->view, answer->of.allocators[contestant], answer->naming);
}

// "Of 4 mallocs ", "with jemalloc ", or nothing where there is one heap.
static void append_heaps(struct text *text, const struct answer *answer, bool inside)
{
    if (answer->naming == NAMING_MALLOCS)
        text_append_format(text, "%s %zu mallocs ", inside ? "of" : "Of", answer->of.count);
    else if (answer->view->several_heaps)
        text_append_format(text, "%s %s ", inside ? "with" : "With",
                           *answer->view->heap ? answer->view->heap : "the system's malloc");
}

static void append_opening(struct text *text, const struct answer *answer)
{
    text_append(text, answer->contest.measured ? "As measured, " : "");
    append_heaps(text, answer, answer->contest.measured);
}

// "freelist, bufpool_warm and 2 more".
static void append_names(struct text *text, const struct answer *answer)
{
    size_t more = answer->together_count - answer->named_count;
    for (size_t i = 0; i < answer->named_count; i++) {
        separator_append(text, i, answer->named_count + (more > 0));
        append_contestant(text, answer, answer->together[i]);
    }
    if (more > 0)
        text_append_format(text, " and %zu more", more);
}

// "slab_warm is the fastest", "freelist and bufpool_warm are the fastest".
static void append_leaders(struct text *text, const struct answer *answer)
{
    append_names(text, answer);
    text_append(text, answer->together_count > 1 ? " are the fastest" : " is the fastest");
}

static bool arena_stands_aside(const struct answer *answer)
{
    const struct analysis *analysis = answer->view->analysis;
    bool contests = false, there = false;
    for (size_t a = 0; a < analysis->allocator_count; a++)
        there = there || (is_arena(analysis->allocators[a]) && view_has(answer->view, a) &&
                          strcmp(heap_of(analysis->allocators[a]), answer->view->heap) == 0);
    for (size_t c = 0; c < answer->of.count; c++)
        contests = contests || is_arena(analysis->allocators[answer->of.allocators[c]]);
    return answer->naming == NAMING_STRATEGIES && there && !contests;
}

// Where it is malloc, or that is not there: how far it is ahead of the next one.
static void append_margins(struct text *text, const struct answer *answer)
{
    struct span span = {0};
    const struct part *part = &answer->parts[0];
    for (size_t p = 0; p < answer->contest.places; p++)
        if (part->region[p])
            span_add(&span, answer->contest.margins[part->leader * answer->contest.places + p]);
    span_append_relation(text, &span, "as fast as the next");
}

// "2 to 13 times as fast as malloc, 26 to 1400 times in lifo from 1.5 KiB on, because malloc gives …".
static void append_reach(struct text *text, const struct answer *answer, int brevity)
{
    const struct reach *reach = &answer->reach;
    const struct gains *gains = reach->gains;
    CLEANUP(text_release) struct text relation = {0}, baseline = {0};
    baseline_append(&baseline, gains);
    text_append_format(&relation, "as fast as %s", text_string(&baseline));
    span_append_relation(text, &reach->near, text_string(&relation));
    if (reach->far.count > 0) {
        text_append(text, ", ");
        span_append(text, &reach->far);
        text_append(text, " ");
        region_append(text, &answer->view->grid, answer->parts[0].region, reach->far_region,
                      brevity > 1 ? REGION_COUNTED : REGION_IN_WORDS);
    } else if (!reach->system_alone)
        return;
    enum cause cause = gains_cause(gains, reach->far_region, true);
    if (cause != CAUSE_NONE)
        text_append_format(text, ", because %s %s",
                           answer->naming == NAMING_MALLOCS ? "that" : text_string(&baseline),
                           cause_predicate(cause));
}

static void append_lead(struct text *text, const struct answer *answer, int brevity)
{
    if (answer->reach.near.count > 0)
        append_reach(text, answer, brevity);
    else
        append_margins(text, answer);
}

// "; in fifo it is slab_cold, in random malloc": where somebody else is the fastest.
static void append_other_parts(struct text *text, const struct answer *answer, int brevity, bool counted)
{
    for (size_t i = 1; i < answer->part_count; i++) {
        text_append(text, i == 1 ? "; " : ", ");
        counted |= region_append(text, &answer->view->grid, answer->contest.known, answer->parts[i].region,
                                 (brevity > 1 ? REGION_COUNTED : 0) | (counted ? REGION_TOTAL_SAID : 0));
        text_append(text, i == 1 ? " it is " : " ");
        append_contestant(text, answer, answer->parts[i].leader);
    }
    if (answer->elsewhere)
        text_append_format(text, ", another one in %zu%s", answer->elsewhere,
                           counted                  ? ""
                           : answer->elsewhere == 1 ? " cell"
                                                    : " cells");
}

// "; slab_cold is about as fast in fifo from 512 bytes on".
static void append_tie(struct text *text, const struct answer *answer, int brevity)
{
    if (answer->tied == SIZE_MAX || answer->contest.measured)
        return;
    size_t near = 0, all = 0;
    for (size_t p = 0; p < answer->contest.places; p++) {
        if (!answer->tied_region[p])
            continue;
        double margin = answer->contest.margins[answer->parts[0].leader * answer->contest.places + p];
        near += margin < TIED_RATIO && margin > 1 / TIED_RATIO;
        all++;
    }
    text_append(text, "; ");
    append_contestant(text, answer, answer->tied);
    text_append(text, near * 2 >= all ? " is about as fast " : " may be as fast ");
    region_append(text, &answer->view->grid, answer->contest.known, answer->tied_region,
                  brevity > 0 ? REGION_COUNTED : REGION_IN_WORDS);
}

// Undecided places do not cut a range into pieces, but the fastest of all decided ones is not the fastest
// everywhere.
static const bool *range_of(const struct answer *answer)
{
    const struct contest *contest = &answer->contest;
    return answer->parts[0].count == contest->known_count ? contest->held : contest->known;
}

static void append_unknown(struct text *text, const struct answer *answer)
{
    const struct contest *contest = &answer->contest;
    if (!contest->measured && contest->known_count < contest->held_count)
        text_append_format(text, "; undecided in %zu of %zu cells",
                           contest->held_count - contest->known_count, contest->held_count);
    else if (contest->measured)
        text_append(text, "; it may be chance");
}

static void write_answer(struct text *text, const void *of, int brevity)
{
    const struct answer *answer = of;
    append_opening(text, answer);
    append_leaders(text, answer);
    text_append(text, " ");
    bool counted = region_append(text, &answer->view->grid, range_of(answer), answer->parts[0].region,
                                 brevity > 2 ? REGION_COUNTED : REGION_IN_WORDS);
    text_append(text, arena_stands_aside(answer) ? ", arena aside: " : ": ");
    append_lead(text, answer, brevity);
    append_other_parts(text, answer, brevity, counted);
    append_tie(text, answer, brevity);
    append_unknown(text, answer);
}

// Fewer than half of the places are decided, though the run was replicated: then the measured lead is no
// answer.
static bool is_open(const struct answer *answer)
{
    return answer->contest.measured && answer->contest.replicated;
}

static void write_open(struct text *text, const void *of, int brevity)
{
    const struct answer *answer = of;
    const struct contest *contest = &answer->contest;
    append_heaps(text, answer, false);
    text_append(text, text->length ? "it is not decided" : "It is not decided");
    if (contest->decided_count > 0)
        text_append_format(text, " in %zu of %zu cells", contest->held_count - contest->decided_count,
                           contest->held_count);
    text_append(text, " which is the fastest; as measured, ");
    append_contestant(text, answer, answer->parts[0].leader);
    text_append(text, " is ");
    append_lead(text, answer, brevity);
}

// All are alike at every place: then nobody is the fastest.
static bool all_alike(const struct answer *answer)
{
    return answer->together_count == answer->of.count &&
           answer->parts[0].count == answer->contest.known_count;
}

static void write_alike(struct text *text, const void *of, int brevity)
{
    const struct answer *answer = of;
    (void)brevity;
    append_opening(text, answer);
    append_names(text, answer);
    text_append(text, " are equally fast");
    append_unknown(text, answer);
}

// What the answer says of malloc need not be said again.
static void note_told(const struct answer *answer, bool *told)
{
    bool malloc_named = false;
    for (size_t i = 0; i < answer->part_count; i++)
        malloc_named =
            malloc_named ||
            is_malloc(answer->view->analysis->allocators[answer->of.allocators[answer->parts[i].leader]]);
    for (size_t i = 0; i < answer->named_count; i++)
        if (answer->gains[i].slower_count == 0 || malloc_named)
            told[answer->of.allocators[answer->together[i]]] = true;
}

static enum status find(const struct view *view, enum finding_topic topic, bool *told, size_t *ret_leader,
                        struct error *error)
{
    CLEANUP(free_pointer)
    size_t *allocators = calloc(view->analysis->allocator_count + 1, sizeof *allocators);
    if (!allocators)
        return error_set_no_memory(error);
    bool mallocs = topic == FINDING_mallocs;
    CLEANUP(release_answer)
    struct answer answer = {.view = view,
                            .naming = mallocs ? NAMING_MALLOCS : NAMING_STRATEGIES,
                            .of = {.allocators = allocators, .metric = METRIC_TOTAL}};
    answer.of.count =
        mallocs ? contestants_of_mallocs(view, allocators) : contestants_on(view, view->heap, allocators);
    enum status status = find_answer(&answer, error);
    *ret_leader = SIZE_MAX;
    if (status != STATUS_OK || answer.part_count == 0)
        return status;
    *ret_leader = allocators[answer.parts[0].leader];
    note_told(&answer, told);
    return finding_write(view, topic,
                         is_open(&answer)     ? write_open
                         : all_alike(&answer) ? write_alike
                                              : write_answer,
                         &answer, error);
}

enum status find_fastest(const struct view *view, bool *told, size_t *ret_leader, struct error *error)
{
    return find(view, FINDING_fastest, told, ret_leader, error);
}

enum status find_best_malloc(const struct view *view, bool *told, struct error *error)
{
    size_t leader;
    return find(view, FINDING_mallocs, told, &leader, error);
}
