#include "commands/trace_text.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "command_line/wrap.h"
#include "commands/private.h"

enum { PLACE_COLUMNS = 47, VALUE_COLUMNS = 56, NUMBER_COLUMNS = 11 };

// The text holds what is shown.
static const char *show(uint64_t value, const char *unit, struct text *text)
{
    text_clear(text);
    program_append_quantity(text, (double)value, unit);
    return text_string(text);
}

static void append_fact(struct text *output, const struct facts *facts, const char *key, const char *label)
{
    const char *value = facts_get(facts, key);
    CLEANUP(text_release) struct text shown = {0};
    if (!value)
        return;
    text_append_printable(&shown, value, "");
    text_append_format(output, "%-20s  %.*s\n", label, VALUE_COLUMNS, text_string(&shown));
}

static void append_counts(struct text *output, const struct trace_summary *summary)
{
    CLEANUP(text_release) struct text first = {0}, second = {0};
    text_append_format(output, "%-20s  %" PRIu64 " in %s, %" PRIu64 " threads\n", "events", summary->events,
                       show(summary->duration_ns, "ns", &first), summary->threads);
    text_append_format(output, "%-20s  %" PRIu64 ", %s; %" PRIu64 " requests failed\n", "objects",
                       summary->objects, show(summary->allocated_bytes, "bytes", &first), summary->failed);
    text_append_format(output, "%-20s  %s at event %" PRIu64 " (%s); at most %" PRIu64 " objects\n",
                       "live at the peak", show(summary->peak_bytes, "bytes", &first), summary->peak_order,
                       show(summary->peak_time_ns, "ns", &second), summary->peak_objects);
    text_append_format(output, "%-20s  %" PRIu64 " objects, %s\n", "left at the end", summary->left_objects,
                       show(summary->left_bytes, "bytes", &first));
    const uint64_t ended = summary->objects - summary->left_objects;
    text_append_format(output, "%-20s  %" PRIu64 " objects (%.1f %% of those that ended)\n",
                       "handed to a thread", summary->handed_over,
                       ended ? 100.0 * (double)summary->handed_over / (double)ended : 0.0);
}

static void append_operations(struct text *output, const struct trace_summary *summary)
{
    text_append(output, "\nOperations\n");
    for (int i = 0; i < TRACE_OPERATION_COUNT; i++)
        if (summary->operations[i])
            text_append_format(output, "  %-18s  %12" PRIu64 "  %5.1f %%\n",
                               trace_operation_name((enum trace_operation)i), summary->operations[i],
                               100.0 * (double)summary->operations[i] / (double)summary->events);
}

static void append_quantiles(struct text *output, const char *label, const uint64_t *values, const char *unit)
{
    CLEANUP(text_release) struct text shown = {0};
    text_append_format(output, "  %-18s", label);
    for (size_t i = 0; i < TRACE_QUANTILES; i++) {
        text_append(output, " ");
        append_right(output, show(values[i], unit, &shown), NUMBER_COLUMNS);
    }
    text_append(output, "\n");
}

static void append_distributions(struct text *output, const struct trace_summary *summary)
{
    text_append_format(output, "\n%-20s %11s %11s %11s %11s %11s\n", "At most", "10 %", "50 %", "90 %",
                       "99 %", "all");
    append_quantiles(output, "size", summary->size_quantiles, "bytes");
    append_quantiles(output, "life in events", summary->life_events_quantiles, "");
    append_quantiles(output, "life in bytes", summary->life_bytes_quantiles, "bytes");
    append_quantiles(output, "life in time", summary->life_ns_quantiles, "ns");
}

static void append_sizes(struct text *output, const struct trace_summary *summary)
{
    CLEANUP(text_release) struct text shown = {0};
    text_append_format(output, "\nMost frequent sizes, of %" PRIu64 "\n", summary->distinct_sizes);
    for (size_t i = 0; i < summary->size_count; i++)
        text_append_format(output, "  %-18s  %12" PRIu64 "  %5.1f %%\n",
                           show(summary->sizes[i].size, "bytes", &shown), summary->sizes[i].count,
                           100.0 * (double)summary->sizes[i].count / (double)summary->objects);
}

static void append_sites(struct text *output, const char *title, const struct trace_site *sites, size_t count)
{
    CLEANUP(text_release) struct text shown = {0};
    text_append_format(output, "\n%-*s %12s %10s %5s\n", PLACE_COLUMNS, title, "objects", "bytes", "left");
    for (size_t i = 0; i < count; i++) {
        const uint64_t left = sites[i].count ? sites[i].live_objects * 100 / sites[i].count : 0;
        const int length = (int)strlen(sites[i].place);
        // Of a long name the end says where it is.
        const char *place =
            length > PLACE_COLUMNS - 2 ? sites[i].place + length - (PLACE_COLUMNS - 2) : sites[i].place;
        while ((*place & 0xc0) == 0x80) // not within a character
            place++;
        text_append_format(output, "  %-*s %12" PRIu64 " %10s %3" PRIu64 " %%\n", PLACE_COLUMNS - 2, place,
                           sites[i].count, show(sites[i].bytes, "bytes", &shown), left);
    }
}

static void append_places(struct text *output, const struct trace_summary *summary)
{
    CLEANUP(text_release) struct text sentence = {0};
    text_append_format(&sentence, "%" PRIu64 " places allocate.", summary->site_count);
    if (summary->sites_unknown)
        text_append_format(&sentence, " Of %" PRIu64 " objects the place is not known.",
                           summary->sites_unknown);
    if (summary->shown_sites)
        text_append(&sentence, " A ~ marks the nearest name, where debug information is missing.");
    text_append(output, "\n");
    wrap_append(output, text_string(&sentence), 0, 0);
}

void trace_text_append(struct text *output, const struct trace_summary *summary)
{
    append_fact(output, &summary->facts, "trace.command", "command");
    append_fact(output, &summary->facts, "trace.ended", "ended");
    append_counts(output, summary);
    append_fact(output, &summary->facts, "trace.lost_events", "lost events");
    append_fact(output, &summary->facts, "trace.foreign", "from elsewhere");
    if (summary->events == 0)
        return;
    append_operations(output, summary);
    if (summary->objects == 0)
        return;
    append_distributions(output, summary);
    append_sizes(output, summary);
    append_places(output, summary);
    if (summary->shown_sites == 0)
        return;
    append_sites(output, "Most objects", summary->by_count, summary->shown_sites);
    append_sites(output, "Most bytes", summary->by_bytes, summary->shown_sites);
}
