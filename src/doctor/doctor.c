#include "doctor/doctor.h"

#include "doctor/private.h"

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

const char *doctor_severity_name(enum doctor_severity severity)
{
    static const char *const names[DOCTOR_SEVERITY_COUNT] = {"fine", "worth knowing", "serious"};
    return names[severity];
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
