// What an earlier analysis left in the output directory.
#ifndef CLI_EARLIER_FILES_H
#define CLI_EARLIER_FILES_H

#include "base/error.h"
#include "base/text.h"

// Appends one line that names the charts and the report in `directory` that are not among the paths of
// `written`; nothing when there is none, or when the directory cannot be read.
MUST_CHECK enum status earlier_files_append(const char *directory, const struct string_list *written,
                                            struct text *output, struct error *error);

#endif
