// Text in lines of at most 80 columns.
#ifndef COMMAND_LINE_WRAP_H
#define COMMAND_LINE_WRAP_H

#include "base/text.h"

enum { LINE_COLUMNS = 80 };

// Appends the words of `string`, breaking lines at spaces so that none is longer than LINE_COLUMNS (a longer
// word stands alone on its line). `column` is where the text already is; later lines begin with `indent`
// spaces. A newline in `string` breaks the line there. Ends with a newline. A column is a byte that starts a
// UTF-8 character.
void wrap_append(struct text *text, const char *string, size_t indent, size_t column);

// Appends `count` spaces.
void append_spaces(struct text *text, size_t count);

// Appends the string to the right of that many columns. A longer one keeps its length.
void append_right(struct text *text, const char *string, size_t columns);

// Appends a text out of a file, on one line, cut to `bytes` where it is longer.
void append_cut(struct text *text, const char *value, size_t bytes);

// The same to the left of that many columns of a table, with a blank after it.
void append_column(struct text *text, const char *value, size_t columns);

#endif
