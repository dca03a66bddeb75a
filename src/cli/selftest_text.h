// What a self-test found: a table for a person, and JSON as docs/selftest.md describes it.
#ifndef CLI_SELFTEST_TEXT_H
#define CLI_SELFTEST_TEXT_H

#include "selftest/selftest.h"

void selftest_text_append(struct text *text, const struct selftest *selftest, const char *platform);
MUST_CHECK enum status selftest_json_append(struct text *text, const struct selftest *selftest,
                                            const char *platform, bool quick, struct error *error);

#endif
