#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "advise/advise.h"
#include "base/cleanup.h"

enum { TRIED = REPLAY_STRATEGY_COUNT - ADVISE_FIRST_STRATEGY };

// ---- training ----

// The mean of the logarithms over the states of the heap; NaN when one was not measured. `ret_slower`: in one
// of them it costs time.
static double training_log(const struct replay_summary *summaries, size_t state_count, size_t cell,
                           bool *ret_slower)
{
    double sum = 0;
    *ret_slower = false;
    for (size_t s = 0; s < state_count; s++) {
        sum += log(summaries[s].cells[cell].ratio.value);
        *ret_slower |= summaries[s].cells[cell].verdict == VERDICT_SLOWER;
    }
    return sum / (double)state_count;
}

static bool is_faster_somewhere(const struct replay_summary *summaries, size_t state_count, size_t cell)
{
    for (size_t s = 0; s < state_count; s++)
        if (summaries[s].cells[cell].verdict == VERDICT_FASTER)
            return true;
    return false;
}

void advise_take_training(struct advise_groups *groups, const struct replay_summary *summaries,
                          size_t state_count)
{
    for (size_t g = 0; g < groups->count; g++) {
        struct advise_group *group = &groups->items[g];
        double least = INFINITY;
        for (size_t s = 0; s < TRIED; s++) {
            const size_t cell = (1 + g * TRIED + s) * summaries[0].heap_count;
            bool is_slower;
            const double value = training_log(summaries, state_count, cell, &is_slower);
            if (!(value < least))
                continue;
            least = value;
            group->strategy = (enum replay_strategy)(ADVISE_FIRST_STRATEGY + s);
            group->goes_together = !is_slower && is_faster_somewhere(summaries, state_count, cell);
        }
        group->training_ratio = isinf(least) ? (double)NAN : exp(least);
    }
}

size_t advise_list_changes(const struct advise_groups *groups,
                           struct advise_change ret_changes[ADVISE_MAX_CHANGES])
{
    struct advise_change together = {.name = "together"};
    size_t count = 0, parts = 0;
    for (size_t g = 0; g < groups->count; g++) {
        const struct advise_group *group = &groups->items[g];
        if (group->strategy == REPLAY_BOX)
            continue;
        struct advise_change *change = &ret_changes[count++];
        *change = (struct advise_change){.groups = 1u << g};
        snprintf(change->name, sizeof change->name, "%s-%zu", replay_strategies[group->strategy].name, g + 1);
        together.groups |= group->goes_together ? 1u << g : 0;
        parts += group->goes_together;
    }
    if (parts > 1)
        ret_changes[count++] = together;
    return count;
}

// ---- judging ----

const char *advise_answer_name(enum advise_answer answer)
{
    static const char *const names[] = {"nothing", "heap", "change", "undecided"};
    return names[answer];
}

static bool is_measured(const struct replay_cell *cell)
{
    return cell->result->state == PROGRAM_MEASURED && !isnan(cell->medians[REPLAY_EVENT_NS]);
}

// A change of the source has to be worth more than any heap alone, by what counts and for certain.
enum advise_answer advise_answer_of(const struct replay_summary *summary)
{
    const struct interval *regret = &summary->regret.interval;
    if (summary->best == 0) {
        for (size_t i = 1; i < summary->count; i++)
            if (is_measured(&summary->cells[i]) && summary->cells[i].verdict == VERDICT_INCONCLUSIVE)
                return ADVISE_UNDECIDED;
        return ADVISE_NOTHING;
    }
    const bool is_change = summary->best >= summary->heap_count;
    const bool is_worth_it =
        summary->regret.value > 1 + summary->threshold && regret->exists && regret->low > 1;
    if (is_change && is_worth_it)
        return ADVISE_CHANGE;
    return summary->simplest == 0 ? ADVISE_NOTHING : ADVISE_HEAP;
}

static double time_of(const struct replay_summary *summary, size_t cell)
{
    return cell == 0 ? 1 : summary->cells[cell].ratio.value;
}

void advise_rank(const struct replay_summary *summary, size_t *ret_order)
{
    for (size_t i = 0; i < summary->count; i++) {
        const double time = time_of(summary, i);
        size_t place = i;
        for (; place > 0; place--) {
            const double before = time_of(summary, ret_order[place - 1]);
            if (isnan(time) || time >= before)
                break;
            ret_order[place] = ret_order[place - 1];
        }
        ret_order[place] = i;
    }
}

bool advise_is_settled(const struct replay_summary *summary)
{
    const struct interval *regret = &summary->regret.interval;
    return summary->best < summary->heap_count || summary->regret.value <= 1 + PROGRAM_THRESHOLD ||
           (regret->exists && regret->high <= 1 + PROGRAM_REACH);
}

struct estimate advise_saved_ns(const struct replay_summary *summary, size_t cell, uint64_t events)
{
    const double whole_ns = summary->cells[0].medians[REPLAY_EVENT_NS] * (double)events;
    const struct estimate *ratio = &summary->cells[cell].ratio;
    struct estimate saved = *ratio;
    saved.value = (1 - ratio->value) * whole_ns;
    saved.interval.low = (1 - ratio->interval.high) * whole_ns;
    saved.interval.high = (1 - ratio->interval.low) * whole_ns;
    return saved;
}
