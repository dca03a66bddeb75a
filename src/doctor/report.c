// A report as facts and as JSON.
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "doctor/doctor.h"

static const struct observed_row {
    const char *name;
    size_t offset; // in struct doctor_observation
} observed_rows[] = {
    {"seconds", offsetof(struct doctor_observation, seconds)},
    {"background_percent", offsetof(struct doctor_observation, background_percent)},
    {"busiest_percent", offsetof(struct doctor_observation, busiest_percent)},
    {"steal_percent", offsetof(struct doctor_observation, steal_percent)},
    {"cpu_pressure_percent", offsetof(struct doctor_observation, cpu_pressure_percent)},
    {"memory_pressure_percent", offsetof(struct doctor_observation, memory_pressure_percent)},
    {"throttled_periods", offsetof(struct doctor_observation, throttled_periods)},
    {"heat_events", offsetof(struct doctor_observation, heat_events)},
    {"swapped_out_pages", offsetof(struct doctor_observation, swapped_out_pages)},
    {"lost_percent", offsetof(struct doctor_observation, lost_percent)},
    {"slow_probes_percent", offsetof(struct doctor_observation, slow_probes_percent)},
    {"slowest_probe_ratio", offsetof(struct doctor_observation, slowest_probe_ratio)},
    {"clock_cost_ns", offsetof(struct doctor_observation, clock_cost_ns)},
    {"clock_step_ns", offsetof(struct doctor_observation, clock_step_ns)},
    {"clock_drift_ppm", offsetof(struct doctor_observation, clock_drift_ppm)},
};

static double observed_number(const struct doctor_observation *observation, size_t row)
{
    double number;
    memcpy(&number, (const char *)observation + observed_rows[row].offset, sizeof number);
    return number;
}

void doctor_store(const struct doctor_report *report, struct facts *facts)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct doctor_finding *finding = &report->findings[i];
        char key[64];
        snprintf(key, sizeof key, "doctor.%s", doctor_checks[finding->check].name);
        facts_set_format(facts, key, "%s: %s", doctor_severity_name(finding->severity), finding->sentence);
    }
    for (size_t i = 0; i < COUNT_OF(observed_rows); i++) {
        double number = observed_number(&report->observation, i);
        char key[64];
        snprintf(key, sizeof key, "doctor.observed.%s", observed_rows[i].name);
        if (number >= 0)
            facts_set_format(facts, key, "%.4g", number);
    }
}

// Facts and sentences are valid UTF-8 already.
static void append_string(struct text *text, const char *string)
{
    text_append(text, "\"");
    for (; *string; string++) {
        unsigned char byte = (unsigned char)*string;
        if (byte == '"' || byte == '\\')
            text_append_format(text, "\\%c", byte);
        else if (byte < ' ')
            text_append_format(text, "\\u%04x", byte);
        else
            text_append_bytes(text, string, 1);
    }
    text_append(text, "\"");
}

static void append_member(struct text *text, const char *separator, const char *name, const char *value)
{
    text_append(text, separator);
    append_string(text, name);
    text_append(text, ": ");
    append_string(text, value);
}

void doctor_append_json(const struct doctor_report *report, struct text *text)
{
    text_append(text, "{\n  \"observed\": {");
    const char *separator = "";
    for (size_t i = 0; i < COUNT_OF(observed_rows); i++) {
        double number = observed_number(&report->observation, i);
        if (number < 0)
            continue;
        text_append_format(text, "%s\n    \"%s\": %.6g", separator, observed_rows[i].name, number);
        separator = ",";
    }
    text_append(text, "\n  },\n  \"findings\": [");
    for (size_t i = 0; i < report->count; i++) {
        const struct doctor_finding *finding = &report->findings[i];
        text_append(text, i > 0 ? ",\n    {" : "\n    {");
        append_member(text, "", "check", doctor_checks[finding->check].name);
        append_member(text, ", ", "severity", doctor_severity_name(finding->severity));
        append_member(text, ", ", "sentence", finding->sentence);
        if (finding->fix[0])
            append_member(text, ", ", "fix", finding->fix);
        if (finding->undo[0])
            append_member(text, ", ", "undo", finding->undo);
        text_append(text, "}");
    }
    text_append(text, "\n  ]\n}\n");
}
