// The progress of a run on standard error: on a terminal one line that is redrawn, elsewhere a plain line
// every few seconds. Drawn only between two workers, when nothing is measured.
#ifndef COMMANDS_PROGRESS_H
#define COMMANDS_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "plan/time_left.h"
#include "runner/runner.h"

// "2 min 10 s", at most 11 columns. Negative: "?".
void duration_append(struct text *text, double seconds);

// The redrawn line: as many of its parts as fit `columns`, never longer. No newline.
void progress_append_line(struct text *text, const struct runner_progress *progress, size_t columns);

// The plain line, at most 80 columns, with its newline.
void progress_append_plain(struct text *text, const struct runner_progress *progress);

// Where and when it was drawn. Start with progress_init.
struct progress {
    int descriptor;
    bool redraws;
    bool line_is_drawn;
    bool was_shown;
    double shown_seconds; // elapsed_seconds when it was drawn last
    struct time_shown time_left;
};

void progress_init(struct progress *progress, int descriptor);

// A runner_progress_function; `context` is a struct progress. The time left is shown as time_shown_next()
// says, and while it is rough as "about 6 min left".
void progress_show(void *context, const struct runner_progress *now);

// Takes the redrawn line away, before something else is printed.
void progress_clear(struct progress *progress);

// Says that the directory is on a file system without locks: nobody will notice a second run of that name.
void tell_that_nothing_locks(const char *directory, const char *name);

#endif
