// The exports that hyperfine's users know: the same names for the same things, in seconds; a row per command
// and heap, the heap beside the command.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "private.h"
#include "program/analysis.h"

// The processes of one subject on one heap that ended well: their wall times, and what follows from them.
struct series {
    double *times; // seconds; owned, twice as many places for sorting
    size_t count;
    struct moments moments;
    double median, user, system; // the latter two are means, as hyperfine's
};

static void series_release(struct series *series)
{
    free(series->times);
}

static bool belongs(const struct program_process *process, const struct program_result *result, size_t row)
{
    const struct program_heap_result *heap = &result->heaps[row];
    return process->planned.subject == (uint32_t)(result->subject - result->data->subjects) &&
           process->planned.twin == heap->twin && &result->data->heaps[process->planned.heap] == heap->heap &&
           process->outcome == PROGRAM_OK;
}

// False when there is nothing to export, or no memory.
static bool series_make(struct series *series, const struct program_result *result, size_t row)
{
    const struct program_data *data = result->data;
    double user = 0, system = 0;
    series->times = calloc(2 * data->count + 1, sizeof *series->times);
    for (size_t i = 0; series->times && i < data->count; i++) {
        const struct program_process *process = &data->processes[i];
        if (!belongs(process, result, row))
            continue;
        series->times[series->count++] = process->values[LAUNCH_METRIC_WALL] / 1e9;
        user += process->values[LAUNCH_METRIC_USER] / 1e9;
        system += process->values[LAUNCH_METRIC_SYSTEM] / 1e9;
    }
    if (series->count == 0)
        return false;
    series->moments = statistics_moments(series->times, series->count);
    series->median = statistics_median(series->times, series->count, series->times + series->count);
    series->user = user / (double)series->count;
    series->system = system / (double)series->count;
    return true;
}

static const char *heap_title(const struct program_heap_result *heap)
{
    return heap->twin ? "system again" : heap->heap->name;
}

// ---- JSON ----

static void write_parameters(struct json *json, const char *parameters)
{
    CLEANUP(string_list_release) struct string_list parts = {0};
    json_open(json, "parameters", '{');
    if (string_list_split(&parts, parameters, ',', NULL) == STATUS_OK)
        for (size_t i = 0; i < parts.count; i++) {
            char *name = parts.items[i] + strspn(parts.items[i], " "), *equals = strchr(name, '=');
            if (!equals)
                continue;
            *equals = '\0';
            json_text(json, name, equals + 1);
        }
    json_close(json, '}');
}

static void write_series(struct json *json, const struct program_result *result, size_t row)
{
    CLEANUP(series_release) struct series series = {0};
    if (!series_make(&series, result, row))
        return;
    json_open(json, NULL, '{');
    json_text(json, "command", result->subject->command);
    json_text(json, "heap", heap_title(&result->heaps[row]));
    json_real(json, "mean", series.moments.mean);
    json_real(json, "stddev", series.moments.standard_deviation);
    json_real(json, "median", series.median);
    json_real(json, "user", series.user);
    json_real(json, "system", series.system);
    json_real(json, "min", series.moments.minimum);
    json_real(json, "max", series.moments.maximum);
    json_reals(json, "times", series.times, series.count);
    json_open(json, "memory_usage_byte", '[');
    for (size_t i = 0; i < result->data->count; i++)
        if (belongs(&result->data->processes[i], result, row))
            json_real(json, NULL, result->data->processes[i].values[LAUNCH_METRIC_MAX_RSS]);
    json_close(json, ']');
    json_open(json, "exit_codes", '[');
    for (size_t i = 0; i < result->data->count; i++)
        if (belongs(&result->data->processes[i], result, row))
            json_unsigned(json, NULL, (uint64_t)result->data->processes[i].exit_code);
    json_close(json, ']');
    write_parameters(json, result->subject->parameters);
    json_close(json, '}');
}

void program_export_json(struct text *text, const struct program_results *results)
{
    struct json json = {.text = text};
    json_open(&json, NULL, '{');
    json_open(&json, "results", '[');
    for (size_t i = 0; i < results->count; i++)
        for (size_t row = 0; row < results->items[i].heap_count; row++)
            write_series(&json, &results->items[i], row);
    json_close(&json, ']');
    json_close(&json, '}');
    text_append(text, "\n");
}

// ---- CSV, Markdown ----

void program_export_csv(struct text *text, const struct program_results *results)
{
    text_append(text, "command,heap,mean,stddev,median,user,system,min,max,parameters\n");
    for (size_t i = 0; i < results->count; i++)
        for (size_t row = 0; row < results->items[i].heap_count; row++) {
            const struct program_result *result = &results->items[i];
            CLEANUP(series_release) struct series series = {0};
            if (!series_make(&series, result, row))
                continue;
            text_append_csv(text, result->subject->command);
            text_append_format(
                text, ",%s,%.9g,%.9g,%.9g,%.9g,%.9g,%.9g,%.9g,", heap_title(&result->heaps[row]),
                series.moments.mean,
                isnan(series.moments.standard_deviation) ? 0 : series.moments.standard_deviation,
                series.median, series.user, series.system, series.moments.minimum, series.moments.maximum);
            text_append_csv(text, result->subject->parameters);
            text_append(text, "\n");
        }
}

// A cell of a table in Markdown.
static void append_code(struct text *text, const char *code)
{
    text_append(text, "`");
    for (; *code; code++)
        text_append_bytes(text,
                          *code == '|'                    ? "\\|"
                          : *code == '`' || *code == '\n' ? " "
                                                          : code,
                          *code == '|' ? 2 : 1);
    text_append(text, "`");
}

static void append_markdown_row(struct text *text, const struct program_result *result, size_t row)
{
    CLEANUP(series_release) struct series series = {0};
    const struct program_value *wall = &result->heaps[row].values[LAUNCH_METRIC_WALL];
    if (!series_make(&series, result, row))
        return;
    text_append(text, "| ");
    append_code(text, result->subject->command);
    text_append_format(text, " | %s | %.3f | %.3f | %.3f | ", heap_title(&result->heaps[row]), series.median,
                       series.moments.minimum, series.moments.maximum);
    if (wall->ratio.interval.exists)
        text_append_format(text, "%.3f (%.3f–%.3f)", wall->ratio.value, wall->ratio.interval.low,
                           wall->ratio.interval.high);
    else
        text_append(text, row == 0 ? "1" : "");
    text_append(text, " |\n");
}

void program_export_markdown(struct text *text, const struct program_results *results)
{
    text_append(text, "| Command | Heap | Median [s] | Min [s] | Max [s] | Relative |\n"
                      "|:---|:---|---:|---:|---:|---:|\n");
    for (size_t i = 0; i < results->count; i++)
        for (size_t row = 0; row < results->items[i].heap_count; row++)
            append_markdown_row(text, &results->items[i], row);
}
