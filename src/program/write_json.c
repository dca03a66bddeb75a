// What the analysis knows, for programs: JSON, and a CSV row per subject, heap and metric.
#include <math.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "program/analysis.h"

static void write_interval(struct json *json, const char *key, const struct interval *interval)
{
    const double ends[] = {interval->low, interval->high};
    if (interval->exists)
        json_reals(json, key, ends, 2);
    else
        json_null(json, key);
}

static void write_value(struct json *json, const struct program_metric *metric,
                        const struct program_value *value, bool is_judged)
{
    json_open(json, metric->name, '{');
    json_unsigned(json, "processes", value->count);
    json_real(json, "median", value->median);
    write_interval(json, "median_interval", &value->interval);
    json_real(json, "ratio", value->ratio.value);
    write_interval(json, "ratio_interval", &value->ratio.interval);
    json_unsigned(json, "pairs", value->ratio.count);
    json_real(json, "p_value", value->p_value);
    json_real(json, "adjusted_p", value->adjusted_p);
    json_text(json, "verdict", is_judged ? verdict_name(value->verdict) : NULL);
    json_unsigned(json, "pairs_needed", value->pairs_needed);
    json_close(json, '}');
}

static void write_outcomes(struct json *json, const struct program_heap_result *heap)
{
    json_open(json, "outcomes", '{');
    for (int i = 0; i < PROGRAM_OUTCOME_COUNT; i++)
        json_unsigned(json, program_outcome_name((enum program_outcome)i), heap->outcomes[i]);
    json_close(json, '}');
    json_text(json, "failure", heap->failure ? heap->failure->cause : NULL);
    json_unsigned(json, "signal", heap->failure ? (uint64_t)heap->failure->signal_number : 0);
    json_unsigned(json, "unserved_processes", heap->unserved_count);
    json_text(json, "why_unserved",
              heap->unserved ? program_service_name(heap->unserved->service.why_not) : NULL);
}

static void write_heap(struct json *json, const struct program_result *result, size_t row)
{
    const struct program_heap_result *heap = &result->heaps[row];
    bool is_judged = row > 0 && !heap->twin && heap->state == PROGRAM_MEASURED;
    json_open(json, NULL, '{');
    json_text(json, "heap", heap->heap->name);
    json_boolean(json, "twin", heap->twin);
    json_text(json, "library", *heap->heap->library ? heap->heap->library : NULL);
    json_text(json, "tunables", *heap->heap->tunables ? heap->heap->tunables : NULL);
    json_text(json, "version", *heap->heap->version ? heap->heap->version : NULL);
    json_text(json, "state", program_state_name(heap->state));
    json_text(json, "problem", *heap->heap->problem ? heap->heap->problem : NULL);
    json_unsigned(json, "processes", heap->processes);
    write_outcomes(json, heap);
    json_boolean(json, "on_front", heap->on_front);
    json_open(json, "metrics", '{');
    for (size_t m = 0; m < result->data->metric_count; m++)
        if (heap->values[m].count > 0)
            write_value(json, &result->data->metrics[m], &heap->values[m], is_judged);
    json_close(json, '}');
    json_close(json, '}');
}

static void write_metrics(struct json *json, const struct program_result *result)
{
    json_open(json, "metrics", '[');
    for (size_t m = 0; m < result->data->metric_count; m++) {
        const struct program_metric *metric = &result->data->metrics[m];
        json_open(json, NULL, '{');
        json_text(json, "name", metric->name);
        json_text(json, "unit", metric->unit);
        json_text(json, "label", metric->label);
        json_boolean(json, "higher_is_better", metric->higher_is_better);
        json_real(json, "threshold", result->thresholds[m]);
        json_real(json, "twin_ratio", result->has_twin[m] ? result->twins[m].ratio : (double)NAN);
        json_boolean(json, "twin_differs", result->twins[m].differs);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void write_result(struct json *json, const struct program_result *result)
{
    const struct program_data *data = result->data;
    json_open(json, NULL, '{');
    json_text(json, "platform", data->platform);
    json_text(json, "name", data->name);
    json_text(json, "command", result->subject->command);
    json_text(json, "parameters", *result->subject->parameters ? result->subject->parameters : NULL);
    json_unsigned(json, "blocks", result->blocks);
    json_text(json, "answer", program_answer_name(result->answer));
    json_text(json, "best", result->best ? result->heaps[result->best].heap->name : NULL);
    json_open(json, "sentences", '[');
    for (size_t i = 0; i < result->sentences.count; i++)
        json_text(json, NULL, result->sentences.items[i]);
    json_close(json, ']');
    json_text(json, "time_metric", data->metrics[result->time_metric].name);
    json_text(json, "memory_metric", data->metrics[result->memory_metric].name);
    json_boolean(json, "output_is_unsteady", result->output_is_unsteady);
    write_metrics(json, result);
    json_open(json, "heaps", '[');
    for (size_t row = 0; row < result->heap_count; row++)
        write_heap(json, result, row);
    json_close(json, ']');
    json_close(json, '}');
}

void program_results_write_json(struct json *json, const struct program_results *results)
{
    for (size_t i = 0; i < results->count; i++)
        write_result(json, &results->items[i]);
}

// ---- CSV ----

static void append_row(struct text *text, const struct program_result *result, size_t row, size_t metric)
{
    const struct program_heap_result *heap = &result->heaps[row];
    const struct program_value *value = &heap->values[metric];
    const struct program_metric *described = &result->data->metrics[metric];
    const char *const words[] = {result->data->platform, result->data->name, result->subject->command,
                                 result->subject->parameters};
    bool is_judged = row > 0 && !heap->twin && heap->state == PROGRAM_MEASURED;
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        text_append_csv(text, words[i]);
        text_append(text, ",");
    }
    text_append_format(text, "%s,%s,%s,%s,%s,%zu", heap->heap->name, heap->twin ? "true" : "false",
                       program_state_name(heap->state), described->name, described->unit, value->count);
    const struct interval *of_median = &value->interval, *of_ratio = &value->ratio.interval;
    const double reals[] = {
        value->median,
        of_median->exists ? of_median->low : NAN,
        of_median->exists ? of_median->high : NAN,
        value->ratio.value,
        of_ratio->exists ? of_ratio->low : NAN,
        of_ratio->exists ? of_ratio->high : NAN,
        value->adjusted_p,
        result->thresholds[metric],
    };
    for (size_t i = 0; i < COUNT_OF(reals); i++) {
        text_append(text, ",");
        text_append_csv_real(text, reals[i]);
    }
    text_append_format(text, ",%s\n", is_judged ? verdict_name(value->verdict) : "");
}

void program_results_append_csv(struct text *text, const struct program_results *results, bool with_header)
{
    if (with_header)
        text_append(text, "platform,name,command,parameters,heap,twin,state,metric,unit,processes,median,"
                          "median_low,median_high,ratio,ratio_low,ratio_high,adjusted_p,threshold,verdict\n");
    for (size_t i = 0; i < results->count; i++) {
        const struct program_result *result = &results->items[i];
        for (size_t row = 0; row < result->heap_count; row++)
            for (size_t m = 0; m < result->data->metric_count; m++)
                if (result->heaps[row].values[m].count > 0)
                    append_row(text, result, row, m);
    }
}
