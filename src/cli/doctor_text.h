// A doctor's report for a person.
#ifndef CLI_DOCTOR_TEXT_H
#define CLI_DOCTOR_TEXT_H

#include "base/text.h"
#include "doctor/doctor.h"

// Appends all findings: the serious ones and those worth knowing with sentence and commands, of the rest the
// names. Commands are not wrapped, so that they can be copied.
void doctor_report_append(struct text *text, const struct doctor_report *report);

// Appends the serious findings alone; nothing when there is none.
void doctor_warnings_append(struct text *text, const struct doctor_report *report);

#endif
