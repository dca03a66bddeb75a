// JSON and CSV. Texts may come from anybody's file: control characters are replaced, and in JSON what ends a
// script or an attribute in HTML is escaped too.
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "compare/compare.h"

static const char *const side_names[RUN_COUNT + 1] = {"a", "b", NULL};

// --- JSON ---

static void append_json_text(struct text *text, const char *key, const char *value)
{
    text_append_format(text, "\"%s\": ", key);
    if (!value) {
        text_append(text, "null");
        return;
    }
    CLEANUP(text_release) struct text printable = {0};
    text_append_printable(&printable, value, "\n");
    text_append(text, "\"");
    for (const char *c = text_string(&printable); *c; c++) {
        if (*c == '\n')
            text_append(text, "\\n");
        else if (strchr("\"\\<>&'", *c))
            text_append_format(text, "\\u%04x", (unsigned)(unsigned char)*c);
        else
            text_append_bytes(text, c, 1);
    }
    text_append(text, "\"");
}

static void append_json_real(struct text *text, const char *key, double value)
{
    if (isfinite(value))
        text_append_format(text, "\"%s\": %.9g", key, value);
    else
        text_append_format(text, "\"%s\": null", key);
}

static void append_json_boolean(struct text *text, const char *key, bool value)
{
    text_append_format(text, "\"%s\": %s", key, value ? "true" : "false");
}

static void append_json_run(struct text *text, const struct comparison *comparison,
                            const struct run_values *run, enum run_side side)
{
    const struct null_control *control = &comparison->controls[side];
    text_append_format(text, "    \"%s\": {", side_names[side]);
    append_json_text(text, "file", run->file);
    text_append(text, ", ");
    append_json_text(text, "platform", run->platform);
    text_append(text, ", ");
    append_json_boolean(text, "replicated", run->replicated);
    text_append(text, ", ");
    append_json_boolean(text, "anchor", !comparison->anchor_missing[side]);
    text_append_format(text, ",\n      \"null_control\": {\"groups\": %zu, \"differing\": %zu, ",
                       control->groups, control->differing);
    append_json_real(text, "p95", control->groups > 0 ? control->p95 : NAN);
    text_append(text, "}}");
}

static void append_json_differences(struct text *text, const struct comparison *comparison)
{
    text_append(text, "  \"differences\": [");
    for (size_t i = 0; i < comparison->difference_count; i++) {
        const struct fact_difference *difference = &comparison->differences[i];
        text_append(text, i > 0 ? ",\n    {" : "\n    {");
        append_json_text(text, "fact", difference->key);
        text_append(text, ", ");
        append_json_text(text, "a", difference->values[RUN_A]);
        text_append(text, ", ");
        append_json_text(text, "b", difference->values[RUN_B]);
        text_append(text, ", ");
        append_json_boolean(text, "decides", difference->decides);
        text_append(text, "}");
    }
    text_append(text, comparison->difference_count > 0 ? "\n  ],\n" : "],\n");
}

static void append_json_cell(struct text *text, const struct compared_cell *cell)
{
    bool inconclusive = cell->verdict == VERDICT_INCONCLUSIVE;
    const struct {
        const char *key;
        double value;
    } reals[] = {
        {"a_ns_per_object", cell->median_ns[RUN_A]},
        {"b_ns_per_object", cell->median_ns[RUN_B]},
        {"ratio", cell->ratio.value},
        {"ratio_low", cell->ratio.interval.low},
        {"ratio_high", cell->ratio.interval.high},
        {"p", cell->p_value},
        {"p_adjusted", cell->adjusted_p},
    };
    text_append(text, "{");
    append_json_text(text, "allocator", cell->allocator);
    text_append(text, ", ");
    append_json_text(text, "pattern", cell->pattern);
    text_append_format(text, ", \"size_bytes\": %" PRIu64 ", \"live_objects\": %" PRIu64 ", ",
                       cell->size_bytes, cell->live_objects);
    append_json_text(text, "verdict", verdict_name(cell->verdict));
    text_append(text, ", ");
    append_json_text(text, "reason", inconclusive ? compare_reason_name(cell->reason) : NULL);
    text_append(text, ", ");
    append_json_text(text, "reason_side", inconclusive ? side_names[cell->reason_side] : NULL);
    text_append(text, ", \"processes_needed\": ");
    if (inconclusive && cell->processes_needed > 0)
        text_append_format(text, "%zu", cell->processes_needed);
    else
        text_append(text, "null");
    text_append_format(text, ",\n     \"a_processes\": %zu, \"b_processes\": %zu, ", cell->processes[RUN_A],
                       cell->processes[RUN_B]);
    append_json_boolean(text, "divided_by_anchor", cell->divided_by_anchor);
    for (size_t i = 0; i < COUNT_OF(reals); i++) {
        text_append(text, ", ");
        append_json_real(text, reals[i].key, reals[i].value);
    }
    text_append(text, "}");
}

void comparison_append_json(struct text *text, const struct comparison *comparison,
                            const struct run_values runs[RUN_COUNT], enum compare_metric metric)
{
    text_append(text, "{\n  \"format\": 1,\n  ");
    append_json_text(text, "outcome", compare_outcome_name(comparison_outcome(comparison)));
    text_append_format(text, ",\n  \"exit_code\": %d,\n  ", (int)comparison_outcome(comparison));
    append_json_text(text, "metric", compare_metric_name(metric));
    text_append(text, ",\n  ");
    append_json_boolean(text, "comparable", comparison->comparable);
    text_append(text, ", ");
    append_json_boolean(text, "forced", comparison->forced);
    text_append(text, ", ");
    append_json_boolean(text, "downgraded", comparison->downgraded);
    text_append(text, ", ");
    append_json_boolean(text, "live", comparison->live);
    text_append(text, ",\n  ");
    append_json_real(text, "threshold", comparison->threshold);
    text_append(text, ", ");
    append_json_boolean(text, "threshold_from_null_control", comparison->threshold_from_control);
    text_append(text, ", ");
    append_json_real(text, "significance", comparison->significance);
    text_append_format(text, ", \"family\": %zu,\n  \"counts\": {", comparison->tested);
    for (int verdict = 0; verdict < VERDICT_COUNT; verdict++)
        text_append_format(text, "%s\"%s\": %zu", verdict > 0 ? ", " : "",
                           verdict_name((enum verdict)verdict), comparison->verdict_counts[verdict]);
    text_append(text, "},\n  \"runs\": {\n");
    for (int side = 0; side < RUN_COUNT; side++) {
        append_json_run(text, comparison, &runs[side], (enum run_side)side);
        text_append(text, side + 1 < RUN_COUNT ? ",\n" : "\n  },\n");
    }
    append_json_differences(text, comparison);
    text_append(text, "  \"cells\": [");
    for (size_t i = 0; i < comparison->count; i++) {
        text_append(text, i > 0 ? ",\n    " : "\n    ");
        append_json_cell(text, &comparison->cells[i]);
    }
    text_append(text, comparison->count > 0 ? "\n  ]\n}\n" : "]\n}\n");
}

// --- CSV ---

// Quoted where RFC 4180 asks for it. A first character that a spreadsheet takes for a formula gets an
// apostrophe.
static void append_csv_text(struct text *text, const char *value)
{
    CLEANUP(text_release) struct text printable = {0};
    text_append_printable(&printable, value, "");
    const char *string = text_string(&printable);
    const char *formula = *string && strchr("=+-@", *string) ? "'" : "";
    if (!strpbrk(string, "\",")) {
        text_append_format(text, "%s%s", formula, string);
        return;
    }
    text_append_format(text, "\"%s", formula);
    for (const char *c = string; *c; c++)
        text_append_format(text, *c == '"' ? "\"%c" : "%c", *c);
    text_append(text, "\"");
}

static void append_csv_real(struct text *text, double value)
{
    if (isfinite(value))
        text_append_format(text, ",%.9g", value);
    else
        text_append(text, ",");
}

void comparison_append_csv(struct text *text, const struct comparison *comparison)
{
    text_append(
        text, "allocator,pattern,size_bytes,live_objects,verdict,reason,reason_side,processes_needed,a_"
              "processes,b_processes,"
              "divided_by_anchor,a_ns_per_object,b_ns_per_object,ratio,ratio_low,ratio_high,p,p_adjusted\n");
    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared_cell *cell = &comparison->cells[i];
        bool inconclusive = cell->verdict == VERDICT_INCONCLUSIVE;
        const char *side = inconclusive ? side_names[cell->reason_side] : NULL;
        append_csv_text(text, cell->allocator);
        text_append(text, ",");
        append_csv_text(text, cell->pattern);
        text_append_format(text, ",%" PRIu64 ",%" PRIu64 ",%s,%s,%s,", cell->size_bytes, cell->live_objects,
                           verdict_name(cell->verdict), inconclusive ? compare_reason_name(cell->reason) : "",
                           side ? side : "");
        if (inconclusive && cell->processes_needed > 0)
            text_append_format(text, "%zu", cell->processes_needed);
        text_append_format(text, ",%zu,%zu,%s", cell->processes[RUN_A], cell->processes[RUN_B],
                           cell->divided_by_anchor ? "true" : "false");
        const double reals[] = {cell->median_ns[RUN_A],   cell->median_ns[RUN_B],    cell->ratio.value,
                                cell->ratio.interval.low, cell->ratio.interval.high, cell->p_value,
                                cell->adjusted_p};
        for (size_t k = 0; k < COUNT_OF(reals); k++)
            append_csv_real(text, reals[k]);
        text_append(text, "\n");
    }
}
