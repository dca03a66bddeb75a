// The progress of a run on standard error: on a terminal one line that is redrawn, elsewhere a plain line
// every few seconds. Drawn only between two workers, when nothing is measured.
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
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
};

void progress_init(struct progress *progress, int descriptor);

// A runner_progress_function; `context` is a struct progress.
void progress_show(void *context, const struct runner_progress *now);

// Takes the redrawn line away, before something else is printed.
void progress_clear(struct progress *progress);

#endif
