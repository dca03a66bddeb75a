#include "commands/private.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "command_line/wrap.h"

enum {
    ALLOCATOR_COLUMNS = 12, // at least
    TIME_COLUMNS = 8,
    NUMBER_COLUMNS = 7,
    PATTERN_COLUMNS = 9,
    FACT_BYTES = 160,
};

static const double notable_share = 0.1; // of disturbed trials

static const char *const side_letters[RUN_COUNT] = {"A", "B"};

// --- What is compared ---

static void append_wrapped(struct text *text, size_t indent, const struct text *paragraph)
{
    wrap_append(text, text_string(paragraph), indent, 0);
}

static size_t max_processes(const struct comparison *comparison, int side)
{
    size_t most = 0;
    for (size_t i = 0; i < comparison->count; i++)
        if (comparison->cells[i].processes[side] > most)
            most = comparison->cells[i].processes[side];
    return most;
}

static void append_runs(struct text *text, const struct comparison *comparison,
                        const struct dataset runs[RUN_COUNT])
{
    for (int side = 0; side < RUN_COUNT; side++) {
        CLEANUP(text_release) struct text line = {0};
        text_append_format(&line, "%s: ", side_letters[side]);
        append_cut(&line, runs[side].benchmark_file, FACT_BYTES);
        if (comparison->live) {
            append_wrapped(text, 3, &line);
            continue;
        }
        text_append(&line, ", platform ");
        append_cut(&line, runs[side].platform, ALLOCATOR_COLUMNS * 4);
        if (runs[side].replicated)
            text_append_format(&line, ", up to %zu processes per cell", max_processes(comparison, side));
        else
            text_append(&line, ", no details file: processes unknown");
        append_wrapped(text, 3, &line);
    }
}

static void append_differences(struct text *text, const struct comparison *comparison, bool decides)
{
    bool first = true;
    for (size_t i = 0; i < comparison->difference_count; i++) {
        const struct fact_difference *difference = &comparison->differences[i];
        if (difference->decides != decides)
            continue;
        if (first)
            text_append(text, decides ? "These facts decide, and differ:\n" : "Also different:\n");
        first = false;
        CLEANUP(text_release) struct text line = {0};
        text_append_format(&line, "  %s: ", difference->label);
        append_cut(&line, difference->values[RUN_A] ? difference->values[RUN_A] : "(not stored)", FACT_BYTES);
        text_append(&line, " | ");
        append_cut(&line, difference->values[RUN_B] ? difference->values[RUN_B] : "(not stored)", FACT_BYTES);
        text_append(text, "  ");
        wrap_append(text, text_string(&line), 6, 2);
    }
}

static void append_machine(struct text *text, const struct comparison *comparison)
{
    append_differences(text, comparison, true);
    if (comparison->forced)
        wrap_append(
            text,
            "FORCED: machine or build differ, so differences below cannot be attributed to the code alone.",
            0, 0);
    if (comparison->facts_unknown)
        wrap_append(text,
                    "Neither file names its machine and build, so it is unknown whether they are the same.",
                    0, 0);
    append_differences(text, comparison, false);
}

// --- What counts ---

// Two digits of a percentage, all of a large one.
static int decimals(double percent)
{
    return percent >= 9.95 ? 0 : percent >= 0.995 ? 1 : 2;
}

static bool is_corrected_by_probes(const struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->count; i++)
        if (comparison->cells[i].probe_slope != 0)
            return true;
    return false;
}

static void append_rule(struct text *text, const struct comparison *comparison)
{
    CLEANUP(text_release) struct text line = {0};
    text_append(&line, comparison->metric == METRIC_TOTAL
                           ? "Time per object, B against A"
                           : "Time per object in the first batch of a trial, B against A");
    if (comparison->live)
        text_append(&line, ", within blocks of four adjacent processes");
    else if (comparison->anchor_missing[RUN_A] || comparison->anchor_missing[RUN_B])
        text_append_format(&line,
                           ", not divided by an anchor (%s): changes of the machine itself are in the ratios",
                           !comparison->anchor_missing[RUN_A]   ? "B has none"
                           : !comparison->anchor_missing[RUN_B] ? "A has none"
                                                                : "neither run has one");
    else
        text_append(&line, ", each process divided by the slowness of the anchors in its replicate");
    if (is_corrected_by_probes(comparison))
        text_append(&line, ", and adjusted to one speed of the machine by its probes");
    static const char *const reasons[THRESHOLD_SOURCE_COUNT] = {
        [THRESHOLD_ASKED] = "",
        [THRESHOLD_NULL_CONTROL] = ", which is what identical code differs by inside these runs",
        [THRESHOLD_ANCHORS] = ", which is what identical code differs by between these runs",
    };
    text_append_format(
        &line,
        ". A difference counts when it is significant (%g %% over all %zu tested cells, Holm) and "
        "larger than %.*f %%%s.",
        comparison->significance * 100, comparison->tested, decimals(comparison->threshold * 100),
        comparison->threshold * 100, reasons[comparison->threshold_source]);
    append_wrapped(text, 0, &line);
}

static void append_controls(struct text *text, const struct comparison *comparison)
{
    for (int side = 0; side < RUN_COUNT; side++) {
        const struct null_control *control = &comparison->controls[side];
        CLEANUP(text_release) struct text line = {0};
        if (control->cells == 0) {
            if (control->measured)
                text_append_format(&line,
                                   "The null control of %s is unusable: it has fewer than %d processes.",
                                   side_letters[side], NULL_CELL_MIN_PROCESSES);
            else
                text_append_format(&line, "%s has no null control.", side_letters[side]);
        } else {
            double widest = statistics_distance_from_one(control->widest_ratio);
            text_append_format(&line,
                               "Null control of %s: 95 %% of %zu cells within %.*f %%, at most %.*f %% (",
                               side_letters[side], control->cells, decimals(control->p95 * 100),
                               control->p95 * 100, decimals(widest * 100), widest * 100);
            append_cut(&line, control->widest.pattern, PATTERN_COLUMNS * 4);
            text_append_format(&line, " %" PRIu64 ").", control->widest.size_bytes);
        }
        append_wrapped(text, 0, &line);
    }
}

// Said once, for the times of all cells.
static void append_disturbances(struct text *text, const struct comparison *comparison)
{
    const double *shares = comparison->disturbed;
    CLEANUP(text_release) struct text line = {0};
    if (!(shares[RUN_A] > notable_share) && !(shares[RUN_B] > notable_share))
        return;
    text_append_format(&line,
                       "Disturbed trials: %.0f %% in A, %.0f %% in B. The times are upper bounds; the "
                       "ratios and verdicts allow for it.",
                       shares[RUN_A] * 100, shares[RUN_B] * 100);
    append_wrapped(text, 0, &line);
}

// --- Cells ---

static void append_time(struct text *text, double ns)
{
    if (isnan(ns))
        text_append(text, "       -");
    else
        text_append_format(text, " %7.*f", ns < 100 ? 2 : ns < 10000 ? 1 : 0, ns);
}

// What follows the times of an inconclusive cell in place of its interval, in at most 24 columns.
static void append_reason(struct text *text, const struct compared_cell *cell)
{
    static const char *const words[REASON_COUNT] = {
        [REASON_MISSING] = "not measured in",    [REASON_FAILED] = "failed in",
        [REASON_ONE_PROCESS] = "one process in", [REASON_ANCHOR] = "anchor bad in",
        [REASON_UNEVEN_LOAD] = "others busy in",
    };
    if (cell->reason == REASON_MORE_PROCESSES || cell->reason == REASON_FEW_PROCESSES)
        text_append_format(text, " needs %zu", cell->processes_needed);
    else if (cell->reason == REASON_ON_THRESHOLD)
        text_append(text, " on limit");
    else
        text_append_format(text, " %s %s", words[cell->reason],
                           cell->reason_side == RUN_COUNT ? "A, B" : side_letters[cell->reason_side]);
}

// Long labels and the number of live objects, where it is not the same in all cells, take the place of the
// times.
struct layout {
    size_t allocator_columns;
    bool with_axis[AXIS_COUNT]; // of the swept ones, those that have several values
    enum run_side first_time;   // the runs from this one on have their time shown; RUN_COUNT: none has
};

// A number has six digits, a word is as wide as the axis's title or wider.
static size_t axis_columns(const struct axis *axis)
{
    size_t columns = axis->type == AXIS_TYPE_NUMBER ? NUMBER_COLUMNS : strlen(axis->title) + 1;
    for (uint32_t i = 0; axis->type == AXIS_TYPE_WORD && i < axis->listed; i++)
        columns = strlen(axis->text(i)) >= columns ? strlen(axis->text(i)) + 1 : columns;
    return columns;
}

static struct layout layout_of(const struct comparison *comparison)
{
    struct layout layout = {.allocator_columns = ALLOCATOR_COLUMNS, .first_time = RUN_A};
    size_t longest = 0;
    for (size_t i = 0; i < comparison->count; i++) {
        size_t length = strlen(comparison->cells[i].name.allocator);
        if (length > longest)
            longest = length;
        for (int a = 0; a < AXIS_COUNT; a++)
            layout.with_axis[a] =
                layout.with_axis[a] || cell_name_value(comparison->cells[i].name, (enum axis_id)a) !=
                                           cell_name_value(comparison->cells[0].name, (enum axis_id)a);
    }
    size_t missing = longest > ALLOCATOR_COLUMNS ? longest - ALLOCATOR_COLUMNS : 0;
    size_t for_axes = 0;
    for (int a = 0; a < AXIS_COUNT; a++)
        for_axes += layout.with_axis[a] ? axis_columns(&axes[a]) : 0;
    if (missing + for_axes == 0)
        return layout;
    layout.first_time = missing + for_axes <= TIME_COLUMNS ? RUN_B : RUN_COUNT;
    size_t times = (size_t)layout.first_time * TIME_COLUMNS;
    size_t room = times > for_axes ? times - for_axes : 0;
    layout.allocator_columns += missing < room ? missing : room;
    return layout;
}

static void append_heading(struct text *text, const struct layout *layout)
{
    text_append(text, "  ");
    append_column(text, "allocator", layout->allocator_columns);
    append_column(text, "pattern", PATTERN_COLUMNS);
    text_append(text, "size");
    for (int a = 0; a < AXIS_COUNT; a++)
        if (layout->with_axis[a])
            text_append_format(text, " %*s", (int)axis_columns(&axes[a]) - 1,
                               a == AXIS_live_objects ? "live" : axes[a].title);
    for (int side = (int)layout->first_time; side < RUN_COUNT; side++)
        text_append_format(text, "    %s ns", side_letters[side]);
    text_append(text, "   B/A %  90 % interval\n");
}

static void append_cell(struct text *text, const struct compared_cell *cell, const struct layout *layout)
{
    text_append(text, "  ");
    append_column(text, cell->name.allocator, layout->allocator_columns);
    append_column(text, cell->name.pattern, PATTERN_COLUMNS);
    text_append_format(text, "%4" PRIu64, cell->name.size_bytes);
    for (int a = 0; a < AXIS_COUNT; a++) {
        char word[AXIS_WORD_BYTES];
        axis_format(&axes[a], (uint32_t)cell_name_value(cell->name, (enum axis_id)a), word);
        if (layout->with_axis[a])
            text_append_format(text, " %*s", (int)axis_columns(&axes[a]) - 1, word);
    }
    for (int side = (int)layout->first_time; side < RUN_COUNT; side++)
        append_time(text, cell->median_ns[side]);
    if (isnan(cell->ratio.value))
        text_append(text, "       -");
    else
        text_append_format(text, " %+7.1f", (cell->ratio.value - 1) * 100);
    if (cell->ratio.interval.exists)
        text_append_format(text, " %+6.1f..%+-6.1f", (cell->ratio.interval.low - 1) * 100,
                           (cell->ratio.interval.high - 1) * 100);
    if (cell->verdict == VERDICT_INCONCLUSIVE)
        append_reason(text, cell);
    text_append(text, "\n");
}

static void append_verdict(struct text *text, const struct comparison *comparison, enum verdict verdict,
                           const struct compare_text_options *options)
{
    static const struct {
        const char *title;
        const char *colour;
    } looks[VERDICT_COUNT] = {
        [VERDICT_SLOWER] = {"Slower", "31"},
        [VERDICT_FASTER] = {"Faster", "32"},
        [VERDICT_INCONCLUSIVE] = {"Inconclusive", "33"},
        [VERDICT_UNCHANGED] = {"Unchanged", "0"},
    };
    size_t count = comparison->verdict_counts[verdict];
    if (count == 0 || (verdict == VERDICT_UNCHANGED && !options->all))
        return;
    if (options->colour)
        text_append_format(text, "\n\033[%sm%s\033[0m (%zu)\n", looks[verdict].colour, looks[verdict].title,
                           count);
    else
        text_append_format(text, "\n%s (%zu)\n", looks[verdict].title, count);
    const struct layout layout = layout_of(comparison);
    append_heading(text, &layout);
    size_t shown = 0;
    for (size_t i = 0; i < comparison->count && (options->all || shown < COMPARE_MAX_ROWS); i++)
        if (comparison->cells[i].verdict == verdict) {
            append_cell(text, &comparison->cells[i], &layout);
            shown++;
        }
    if (shown < count)
        text_append_format(text, "  … and %zu more (--all shows them)\n", count - shown);
}

// The sentences of the reasons that occur, each once, with how many cells have it.
static void append_reasons(struct text *text, const struct comparison *comparison)
{
    for (int reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
        size_t count = 0;
        for (size_t i = 0; i < comparison->count; i++)
            count += comparison->cells[i].verdict == VERDICT_INCONCLUSIVE &&
                     comparison->cells[i].reason == (enum compare_reason)reason;
        if (count == 0)
            continue;
        CLEANUP(text_release) struct text line = {0};
        text_append_format(&line, "%zu inconclusive: %s.", count,
                           compare_reason_sentence((enum compare_reason)reason));
        append_wrapped(text, 2, &line);
    }
}

// Where it matters: some cell that differs, or would, asks the kernel for memory.
static void append_other_load(struct text *text, const struct comparison *comparison)
{
    size_t concerned = comparison_count_kernel_bound(comparison);
    for (size_t i = 0; i < comparison->count; i++)
        concerned += comparison->cells[i].reason == REASON_UNEVEN_LOAD;
    if (concerned == 0 || !comparison_is_unevenly_loaded(comparison))
        return;
    CLEANUP(text_release) struct text line = {0};
    text_append_format(&line, "Others kept %.1f CPUs busy during A and %.1f during B.",
                       comparison->other_cpus[RUN_A], comparison->other_cpus[RUN_B]);
    append_wrapped(text, 2, &line);
}

static void append_kernel_bound(struct text *text, const struct comparison *comparison)
{
    size_t count = comparison_count_kernel_bound(comparison);
    if (count == 0)
        return;
    CLEANUP(text_release) struct text line = {0};
    text_append_format(
        &line,
        "%zu of the slower and faster ask%s the kernel for memory while timed (page faults, brk, mmap). "
        "Its cost changes by some percent from run to run, and no anchor covers it: compare --live measures "
        "A and B side by side.",
        count, count == 1 ? "s" : "");
    append_wrapped(text, 2, &line);
}

static void append_end(struct text *text, const struct comparison *comparison)
{
    static const char not_comparable[] =
        "NOT COMPARABLE: different machines or builds. --force compares them anyway.";
    enum compare_outcome outcome = comparison_outcome(comparison);
    if (outcome == COMPARE_NOT_COMPARABLE) {
        text_append_format(text, "%s\n", not_comparable);
        return;
    }
    const size_t *counts = comparison->verdict_counts;
    text_append_format(text, "\n%zu cell%s: %zu slower, %zu faster, %zu unchanged, %zu inconclusive.\n",
                       comparison->count, comparison->count == 1 ? "" : "s", counts[VERDICT_SLOWER],
                       counts[VERDICT_FASTER], counts[VERDICT_UNCHANGED], counts[VERDICT_INCONCLUSIVE]);
    append_reasons(text, comparison);
    append_other_load(text, comparison);
    append_kernel_bound(text, comparison);
    text_append(text, outcome == COMPARE_REGRESSION ? "REGRESSION"
                      : outcome == COMPARE_NO_REGRESSION
                          ? "NO REGRESSION"
                          : "INCONCLUSIVE: no regression was found, but none can be excluded");
    text_append(text, comparison->forced ? " (forced)\n" : "\n");
}

void compare_text_append(struct text *text, const struct comparison *comparison,
                         const struct dataset runs[RUN_COUNT], const struct compare_text_options *options)
{
    append_runs(text, comparison, runs);
    append_machine(text, comparison);
    if (comparison->comparable || comparison->forced) {
        append_rule(text, comparison);
        if (!comparison->live)
            append_controls(text, comparison);
        append_disturbances(text, comparison);
        static const enum verdict order[] = {VERDICT_SLOWER, VERDICT_FASTER, VERDICT_INCONCLUSIVE,
                                             VERDICT_UNCHANGED};
        for (size_t i = 0; i < COUNT_OF(order); i++)
            append_verdict(text, comparison, order[i], options);
        compare_memory_text_append(text, comparison, options->all);
        compare_tails_text_append(text, comparison, options->all);
    }
    append_end(text, comparison);
}
