#include "doctor/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "doctor/checks.h"

const struct doctor_check doctor_checks[DOCTOR_CHECK_COUNT] = {
#define CHECK(name, looks_at, hurts) {#name, looks_at, hurts},
#include "doctor/doctor.def"
#undef CHECK
};

typedef bool check_function(const struct evidence *evidence, struct doctor_finding *finding);

static check_function *const check_functions[DOCTOR_CHECK_COUNT] = {
#define CHECK(name, looks_at, hurts) check_##name,
#include "doctor/doctor.def"
#undef CHECK
};

const struct doctor_observation doctor_nothing_observed = {
    .background_percent = -1,
    .busiest_percent = -1,
    .busiest_process = -1,
    .steal_percent = -1,
    .cpu_pressure_percent = -1,
    .memory_pressure_percent = -1,
    .throttled_periods = -1,
    .heat_events = -1,
    .swapped_out_pages = -1,
    .lost_percent = -1,
    .slow_probes_percent = -1,
    .slowest_probe_ratio = -1,
    .clock_cost_ns = -1,
    .clock_step_ns = -1,
    .clock_drift_ppm = -1,
};

const char *doctor_severity_name(enum doctor_severity severity)
{
    static const char *const names[DOCTOR_SEVERITY_COUNT] = {"fine", "worth knowing", "serious"};
    return names[severity];
}

PRINTF_LIKE(3, 0)
static bool format_whole(char *buffer, size_t capacity, const char *format, va_list arguments)
{
    int length = vsnprintf(buffer, capacity, format, arguments);
    return length >= 0 && (size_t)length < capacity;
}

bool say(struct doctor_finding *finding, enum doctor_severity severity, const char *sentence_format, ...)
{
    va_list arguments;
    va_start(arguments, sentence_format);
    bool whole = format_whole(finding->sentence, sizeof finding->sentence, sentence_format, arguments);
    va_end(arguments);
    // A cut may have gone through a character.
    size_t length = strlen(finding->sentence);
    while (!whole && length > 0 && (unsigned char)finding->sentence[length - 1] >= 0x80)
        finding->sentence[--length] = '\0';
    for (char *at = finding->sentence; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = ' ';
    finding->severity = severity;
    return true;
}

void mend_with(struct doctor_finding *finding, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (!format_whole(finding->mend, sizeof finding->mend, format, arguments))
        finding->mend[0] = '\0';
    va_end(arguments);
}

void undo_with(struct doctor_finding *finding, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (!format_whole(finding->undo, sizeof finding->undo, format, arguments))
        finding->undo[0] = '\0';
    va_end(arguments);
}

const char *fact(const struct evidence *evidence, const char *key)
{
    const char *value = facts_get(evidence->facts, key);
    return value ? value : "";
}

bool fact_is(const struct evidence *evidence, const char *key, const char *value)
{
    return strcmp(fact(evidence, key), value) == 0;
}

double fact_number(const struct evidence *evidence, const char *key)
{
    const char *value = fact(evidence, key);
    if (*value < '0' || *value > '9')
        return -1;
    return strtod(value, NULL);
}

bool is_plain_word(const char *value)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,_-+:/@";
    return *value && strspn(value, plain) == strlen(value);
}

void doctor_judge(const struct facts *facts, const struct doctor_observation *observation,
                  struct doctor_report *ret_report)
{
    const struct evidence evidence = {facts, observation};
    struct doctor_finding found[DOCTOR_CHECK_COUNT];
    bool is_found[DOCTOR_CHECK_COUNT];
    for (int check = 0; check < DOCTOR_CHECK_COUNT; check++) {
        found[check] = (struct doctor_finding){.check = (enum doctor_check_id)check};
        is_found[check] = check_functions[check](&evidence, &found[check]);
    }
    struct doctor_report report = {.observation = *observation};
    for (int severity = DOCTOR_SERIOUS; severity >= DOCTOR_FINE; severity--)
        for (int check = 0; check < DOCTOR_CHECK_COUNT; check++)
            if (is_found[check] && (int)found[check].severity == severity) {
                report.findings[report.count++] = found[check];
                report.serious_count += severity == DOCTOR_SERIOUS;
            }
    *ret_report = report;
}

enum status doctor_examine(const struct doctor_options *options, const struct facts *facts,
                           struct doctor_report *ret_report, struct error *error)
{
    struct doctor_observation observation = doctor_nothing_observed;
    enum status status =
        options->seconds > 0 ? doctor_observe(options->seconds, &observation, error) : STATUS_OK;
    if (status == STATUS_OK)
        doctor_judge(facts, &observation, ret_report);
    return status;
}
