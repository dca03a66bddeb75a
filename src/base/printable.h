// Text from outside, made safe to show: on a terminal, in a message, in a file that others open.
#ifndef BASE_PRINTABLE_H
#define BASE_PRINTABLE_H

#include "base/text.h"

// Appends `string` with '?' in the place of every byte that is no well-formed UTF-8 and of every control
// character (C0, DEL, C1, line and paragraph separators, changes of writing direction), those in `kept`
// excepted: "" or "\n".
void text_append_printable(struct text *text, const char *string, const char *kept);

// Appends it as a field of CSV: printable, and quoted where RFC 4180 asks for that. A first character that a
// spreadsheet takes for a formula gets an apostrophe.
void text_append_csv(struct text *text, const char *value);

// Likewise a number, nine digits of it; nothing where it is not finite.
void text_append_csv_real(struct text *text, double value);

// A user's word, made safe for a message: control characters replaced by '?', cut with "..." when long.
struct shown_word {
    char text[64];
};
struct shown_word show_word(const char *word);

#endif
