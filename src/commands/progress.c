#include "commands/progress.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "command_line/terminal.h"

static const double redraw_interval_seconds = 0.1;
static const double plain_interval_seconds = 5;

enum { BAR_CELLS = 20, NARROWEST_BAR = 5 };

void duration_append(struct text *text, double seconds)
{
    if (!(seconds >= 0) || seconds > 1e8) {
        text_append(text, "?");
        return;
    }
    unsigned long whole = (unsigned long)ceil(seconds); // "0 s left" would be wrong while something is left
    if (whole < 60)
        text_append_format(text, "%lu s", whole);
    else if (whole < 3600)
        text_append_format(text, "%lu min %02lu s", whole / 60, whole % 60);
    else
        text_append_format(text, "%lu h %02lu min", whole / 3600, whole / 60 % 60);
}

// "about 6 min": no more digits than are known.
static void append_rough_duration(struct text *text, double seconds)
{
    double unit = seconds < 60 ? 10 : 60;
    text_append(text, "about ");
    if (seconds >= 60 && seconds < 3600)
        text_append_format(text, "%.0f min", ceil(seconds / unit));
    else
        duration_append(text, ceil(seconds / unit) * unit);
}

static unsigned percent_of(const struct runner_progress *progress)
{
    return progress->total ? (unsigned)(100.0 * (double)progress->done / (double)progress->total) : 100;
}

static void append_failed(struct text *text, size_t failed)
{
    if (failed)
        text_append_format(text, ", %zu failed", failed);
}

static void append_left(struct text *text, const struct runner_progress *progress)
{
    if (progress->remaining_seconds < 0 || progress->done == progress->total)
        return;
    if (progress->remaining_is_rough)
        append_rough_duration(text, progress->remaining_seconds);
    else
        duration_append(text, progress->remaining_seconds);
    text_append(text, " left");
}

static void append_next(struct text *text, const struct runner_progress *progress)
{
    if (!progress->next)
        return;
    text_append_format(text, "%s %s %" PRIu32, progress->next->allocator,
                       patterns[progress->next->cell.pattern].name, progress->next->cell.size_bytes);
}

static void append_bar(struct text *text, const struct runner_progress *progress, size_t cells)
{
    size_t filled = progress->total ? cells * progress->done / progress->total : cells;
    text_append(text, "[");
    for (size_t i = 0; i < cells; i++)
        text_append(text, i < filled ? "#" : "-");
    text_append(text, "]");
}

// The parts in the order of their importance; each joins when it fits. The bar takes what room is left.
void progress_append_line(struct text *text, const struct runner_progress *progress, size_t columns)
{
    enum { PERCENT, LEFT, COUNTS, NEXT, PART_COUNT };
    CLEANUP(text_release) struct text percent = {0}, left = {0}, counts = {0}, next = {0};
    text_append_format(&percent, "%3u %%", percent_of(progress));
    append_left(&left, progress);
    text_append_format(&counts, "%zu/%zu", progress->done, progress->total);
    append_failed(&counts, progress->failed);
    append_next(&next, progress);
    struct text *parts[PART_COUNT] = {
        [PERCENT] = &percent, [LEFT] = &left, [COUNTS] = &counts, [NEXT] = &next};
    size_t used = 0;
    for (int i = 0; i < PART_COUNT; i++) {
        size_t width = parts[i]->length ? parts[i]->length + (i == PERCENT ? 0 : 2) : 0;
        if (used + width > columns)
            text_clear(parts[i]);
        else
            used += width;
    }
    text_append(text, text_string(&percent));
    if (used + 3 + NARROWEST_BAR + 1 <= columns) {
        size_t cells = columns - used - 3;
        text_append(text, " ");
        append_bar(text, progress, cells < BAR_CELLS ? cells : BAR_CELLS);
    }
    static const int order[] = {COUNTS, NEXT, LEFT};
    for (size_t i = 0; i < COUNT_OF(order); i++)
        if (parts[order[i]]->length)
            text_append_format(text, "  %s", text_string(parts[order[i]]));
}

void progress_append_plain(struct text *text, const struct runner_progress *progress)
{
    text_append_format(text, "%3u %%  %zu of %zu processes", percent_of(progress), progress->done,
                       progress->total);
    append_failed(text, progress->failed);
    if (progress->done < progress->total && progress->remaining_seconds >= 0) {
        text_append(text, ", ");
        append_left(text, progress);
    }
    text_append(text, "\n");
}

void progress_init(struct progress *progress, int descriptor)
{
    *progress = (struct progress){.descriptor = descriptor, .redraws = terminal_can_redraw(descriptor)};
}

// In one piece, so that the line is never seen half; that nobody reads it any more does not matter.
static void write_text(int descriptor, const struct text *text)
{
    if (!text->failed && text->length)
        (void)!write(descriptor, text->bytes, text->length);
}

void progress_show(void *context, const struct runner_progress *now)
{
    struct progress *progress = context;
    double interval = progress->redraws ? redraw_interval_seconds : plain_interval_seconds;
    bool is_last = now->done == now->total;
    if (progress->was_shown && !is_last && now->elapsed_seconds < progress->shown_seconds + interval)
        return;
    progress->was_shown = true;
    progress->shown_seconds = now->elapsed_seconds;
    struct runner_progress line = *now;
    if (now->remaining_seconds >= 0)
        line.remaining_seconds = time_shown_next(&progress->time_left, now->elapsed_seconds,
                                                 now->remaining_seconds, now->remaining_is_rough);
    CLEANUP(text_release) struct text text = {0};
    if (progress->redraws) {
        text_append(&text, "\r");
        progress_append_line(&text, &line, terminal_columns(progress->descriptor) - 1);
        text_append(&text, "\x1b[K");
        progress->line_is_drawn = true;
    } else {
        progress_append_plain(&text, &line);
    }
    write_text(progress->descriptor, &text);
}

void progress_clear(struct progress *progress)
{
    if (!progress->line_is_drawn)
        return;
    (void)!write(progress->descriptor, "\r\x1b[K", 4);
    progress->line_is_drawn = false;
}

void tell_that_nothing_locks(const char *directory, const char *name)
{
    fprintf(stderr,
            "memalloc-bench: the file system of %s has no locks.\n"
            "    Start no second run of %s there before this one has finished.\n",
            directory, name);
}
