#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "doctor/doctor.h"
#include "doctor_machines.h"
#include "document.h"

static const struct doctor_finding *find(const struct doctor_report *report, enum doctor_check_id check)
{
    for (size_t i = 0; i < report->count; i++)
        if (report->findings[i].check == check)
            return &report->findings[i];
    return NULL;
}

static void examine(const struct doctor_machine *machine, struct doctor_report *ret_report)
{
    CLEANUP(facts_release) struct facts facts = {0};
    for (const struct known_fact *fact = machine->facts; fact->key; fact++)
        facts_set(&facts, fact->key, fact->value);
    struct doctor_observation observation = doctor_nothing_observed;
    if (machine->observe)
        machine->observe(&observation);
    doctor_judge(&facts, &observation, ret_report);
}

// Whether a shell understands the command; it is not run.
static bool is_shell_command(const char *command)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        execlp("sh", "sh", "-n", "-c", command, (char *)NULL);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status == 0;
}

static void assert_command(const char *machine, const char *what, const char *command, const char *expected)
{
    if (strcmp(command, expected ? expected : "") != 0)
        fail_msg("%s: %s is \"%s\", not \"%s\"", machine, what, command, expected ? expected : "");
    if (*command && !is_shell_command(command))
        fail_msg("%s: no shell understands \"%s\"", machine, command);
}

static void assert_expectation(const char *machine, const struct doctor_report *report,
                               const struct expected_finding *expected)
{
    const struct doctor_finding *finding = find(report, expected->check);
    const char *name = doctor_checks[expected->check].name;
    if (expected->is_absent) {
        if (finding)
            fail_msg("%s: %s says \"%s\", but there is nothing to say", machine, name, finding->sentence);
        return;
    }
    if (!finding)
        fail_msg("%s: %s says nothing", machine, name);
    if (finding->severity != expected->severity)
        fail_msg("%s: %s is %s: %s", machine, name, doctor_severity_name(finding->severity),
                 finding->sentence);
    if (expected->words && !strstr(finding->sentence, expected->words))
        fail_msg("%s: \"%s\" does not say \"%s\"", machine, finding->sentence, expected->words);
    assert_command(machine, name, finding->fix, expected->fix);
    assert_command(machine, name, finding->undo, expected->undo);
}

static void every_machine_gets_its_findings_and_no_others(void **state)
{
    (void)state;
    bool said[DOCTOR_CHECK_COUNT] = {false};
    assert_true(doctor_machine_count > 10);
    for (size_t i = 0; i < doctor_machine_count; i++) {
        const struct doctor_machine *machine = &doctor_machines[i];
        struct doctor_report report;
        examine(machine, &report);
        size_t expected_count = 0;
        for (const struct expected_finding *expected = machine->findings;
             expected->check < DOCTOR_CHECK_COUNT; expected++) {
            assert_expectation(machine->name, &report, expected);
            expected_count += !expected->is_absent;
            said[expected->check] |= !expected->is_absent;
        }
        if (report.count != expected_count)
            fail_msg("%s: %zu findings, not %zu", machine->name, report.count, expected_count);
    }
    for (int check = 0; check < DOCTOR_CHECK_COUNT; check++)
        if (!said[check])
            fail_msg("no machine has anything for %s", doctor_checks[check].name);
}

static void nothing_known_means_nothing_said(void **state)
{
    (void)state;
    struct facts facts = {0};
    struct doctor_report report;
    doctor_judge(&facts, &doctor_nothing_observed, &report);
    assert_int_equal(report.count, 0);
    assert_int_equal(report.serious_count, 0);
}

static void serious_findings_come_first(void **state)
{
    (void)state;
    size_t examined = 0;
    for (size_t i = 0; i < doctor_machine_count; i++) {
        struct doctor_report report;
        examine(&doctor_machines[i], &report);
        size_t serious = 0;
        for (size_t j = 0; j < report.count; j++) {
            serious += report.findings[j].severity == DOCTOR_SERIOUS;
            if (j == 0)
                continue;
            const struct doctor_finding *earlier = &report.findings[j - 1], *later = &report.findings[j];
            assert_true(earlier->severity > later->severity ||
                        (earlier->severity == later->severity && earlier->check < later->check));
            examined++;
        }
        assert_int_equal(report.serious_count, serious);
    }
    assert_true(examined > 10);
}

// Values that no kernel writes do not become commands, nor reach a terminal.
static void hostile_facts_are_kept_out_of_commands(void **state)
{
    (void)state;
    static const char *const values[] = {
        "; reboot", "$(reboot)", "a'b\"c`reboot`",       "\x1b[31m\n\treboot",
        "-1",       "0",         "99999999999999999999", "reboot\xc3\xa4"};
    static char long_value[5000];
    memset(long_value, 'r', sizeof long_value - 1);
    size_t examined = 0;
    for (size_t i = 0; i < doctor_machine_count; i++)
        for (const struct known_fact *changed = doctor_machines[i].facts; changed->key; changed++)
            for (size_t j = 0; j <= COUNT_OF(values); j++) {
                CLEANUP(facts_release) struct facts facts = {0};
                for (const struct known_fact *fact = doctor_machines[i].facts; fact->key; fact++)
                    facts_set(&facts, fact->key, fact->value);
                facts_set(&facts, changed->key, j < COUNT_OF(values) ? values[j] : long_value);
                struct doctor_observation observation = doctor_nothing_observed;
                struct doctor_report report;
                doctor_judge(&facts, &observation, &report);
                for (size_t k = 0; k < report.count; k++) {
                    const struct doctor_finding *finding = &report.findings[k];
                    for (const char *at = finding->sentence; *at; at++)
                        assert_true((unsigned char)*at >= ' ');
                    const char *quoted = strstr(finding->undo, "'; reboot'"); // quoted, it is harmless
                    bool harmless = quoted || strstr(finding->undo, "'$(reboot)'") ||
                                    strstr(finding->undo, "'reboot\xc3\xa4'");
                    assert_true(harmless ||
                                (!strstr(finding->fix, "reboot") && !strstr(finding->undo, "reboot")));
                    examined++;
                }
            }
    assert_true(examined > 500);
}

static void report_becomes_facts_and_json(void **state)
{
    (void)state;
    struct doctor_report report;
    examine(&doctor_machines[0], &report);
    CLEANUP(facts_release) struct facts facts = {0};
    doctor_store(&report, &facts);
    size_t findings = 0;
    for (size_t i = 0; i < facts.count; i++)
        findings += strncmp(facts.items[i].key, "doctor.observed.", strlen("doctor.observed.")) != 0;
    assert_int_equal(findings, report.count);
    assert_non_null(facts_get(&facts, "doctor.governor"));
    assert_int_equal(strncmp(facts_get(&facts, "doctor.governor"), "serious: The governor is", 24), 0);
    assert_string_equal(facts_get(&facts, "doctor.observed.steal_percent"), "0");
    assert_null(facts_get(&facts, "doctor.observed.swapped_out_pages"));

    struct doctor_report small = {.count = 1, .observation = doctor_nothing_observed};
    small.findings[0] = (struct doctor_finding){.check = DOCTOR_aslr, .severity = DOCTOR_SERIOUS};
    snprintf(small.findings[0].sentence, sizeof small.findings[0].sentence, "a \"b\" \\ \x01");
    snprintf(small.findings[0].fix, sizeof small.findings[0].fix, "m");
    CLEANUP(text_release) struct text json = {0};
    doctor_append_json(&small, &json);
    assert_string_equal(text_string(&json),
                        "{\n  \"observed\": {\n    \"seconds\": 0\n  },\n  \"findings\": [\n"
                        "    {\"check\": \"aslr\", \"severity\": \"serious\", \"sentence\": "
                        "\"a \\\"b\\\" \\\\ \\u0001\", \"fix\": \"m\"}\n  ]\n}\n");
}

static void documentation_lists_every_check(void **state)
{
    (void)state;
    CLEANUP(text_release) struct text expected = {0};
    text_append(&expected, "| check | looks at | what it hurts |\n| --- | --- | --- |\n");
    for (int check = 0; check < DOCTOR_CHECK_COUNT; check++) {
        text_append_format(&expected, "| `%s` | ", doctor_checks[check].name);
        append_markdown(&expected, doctor_checks[check].looks_at);
        text_append(&expected, " | ");
        append_markdown(&expected, doctor_checks[check].hurts);
        text_append(&expected, " |\n");
    }
    assert_document_part("docs/doctor.md", "checks", text_string(&expected));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_machine_gets_its_findings_and_no_others),
        cmocka_unit_test(nothing_known_means_nothing_said),
        cmocka_unit_test(serious_findings_come_first),
        cmocka_unit_test(hostile_facts_are_kept_out_of_commands),
        cmocka_unit_test(report_becomes_facts_and_json),
        cmocka_unit_test(documentation_lists_every_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
