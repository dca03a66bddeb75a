#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "command_line/wrap.h"
#include "commands/private.h"

enum { STRATEGY_COLUMNS = 10, HEAP_COLUMNS = 18 };

static const char box_on_system[] = "box on the system's heap";

// "slab on mimalloc"
static void append_cell_name(struct text *text, const struct replay_cell *cell)
{
    text_append_format(text, "%s on %s", cell->strategy,
                       strcmp(cell->result->heap->name, "system") == 0 ? "the system's heap"
                                                                       : cell->result->heap->name);
}

void replay_gain_append(struct text *text, const struct replay_cell *cell, const char *than)
{
    const struct interval *interval = &cell->ratio.interval;
    text_append(text, " takes ");
    program_append_change(text, cell->ratio.value, 1);
    text_append_format(text, " time per event than %s", than);
    if (interval->exists)
        text_append_format(text, " (%.1f–%.1f)", 100 * (1 - interval->high), 100 * (1 - interval->low));
    if (!isnan(cell->footprint_ratio) && fabs(cell->footprint_ratio - 1) >= 0.02) {
        text_append(text, " and ");
        program_append_change(text, cell->footprint_ratio, 0);
        text_append(text, " memory");
    }
    text_append(text, ".");
}

static bool any_measured(const struct replay_summary *summary)
{
    for (size_t i = 1; i < summary->count; i++)
        if (summary->cells[i].result->state == PROGRAM_MEASURED)
            return summary->cells[0].result->state == PROGRAM_MEASURED;
    return false;
}

static bool any_undecided(const struct replay_summary *summary)
{
    for (size_t i = 1; i < summary->count; i++)
        if (summary->cells[i].result->state == PROGRAM_MEASURED &&
            summary->cells[i].verdict == VERDICT_INCONCLUSIVE)
            return true;
    return false;
}

static void append_answer(struct text *text, const struct replay_summary *summary)
{
    const struct replay_cell *best = &summary->cells[summary->best];
    if (!any_measured(summary)) {
        text_append(text, "Nothing could be compared.");
    } else if (summary->best == 0) {
        text_append(text, any_undecided(summary)
                              ? "Nothing is faster than box on the system's heap, as far as can be told yet."
                              : "Nothing is faster than box on the system's heap.");
    } else {
        append_cell_name(text, best);
        replay_gain_append(text, best, box_on_system);
    }
}

// What there is to gain without a change to the program's source.
static void append_simplest(struct text *text, const struct replay_summary *summary)
{
    const struct replay_cell *simplest = &summary->cells[summary->simplest];
    const double more = summary->regret.value - 1;
    if (summary->best == summary->simplest)
        return;
    if (summary->simplest == 0) {
        text_append(text, "No other heap alone is faster.");
        return;
    }
    append_cell_name(text, simplest);
    replay_gain_append(text, simplest, box_on_system);
    if (!isnan(more))
        text_append_format(text, " That is within %.1f %% of the best.", 100 * fmax(more, 0));
}

static void append_row(struct text *text, const struct replay_summary *summary, size_t i)
{
    const struct replay_cell *cell = &summary->cells[i];
    CLEANUP(text_release) struct text memory = {0}, mean = {0};
    char change[32] = "";
    text_append_format(text, "  %-*s%-*.*s", STRATEGY_COLUMNS, cell->strategy, HEAP_COLUMNS, HEAP_COLUMNS - 1,
                       cell->result->heap->name);
    if (cell->result->state != PROGRAM_MEASURED) {
        text_append_format(text, "  %s\n", program_state_name(cell->result->state));
        return;
    }
    const double percent = 100 * (cell->ratio.value - 1);
    if (i > 0 && !isnan(percent))
        snprintf(change, sizeof change, "%s%.1f %%%s", percent < 0 ? "-" : "+", fabs(percent),
                 cell->verdict == VERDICT_FASTER || cell->verdict == VERDICT_SLOWER ? "*" : " ");
    program_append_quantity(&memory, cell->medians[REPLAY_FOOTPRINT], "bytes");
    program_append_quantity(&mean, cell->medians[REPLAY_MEAN_FOOTPRINT], "bytes");
    text_append_format(text, "%8.1f ns %9s %10s %10s %8.2f\n", cell->medians[REPLAY_EVENT_NS], change,
                       text_string(&memory), text_string(&mean), cell->medians[REPLAY_OVERHEAD]);
}

static void append_summary(struct text *text, const struct replay_summary *summary, bool with_colour)
{
    CLEANUP(text_release) struct text answer = {0}, simplest = {0};
    append_answer(&answer, summary);
    append_simplest(&simplest, summary);
    text_append(text, with_colour ? "\x1b[1m" : "");
    wrap_append(text, text_string(&answer), 4, 0);
    text_append(text, with_colour ? "\x1b[0m" : "");
    if (simplest.length > 0)
        wrap_append(text, text_string(&simplest), 4, 0);
    text_append_format(text, "\n  %-*s%-*s%11s %9s %10s %10s %8s\n", STRATEGY_COLUMNS, "strategy",
                       HEAP_COLUMNS, "heap", "per event", "", "peak", "mean", "overhead");
    for (size_t i = 0; i < summary->count; i++)
        append_row(text, summary, i);
    text_append(text, "\n");
}

void replay_text_append(struct text *text, const struct replaying *replaying,
                        const struct replay_results *results, bool with_colour)
{
    const struct replay_made *made = &replaying->items[0].made;
    CLEANUP(text_release) struct text rule = {0};
    double threshold = 0;
    for (size_t s = 0; s < replaying->state_count; s++) {
        if (replaying->state_count > 1)
            text_append_format(text, "On a %s heap:\n\n", axes[AXIS_heap_state].text(replaying->states[s]));
        append_summary(text, &results->summaries[s], with_colour);
        threshold = fmax(threshold, results->summaries[s].threshold);
    }
    text_append_format(&rule,
                       "Medians of %zu processes that replay %" PRIu64 " events of %" PRIu32
                       " %s; the harness itself takes %.1f ns of each. * counts: significant over all rows, "
                       "and larger than %.1f %%. Peak and mean: what was resident, without the harness; "
                       "overhead: the peak for each byte asked for.",
                       results->summaries[0].blocks, made->events, made->threads,
                       made->threads == 1 ? "thread" : "threads",
                       results->summaries[0].cells[0].medians[REPLAY_HARNESS_NS], 100 * threshold);
    wrap_append(text, text_string(&rule), 0, 0);
}
