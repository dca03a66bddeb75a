#include <math.h>
#include <string.h>
#include <time.h>

#include "analysis/private.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "patterns/patterns.h"
#include "strategies/strategies.h"

enum { MAX_PROCESS_MEDIANS = 250 };
#define LARGEST_CACHE_BYTES (1ull << 40)

static void write_now(struct json *json)
{
    char timestamp[32] = "";
    time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc))
        strftime(timestamp, sizeof timestamp, "%Y-%m-%dT%H:%M:%SZ", &utc);
    json_text(json, "generated_at", timestamp);
}

static void write_allocators(struct json *json, const struct analysis *analysis)
{
    json_open(json, "allocators", '[');
    for (size_t i = 0; i < analysis->allocator_count; i++) {
        const struct strategy *strategy = strategy_find(analysis->allocators[i]);
        json_open(json, NULL, '{');
        json_text(json, "name", analysis->allocators[i]);
        json_text(json, "summary", strategy ? strategy->summary : NULL);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void write_patterns(struct json *json, const struct analysis *analysis)
{
    json_open(json, "patterns", '[');
    for (size_t p = 0; p < analysis->pattern_count; p++)
        json_text(json, NULL, analysis->patterns[p]);
    json_close(json, ']');
}

// Ascending and each once: the smallest one above the last, as often as there is one.
static void write_sizes(struct json *json, const struct analysis *analysis)
{
    json_open(json, "sizes", '[');
    for (uint64_t last = 0;;) {
        uint64_t next = UINT64_MAX;
        for (size_t i = 0; i < analysis->cell_count; i++) {
            uint64_t size = analysis->cells[i].data->name.size_bytes;
            next = size > last && size < next ? size : next;
        }
        if (next == UINT64_MAX)
            break;
        json_unsigned(json, NULL, next);
        last = next;
    }
    json_close(json, ']');
}

// What the facts say of the caches that hold data, where it is a number of bytes.
static void write_caches(struct json *json, const struct facts *facts)
{
    static const char *const caches[] = {"l1d", "l2", "l3"};
    json_open(json, "cache_bytes", '{');
    for (size_t i = 0; i < COUNT_OF(caches); i++) {
        char key[32], *end;
        snprintf(key, sizeof key, "cache.%s.size_bytes", caches[i]);
        const char *value = facts_get(facts, key);
        unsigned long long bytes = value && *value >= '0' && *value <= '9' ? strtoull(value, &end, 10) : 0;
        if (bytes > 0 && *end == '\0' && bytes <= LARGEST_CACHE_BYTES)
            json_unsigned(json, caches[i], bytes);
    }
    json_close(json, '}');
}

// How far verdicts of the platform can be believed; null where there is nothing to tell it by.
static void write_control(struct json *json, const struct analysis_platform *platform)
{
    const struct null_control *control = &platform->null_controls[METRIC_TOTAL];
    json_real(json, "practical_threshold", platform->practical_threshold);
    json_real(json, "latency_threshold", platform->thresholds[METRIC_LATENCY]);
    if (control->cells == 0) {
        json_null(json, "null_control");
        return;
    }
    json_open(json, "null_control", '{');
    json_unsigned(json, "groups", control->cells);
    json_unsigned(json, "differing", control->differing);
    json_real(json, "p95", control->p95);
    json_real(json, "threshold", control->threshold);
    json_close(json, '}');
}

static void write_platform(struct json *json, const struct analysis_platform *platform)
{
    const struct dataset *dataset = platform->dataset;
    const char *quick = facts_get(&dataset->facts, "run.quick");
    json_open(json, NULL, '{');
    json_text(json, "name", platform->label);
    json_open(json, "files", '[');
    json_text(json, NULL, dataset->benchmark_file);
    if (dataset->details_file)
        json_text(json, NULL, dataset->details_file);
    json_close(json, ']');
    json_text(json, "origin", analysis_platform_is_own(platform) ? "memalloc-bench" : "other");
    json_boolean(json, "quick", quick && strcmp(quick, "true") == 0);
    json_facts(json, "facts", &dataset->facts);
    write_caches(json, &dataset->facts);
    json_unsigned(json, "left_out_rows", dataset->left_out_rows);
    write_control(json, platform);
    json_open(json, "warnings", '[');
    for (size_t i = 0; i < platform->warnings.count; i++)
        json_text(json, NULL, platform->warnings.items[i]);
    json_close(json, ']');
    json_close(json, '}');
}

// All of a run; of more, where they are the nodes of a large cluster, every second, third, … one.
static void write_process_medians(struct json *json, const double *medians, size_t count)
{
    size_t step = (count + MAX_PROCESS_MEDIANS - 1) / MAX_PROCESS_MEDIANS;
    json_open(json, "process_medians", '[');
    for (size_t i = 0; i < count; i += step)
        json_real(json, NULL, medians[i]);
    json_close(json, ']');
}

static void write_summary(struct json *json, const struct analysis_cell *cell, enum metric metric)
{
    const struct cell_metric *summary = &cell->data->metrics[metric];
    const struct estimate *median = &cell->medians[metric];
    if (isnan(median->value)) {
        json_null(json, metric_name(metric));
        return;
    }
    json_open(json, metric_name(metric), '{');
    json_real(json, "median", median->value);
    json_real(json, "median_low", median->interval.low);
    json_real(json, "median_high", median->interval.high);
    json_real(json, "mean", summary->mean);
    json_real(json, "std", summary->standard_deviation);
    json_real(json, "min", summary->minimum);
    json_real(json, "p5", summary->p5);
    json_real(json, "p25", summary->p25);
    json_real(json, "p75", summary->p75);
    json_real(json, "p95", summary->p95);
    json_real(json, "max", summary->maximum);
    write_process_medians(json, summary->process_medians, cell->data->process_count);
    json_close(json, '}');
}

static void write_cell_key(struct json *json, const struct analysis *analysis,
                           const struct analysis_cell *cell)
{
    json_text(json, "platform", analysis->platforms[cell->platform].label);
    json_text(json, "allocator", analysis->allocators[cell->allocator]);
    json_text(json, "pattern", analysis->patterns[cell->pattern]);
    json_unsigned(json, "size_bytes", cell->data->name.size_bytes);
}

static void write_cell(struct json *json, const struct analysis *analysis, const struct analysis_cell *cell)
{
    json_open(json, NULL, '{');
    write_cell_key(json, analysis, cell);
    json_text(json, "outcome", cell->data->outcome);
    json_text(json, "reason", cell->data->reason);
    json_boolean(json, "disturbed", analysis_cell_is_disturbed(cell));
    json_unsigned(json, "disturbed_trials", cell->data->disturbed_trials);
    json_unsigned(json, "n", cell->data->trials);
    if (cell->data->process_count)
        json_unsigned(json, "processes", cell->data->process_count);
    else
        json_null(json, "processes");
    json_real(json, "objects_per_trial", cell->data->objects_per_trial);
    write_summary(json, cell, METRIC_TOTAL);
    write_summary(json, cell, METRIC_LATENCY);
    json_close(json, '}');
}

// Of a gap of more than twice; null without one and where nothing was counted.
static void write_cause(struct json *json, enum cause cause)
{
    if (cause == CAUSE_NONE) {
        json_null(json, "cause");
        return;
    }
    json_open(json, "cause", '{');
    json_text(json, "label", cause_label(cause));
    json_text(json, "text", cause_text(cause));
    json_text(json, "toggle", cause_toggle(cause));
    json_close(json, '}');
}

static void write_ratio(struct json *json, const struct analysis *analysis,
                        const struct analysis_ratio *ratio)
{
    json_open(json, NULL, '{');
    write_cell_key(json, analysis, ratio->cell);
    json_text(json, "metric", metric_name(ratio->metric));
    json_text(json, "baseline", analysis->allocators[ratio->baseline->allocator]);
    json_real(json, "ratio", ratio->ratio.value);
    json_real(json, "ratio_low", ratio->ratio.interval.low);
    json_real(json, "ratio_high", ratio->ratio.interval.high);
    json_real(json, "adjusted_p", ratio->adjusted_p);
    json_text(json, "verdict", ratio_verdict_name(ratio->verdict));
    write_cause(json, ratio->cause);
    json_close(json, '}');
}

static void write_swept_cell(struct json *json, const struct analysis *analysis,
                             const struct analysis_cell *cell)
{
    json_open(json, NULL, '{');
    write_cell_key(json, analysis, cell);
    write_swept_values(json, cell->data->name);
    json_text(json, "outcome", cell->data->outcome);
    json_text(json, "reason", cell->data->reason);
    json_boolean(json, "disturbed", analysis_cell_is_disturbed(cell));
    json_unsigned(json, "disturbed_trials", cell->data->disturbed_trials);
    json_unsigned(json, "n", cell->data->trials);
    json_unsigned(json, "processes", cell->data->process_count);
    for (int m = 0; m < METRIC_COUNT; m++)
        write_estimate(json, metric_name((enum metric)m), &cell->medians[m],
                       dataset_objects(cell->data, (enum metric)m));
    json_close(json, '}');
}

// What the cells of `swept` are swept over: numbers or words, and how a person calls them. Absent with these.
static void write_axes(struct json *json, const struct analysis *analysis)
{
    json_open(json, "axes", '[');
    for (int i = 0; i < AXIS_COUNT; i++)
        if (analysis->swept[i])
            axis_write_json(json, &axes[i]);
    json_close(json, ']');
}

// Absent where every platform was measured with one value on each of these axes.
static void write_swept_cells(struct json *json, const struct analysis *analysis)
{
    if (analysis->swept_cell_count == 0)
        return;
    write_axes(json, analysis);
    json_open(json, "swept", '[');
    for (size_t i = 0; i < analysis->swept_cell_count; i++)
        write_swept_cell(json, analysis, &analysis->swept_cells[i]);
    json_close(json, ']');
}

static void write_bound(struct json *json, const char *key, double ratio, const struct dataset_cell *cell)
{
    json_open(json, key, '{');
    json_real(json, "ratio", ratio);
    json_text(json, "pattern", cell->name.pattern);
    json_unsigned(json, "size_bytes", cell->name.size_bytes);
    json_close(json, '}');
}

// Absent where nothing in Rust was measured.
static void write_against_rust(struct json *json, const struct analysis *analysis)
{
    if (analysis->against_rust_count == 0)
        return;
    json_open(json, "against_rust", '[');
    for (size_t i = 0; i < analysis->against_rust_count; i++) {
        const struct analysis_against_rust *row = &analysis->against_rust[i];
        json_open(json, NULL, '{');
        json_text(json, "platform", analysis->platforms[row->platform].label);
        json_text(json, "allocator", analysis->allocators[row->allocator]);
        json_text(json, "reference", analysis->allocators[row->reference]);
        json_text(json, "pattern",
                  row->pattern < analysis->pattern_count ? analysis->patterns[row->pattern] : NULL);
        json_unsigned(json, "cells", row->cells);
        json_real(json, "median", row->median);
        write_bound(json, "least", row->least, row->min_cell->data);
        write_bound(json, "most", row->most, row->max_cell->data);
        json_unsigned(json, "as_fast", row->as_fast);
        json_unsigned(json, "faster", row->faster);
        json_unsigned(json, "slower", row->slower);
        json_close(json, '}');
    }
    json_close(json, ']');
}

// Absent where nothing was traversed.
static void write_traversals(struct json *json, const struct analysis *analysis)
{
    if (analysis->traversal_count == 0)
        return;
    json_open(json, "traversals", '[');
    for (size_t i = 0; i < analysis->traversal_count; i++) {
        const struct analysis_traversal *traversal = &analysis->traversals[i];
        json_open(json, NULL, '{');
        json_text(json, "platform", analysis->platforms[traversal->platform].label);
        json_text(json, "allocator", analysis->allocators[traversal->allocator]);
        json_text(json, "pattern", analysis->patterns[traversal->pattern]);
        json_unsigned(json, "size_bytes", traversal->data->name.size_bytes);
        write_swept_values(json, traversal->data->name);
        json_unsigned(json, "processes", traversal->data->traversal_count);
        for (int age = 0; age < HEAP_AGE_COUNT; age++)
            write_estimate(json, heap_age_name((enum heap_age)age), &traversal->ns_per_object[age], 1);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void write_findings(struct json *json, const struct analysis *analysis)
{
    json_open(json, "findings", '[');
    for (size_t i = 0; i < analysis->finding_count; i++) {
        json_open(json, NULL, '{');
        json_text(json, "topic", finding_topic_name(analysis->findings[i].topic));
        json_text(json, "platform", analysis->findings[i].platform);
        json_text(json, "text", analysis->findings[i].text);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void write_left_out(struct json *json, const struct analysis *analysis)
{
    json_open(json, "left_out", '[');
    for (size_t i = 0; i < analysis->datasets.left_out_count; i++) {
        json_open(json, NULL, '{');
        json_text(json, "file", analysis->datasets.left_out[i].name);
        json_text(json, "reason", analysis->datasets.left_out[i].reason);
        json_close(json, '}');
    }
    for (size_t i = 0; i + 1 < analysis->programs.left_out.count; i += 2) {
        json_open(json, NULL, '{');
        json_text(json, "file", analysis->programs.left_out.items[i]);
        json_text(json, "reason", analysis->programs.left_out.items[i + 1]);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void write_programs(struct json *json, const struct analysis *analysis)
{
    json_open(json, "programs", '[');
    for (size_t i = 0; i < analysis->programs.count; i++)
        program_results_write_json(json, &analysis->programs.results[i]);
    json_close(json, ']');
}

void analysis_append_json(struct text *text, const struct analysis *analysis, enum analysis_unit unit)
{
    struct json json = {.text = text};
    json_open(&json, NULL, '{');
    json_unsigned(&json, "format", 3);
    json_text(&json, "program_version", MEMALLOC_BENCH_VERSION);
    write_now(&json);
    json_unsigned(&json, "batch_size", BATCH_SIZE);
    json_unsigned(&json, "inner_loop", INNER_LOOP);
    json_text(&json, "unit", unit == UNIT_TOTAL ? "total" : "ns_per_object");
    write_allocators(&json, analysis);
    write_patterns(&json, analysis);
    write_sizes(&json, analysis);
    json_open(&json, "platforms", '[');
    for (size_t i = 0; i < analysis->platform_count; i++)
        write_platform(&json, &analysis->platforms[i]);
    json_close(&json, ']');
    json_open(&json, "cells", '[');
    for (size_t i = 0; i < analysis->cell_count; i++)
        write_cell(&json, analysis, &analysis->cells[i]);
    json_close(&json, ']');
    json_open(&json, "ratios", '[');
    for (size_t i = 0; i < analysis->ratio_count; i++)
        write_ratio(&json, analysis, &analysis->ratios[i]);
    json_close(&json, ']');
    write_against_rust(&json, analysis);
    write_swept_cells(&json, analysis);
    write_traversals(&json, analysis);
    kinds_write_json(&json, analysis);
    write_programs(&json, analysis);
    write_node_groups(&json, analysis);
    write_findings(&json, analysis);
    write_left_out(&json, analysis);
    json_close(&json, '}');
    text_append(text, "\n");
}
