// The checks of doctor.def. Inside this module alone.
#ifndef DOCTOR_CHECKS_H
#define DOCTOR_CHECKS_H

#include <stdbool.h>

#include "base/facts.h"
#include "doctor/doctor.h"

// What a check looks at.
struct evidence {
    const struct facts *facts;
    const struct doctor_observation *observed;
};

// Fills in the finding; false when the machine does not have what the check is about, or it is not known.
#define CHECK(name, looks_at, hurts)                                                                         \
    bool check_##name(const struct evidence *evidence, struct doctor_finding *finding);
#include "doctor/doctor.def"
#undef CHECK

// Sets severity and sentence, and returns true. The sentence has no control characters, whatever facts are
// put in.
bool say(struct doctor_finding *finding, enum doctor_severity severity, const char *sentence_format, ...)
    PRINTF_LIKE(3, 4);

// Set the commands; text that does not fit leaves the command empty, since a cut command does something else.
void mend_with(struct doctor_finding *finding, const char *format, ...) PRINTF_LIKE(2, 3);
void undo_with(struct doctor_finding *finding, const char *format, ...) PRINTF_LIKE(2, 3);

// The fact's value, or "" when it is not known.
const char *fact(const struct evidence *evidence, const char *key);

// Whether the fact is known and is that value.
bool fact_is(const struct evidence *evidence, const char *key, const char *value);

// The fact as a number; negative when it is not known or no number.
double fact_number(const struct evidence *evidence, const char *key);

// Whether `value` can be put into a command as it is: letters, digits and the characters . , _ - + : / @
// alone.
bool is_plain_word(const char *value);

#endif
