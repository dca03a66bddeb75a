#include "analysis/private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/printable.h"

// A fact that may have spoiled the measurement. The sentence is `before`, the fact's value, `after`.
struct fact_warning {
    const char *key;
    enum { WHEN_PRESENT, WHEN_EQUAL, WHEN_DIFFERENT } when;
    const char *word; // for the last two; a fact that is absent warns of nothing
    const char *before;
    const char *after;
};

static const struct fact_warning fact_warnings[] = {
    {"run.quick", WHEN_EQUAL, "true", "A quick run: few trials, wide intervals.", NULL},
    {"plan.touch", WHEN_DIFFERENT, "word", "Objects were touched otherwise than by default (touch ",
     "): the times are not comparable with those of other touches."},
    {"build.sanitizers", WHEN_PRESENT, NULL, "Built with sanitizers (",
     "): the times say nothing about a normal build."},
    {"build.optimised", WHEN_EQUAL, "no",
     "Built without optimisation: the times say nothing about a normal build.", NULL},
    {"process.translated", WHEN_PRESENT, NULL, "Ran by binary translation (", ")."},
    {"environment.LD_PRELOAD", WHEN_PRESENT, NULL, "LD_PRELOAD was set to ", ": perhaps another malloc ran."},
    {"environment.GLIBC_TUNABLES", WHEN_PRESENT, NULL, "GLIBC_TUNABLES was set to ", "."},
    {"machine.hypervisor", WHEN_PRESENT, NULL, "A virtual machine (",
     "): its neighbours on the same host may have disturbed it."},
    {"cpu.governor", WHEN_DIFFERENT, "performance", "The CPU's frequency was up to the governor ",
     ", not fixed by performance."},
    {"machine.power", WHEN_EQUAL, "battery", "Ran on battery.", NULL},
    {"cgroup.cpu_quota_cpus", WHEN_PRESENT, NULL, "The control group was limited to ",
     " CPUs' worth of time."},
    {"topology.smt", WHEN_EQUAL, "on",
     "Simultaneous multithreading was on: the core's other thread may have disturbed it.", NULL},
};

static bool applies(const struct fact_warning *warning, const char *value)
{
    switch (warning->when) {
    case WHEN_PRESENT:
        return true;
    case WHEN_EQUAL:
        return strcmp(value, warning->word) == 0;
    case WHEN_DIFFERENT:
        return strcmp(value, warning->word) != 0;
    }
    return false;
}

static enum status warn_of_origin(struct analysis_platform *platform, struct error *error)
{
    if (analysis_platform_is_own(platform))
        return STATUS_OK;
    return string_list_add(&platform->warnings,
                           "Measured by another program: its method may differ, and its file does not "
                           "describe the machine.",
                           error);
}

static enum status warn_of_facts(struct analysis_platform *platform, struct error *error)
{
    for (size_t i = 0; i < COUNT_OF(fact_warnings); i++) {
        const struct fact_warning *warning = &fact_warnings[i];
        const char *value = facts_get(&platform->dataset->facts, warning->key);
        if (!value || !applies(warning, value))
            continue;
        CLEANUP(text_release) struct text sentence = {0};
        text_append(&sentence, warning->before);
        if (warning->after) {
            text_append_printable(&sentence, value, "");
            text_append(&sentence, warning->after);
        }
        enum status status = text_check(&sentence, error);
        if (status == STATUS_OK)
            status = string_list_add(&platform->warnings, text_string(&sentence), error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

// What the cells of a platform have in common.
struct platform_cells {
    size_t count, failed;
    size_t with_processes;
    size_t min_processes;
    uint64_t trials, disturbed_trials;
};

static struct platform_cells count_cells(const struct analysis *analysis, size_t platform)
{
    struct platform_cells counts = {.min_processes = SIZE_MAX};
    const struct analysis_platform *range = &analysis->platforms[platform];
    for (size_t i = range->first_cell; i < range->cell_end; i++) {
        const struct dataset_cell *cell = analysis->cells[i].data;
        counts.count++;
        counts.failed += cell->trials == 0;
        counts.trials += cell->trials;
        counts.disturbed_trials += cell->disturbed_trials;
        if (cell->process_count == 0)
            continue;
        counts.with_processes++;
        if (cell->process_count < counts.min_processes)
            counts.min_processes = cell->process_count;
    }
    return counts;
}

// Which numbers a disturbance spoils, and which not.
static void append_disturbance(const struct platform_cells *counts, struct text *lines)
{
    if (counts->disturbed_trials * 2 <= counts->trials)
        return;
    text_append_format(
        lines,
        "%.0f %% of the trials were disturbed by other work on the machine: times are upper bounds. "
        "Ratios compare processes that ran next to each other, and remain valid.\n",
        100.0 * (double)counts->disturbed_trials / (double)counts->trials);
}

static void append_cell_warnings(const struct platform_cells *counts, struct text *lines)
{
    size_t needed = statistics_median_interval_needs(0.95);
    if (counts->count == counts->failed)
        text_append(lines, "Every cell failed.\n");
    else if (counts->with_processes == 0)
        text_append(
            lines, "There is no details file: the processes are unknown, so no median has an interval and no "
                   "difference can be told from noise.\n");
    else if (counts->min_processes < needed)
        text_append_format(
            lines,
            "Only %zu process%s per cell: an interval of the median takes %zu, so no difference can be "
            "told from noise.\n",
            counts->min_processes, counts->min_processes == 1 ? "" : "es", needed);
    append_disturbance(counts, lines);
}

// Rows that were left out, and a file that somebody gave another platform's name.
static void append_file_warnings(const struct dataset *dataset, struct text *lines)
{
    if (dataset->left_out_rows > 0)
        text_append_format(
            lines,
            "%llu row%s left out: no trial takes such a time. Perhaps the machine slept, or its clock was "
            "set.\n",
            (unsigned long long)dataset->left_out_rows, dataset->left_out_rows == 1 ? " was" : "s were");
    if (dataset->other_platform) {
        text_append_printable(lines, dataset->details_file, "");
        text_append(lines, " calls the platform ");
        text_append_printable(lines, dataset->other_platform, "");
        text_append(lines, ", ");
        text_append_printable(lines, dataset->benchmark_file, "");
        text_append(lines, " calls it ");
        text_append_printable(lines, dataset->platform, "");
        text_append(lines, ". To rename both: memalloc-bench relabel.\n");
    }
}

static enum status warn_of_cells(struct analysis_platform *platform, const struct platform_cells *counts,
                                 struct error *error)
{
    CLEANUP(text_release) struct text lines = {0};
    append_cell_warnings(counts, &lines);
    append_file_warnings(platform->dataset, &lines);
    enum status status = text_check(&lines, error);
    if (status != STATUS_OK || lines.length == 0)
        return status;
    lines.bytes[lines.length - 1] = '\0'; // the last newline separates nothing
    return string_list_split(&platform->warnings, text_string(&lines), '\n', error);
}

static void append_missing_control(const struct null_control *control, struct text *sentence)
{
    if (control->measured == 0)
        text_append(sentence, "There is no null control: box_twin was not measured beside box, so nothing "
                              "says how far the same code differs from itself here.");
    else
        text_append_format(sentence,
                           "There is no null control: it takes %d processes, and box and box_twin have %zu.",
                           NULL_CELL_MIN_PROCESSES, control->max_processes);
}

// The noise of the measurement comes first: it limits all other numbers.
static enum status warn_of_control(struct analysis_platform *platform, const struct platform_cells *counts,
                                   struct error *error)
{
    const struct null_control *control = &platform->null_controls[METRIC_TOTAL];
    CLEANUP(text_release) struct text sentence = {0};
    if (counts->with_processes > 0 && control->cells == 0)
        append_missing_control(control, &sentence);
    else if (control->cells > 0 && platform->practical_threshold == control->threshold)
        text_append_format(
            &sentence,
            "The same code, measured twice in this run, differs by up to %.1f %%: smaller differences do not "
            "count.",
            control->threshold * 100);
    enum status status = text_check(&sentence, error);
    if (status == STATUS_OK && sentence.length > 0)
        status = string_list_add(&platform->warnings, text_string(&sentence), error);
    return status;
}

// Cells of more threads than the worker had CPUs: their threads wait for each other.
static enum status warn_of_threads(struct analysis_platform *platform, struct error *error)
{
    const char *cpus = facts_get(&platform->dataset->facts, "worker.cpus");
    const unsigned long available = cpus ? strtoul(cpus, NULL, 10) : 0;
    uint64_t threads = 0;
    for (size_t i = 0; i < platform->dataset->count; i++) {
        const uint64_t of_cell = cell_name_value(platform->dataset->cells[i].name, AXIS_threads);
        threads = of_cell > threads ? of_cell : threads;
    }
    if (available == 0 || threads <= available)
        return STATUS_OK;
    CLEANUP(text_release) struct text sentence = {0};
    text_append_format(&sentence,
                       "Oversubscribed: up to %" PRIu64
                       " threads shared %lu CPU%s, so that they waited for each "
                       "other where there were more threads than CPUs.",
                       threads, available, available == 1 ? "" : "s");
    enum status status = text_check(&sentence, error);
    return status == STATUS_OK ? string_list_add(&platform->warnings, text_string(&sentence), error) : status;
}

enum status warnings_derive(struct analysis *analysis, struct error *error)
{
    for (size_t p = 0; p < analysis->platform_count; p++) {
        const struct platform_cells counts = count_cells(analysis, p);
        enum status status = warn_of_control(&analysis->platforms[p], &counts, error);
        if (status == STATUS_OK)
            status = warn_of_cells(&analysis->platforms[p], &counts, error);
        if (status == STATUS_OK)
            status = warn_of_origin(&analysis->platforms[p], error);
        if (status == STATUS_OK)
            status = warn_of_facts(&analysis->platforms[p], error);
        if (status == STATUS_OK)
            status = warn_of_threads(&analysis->platforms[p], error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}
