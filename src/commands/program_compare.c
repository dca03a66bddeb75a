// `compare A B` of two result files of `program`: what is better, worse, unchanged or cannot be told.
#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "command_line/wrap.h"
#include "commands/private.h"
#include "program/compare.h"

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool program_compare_is_meant(const struct invocation *invocation)
{
    return program_file_is_named(file_name(invocation->arguments[0])) &&
           program_file_is_named(file_name(invocation->arguments[1]));
}

static enum compare_outcome outcome_of(const struct program_comparison *comparison)
{
    if (comparison->differing.count > 0 && !comparison->forced)
        return COMPARE_NOT_COMPARABLE;
    if (comparison->worse > 0)
        return COMPARE_REGRESSION;
    return comparison->inconclusive > 0 ? COMPARE_INCONCLUSIVE : COMPARE_NO_REGRESSION;
}

static const char *word_of(const struct program_difference *difference)
{
    return difference->is_better  ? "better"
           : difference->is_worse ? "worse"
                                  : verdict_name(difference->verdict);
}

// ---- for a person ----

static void append_difference(struct text *text, const struct program_difference *difference,
                              const struct program_data *data)
{
    const struct program_metric *metric = &data->metrics[difference->metric];
    CLEANUP(text_release) struct text line = {0};
    text_append_format(&line, "%-13s %s, %s: ", word_of(difference), difference->heap, metric->label);
    program_append_quantity(&line, difference->medians[0], metric->unit);
    text_append(&line, " → ");
    program_append_quantity(&line, difference->medians[1], metric->unit);
    if (difference->ratio.interval.exists)
        text_append_format(&line, ", %+.1f %% (%+.1f to %+.1f)", 100 * (difference->ratio.value - 1),
                           100 * (difference->ratio.interval.low - 1),
                           100 * (difference->ratio.interval.high - 1));
    if (difference->verdict == VERDICT_INCONCLUSIVE && difference->processes_needed > 0)
        text_append_format(&line, "; %zu processes would decide", difference->processes_needed);
    text_append(text, "  ");
    wrap_append(text, text_string(&line), 16, 2);
}

static void append_text(struct text *text, const struct program_comparison *comparison,
                        const struct program_data *data, bool all)
{
    const struct program_measured *subject = NULL;
    for (size_t i = 0; i < comparison->differing.count; i++) {
        if (i == 0)
            text_append(text, comparison->forced ? "FORCED, although these facts differ:\n"
                                                 : "Not comparable: these facts decide, and differ:\n");
        text_append(text, "  ");
        wrap_append(text, comparison->differing.items[i], 4, 2);
    }
    for (size_t i = 0; i < comparison->count; i++) {
        const struct program_difference *difference = &comparison->items[i];
        if (difference->verdict == VERDICT_UNCHANGED && !all)
            continue;
        if (difference->subject != subject)
            wrap_append(text, difference->subject->command, 4, 0);
        subject = difference->subject;
        append_difference(text, difference, data);
    }
    if (comparison->count > 0)
        text_append_format(text, "%zu worse, %zu better, %zu unchanged, %zu inconclusive.\n",
                           comparison->worse, comparison->better,
                           comparison->count - comparison->worse - comparison->better -
                               comparison->inconclusive,
                           comparison->inconclusive);
}

// ---- for programs ----

static void write_difference(struct json *json, const struct program_difference *difference,
                             const struct program_data *data)
{
    const double interval[] = {difference->ratio.interval.low, difference->ratio.interval.high};
    json_open(json, NULL, '{');
    json_text(json, "command", difference->subject->command);
    json_text(json, "parameters", *difference->subject->parameters ? difference->subject->parameters : NULL);
    json_text(json, "heap", difference->heap);
    json_text(json, "metric", data->metrics[difference->metric].name);
    json_unsigned(json, "a_processes", difference->processes[0]);
    json_unsigned(json, "b_processes", difference->processes[1]);
    json_real(json, "a_median", difference->medians[0]);
    json_real(json, "b_median", difference->medians[1]);
    json_real(json, "ratio", difference->ratio.value);
    if (difference->ratio.interval.exists)
        json_reals(json, "ratio_interval", interval, COUNT_OF(interval));
    else
        json_null(json, "ratio_interval");
    json_real(json, "adjusted_p", difference->adjusted_p);
    json_real(json, "threshold", difference->threshold);
    json_text(json, "verdict", word_of(difference));
    json_unsigned(json, "processes_needed", difference->processes_needed);
    json_close(json, '}');
}

static void append_json(struct text *text, const struct program_comparison *comparison,
                        const struct program_data *data)
{
    struct json json = {.text = text};
    json_open(&json, NULL, '{');
    json_text(&json, "outcome", compare_outcome_name(outcome_of(comparison)));
    json_boolean(&json, "forced", comparison->forced);
    json_open(&json, "differing_facts", '[');
    for (size_t i = 0; i < comparison->differing.count; i++)
        json_text(&json, NULL, comparison->differing.items[i]);
    json_close(&json, ']');
    json_open(&json, "programs", '[');
    for (size_t i = 0; i < comparison->count; i++)
        write_difference(&json, &comparison->items[i], data);
    json_close(&json, ']');
    json_close(&json, '}');
    text_append(text, "\n");
}

enum status program_compare_execute(struct invocation *invocation,
                                    const struct program_compare_options *options, struct error *error)
{
    CLEANUP(program_data_release) struct program_data a = {0}, b = {0};
    CLEANUP(program_comparison_release) struct program_comparison comparison = {0};
    const struct program_data *const runs[PROGRAM_SIDES] = {&a, &b};
    enum status status = program_file_read(invocation->arguments[0], &a, error);
    if (status == STATUS_OK)
        status = program_file_read(invocation->arguments[1], &b, error);
    if (status == STATUS_OK)
        status = program_compare(runs, options->threshold, options->force, &comparison, error);
    if (status == STATUS_OK && options->json)
        append_json(&invocation->output, &comparison, &a);
    else if (status == STATUS_OK)
        append_text(&invocation->output, &comparison, &a, options->all);
    if (status == STATUS_OK)
        invocation->exit_code = (int)outcome_of(&comparison);
    return status;
}
