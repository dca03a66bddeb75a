#include "doctor/doctor.h"
#include "base/cleanup.h"
#include "command_line/command.h"
#include "commands/private.h"
#include "environment/environment.h"

enum { OPTION_seconds, OPTION_json };

static const struct option_row options[] = {
    [OPTION_seconds] = {.name = "seconds",
                        .type = OPTION_DECIMAL,
                        .value_name = "SECONDS",
                        .maximum = 600,
                        .default_text = "3",
                        .help = "how long to watch, with one busy CPU; 0 checks settings only"},
    [OPTION_json] = {.name = "json", .type = OPTION_FLAG, .help = "print JSON"},
};

static enum status execute(struct invocation *invocation, struct error *error)
{
    CLEANUP(facts_release) struct facts facts = {0};
    environment_read(&facts);
    environment_read_load(&facts, "before.");
    enum status status = facts_check(&facts, error);
    if (status != STATUS_OK)
        return status;
    const struct doctor_options doctor_options = {.seconds = invocation->values[OPTION_seconds].decimal};
    struct doctor_report report;
    status = doctor_examine(&doctor_options, &facts, &report, error);
    if (status != STATUS_OK)
        return status;
    if (invocation->values[OPTION_json].given)
        doctor_append_json(&report, &invocation->output);
    else
        doctor_report_append(&invocation->output, &report);
    invocation->exit_code = report.serious_count > 0 ? 1 : 0;
    return STATUS_OK;
}

const struct command command_doctor = {
    .name = "doctor",
    .summary = "check this machine for causes of noise",
    .description =
        "Checks the settings of this machine and watches it for a few seconds. For each cause of "
        "noise it prints how much it hurts, the command that fixes it, and the command that undoes "
        "the fix. It changes nothing itself. Causes that do not apply to this machine are not "
        "mentioned.\n\n"
        "The exit code is 0 if nothing serious was found, and 1 otherwise.",
    .options = options,
    .option_count = COUNT_OF(options),
    .execute = execute,
};
