// A comparison for a person: what was compared, what counts, the cells by verdict, and what it comes to.
#ifndef CLI_COMPARE_TEXT_H
#define CLI_COMPARE_TEXT_H

#include <stdbool.h>

#include "base/text.h"
#include "compare/compare.h"

struct compare_text_options {
    enum compare_metric metric;
    bool all;    // list every cell, unchanged ones too
    bool colour; // the terminal understands it
};

// Appends lines of at most 80 columns.
void compare_text_append(struct text *text, const struct comparison *comparison,
                         const struct run_values runs[RUN_COUNT], const struct compare_text_options *options);

#endif
