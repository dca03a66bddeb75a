// Every pair of contestants is compared at every place. The smallest median alone would not do: on a machine
// whose speed changes, what ran next to each other is to be compared, and that may say otherwise.
#include "analysis/private.h"

#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"

void contest_release(struct contest *contest)
{
    free(contest->held);
    free(contest->known);
    free(contest->leads);
    free(contest->margins);
    *contest = (struct contest){0};
}

// What is being compared, by contestant and place.
struct field {
    const struct view *view;
    const struct contestants *of;
    const struct analysis_cell **cells; // with times; NULL: none
    bool *beaten;                       // by a verdict
    bool *slower;                       // by the measured ratio
    bool *decided;                      // by place
};

static void release_field(struct field *field)
{
    free(field->cells);
    free(field->beaten);
    free(field->slower);
    free(field->decided);
}

static void fill_cells(struct field *field)
{
    const struct analysis *analysis = field->view->analysis;
    const struct analysis_platform *range = &analysis->platforms[field->view->platform];
    size_t places = grid_places(&field->view->grid);
    for (size_t i = range->first_cell; i < range->cell_end; i++) {
        const struct analysis_cell *cell = &analysis->cells[i];
        for (size_t c = 0; c < field->of->count && analysis_cell_has_times(cell); c++)
            if (field->of->allocators[c] == cell->allocator)
                field->cells[c * places + grid_place(&field->view->grid, cell->pattern,
                                                     cell->data->name.size_bytes)] = cell;
    }
}

// The verdict of the analysis on the two, where they are a cell and its baseline; RATIO_VERDICT_COUNT where
// not. Ratios are in the order of the cells.
static enum ratio_verdict known_verdict(const struct analysis *analysis, const struct analysis_ratio *like)
{
    const struct analysis_platform *range = &analysis->platforms[like->cell->platform];
    size_t low = range->first_ratio, high = range->ratio_end;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct analysis_ratio *ratio = &analysis->ratios[middle];
        if (ratio->cell == like->cell && ratio->metric == like->metric)
            return ratio->baseline == like->baseline ? ratio->verdict : RATIO_VERDICT_COUNT;
        if (ratio->cell < like->cell || (ratio->cell == like->cell && ratio->metric < like->metric))
            low = middle + 1;
        else
            high = middle;
    }
    return RATIO_VERDICT_COUNT;
}

static enum ratio_verdict opposite_of(enum ratio_verdict verdict)
{
    return verdict == RATIO_FASTER ? RATIO_SLOWER : verdict == RATIO_SLOWER ? RATIO_FASTER : verdict;
}

static enum ratio_verdict judge(const struct analysis *analysis, const struct analysis_ratio *ratio)
{
    const struct analysis_ratio turned = {
        .cell = ratio->baseline, .baseline = ratio->cell, .metric = ratio->metric};
    enum ratio_verdict verdict = known_verdict(analysis, ratio);
    if (verdict == RATIO_VERDICT_COUNT)
        verdict = opposite_of(known_verdict(analysis, &turned));
    if (verdict != RATIO_VERDICT_COUNT)
        return verdict;
    return ratio_verdict_of(&ratio->ratio,
                            analysis->platforms[ratio->cell->platform].thresholds[ratio->metric]);
}

static void take_margin(double *margin, double ratio)
{
    if (isnan(*margin) || ratio < *margin)
        *margin = ratio;
}

// How often pairs at one place had which result.
struct pair_counts {
    size_t all, alike, told;
};

static enum status compare_pair(const struct field *field, size_t one, size_t other, struct contest *contest,
                                struct pair_counts *counts, struct error *error)
{
    struct analysis_ratio ratio = {
        .cell = field->cells[one], .baseline = field->cells[other], .metric = field->of->metric};
    enum status status = ratios_estimate(&ratio, error);
    if (status != STATUS_OK)
        return status;
    enum ratio_verdict verdict = judge(field->view->analysis, &ratio),
                       measured = measured_verdict(ratio.ratio.value);
    bool told = verdict == RATIO_FASTER || verdict == RATIO_SLOWER;
    if (told)
        field->beaten[verdict == RATIO_FASTER ? other : one] = true;
    if (measured != RATIO_NO_PRACTICAL_DIFFERENCE)
        field->slower[measured == RATIO_FASTER ? other : one] = true;
    counts->all++;
    counts->alike += verdict == RATIO_NO_PRACTICAL_DIFFERENCE;
    counts->told += told;
    contest->replicated = contest->replicated || ratio.ratio.interval.exists;
    take_margin(&contest->margins[one], ratio.ratio.value);
    take_margin(&contest->margins[other], 1 / ratio.ratio.value);
    return STATUS_OK;
}

static enum status compare_place(const struct field *field, size_t place, struct contest *contest,
                                 struct error *error)
{
    struct pair_counts counts = {0};
    size_t end = field->of->count * contest->places;
    enum status status = STATUS_OK;
    for (size_t one = place; one < end; one += contest->places)
        for (size_t other = one + contest->places; other < end && status == STATUS_OK;
             other += contest->places)
            if (field->cells[one] && field->cells[other])
                status = compare_pair(field, one, other, contest, &counts, error);
    contest->held[place] = counts.all > 0;
    contest->held_count += counts.all > 0;
    field->decided[place] = counts.told > 0 || (counts.all > 0 && counts.alike == counts.all);
    contest->decided_count += field->decided[place];
    return status;
}

// Where each is slower than another one, which pairs of loud processes can say, nobody leads: that is not
// known, too.
static void settle(const struct field *field, struct contest *contest)
{
    contest->measured = contest->decided_count * 2 < contest->held_count;
    const bool *told = contest->measured ? contest->held : field->decided;
    const bool *behind = contest->measured ? field->slower : field->beaten;
    for (size_t p = 0; p < contest->places; p++) {
        for (size_t c = 0; c < field->of->count; c++) {
            size_t i = c * contest->places + p;
            contest->leads[i] = told[p] && field->cells[i] && !behind[i];
            contest->known[p] = contest->known[p] || contest->leads[i];
        }
        contest->known_count += contest->known[p];
    }
}

enum status contest_hold(const struct view *view, const struct contestants *of, struct contest *ret_contest,
                         struct error *error)
{
    size_t places = grid_places(&view->grid), all = of->count * places;
    CLEANUP(contest_release)
    struct contest contest = {.places = places,
                              .held = calloc(places + 1, sizeof(bool)),
                              .known = calloc(places + 1, sizeof(bool)),
                              .leads = calloc(all + 1, sizeof(bool)),
                              .margins = calloc(all + 1, sizeof(double))};
    CLEANUP(release_field)
    struct field field = {.view = view,
                          .of = of,
                          .cells = calloc(all + 1, sizeof(*field.cells)),
                          .beaten = calloc(all + 1, sizeof(bool)),
                          .slower = calloc(all + 1, sizeof(bool)),
                          .decided = calloc(places + 1, sizeof(bool))};
    if (!contest.held || !contest.known || !contest.leads || !contest.margins || !field.cells ||
        !field.beaten || !field.slower || !field.decided)
        return error_set_no_memory(error);
    fill_cells(&field);
    for (size_t i = 0; i < all; i++)
        contest.margins[i] = NAN;
    enum status status = STATUS_OK;
    for (size_t p = 0; p < places && status == STATUS_OK; p++)
        status = compare_place(&field, p, &contest, error);
    if (status != STATUS_OK)
        return status;
    settle(&field, &contest);
    *ret_contest = contest;
    contest = (struct contest){0};
    return STATUS_OK;
}

// ---- leaders ----

size_t contest_count(const struct contest *contest, size_t contestant, const bool *taken)
{
    size_t count = 0;
    for (size_t p = 0; p < contest->places; p++)
        count += contest->leads[contestant * contest->places + p] && !(taken && taken[p]);
    return count;
}

static double sum_of_leads(const struct contest *contest, size_t contestant)
{
    double sum = 0;
    for (size_t i = contestant * contest->places; i < (contestant + 1) * contest->places; i++)
        if (contest->leads[i])
            sum += log(contest->margins[i]);
    return sum;
}

size_t contest_leader(const struct contest *contest, const struct contestants *of, const bool *taken)
{
    size_t leader = SIZE_MAX, most = 0;
    for (size_t c = 0; c < of->count; c++) {
        size_t count = contest_count(contest, c, taken);
        bool farther = count == most && count > 0 && sum_of_leads(contest, c) > sum_of_leads(contest, leader);
        if (count <= most && !farther)
            continue;
        leader = c;
        most = count;
    }
    return leader;
}
