// JSON and CSV. Texts may come from anybody's file: control characters are replaced, and in JSON what ends a
// script in HTML is escaped too.
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/printable.h"
#include "compare/compare.h"

static const char *const side_names[RUN_COUNT + 1] = {"a", "b", NULL};

// --- JSON ---

static void write_text(struct json *json, const char *key, const char *value)
{
    CLEANUP(text_release) struct text printable = {0};
    if (value)
        text_append_printable(&printable, value, "\n");
    json_text(json, key, value ? text_string(&printable) : NULL);
}

static void write_run(struct json *json, const struct comparison *comparison, const struct dataset *run,
                      enum run_side side)
{
    const struct null_control *control = &comparison->controls[side];
    json_open(json, side_names[side], '{');
    write_text(json, "file", run->benchmark_file);
    write_text(json, "platform", run->platform);
    json_boolean(json, "replicated", run->replicated);
    json_boolean(json, "anchor", !comparison->anchor_missing[side]);
    json_real(json, "other_cpus", comparison->other_cpus[side]);
    json_real(json, "disturbed", comparison->disturbed[side]);
    json_open(json, "null_control", '{');
    json_unsigned(json, "groups", control->cells);
    json_unsigned(json, "differing", control->differing);
    json_real(json, "p95", control->cells > 0 ? control->p95 : NAN);
    json_real(json, "threshold", control->cells > 0 ? control->threshold : NAN);
    json_close(json, '}');
    json_close(json, '}');
}

static void write_differences(struct json *json, const struct comparison *comparison)
{
    json_open(json, "differences", '[');
    for (size_t i = 0; i < comparison->difference_count; i++) {
        const struct fact_difference *difference = &comparison->differences[i];
        json_open(json, NULL, '{');
        write_text(json, "fact", difference->key);
        write_text(json, "a", difference->values[RUN_A]);
        write_text(json, "b", difference->values[RUN_B]);
        json_boolean(json, "decides", difference->decides);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void write_axes(struct json *json, const struct cell_name *name)
{
    for (int i = 0; i < AXIS_COUNT; i++) {
        uint64_t value = cell_name_value(*name, (enum axis_id)i);
        if (axes[i].place == AXIS_PLACE_SWEPT && axes[i].type == AXIS_TYPE_NUMBER)
            json_unsigned(json, axes[i].name, value);
        else if (axes[i].place == AXIS_PLACE_SWEPT)
            json_text(json, axes[i].name, axes[i].text((uint32_t)value));
    }
}

static void write_cell(struct json *json, const struct compared_cell *cell)
{
    bool inconclusive = cell->verdict == VERDICT_INCONCLUSIVE;
    json_open(json, NULL, '{');
    write_text(json, "allocator", cell->name.allocator);
    write_text(json, "pattern", cell->name.pattern);
    json_unsigned(json, "size_bytes", cell->name.size_bytes);
    write_axes(json, &cell->name);
    json_text(json, "verdict", verdict_name(cell->verdict));
    json_text(json, "reason", inconclusive ? compare_reason_name(cell->reason) : NULL);
    json_text(json, "reason_side", inconclusive ? side_names[cell->reason_side] : NULL);
    if (inconclusive && cell->processes_needed > 0)
        json_unsigned(json, "processes_needed", cell->processes_needed);
    else
        json_null(json, "processes_needed");
    json_unsigned(json, "a_processes", cell->processes[RUN_A]);
    json_unsigned(json, "b_processes", cell->processes[RUN_B]);
    json_boolean(json, "divided_by_anchor", cell->divided_by_anchor);
    json_real(json, "probe_slope", cell->probe_slope);
    json_real(json, "a_ns_per_object", cell->median_ns[RUN_A]);
    json_real(json, "b_ns_per_object", cell->median_ns[RUN_B]);
    json_real(json, "ratio", cell->ratio.value);
    json_real(json, "ratio_low", cell->ratio.interval.low);
    json_real(json, "ratio_high", cell->ratio.interval.high);
    json_real(json, "p", cell->p_value);
    json_real(json, "p_adjusted", cell->adjusted_p);
    json_real(json, "a_disturbed", cell->disturbed[RUN_A]);
    json_real(json, "b_disturbed", cell->disturbed[RUN_B]);
    json_real(json, "a_kernel_events", cell->kernel_events[RUN_A]);
    json_real(json, "b_kernel_events", cell->kernel_events[RUN_B]);
    json_close(json, '}');
}

// Absent where one of the runs has no footprints.
static void write_memory(struct json *json, const struct comparison *comparison)
{
    if (comparison->memory_count == 0)
        return;
    json_open(json, "memory", '[');
    for (size_t i = 0; i < comparison->memory_count; i++) {
        const struct compared_memory *memory = &comparison->memory[i];
        json_open(json, NULL, '{');
        write_text(json, "allocator", memory->name.allocator);
        json_unsigned(json, "size_bytes", memory->name.size_bytes);
        write_axes(json, &memory->name);
        json_text(json, "quantity", memory_quantity_name(memory->quantity));
        json_text(json, "verdict", memory_verdict_name(memory->verdict));
        json_real(json, "a", memory->values[RUN_A]);
        json_real(json, "b", memory->values[RUN_B]);
        json_real(json, "limit", memory->limit);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void write_comparison(struct json *json, const struct comparison *comparison,
                             const struct dataset runs[RUN_COUNT])
{
    json_open(json, NULL, '{');
    json_unsigned(json, "format", 2);
    json_text(json, "outcome", compare_outcome_name(comparison_outcome(comparison)));
    json_unsigned(json, "exit_code", (unsigned)comparison_outcome(comparison));
    json_text(json, "metric", metric_name(comparison->metric));
    json_boolean(json, "comparable", comparison->comparable);
    json_boolean(json, "forced", comparison->forced);
    json_boolean(json, "live", comparison->live);
    json_real(json, "threshold", comparison->threshold);
    json_text(json, "threshold_from", threshold_source_name(comparison->threshold_source));
    json_open(json, "anchors", '{');
    json_unsigned(json, "groups", comparison->anchor_cells);
    json_real(json, "p95", comparison->anchor_cells > 0 ? comparison->anchor_p95 : NAN);
    json_real(json, "threshold", comparison->anchor_cells > 0 ? comparison->anchor_threshold : NAN);
    json_close(json, '}');
    json_real(json, "significance", comparison->significance);
    json_unsigned(json, "family", comparison->tested);
    json_open(json, "counts", '{');
    for (int verdict = 0; verdict < VERDICT_COUNT; verdict++)
        json_unsigned(json, verdict_name((enum verdict)verdict), comparison->verdict_counts[verdict]);
    json_close(json, '}');
    json_open(json, "runs", '{');
    for (int side = 0; side < RUN_COUNT; side++)
        write_run(json, comparison, &runs[side], (enum run_side)side);
    json_close(json, '}');
    write_differences(json, comparison);
    json_open(json, "axes", '[');
    for (int i = 0; i < AXIS_COUNT; i++)
        if (axes[i].place == AXIS_PLACE_SWEPT)
            axis_write_json(json, &axes[i]);
    json_close(json, ']');
    json_open(json, "cells", '[');
    for (size_t i = 0; i < comparison->count; i++)
        write_cell(json, &comparison->cells[i]);
    json_close(json, ']');
    write_memory(json, comparison);
    json_close(json, '}');
}

void comparison_append_json(struct text *text, const struct comparison *comparison,
                            const struct dataset runs[RUN_COUNT])
{
    struct json json = {.text = text};
    write_comparison(&json, comparison, runs);
    text_append(text, "\n");
}

// --- CSV ---

// Axes that came later are the last columns, so that those of earlier versions stay where they were.
static bool is_late(int axis)
{
    return axis != AXIS_live_objects;
}

// The names of the swept axes, or with a name of a cell its values on them.
static void append_csv_axes(struct text *text, const struct cell_name *name, bool late)
{
    for (int i = 0; i < AXIS_COUNT; i++) {
        char word[AXIS_WORD_BYTES];
        if (axes[i].place != AXIS_PLACE_SWEPT || is_late(i) != late)
            continue;
        if (name)
            axis_format(&axes[i], (uint32_t)cell_name_value(*name, (enum axis_id)i), word);
        text_append_format(text, ",%s", name ? word : axes[i].name);
    }
}

void comparison_append_csv(struct text *text, const struct comparison *comparison)
{
    text_append(text, "allocator,pattern,size_bytes");
    append_csv_axes(text, NULL, false);
    text_append(text,
                ",verdict,reason,reason_side,processes_needed,a_"
                "processes,b_processes,"
                "divided_by_anchor,a_ns_per_object,b_ns_per_object,ratio,ratio_low,ratio_high,p,p_adjusted,"
                "a_disturbed,b_disturbed,a_kernel_events,b_kernel_events,probe_slope");
    append_csv_axes(text, NULL, true);
    text_append(text, "\n");
    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared_cell *cell = &comparison->cells[i];
        bool inconclusive = cell->verdict == VERDICT_INCONCLUSIVE;
        const char *side = inconclusive ? side_names[cell->reason_side] : NULL;
        text_append_csv(text, cell->name.allocator);
        text_append(text, ",");
        text_append_csv(text, cell->name.pattern);
        text_append_format(text, ",%" PRIu64, cell->name.size_bytes);
        append_csv_axes(text, &cell->name, false);
        text_append_format(text, ",%s,%s,%s,", verdict_name(cell->verdict),
                           inconclusive ? compare_reason_name(cell->reason) : "", side ? side : "");
        if (inconclusive && cell->processes_needed > 0)
            text_append_format(text, "%zu", cell->processes_needed);
        text_append_format(text, ",%zu,%zu,%s", cell->processes[RUN_A], cell->processes[RUN_B],
                           cell->divided_by_anchor ? "true" : "false");
        const double reals[] = {
            cell->median_ns[RUN_A],     cell->median_ns[RUN_B],     cell->ratio.value,
            cell->ratio.interval.low,   cell->ratio.interval.high,  cell->p_value,
            cell->adjusted_p,           cell->disturbed[RUN_A],     cell->disturbed[RUN_B],
            cell->kernel_events[RUN_A], cell->kernel_events[RUN_B], cell->probe_slope,
        };
        for (size_t k = 0; k < COUNT_OF(reals); k++) {
            text_append(text, ",");
            text_append_csv_real(text, reals[k]);
        }
        append_csv_axes(text, &cell->name, true);
        text_append(text, "\n");
    }
}
