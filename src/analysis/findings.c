#include "analysis/findings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/traversals.h"
#include "analysis/winners.h"
#include "base/cleanup.h"

enum { MOST_CELLS_NAMED = 3 };

// The ratios of one allocator on one platform, in one metric.
struct ratio_group {
    const char *allocator, *baseline;
    size_t count;
    size_t verdicts[RATIO_VERDICT_COUNT];
    double geometric_mean;
    const struct analysis_ratio *smallest, *largest;
    bool judged; // at least one of them has an interval
};

static struct ratio_group summarise_ratios(const struct analysis *analysis, size_t platform, size_t allocator,
                                           enum metric metric)
{
    struct ratio_group group = {.allocator = analysis->allocators[allocator]};
    double sum_of_logs = 0;
    const struct analysis_platform *range = &analysis->platforms[platform];
    for (size_t i = range->first_ratio; i < range->ratio_end; i++) {
        const struct analysis_ratio *ratio = &analysis->ratios[i];
        if (ratio->metric != metric || ratio->cell->allocator != allocator)
            continue;
        group.count++;
        group.baseline = analysis->allocators[ratio->baseline->allocator];
        group.verdicts[ratio->verdict]++;
        group.judged = group.judged || ratio->ratio.interval.exists;
        sum_of_logs += log(ratio->ratio.value);
        if (!group.smallest || ratio->ratio.value < group.smallest->ratio.value)
            group.smallest = ratio;
        if (!group.largest || ratio->ratio.value > group.largest->ratio.value)
            group.largest = ratio;
    }
    group.geometric_mean = group.count ? exp(sum_of_logs / (double)group.count) : NAN;
    return group;
}

// A ratio with three significant digits: 0.912, 2.31, 12.3, 123.
static void append_times(struct text *text, double ratio)
{
    int decimals = ratio < 0.9995 ? 3 : ratio < 9.995 ? 2 : ratio < 99.95 ? 1 : 0;
    text_append_format(text, "%.*f", decimals, ratio);
}

// "lifo 64": pattern and size, as the charts label a cell.
static void append_place(struct text *text, const struct analysis_cell *cell)
{
    text_append_format(text, "%s %llu", patterns[cell->pattern].name, (unsigned long long)cell->size_bytes);
}

// "2.31 times as fast in the geometric mean (0.953 in lifo 4096, 6.80 in lifo 64)"
static void append_range(struct text *text, const struct ratio_group *group)
{
    append_times(text, group->geometric_mean);
    text_append(text, " times as fast in the geometric mean (");
    append_times(text, group->smallest->ratio.value);
    text_append(text, " in ");
    append_place(text, group->smallest->cell);
    text_append(text, ", ");
    append_times(text, group->largest->ratio.value);
    text_append(text, " in ");
    append_place(text, group->largest->cell);
    text_append(text, ")");
}

// "slab_warm against box, not replicated: measured 2.31 times as fast …"
static void append_measured(struct text *text, const struct ratio_group *group)
{
    text_append_format(text, "%s against %s, ", group->allocator, group->baseline);
    if (!group->judged)
        text_append(text, "not replicated");
    else
        text_append_format(text, "undecided in %s%zu cell%s", group->count > 1 ? "all " : "", group->count,
                           group->count == 1 ? "" : "s");
    text_append(text, ": measured ");
    append_range(text, group);
    text_append(text, ".");
}

// "slab_warm beats box in 74 of 76 cells, loses in 1, no practical difference in 1: 2.31 times as fast …"
static void append_comparison(struct text *text, const struct ratio_group *group)
{
    if (group->verdicts[RATIO_INCONCLUSIVE] == group->count) {
        append_measured(text, group);
        return;
    }
    text_append_format(text, "%s beats %s in %zu of %zu cell%s", group->allocator, group->baseline,
                       group->verdicts[RATIO_FASTER], group->count, group->count == 1 ? "" : "s");
    if (group->verdicts[RATIO_SLOWER])
        text_append_format(text, ", loses in %zu", group->verdicts[RATIO_SLOWER]);
    if (group->verdicts[RATIO_NO_PRACTICAL_DIFFERENCE])
        text_append_format(text, ", no practical difference in %zu",
                           group->verdicts[RATIO_NO_PRACTICAL_DIFFERENCE]);
    if (group->verdicts[RATIO_INCONCLUSIVE])
        text_append_format(text, ", undecided in %zu", group->verdicts[RATIO_INCONCLUSIVE]);
    text_append(text, ": ");
    append_range(text, group);
    text_append(text, ".");
}

// Takes the sentence over; an empty one is no finding.
static enum status add_finding(struct analysis *analysis, const char *platform, struct text *sentence,
                               struct error *error)
{
    enum status status = text_check(sentence, error);
    if (status != STATUS_OK || sentence->length == 0)
        return status;
    struct finding *findings = realloc(analysis->findings, (analysis->finding_count + 1) * sizeof *findings);
    if (!findings)
        return error_set_no_memory(error);
    analysis->findings = findings;
    findings[analysis->finding_count++] = (struct finding){platform, text_take(sentence)};
    return STATUS_OK;
}

// Whose malloc, then what else on the system's, and last, after all other findings, what else on other heaps:
// a sentence for each allocator there, which can be dozens.
enum subject { SUBJECT_HEAPS, SUBJECT_SYSTEM, SUBJECT_ON_OTHER_HEAPS };

static enum subject subject_of(const char *allocator)
{
    if (!strchr(allocator, '@'))
        return SUBJECT_SYSTEM;
    return strncmp(allocator, "box@", 4) == 0 ? SUBJECT_HEAPS : SUBJECT_ON_OTHER_HEAPS;
}

static enum status find_comparisons(struct analysis *analysis, size_t platform, enum subject subject,
                                    struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t a = 0; a < analysis->allocator_count && status == STATUS_OK; a++) {
        if (subject_of(analysis->allocators[a]) != subject)
            continue;
        const struct ratio_group group = summarise_ratios(analysis, platform, a, METRIC_TOTAL);
        CLEANUP(text_release) struct text sentence = {0};
        if (group.count)
            append_comparison(&sentence, &group);
        status = add_finding(analysis, analysis->platforms[platform].label, &sentence, error);
    }
    return status;
}

// "First batch of a trial (latency), times as fast in the geometric mean: slab_cold 0.812, slab_warm 1.43."
// Where the null control differs no verdict stands behind it, and the sentence says so.
static enum status find_latencies(struct analysis *analysis, size_t platform, struct error *error)
{
    CLEANUP(text_release) struct text sentence = {0};
    size_t groups = 0;
    bool doubtful = analysis->platforms[platform].null_control.differing > 0;
    for (size_t a = 0; a < analysis->allocator_count; a++) {
        const struct ratio_group group = summarise_ratios(analysis, platform, a, METRIC_LATENCY);
        if (!group.count)
            continue;
        if (groups == 0)
            text_append_format(&sentence,
                               "First batch of a trial (latency), %stimes as fast in the geometric mean:",
                               doubtful ? "undecided, measured " : "");
        text_append_format(&sentence, "%s %s ", groups++ ? "," : "", group.allocator);
        append_times(&sentence, group.geometric_mean);
    }
    if (sentence.length)
        text_append(&sentence, ".");
    return add_finding(analysis, analysis->platforms[platform].label, &sentence, error);
}

static enum status find_equals(struct analysis *analysis, size_t platform, double practical_threshold,
                               struct error *error)
{
    CLEANUP(text_release) struct text sentence = {0};
    size_t count = 0;
    const struct analysis_platform *range = &analysis->platforms[platform];
    for (size_t i = range->first_ratio; i < range->ratio_end; i++) {
        const struct analysis_ratio *ratio = &analysis->ratios[i];
        if (ratio->metric != METRIC_TOTAL || ratio->verdict != RATIO_NO_PRACTICAL_DIFFERENCE ||
            count++ >= MOST_CELLS_NAMED)
            continue;
        text_append(&sentence, count == 1 ? "" : "; ");
        text_append_format(&sentence, "%s and %s (", analysis->allocators[ratio->cell->allocator],
                           analysis->allocators[ratio->baseline->allocator]);
        append_place(&sentence, ratio->cell);
        text_append(&sentence, ")");
    }
    CLEANUP(text_release) struct text whole = {0};
    if (count)
        text_append_format(&whole, "No practical difference (all of the interval within %g %%): %s",
                           practical_threshold * 100, text_string(&sentence));
    if (count > MOST_CELLS_NAMED)
        text_append_format(&whole, " and %zu more", count - MOST_CELLS_NAMED);
    if (count)
        text_append(&whole, ".");
    return add_finding(analysis, analysis->platforms[platform].label, &whole, error);
}

static enum status find_failures(struct analysis *analysis, size_t platform, struct error *error)
{
    CLEANUP(text_release) struct text names = {0}, sentence = {0};
    size_t count = 0;
    const struct analysis_platform *range = &analysis->platforms[platform];
    for (size_t i = range->first_cell; i < range->cell_end; i++) {
        const struct analysis_cell *cell = &analysis->cells[i];
        if (cell->trials > 0 || count++ >= MOST_CELLS_NAMED)
            continue;
        text_append_format(&names, "%s%s, ", count == 1 ? "" : "; ", analysis->allocators[cell->allocator]);
        append_place(&names, cell);
        text_append_format(&names, " (%s%s%s)", cell->outcome, cell->reason ? ": " : "",
                           cell->reason ? cell->reason : "");
    }
    if (count)
        text_append_format(&sentence, "%zu cell%s failed: %s", count, count == 1 ? "" : "s",
                           text_string(&names));
    if (count > MOST_CELLS_NAMED)
        text_append_format(&sentence, " and %zu more", count - MOST_CELLS_NAMED);
    if (count)
        text_append(&sentence, ".");
    return add_finding(analysis, analysis->platforms[platform].label, &sentence, error);
}

static enum status find_winners(struct analysis *analysis, size_t platform, double practical_threshold,
                                struct error *error)
{
    CLEANUP(text_release) struct text sentence = {0};
    enum status status = winners_append(analysis, platform, practical_threshold, &sentence, error);
    return status == STATUS_OK ? add_finding(analysis, analysis->platforms[platform].label, &sentence, error)
                               : status;
}

// "Gaps of more than twice, page faults and trim (12 cells, such as box in lifo 4096): the heap gives …. To
// see it go: …"
static enum status find_cause(struct analysis *analysis, size_t platform, enum cause cause,
                              struct error *error)
{
    const struct analysis_platform *range = &analysis->platforms[platform];
    const struct analysis_ratio *largest = NULL;
    size_t count = 0;
    for (size_t i = range->first_ratio; i < range->ratio_end; i++) {
        const struct analysis_ratio *ratio = &analysis->ratios[i];
        if (ratio->cause != cause)
            continue;
        count++;
        if (!largest || fabs(log(ratio->ratio.value)) > fabs(log(largest->ratio.value)))
            largest = ratio;
    }
    CLEANUP(text_release) struct text sentence = {0};
    if (count) {
        const struct analysis_cell *slower = largest->ratio.value > 1 ? largest->baseline : largest->cell;
        text_append_format(&sentence, "Gaps of more than twice by %s (%zu cell%s, most %s in ",
                           cause_label(cause), count, count == 1 ? "" : "s",
                           analysis->allocators[slower->allocator]);
        append_place(&sentence, slower);
        text_append_format(&sentence, "): %s. What removes it: %s.", cause_text(cause), cause_toggle(cause));
    }
    return add_finding(analysis, range->label, &sentence, error);
}

static enum status find_causes(struct analysis *analysis, size_t platform, struct error *error)
{
    enum status status = STATUS_OK;
    for (int cause = CAUSE_NONE + 1; cause < CAUSE_COUNT && status == STATUS_OK; cause++)
        status = find_cause(analysis, platform, (enum cause)cause, error);
    return status;
}

static int compare_ratios(const void *left, const void *right)
{
    const struct analysis_ratio *a = left, *b = right;
    if (a->cell->allocator != b->cell->allocator)
        return a->cell->allocator < b->cell->allocator ? -1 : 1;
    if (a->cell->pattern != b->cell->pattern)
        return a->cell->pattern < b->cell->pattern ? -1 : 1;
    if (a->cell->size_bytes != b->cell->size_bytes)
        return a->cell->size_bytes < b->cell->size_bytes ? -1 : 1;
    return (a->metric > b->metric) - (a->metric < b->metric);
}

// The ratio of the same cell on another platform; NULL where that has none.
static const struct analysis_ratio *find_ratio(const struct analysis *analysis, size_t platform,
                                               const struct analysis_ratio *like)
{
    const struct analysis_platform *range = &analysis->platforms[platform];
    size_t count = range->ratio_end - range->first_ratio;
    return count ? bsearch(like, analysis->ratios + range->first_ratio, count, sizeof *like, compare_ratios)
                 : NULL;
}

// What one sentence about several platforms compares.
struct common {
    size_t *platforms;
    double *logs; // of each, the sum over the cells
    size_t count;
    size_t cells; // that all of them have
};

// Platforms that measured the allocator with this touch, and whose numbers can be relied on.
static void choose_platforms(const struct analysis *analysis, size_t allocator, const char *touch,
                             struct common *common)
{
    for (size_t p = 0; p < analysis->platform_count; p++) {
        const struct analysis_platform *platform = &analysis->platforms[p];
        const char *own = facts_get(&platform->facts, "plan.touch");
        bool same_touch = strcmp(own ? own : touches[TOUCH_word].name, touch) == 0;
        if (same_touch && platform->null_control.differing == 0 &&
            summarise_ratios(analysis, p, allocator, METRIC_TOTAL).count > 0)
            common->platforms[common->count++] = p;
    }
}

static void add_cell_of_all(const struct analysis *analysis, const struct analysis_ratio *ratio,
                            struct common *common)
{
    for (size_t i = 0; i < common->count; i++)
        if (!find_ratio(analysis, common->platforms[i], ratio))
            return;
    for (size_t i = 0; i < common->count; i++)
        common->logs[i] += log(find_ratio(analysis, common->platforms[i], ratio)->ratio.value);
    common->cells++;
}

// "Over 3 platforms slab_warm is 1.90 to 2.61 times as fast as box (geometric means of 76 common cells): …"
static void append_overall(const struct analysis *analysis, size_t allocator, const struct common *common,
                           struct text *sentence)
{
    size_t least = 0, most = 0;
    for (size_t i = 1; i < common->count; i++) {
        least = common->logs[i] < common->logs[least] ? i : least;
        most = common->logs[i] > common->logs[most] ? i : most;
    }
    const struct ratio_group group =
        summarise_ratios(analysis, common->platforms[0], allocator, METRIC_TOTAL);
    text_append_format(sentence, "Over %zu platforms %s is ", common->count, group.allocator);
    append_times(sentence, exp(common->logs[least] / (double)common->cells));
    text_append(sentence, " to ");
    append_times(sentence, exp(common->logs[most] / (double)common->cells));
    text_append_format(
        sentence, " times as fast as %s (geometric means of %zu common cell%s): least on %s, most on %s.",
        group.baseline, common->cells, common->cells == 1 ? "" : "s",
        analysis->platforms[common->platforms[least]].label,
        analysis->platforms[common->platforms[most]].label);
}

// Platforms are compared over the cells that all of them measured, with the same touch.
static enum status find_overall(struct analysis *analysis, size_t allocator, const char *touch,
                                struct error *error)
{
    CLEANUP(free_pointer) size_t *platforms = calloc(analysis->platform_count + 1, sizeof *platforms);
    CLEANUP(free_pointer) double *logs = calloc(analysis->platform_count + 1, sizeof *logs);
    if (!platforms || !logs)
        return error_set_no_memory(error);
    struct common common = {.platforms = platforms, .logs = logs};
    choose_platforms(analysis, allocator, touch, &common);
    if (common.count < 2)
        return STATUS_OK;
    const struct analysis_platform *first = &analysis->platforms[platforms[0]];
    for (size_t i = first->first_ratio; i < first->ratio_end; i++)
        if (analysis->ratios[i].metric == METRIC_TOTAL && analysis->ratios[i].cell->allocator == allocator)
            add_cell_of_all(analysis, &analysis->ratios[i], &common);
    CLEANUP(text_release) struct text sentence = {0};
    if (common.cells > 0)
        append_overall(analysis, allocator, &common, &sentence);
    return add_finding(analysis, NULL, &sentence, error);
}

static enum status find_selftest(struct analysis *analysis, size_t platform, struct error *error)
{
    CLEANUP(text_release) struct text sentence = {0};
    if (analysis->platforms[platform].selftest)
        text_append(&sentence, analysis->platforms[platform].selftest);
    return add_finding(analysis, analysis->platforms[platform].label, &sentence, error);
}

static enum status find_traversals(struct analysis *analysis, size_t platform, struct error *error)
{
    enum status status = STATUS_OK;
    for (int age = 0; age < HEAP_AGE_COUNT && status == STATUS_OK; age++) {
        CLEANUP(text_release) struct text sentence = {0};
        status = traversals_append_gaps(analysis, platform, (enum heap_age)age, &sentence, error);
        if (status == STATUS_OK)
            status = add_finding(analysis, analysis->platforms[platform].label, &sentence, error);
    }
    return status;
}

static enum status find_on_platform(struct analysis *analysis, size_t platform, double practical_threshold,
                                    struct error *error)
{
    enum status status = find_comparisons(analysis, platform, SUBJECT_HEAPS, error);
    if (status == STATUS_OK)
        status = find_comparisons(analysis, platform, SUBJECT_SYSTEM, error);
    if (status == STATUS_OK)
        status = find_winners(analysis, platform, practical_threshold, error);
    if (status == STATUS_OK)
        status = find_equals(analysis, platform, practical_threshold, error);
    if (status == STATUS_OK)
        status = find_causes(analysis, platform, error);
    if (status == STATUS_OK)
        status = find_latencies(analysis, platform, error);
    if (status == STATUS_OK)
        status = find_traversals(analysis, platform, error);
    if (status == STATUS_OK)
        status = find_selftest(analysis, platform, error);
    return status == STATUS_OK ? find_comparisons(analysis, platform, SUBJECT_ON_OTHER_HEAPS, error) : status;
}

enum status findings_derive(struct analysis *analysis, struct error *error)
{
    enum status status = STATUS_OK;
    for (int touch = 0; touch < TOUCH_COUNT; touch++)
        for (size_t a = 0; a < analysis->allocator_count && status == STATUS_OK; a++)
            status = find_overall(analysis, a, touches[touch].name, error);
    for (size_t p = 0; p < analysis->platform_count && status == STATUS_OK; p++)
        status = find_failures(analysis, p, error);
    for (size_t p = 0; p < analysis->platform_count && status == STATUS_OK; p++)
        status = find_on_platform(analysis, p, analysis->platforms[p].practical_threshold, error);
    return status;
}
