#include "program/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/compared_facts.h"
#include "private.h"

static const double confidence = 0.90;

void program_comparison_release(struct program_comparison *comparison)
{
    free(comparison->items);
    string_list_release(&comparison->differing);
    *comparison = (struct program_comparison){0};
}

// ---- the machines ----

// How this program was built has nothing to do with what it watches.
static bool counts(const char *key)
{
    return strncmp(key, "build.", strlen("build.")) != 0 || strcmp(key, "build.architecture") == 0;
}

static enum status compare_machines(const struct program_data *const runs[PROGRAM_SIDES],
                                    struct string_list *differing, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < compared_fact_count && status == STATUS_OK; i++) {
        const char *a = facts_get(&runs[0]->facts, compared_facts[i].key);
        const char *b = facts_get(&runs[1]->facts, compared_facts[i].key);
        CLEANUP(text_release) struct text line = {0};
        if (!compared_facts[i].decides || !counts(compared_facts[i].key) || !a || !b || strcmp(a, b) == 0)
            continue;
        text_append_format(&line, "%s: %s | %s", compared_facts[i].label, a, b);
        status = text_check(&line, error);
        if (status == STATUS_OK)
            status = string_list_add(differing, text_string(&line), error);
    }
    return status;
}

// ---- what is compared ----

// The processes of a subject on a heap, with the twin's where that is the system's.
struct place {
    uint32_t subject, heap;
};

static bool find_place(const struct program_data *from, const struct program_data *in, struct place place,
                       struct place *ret_place)
{
    const struct program_measured *subject = &from->subjects[place.subject];
    bool has_subject = false, has_heap = false;
    for (uint32_t i = 0; i < in->subject_count && !has_subject; i++)
        if (strcmp(in->subjects[i].command, subject->command) == 0 &&
            strcmp(in->subjects[i].parameters, subject->parameters) == 0) {
            ret_place->subject = i;
            has_subject = true;
        }
    for (uint32_t i = 0; i < in->heap_count && !has_heap; i++)
        if (strcmp(in->heaps[i].name, from->heaps[place.heap].name) == 0) {
            ret_place->heap = i;
            has_heap = true;
        }
    return has_subject && has_heap;
}

// The metric of that name; the count when there is none.
static size_t find_metric(const struct program_data *in, const char *name)
{
    size_t metric = 0;
    while (metric < in->metric_count && strcmp(in->metrics[metric].name, name) != 0)
        metric++;
    return metric;
}

// `ret_values` has room for all processes.
static size_t take_values(const struct program_data *data, struct place place, size_t metric,
                          double *ret_values)
{
    size_t count = 0;
    for (size_t i = 0; i < data->count; i++) {
        const struct program_process *process = &data->processes[i];
        if (process->planned.subject == place.subject && process->planned.heap == place.heap &&
            !process->planned.twin && process->outcome == PROGRAM_OK && process->values[metric] > 0)
            ret_values[count++] = process->values[metric];
    }
    return count;
}

// Both runs while they are compared.
struct contest {
    const struct program_data *const *runs;
    const struct program_results *results; // of each
    double threshold;
    size_t family;
    double *values[PROGRAM_SIDES], *scratch;
};

static void release_contest(struct contest *contest)
{
    free(contest->values[0]);
    free(contest->values[1]);
    free(contest->scratch);
}

static enum status compare_place(struct contest *contest, struct place place, struct place other,
                                 size_t metric, struct program_difference *difference, struct error *error)
{
    const struct program_data *const *runs = contest->runs;
    const size_t other_metric = find_metric(runs[1], runs[0]->metrics[metric].name);
    *difference = (struct program_difference){
        .subject = &runs[0]->subjects[place.subject],
        .heap = runs[0]->heaps[place.heap].name,
        .metric = metric,
        .ratio = {.value = NAN, .interval = {.low = NAN, .high = NAN}},
        .p_value = NAN,
        .threshold =
            fmax(contest->threshold, fmax(contest->results[0].items[place.subject].thresholds[metric],
                                          contest->results[1].items[other.subject].thresholds[other_metric])),
    };
    const size_t a = take_values(runs[0], place, metric, contest->values[0]);
    const size_t b = take_values(runs[1], other, other_metric, contest->values[1]);
    const struct sample samples[PROGRAM_SIDES] = {{contest->values[0], a}, {contest->values[1], b}};
    difference->processes[0] = a;
    difference->processes[1] = b;
    difference->medians[0] = statistics_median(samples[0].values, a, contest->scratch);
    difference->medians[1] = statistics_median(samples[1].values, b, contest->scratch);
    if (a < UNPAIRED_MIN_PROCESSES || b < UNPAIRED_MIN_PROCESSES)
        return STATUS_OK;
    difference->p_value = statistics_unpaired_test(&samples[1], &samples[0], contest->family,
                                                   PROGRAM_COMPARE_SIGNIFICANCE, contest->scratch)
                              .p_value;
    return statistics_unpaired_ratio(&samples[1], &samples[0], confidence, &difference->ratio, error);
}

static enum status compare_all(struct contest *contest, struct program_comparison *comparison,
                               struct error *error)
{
    const struct program_data *a = contest->runs[0];
    enum status status = STATUS_OK;
    for (uint32_t s = 0; s < a->subject_count && status == STATUS_OK; s++)
        for (uint32_t h = 0; h < a->heap_count && status == STATUS_OK; h++) {
            const struct program_result *result = &contest->results[0].items[s];
            const size_t metrics[] = {result->time_metric, result->memory_metric};
            const struct place place = {s, h};
            struct place other = {0};
            if (!find_place(a, contest->runs[1], place, &other))
                continue;
            for (size_t m = 0; m < COUNT_OF(metrics) && status == STATUS_OK; m++)
                if (find_metric(contest->runs[1], a->metrics[metrics[m]].name) <
                    contest->runs[1]->metric_count)
                    status = compare_place(contest, place, other, metrics[m],
                                           &comparison->items[comparison->count++], error);
        }
    return status;
}

// ---- verdicts ----

static void decide(struct program_difference *difference, const struct program_data *data, size_t family)
{
    const size_t fewer = difference->processes[0] < difference->processes[1] ? difference->processes[0]
                                                                             : difference->processes[1];
    const struct evidence evidence = {
        .ratio = difference->ratio.value,
        .interval = difference->ratio.interval,
        .adjusted_p = difference->adjusted_p,
        .significance = PROGRAM_COMPARE_SIGNIFICANCE,
        .family = family,
        .threshold = difference->threshold,
        .processes = fewer,
    };
    bool higher = data->metrics[difference->metric].higher_is_better;
    difference->verdict = program_verdict(&evidence, &difference->processes_needed);
    difference->is_better = difference->verdict == (higher ? VERDICT_SLOWER : VERDICT_FASTER);
    difference->is_worse = difference->verdict == (higher ? VERDICT_FASTER : VERDICT_SLOWER);
    if (difference->verdict == VERDICT_INCONCLUSIVE && fewer < UNPAIRED_MIN_PROCESSES)
        difference->processes_needed = UNPAIRED_MIN_PROCESSES;
}

static enum status decide_all(const struct contest *contest, struct program_comparison *comparison,
                              struct error *error)
{
    CLEANUP(free_pointer) double *room = calloc(3 * comparison->count + 1, sizeof *room);
    if (!room)
        return error_set_no_memory(error);
    double *adjusted = room + comparison->count, *scratch = adjusted + comparison->count;
    for (size_t i = 0; i < comparison->count; i++)
        room[i] = comparison->items[i].p_value;
    statistics_holm(room, comparison->count, scratch, adjusted);
    for (size_t i = 0; i < comparison->count; i++) {
        struct program_difference *difference = &comparison->items[i];
        difference->adjusted_p = adjusted[i];
        decide(difference, contest->runs[0], contest->family);
        comparison->better += difference->is_better;
        comparison->worse += difference->is_worse;
        comparison->inconclusive += difference->verdict == VERDICT_INCONCLUSIVE;
    }
    return STATUS_OK;
}

enum status program_compare(const struct program_data *const runs[PROGRAM_SIDES], double threshold,
                            bool force, struct program_comparison *ret_comparison, struct error *error)
{
    CLEANUP(program_comparison_release) struct program_comparison comparison = {0};
    CLEANUP(program_results_release) struct program_results first = {0}, second = {0};
    enum status status = compare_machines(runs, &comparison.differing, error);
    comparison.forced = force && comparison.differing.count > 0;
    if (status == STATUS_OK)
        status = program_analyze(runs[0], &first, error);
    if (status == STATUS_OK)
        status = program_analyze(runs[1], &second, error);
    if (status != STATUS_OK)
        return status;
    const struct program_results results[PROGRAM_SIDES] = {first, second};
    CLEANUP(release_contest)
    struct contest contest = {.runs = runs, .results = results, .threshold = threshold};
    contest.family = (size_t)runs[0]->subject_count * runs[0]->heap_count * 2;
    for (int side = 0; side < PROGRAM_SIDES; side++)
        contest.values[side] = calloc(runs[side]->count + 1, sizeof *contest.values[side]);
    contest.scratch = calloc(runs[0]->count + runs[1]->count + 1, sizeof *contest.scratch);
    comparison.items = calloc(contest.family + 1, sizeof *comparison.items);
    if (!contest.values[0] || !contest.values[1] || !contest.scratch || !comparison.items)
        return error_set_no_memory(error);
    if (comparison.differing.count == 0 || force) {
        status = compare_all(&contest, &comparison, error);
        if (status == STATUS_OK && comparison.count == 0)
            return error_set(error, STATUS_USAGE, "Compare runs of the same command.",
                             "the runs have no command and heap in common");
        if (status == STATUS_OK)
            status = decide_all(&contest, &comparison, error);
    }
    if (status != STATUS_OK)
        return status;
    *ret_comparison = comparison;
    comparison = (struct program_comparison){0};
    return STATUS_OK;
}
