// The first batch of a trial is told of only where it says otherwise than the whole trial.
#include <stdlib.h>

#include "analysis/private.h"
#include "base/cleanup.h"

// Where one allocator's comparison with malloc ends the other way round.
struct reversal {
    size_t allocator;
    bool *compared;
    bool *slower; // in the first batch, and faster in the total
    bool *faster;
    size_t slower_count, faster_count;
};

static void release_reversal(struct reversal *reversal)
{
    free(reversal->compared);
    free(reversal->slower);
    free(reversal->faster);
}

struct first_batch {
    const struct view *view;
    struct reversal reversal; // the one with the most places
    size_t leader;            // who is the fastest there; SIZE_MAX: the same one as in the total, or nobody
    size_t leads, places;     // at how many places
};

static size_t reversal_count(const struct reversal *reversal)
{
    return reversal->slower_count + reversal->faster_count;
}

static void release_first_batch(struct first_batch *batch)
{
    release_reversal(&batch->reversal);
}

static enum status compare_allocator(const struct view *view, size_t allocator, struct first_batch *batch,
                                     struct error *error)
{
    size_t places = grid_places(&view->grid);
    CLEANUP(gains_release) struct gains total = {0}, first = {0};
    CLEANUP(release_reversal)
    struct reversal found = {.allocator = allocator,
                             .compared = calloc(places + 1, sizeof(bool)),
                             .slower = calloc(places + 1, sizeof(bool)),
                             .faster = calloc(places + 1, sizeof(bool))};
    if (!found.compared || !found.slower || !found.faster)
        return error_set_no_memory(error);
    enum status status = gains_collect(view, allocator, METRIC_TOTAL, &total, error);
    if (status == STATUS_OK)
        status = gains_collect(view, allocator, METRIC_LATENCY, &first, error);
    if (status != STATUS_OK || total.measured || first.measured)
        return status;
    for (size_t p = 0; p < places; p++) {
        found.compared[p] = total.compared[p];
        found.slower_count += found.slower[p] = total.faster[p] && first.slower[p];
        found.faster_count += found.faster[p] = total.slower[p] && first.faster[p];
    }
    if (reversal_count(&found) <= reversal_count(&batch->reversal))
        return STATUS_OK;
    struct reversal before = batch->reversal;
    batch->reversal = found;
    found = before;
    return STATUS_OK;
}

// Whether somebody else than `leader` is the fastest in the first batch.
static enum status find_first_leader(const struct contestants *of, size_t leader, struct first_batch *batch,
                                     struct error *error)
{
    CLEANUP(contest_release) struct contest contest = {0};
    batch->leader = SIZE_MAX;
    if (of->count < 2 || leader == SIZE_MAX)
        return STATUS_OK;
    enum status status = contest_hold(batch->view, of, &contest, error);
    size_t first = status == STATUS_OK ? contest_leader(&contest, of, NULL) : SIZE_MAX;
    if (first == SIZE_MAX || contest.measured)
        return status;
    for (size_t c = 0; c < of->count; c++)
        if (of->allocators[c] == leader && contest_count(&contest, c, NULL) * 2 >= contest.known_count)
            return STATUS_OK;
    batch->leader = of->allocators[first];
    batch->leads = contest_count(&contest, first, NULL);
    batch->places = contest.known_count;
    return STATUS_OK;
}

static void write_first_batch(struct text *text, const void *of, int brevity)
{
    const struct first_batch *batch = of;
    const struct reversal *reversal = &batch->reversal;
    text_append(text, "In the first batch of a trial ");
    bool malloc_leads =
        batch->leader != SIZE_MAX && is_malloc(batch->view->analysis->allocators[batch->leader]);
    if (batch->leader != SIZE_MAX && !(malloc_leads && reversal->slower_count > 0)) {
        name_append(text, batch->view, batch->leader, NAMING_STRATEGIES);
        text_append_format(text, " is the fastest, in %zu of %zu cells%s", batch->leads, batch->places,
                           reversal_count(reversal) ? "; " : "");
    }
    if (reversal_count(reversal) == 0)
        return;
    bool slower = reversal->slower_count >= reversal->faster_count;
    name_append(text, batch->view, reversal->allocator, NAMING_STRATEGIES);
    text_append(text, slower ? " is slower than malloc " : " is faster than malloc ");
    region_append(text, &batch->view->grid, reversal->compared, slower ? reversal->slower : reversal->faster,
                  brevity > 0 ? REGION_COUNTED : REGION_IN_WORDS);
    text_append(text,
                slower ? ", though faster over the whole trial" : ", though slower over the whole trial");
}

enum status find_first_batch(const struct view *view, size_t leader, struct error *error)
{
    CLEANUP(free_pointer)
    size_t *allocators = calloc(view->analysis->allocator_count + 1, sizeof *allocators);
    CLEANUP(release_first_batch) struct first_batch batch = {.view = view};
    if (!allocators)
        return error_set_no_memory(error);
    const struct contestants of = {.allocators = allocators,
                                   .count = contestants_on(view, view->heap, allocators),
                                   .metric = METRIC_LATENCY};
    enum status status = find_first_leader(&of, leader, &batch, error);
    for (size_t c = 0; c < of.count && status == STATUS_OK; c++)
        if (!is_malloc(view->analysis->allocators[allocators[c]]))
            status = compare_allocator(view, allocators[c], &batch, error);
    if (status != STATUS_OK || (batch.leader == SIZE_MAX && reversal_count(&batch.reversal) == 0))
        return status;
    return finding_write(view, FINDING_first_batch, write_first_batch, &batch, error);
}
