#include "commands/private.h"

#include <string.h>

#include "base/cleanup.h"
#include "command_line/wrap.h"

enum { NAME_COLUMN = 2, SENTENCE_COLUMN = 18 };

static void append_finding(struct text *text, const struct doctor_finding *finding)
{
    const char *name = doctor_checks[finding->check].name;
    append_spaces(text, NAME_COLUMN);
    text_append_format(text, "%-*s", SENTENCE_COLUMN - NAME_COLUMN, name);
    wrap_append(text, finding->sentence, SENTENCE_COLUMN, SENTENCE_COLUMN);
    if (finding->fix[0])
        text_append_format(text, "%*sfix:  %s\n", SENTENCE_COLUMN, "", finding->fix);
    if (finding->undo[0])
        text_append_format(text, "%*sundo: %s\n", SENTENCE_COLUMN, "", finding->undo);
}

static void append_severity(struct text *text, const struct doctor_report *report,
                            enum doctor_severity severity, const char *title)
{
    bool is_first = true;
    for (size_t i = 0; i < report->count; i++) {
        if (report->findings[i].severity != severity)
            continue;
        if (is_first)
            text_append_format(text, "%s\n", title);
        is_first = false;
        append_finding(text, &report->findings[i]);
    }
    if (!is_first)
        text_append(text, "\n");
}

static void append_fine(struct text *text, const struct doctor_report *report)
{
    CLEANUP(text_release) struct text names = {0};
    for (size_t i = 0; i < report->count; i++)
        if (report->findings[i].severity == DOCTOR_FINE)
            text_append_format(&names, "%s%s", names.length > 0 ? ", " : "",
                               doctor_checks[report->findings[i].check].name);
    if (names.length == 0)
        return;
    text_append(text, "Fine\n  ");
    wrap_append(text, text_string(&names), NAME_COLUMN, NAME_COLUMN);
}

void doctor_report_append(struct text *text, const struct doctor_report *report)
{
    append_severity(text, report, DOCTOR_SERIOUS, "Serious");
    append_severity(text, report, DOCTOR_WORTH_KNOWING, "Worth knowing");
    append_fine(text, report);
}

void doctor_warnings_append(struct text *text, const struct doctor_report *report)
{
    append_severity(text, report, DOCTOR_SERIOUS,
                    "Problems for this measurement (details: memalloc-bench doctor):");
}
