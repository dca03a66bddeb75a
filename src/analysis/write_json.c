#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analysis/analysis.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "strategies/strategies.h"

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
    bool present[PATTERN_COUNT] = {false};
    for (size_t i = 0; i < analysis->cell_count; i++)
        present[analysis->cells[i].pattern] = true;
    json_open(json, "patterns", '[');
    for (size_t p = 0; p < PATTERN_COUNT; p++)
        if (present[p])
            json_text(json, NULL, patterns[p].name);
    json_close(json, ']');
}

// Ascending and each once: the smallest one above the last, as often as there is one.
static void write_sizes(struct json *json, const struct analysis *analysis)
{
    json_open(json, "sizes", '[');
    for (uint64_t last = 0;;) {
        uint64_t next = UINT64_MAX;
        for (size_t i = 0; i < analysis->cell_count; i++)
            if (analysis->cells[i].size_bytes > last && analysis->cells[i].size_bytes < next)
                next = analysis->cells[i].size_bytes;
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
    const struct null_control *control = &platform->null_control;
    json_real(json, "practical_threshold", platform->practical_threshold);
    if (control->groups == 0) {
        json_null(json, "null_control");
        return;
    }
    json_open(json, "null_control", '{');
    json_unsigned(json, "groups", control->groups);
    json_unsigned(json, "differing", control->differing);
    json_real(json, "p95", control->p95);
    json_close(json, '}');
}

static void write_platform(struct json *json, const struct analysis_platform *platform)
{
    const char *quick = facts_get(&platform->facts, "run.quick");
    json_open(json, NULL, '{');
    json_text(json, "name", platform->label);
    json_open(json, "files", '[');
    json_text(json, NULL, platform->benchmark_file);
    if (platform->details_file)
        json_text(json, NULL, platform->details_file);
    json_close(json, ']');
    json_text(json, "origin", analysis_platform_is_own(platform) ? "memalloc-bench" : "other");
    json_boolean(json, "quick", quick && strcmp(quick, "true") == 0);
    json_open(json, "facts", '{');
    for (size_t i = 0; i < platform->facts.count; i++)
        json_text(json, platform->facts.items[i].key, platform->facts.items[i].value);
    json_close(json, '}');
    write_caches(json, &platform->facts);
    write_control(json, platform);
    json_open(json, "warnings", '[');
    for (size_t i = 0; i < platform->warnings.count; i++)
        json_text(json, NULL, platform->warnings.items[i]);
    json_close(json, ']');
    json_close(json, '}');
}

static void write_summary(struct json *json, const struct analysis_cell *cell, enum metric metric)
{
    const struct metric_summary *summary = &cell->metrics[metric];
    if (isnan(summary->median.value)) {
        json_null(json, metric_name(metric));
        return;
    }
    json_open(json, metric_name(metric), '{');
    json_real(json, "median", summary->median.value);
    json_real(json, "median_low", summary->median.interval.low);
    json_real(json, "median_high", summary->median.interval.high);
    json_real(json, "mean", summary->mean);
    json_real(json, "std", summary->standard_deviation);
    json_real(json, "min", summary->minimum);
    json_real(json, "p5", summary->p5);
    json_real(json, "p25", summary->p25);
    json_real(json, "p75", summary->p75);
    json_real(json, "p95", summary->p95);
    json_real(json, "max", summary->maximum);
    json_reals(json, "process_medians", summary->process_medians, cell->process_count);
    json_close(json, '}');
}

static void write_cell_key(struct json *json, const struct analysis *analysis,
                           const struct analysis_cell *cell)
{
    json_text(json, "platform", analysis->platforms[cell->platform].label);
    json_text(json, "allocator", analysis->allocators[cell->allocator]);
    json_text(json, "pattern", patterns[cell->pattern].name);
    json_unsigned(json, "size_bytes", cell->size_bytes);
}

static void write_cell(struct json *json, const struct analysis *analysis, const struct analysis_cell *cell)
{
    json_open(json, NULL, '{');
    write_cell_key(json, analysis, cell);
    json_text(json, "outcome", cell->outcome);
    json_text(json, "reason", cell->reason);
    json_boolean(json, "inconclusive", cell->inconclusive);
    json_unsigned(json, "n", cell->trials);
    if (cell->process_count)
        json_unsigned(json, "processes", cell->process_count);
    else
        json_null(json, "processes");
    json_real(json, "objects_per_trial", cell->objects_per_trial);
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
    json_text(json, "verdict", ratio_verdict_name(ratio->verdict));
    write_cause(json, ratio->cause);
    json_close(json, '}');
}

static void write_estimate(struct json *json, const char *key, const struct estimate *estimate)
{
    if (isnan(estimate->value)) {
        json_null(json, key);
        return;
    }
    json_open(json, key, '{');
    json_real(json, "median", estimate->value);
    json_real(json, "median_low", estimate->interval.low);
    json_real(json, "median_high", estimate->interval.high);
    json_close(json, '}');
}

static void write_live_cell(struct json *json, const struct analysis *analysis,
                            const struct analysis_live_cell *cell)
{
    json_open(json, NULL, '{');
    json_text(json, "platform", analysis->platforms[cell->platform].label);
    json_text(json, "allocator", analysis->allocators[cell->allocator]);
    json_text(json, "pattern", patterns[cell->pattern].name);
    json_unsigned(json, "size_bytes", cell->size_bytes);
    json_unsigned(json, "live_objects", cell->live_objects);
    json_text(json, "outcome", cell->outcome);
    json_text(json, "reason", cell->reason);
    json_boolean(json, "inconclusive", cell->inconclusive);
    json_unsigned(json, "n", cell->trials);
    json_unsigned(json, "processes", cell->process_count);
    for (int m = 0; m < METRIC_COUNT; m++)
        write_estimate(json, metric_name((enum metric)m), &cell->ns_per_object[m]);
    json_close(json, '}');
}

// Absent where every platform was measured with one number of live objects.
static void write_live_cells(struct json *json, const struct analysis *analysis)
{
    if (analysis->live_cell_count == 0)
        return;
    json_open(json, "live_objects", '[');
    for (size_t i = 0; i < analysis->live_cell_count; i++)
        write_live_cell(json, analysis, &analysis->live_cells[i]);
    json_close(json, ']');
}

static void write_bound(struct json *json, const char *key, double ratio, const struct analysis_cell *cell)
{
    json_open(json, key, '{');
    json_real(json, "ratio", ratio);
    json_text(json, "pattern", patterns[cell->pattern].name);
    json_unsigned(json, "size_bytes", cell->size_bytes);
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
        json_text(json, "pattern", row->pattern < PATTERN_COUNT ? patterns[row->pattern].name : NULL);
        json_unsigned(json, "cells", row->cells);
        json_real(json, "median", row->median);
        write_bound(json, "least", row->least, row->least_cell);
        write_bound(json, "most", row->most, row->most_cell);
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
        json_text(json, "pattern", patterns[traversal->pattern].name);
        json_unsigned(json, "size_bytes", traversal->size_bytes);
        json_unsigned(json, "live_objects", traversal->live_objects);
        json_unsigned(json, "processes", traversal->process_count);
        for (int age = 0; age < HEAP_AGE_COUNT; age++)
            write_estimate(json, heap_age_name((enum heap_age)age), &traversal->ns_per_object[age]);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void write_findings(struct json *json, const struct analysis *analysis)
{
    json_open(json, "findings", '[');
    for (size_t i = 0; i < analysis->finding_count; i++) {
        json_open(json, NULL, '{');
        json_text(json, "platform", analysis->findings[i].platform);
        json_text(json, "text", analysis->findings[i].text);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void write_left_out(struct json *json, const struct analysis *analysis)
{
    json_open(json, "left_out", '[');
    for (size_t i = 0; i < analysis->left_out_count; i++) {
        json_open(json, NULL, '{');
        json_text(json, "file", analysis->left_out[i].name);
        json_text(json, "reason", analysis->left_out[i].reason);
        json_close(json, '}');
    }
    json_close(json, ']');
}

void analysis_write_json(const struct analysis *analysis, enum analysis_unit unit, FILE *stream)
{
    struct json json = {.stream = stream};
    json_open(&json, NULL, '{');
    json_unsigned(&json, "format", 1);
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
    write_live_cells(&json, analysis);
    write_traversals(&json, analysis);
    write_findings(&json, analysis);
    write_left_out(&json, analysis);
    json_close(&json, '}');
    fputc('\n', stream);
}
