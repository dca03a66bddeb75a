#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "command_line/wrap.h"
#include "commands/private.h"

enum { SHOWN_ROWS = 10, CHANGE_COLUMNS = 24, HEAP_COLUMNS = 18 };

// ---- words ----

static const char *heap_words(const char *name)
{
    return strcmp(name, "system") == 0 ? "the system's heap" : name;
}

// "a slab for parse_item (json.c:88), 48 bytes"
static void append_group(struct text *text, const struct advise_groups *groups, size_t g)
{
    const struct advise_group *group = &groups->items[g];
    text_append_format(text, "%s for %s", replay_strategies[group->strategy].name,
                       groups->by == ADVISE_BY_SIZE ? "objects of " : "");
    text_append(text, group->place);
    if (groups->by == ADVISE_BY_SITE && group->least_bytes == group->most_bytes)
        text_append_format(text, ", %" PRIu64 " bytes", group->least_bytes);
    else if (groups->by == ADVISE_BY_SITE)
        text_append_format(text, ", %" PRIu64 "–%" PRIu64 " bytes", group->least_bytes, group->most_bytes);
}

static uint32_t groups_of(const struct advice *advice, const struct replay_summary *summary, size_t cell)
{
    const size_t command = replay_command_of(summary, cell);
    return command == 0 ? 0 : advice->changes[command - 1].groups;
}

// "slab for 1, arena for 2"
static void append_change(struct text *text, const struct advice *advice, uint32_t groups)
{
    const char *between = "";
    if (groups == 0)
        text_append(text, "nothing");
    for (size_t g = 0; g < advice->groups->count; g++)
        if (groups >> g & 1) {
            text_append_format(text, "%s%s for %zu", between,
                               replay_strategies[advice->groups->items[g].strategy].name, g + 1);
            between = ", ";
        }
}

static void append_whole_change(struct text *text, const struct advice *advice, uint32_t groups)
{
    const char *between = "";
    for (size_t g = 0; g < advice->groups->count; g++)
        if (groups >> g & 1) {
            text_append_format(text, "%sa ", between);
            append_group(text, advice->groups, g);
            between = " and ";
        }
}

// ---- the answer ----

static void append_regret(struct text *text, const struct replay_summary *summary)
{
    text_append_format(text, " That is within %.1f %% of the best", 100 * fmax(summary->regret.value - 1, 0));
    if (summary->best < summary->heap_count)
        text_append(text, ".");
    else if (advise_is_settled(summary))
        text_append(text, "; no change of the source is worth it here.");
    else
        text_append(text,
                    ", a change of the source; whether that is worth more takes more processes to tell.");
}

static void append_answer(struct text *text, const struct advice *advice,
                          const struct replay_summary *summary)
{
    const struct replay_cell *best = &summary->cells[summary->best];
    const struct replay_cell *simplest = &summary->cells[summary->simplest];
    switch (advise_answer_of(summary)) {
    case ADVISE_NOTHING:
        text_append(text, "Change nothing.");
        if (summary->best > 0)
            append_regret(text, summary);
        else
            text_append(text, " Neither another heap nor a change of the source is faster.");
        return;
    case ADVISE_UNDECIDED:
        text_append(text, "Change nothing yet: no heap and no change of the source is faster, as far as can "
                          "be told from so few processes.");
        return;
    case ADVISE_HEAP:
        text_append_format(text, "Link %s: it", simplest->result->heap->name);
        replay_gain_append(text, simplest, "now");
        if (summary->best != summary->simplest)
            append_regret(text, summary);
        return;
    default:
        text_append(text, "Make ");
        append_whole_change(text, advice, groups_of(advice, summary, summary->best));
        text_append_format(text, ", on %s: that", heap_words(best->result->heap->name));
        replay_gain_append(text, best, "now");
    }
    if (summary->simplest == 0)
        text_append(text, " No other heap alone is faster.");
    else
        text_append_format(text, " %s alone is the simplest choice, and takes %.1f %% more than that.",
                           simplest->result->heap->name, 100 * (summary->regret.value - 1));
    if (summary->simplest == 0)
        text_append_format(text, " Doing nothing takes %.1f %% more.", 100 * (summary->regret.value - 1));
}

// ---- tables ----

static void append_groups(struct text *text, const struct advice *advice)
{
    const struct advise_groups *groups = advice->groups;
    if (groups->count == 0) {
        wrap_append(text, "No call site and no size has 2 % of the events, so only heaps were replayed.", 0,
                    0);
        return;
    }
    text_append_format(text, "  %-4s%8s%14s%12s  %s\n", "", "events", "life", "best", "objects");
    for (size_t g = 0; g < groups->count; g++) {
        const struct advise_group *group = &groups->items[g];
        CLEANUP(text_release) struct text life = {0};
        if (isnan(group->mean_life_events))
            text_append(&life, "to the end");
        else
            text_append_format(&life, "%.0f events", group->mean_life_events);
        text_append_format(text, "  %-4zu%6.1f %%%14s%12s  ", g + 1,
                           100 * (double)group->events / (double)groups->events, text_string(&life),
                           replay_strategies[group->strategy].name);
        text_append(text, group->place);
        if (groups->by == ADVISE_BY_SITE)
            text_append_format(text,
                               group->least_bytes == group->most_bytes ? ", %" PRIu64 " B" : ", %" PRIu64,
                               group->least_bytes);
        if (groups->by == ADVISE_BY_SITE && group->least_bytes != group->most_bytes)
            text_append_format(text, "–%" PRIu64 " B", group->most_bytes);
        text_append(text, "\n");
    }
}

static void append_row(struct text *text, const struct advice *advice, const struct advise_judged *judged,
                       size_t cell)
{
    const struct replay_summary *summary = judged->summary;
    const struct replay_cell *row = &summary->cells[cell];
    CLEANUP(text_release) struct text change = {0}, saved = {0};
    char time[32] = "", memory[32] = "";
    append_change(&change, advice, groups_of(advice, summary, cell));
    text_append_format(text, "  %-*.*s%-*.*s", CHANGE_COLUMNS, CHANGE_COLUMNS - 1, text_string(&change),
                       HEAP_COLUMNS, HEAP_COLUMNS - 1, row->result->heap->name);
    if (row->result->state != PROGRAM_MEASURED) {
        text_append_format(text, "  %s\n", program_state_name(row->result->state));
        return;
    }
    if (cell > 0) {
        const struct estimate nanoseconds = advise_saved_ns(summary, cell, judged->events);
        const bool counts = row->verdict == VERDICT_FASTER || row->verdict == VERDICT_SLOWER;
        snprintf(time, sizeof time, "%+.1f %%%s", 100 * (row->ratio.value - 1), counts ? "*" : " ");
        text_append(&saved, nanoseconds.value < 0 ? "-" : "");
        program_append_quantity(&saved, fabs(nanoseconds.value), "ns");
        snprintf(memory, sizeof memory, "%+.0f %%", 100 * (row->footprint_ratio - 1));
    }
    text_append_format(text, "%11s%13s%9s\n", time, text_string(&saved), memory);
}

// The first rows, and in any case the one of doing nothing.
static void append_rows(struct text *text, const struct advice *advice, const struct advise_judged *judged)
{
    bool has_nothing = false;
    text_append_format(text, "\n  %-*s%-*s%10s %13s%9s\n", CHANGE_COLUMNS, "change", HEAP_COLUMNS, "heap",
                       "time", "saved", "memory");
    for (size_t i = 0; i < judged->summary->count && i < SHOWN_ROWS; i++) {
        append_row(text, advice, judged, judged->order[i]);
        has_nothing |= judged->order[i] == 0;
    }
    if (!has_nothing)
        append_row(text, advice, judged, 0);
}

static void append_judged(struct text *text, const struct advice *advice, const struct advise_judged *judged,
                          bool with_colour)
{
    CLEANUP(text_release) struct text head = {0}, answer = {0};
    text_append_format(&head, "On a %s heap, judged on ", axes[AXIS_heap_state].text(judged->state));
    if (judged->from > 0)
        text_append(&head, "the second half of the trace");
    else
        text_append(&head, judged->trace);
    text_append_format(&head, " (%" PRIu64 " events):", judged->events);
    append_answer(&answer, advice, judged->summary);
    wrap_append(text, text_string(&head), 0, 0);
    text_append(text, "\n");
    text_append(text, with_colour ? "\x1b[1m" : "");
    wrap_append(text, text_string(&answer), 4, 0);
    text_append(text, with_colour ? "\x1b[0m" : "");
    append_rows(text, advice, judged);
    text_append(text, "\n");
}

static void append_costs(struct text *text, const struct advise_groups *groups)
{
    bool is_used[REPLAY_STRATEGY_COUNT] = {0};
    for (size_t g = 0; g < groups->count; g++)
        is_used[groups->items[g].strategy] = true;
    for (int s = ADVISE_FIRST_STRATEGY; s < REPLAY_STRATEGY_COUNT; s++)
        if (is_used[s]) {
            CLEANUP(text_release) struct text line = {0};
            text_append_format(&line, "What a %s costs: %s.", replay_strategies[s].name,
                               replay_strategies[s].cost);
            wrap_append(text, text_string(&line), 0, 0);
        }
}

// ---- validation ----

// "-14.2 (-15 to -13)"
static void append_estimate(struct text *text, const struct estimate *estimate)
{
    CLEANUP(text_release) struct text cell = {0};
    if (!isnan(estimate->value) && estimate->interval.exists)
        text_append_format(&cell, "%+.1f (%.0f to %.0f)", 100 * estimate->value, 100 * estimate->interval.low,
                           100 * estimate->interval.high);
    else if (!isnan(estimate->value))
        text_append_format(&cell, "%+.1f", 100 * estimate->value);
    text_append_format(text, "%20s", text_string(&cell));
}

static void append_validation(struct text *text, const struct advice *advice)
{
    const struct advise_validation *validation = advice->validation;
    const struct estimate *slope = &validation->slope;
    CLEANUP(text_release) struct text head = {0}, rule = {0};
    text_append_format(
        &head,
        "The program itself, in %% of its %s: allocation takes %.0f %% of it, as the replay has "
        "it.",
        strcmp(validation->metric, "cpu_ns") == 0 ? "CPU time" : "time", 100 * validation->allocation_share);
    wrap_append(text, text_string(&head), 0, 0);
    text_append_format(text, "\n  %-18s%20s%20s%20s\n", "change or heap", "predicted", "calibrated", "real");
    for (size_t i = 0; i < validation->count; i++) {
        const struct advise_point *point = &validation->points[i];
        CLEANUP(text_release) struct text name = {0};
        const uint32_t groups = groups_of(advice, advice->whole, point->cell);
        if (groups)
            append_change(&name, advice, groups);
        else
            text_append(&name, advice->whole->cells[point->cell].result->heap->name);
        text_append_format(text, "  %-18.17s", text_string(&name));
        append_estimate(text, &point->predicted);
        append_estimate(text, &point->calibrated);
        append_estimate(text, &point->real);
        text_append(text, "\n");
    }
    if (isnan(slope->value))
        text_append(&rule, "With fewer than two heaps there is nothing to calibrate by.");
    else
        text_append_format(
            &rule,
            "Calibrated: by the slope of real to predicted over the heaps, %.2f (%.2f to %.2f). "
            "Kendall's tau of both is %.2f; of %zu heaps that differ for certain, %zu are "
            "predicted the wrong way round.",
            slope->value, slope->interval.low, slope->interval.high, validation->tau, validation->signs,
            validation->sign_errors);
    text_append(text, "\n");
    wrap_append(text, text_string(&rule), 0, 0);
    text_append(text, "\n");
}

void advise_text_append(struct text *text, const struct advice *advice, bool with_colour)
{
    CLEANUP(text_release) struct text rule = {0};
    double threshold = 0;
    for (size_t i = 0; i < advice->judged_count; i++) {
        append_judged(text, advice, &advice->judged[i], with_colour);
        threshold = fmax(threshold, advice->judged[i].summary->threshold);
    }
    append_groups(text, advice);
    text_append(text, "\n");
    if (advice->validation)
        append_validation(text, advice);
    append_costs(text, advice->groups);
    text_append_format(
        &rule,
        "Time is that in the heap, over %zu processes. * counts: significant over all rows of a "
        "table, and larger than %.1f %%.",
        advice->judged[0].summary->blocks, 100 * threshold);
    wrap_append(text, text_string(&rule), 0, 0);
}
