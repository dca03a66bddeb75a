// Beside neighbours on every CPU there is no quiet moment to wait for: what is decided there rests on pairs
// and on the run's own control. One run tells all of it, judged as `analyze` judges any. box_plain runs in it
// as one more allocator: in every second cell it is slowed down by a factor of 2, in the others it is
// identical code that has no part in the threshold, other than the twins. For the rest, a run without
// neighbours says what is true.
#include <math.h>

#include "analysis/analysis.h"
#include "base/cleanup.h"
#include "patterns/patterns.h"
#include "selftest/private.h"

static const double clear_ratio = 1.5;

void selftest_loud_request(const struct plan_request *asked, struct plan_request *ret_request)
{
    *ret_request = *asked;
    axis_values_add(&ret_request->axes[AXIS_strategy], STRATEGY_box);
    axis_values_add(&ret_request->axes[AXIS_strategy], STRATEGY_box_twin);
    axis_values_add(&ret_request->axes[AXIS_strategy], STRATEGY_box_plain);
}

bool selftest_loud_plants(enum pattern_id pattern, uint32_t size_bytes)
{
    return ((uint32_t)pattern + (uint32_t)size_index(size_bytes)) % 2 == 1;
}

void selftest_loud_plant(struct plan *plan, uint32_t batches)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct planned_process *process = &plan->processes[i];
        const struct cell *cell = &process->cell;
        if (cell->strategy == STRATEGY_box_plain && selftest_loud_plants(cell->pattern, cell->size_bytes))
            process->variant.extra_batches = batches;
    }
}

// ---- verdicts against the truth ----

static void add_to(struct selftest_share *share, bool counts)
{
    share->count += counts;
    share->of++;
}

static bool is_copy(const struct dataset_cell *cell)
{
    return label_parse(cell->name.allocator).strategy == &strategies[STRATEGY_box_plain];
}

static const struct analysis_ratio *find_ratio(const struct analysis *analysis, struct cell_name name)
{
    for (size_t i = 0; i < analysis->ratio_count; i++)
        if (analysis->ratios[i].metric == METRIC_TOTAL &&
            cell_name_order(analysis->ratios[i].cell->data->name, name) == 0)
            return &analysis->ratios[i];
    return NULL;
}

// A cell without a ratio is decided in neither direction.
static void judge_direction(const struct analysis_ratio *ratio, enum ratio_verdict right,
                            struct selftest_share *ret_right, struct selftest_share *ret_wrong)
{
    enum ratio_verdict wrong = right == RATIO_FASTER ? RATIO_SLOWER : RATIO_FASTER;
    add_to(ret_right, ratio && ratio->verdict == right);
    add_to(ret_wrong, ratio && ratio->verdict == wrong);
}

// Only what the run without neighbours decides itself is taken for true. Nothing is said of cells that the
// loud run left out.
static void judge_allocators(const struct analysis *quiet, const struct analysis *loud,
                             struct selftest_loud *ret_loud)
{
    for (size_t i = 0; i < quiet->ratio_count; i++) {
        const struct analysis_ratio *truth = &quiet->ratios[i];
        bool faster = truth->verdict == RATIO_FASTER && truth->ratio.value >= clear_ratio;
        bool slower = truth->verdict == RATIO_SLOWER && truth->ratio.value <= 1 / clear_ratio;
        const struct cell_name name = truth->cell->data->name;
        if (truth->metric != METRIC_TOTAL || (!faster && !slower) ||
            !dataset_find(loud->platforms[0].dataset, name))
            continue;
        judge_direction(find_ratio(loud, name), faster ? RATIO_FASTER : RATIO_SLOWER, &ret_loud->decided,
                        &ret_loud->wrong);
    }
}

static bool judge_copies(const struct analysis *loud, struct selftest_loud *ret_loud)
{
    CLEANUP(selftest_values_release) struct selftest_values factors = {0};
    for (size_t i = 0; i < loud->cell_count; i++) {
        const struct dataset_cell *cell = loud->cells[i].data;
        const struct pattern *pattern = pattern_find(cell->name.pattern);
        if (!is_copy(cell) || !pattern)
            continue;
        const struct analysis_ratio *ratio = find_ratio(loud, cell->name);
        bool planted =
            selftest_loud_plants((enum pattern_id)(pattern - patterns), (uint32_t)cell->name.size_bytes);
        if (planted)
            judge_direction(ratio, RATIO_SLOWER, &ret_loud->found, &ret_loud->wrong);
        else if (ratio)
            add_to(&ret_loud->copies, ratio->verdict == RATIO_FASTER || ratio->verdict == RATIO_SLOWER);
        if (planted && ratio)
            selftest_values_add(&factors, 1 / ratio->ratio.value);
    }
    ret_loud->recovered = selftest_values_quantile(&factors, 0.5);
    return !factors.failed;
}

static void count_disturbed(const struct dataset *loud, struct selftest_share *disturbed)
{
    for (size_t i = 0; i < loud->count; i++) {
        disturbed->count += loud->cells[i].disturbed_trials;
        disturbed->of += loud->cells[i].trials;
    }
}

static void finish(struct selftest_loud *loud)
{
    struct selftest_share *const shares[] = {&loud->disturbed, &loud->copies, &loud->twins,
                                             &loud->decided,   &loud->found,  &loud->wrong};
    for (size_t i = 0; i < COUNT_OF(shares); i++)
        selftest_share_finish(shares[i]);
}

enum status selftest_judge_loud(struct dataset *quiet, struct dataset *loud, struct selftest_loud *ret_loud,
                                struct error *error)
{
    CLEANUP(analysis_release) struct analysis truth = {0}, analysis = {0};
    struct selftest_loud judged = *ret_loud;
    struct analysis_options options;
    analysis_options_init(&options);
    enum status status = analysis_of_dataset(quiet, options.practical_threshold, &truth, error);
    if (status == STATUS_OK)
        status = analysis_of_dataset(loud, options.practical_threshold, &analysis, error);
    if (status != STATUS_OK)
        return status;
    const struct analysis_platform *platform = &analysis.platforms[0];
    const struct null_control *control = &platform->null_controls[METRIC_TOTAL];
    count_disturbed(platform->dataset, &judged.disturbed);
    judged.threshold = platform->thresholds[METRIC_TOTAL];
    judged.twins = (struct selftest_share){.count = control->differing, .of = control->cells};
    judge_allocators(&truth, &analysis, &judged);
    bool complete = judge_copies(&analysis, &judged);
    finish(&judged);
    if (!complete)
        return error_set_no_memory(error);
    *ret_loud = judged;
    return STATUS_OK;
}
