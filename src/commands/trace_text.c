#include "commands/trace_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "command_line/wrap.h"

enum { NUMBER_BYTES = 32, PLACE_COLUMNS = 47, VALUE_COLUMNS = 56 };

// Four significant digits: "12.3 MiB".
static const char *show_bytes(uint64_t bytes, char buffer[NUMBER_BYTES])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    size_t unit = 0;
    for (; value >= 1024 && unit + 1 < COUNT_OF(units); unit++)
        value /= 1024;
    snprintf(buffer, NUMBER_BYTES, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
    return buffer;
}

static const char *show_time(uint64_t ns, char buffer[NUMBER_BYTES])
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    double value = (double)ns;
    size_t unit = 0;
    for (; value >= 1000 && unit + 1 < COUNT_OF(units); unit++)
        value /= 1000;
    snprintf(buffer, NUMBER_BYTES, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
    return buffer;
}

static const char *show_count(uint64_t count, char buffer[NUMBER_BYTES])
{
    snprintf(buffer, NUMBER_BYTES, "%" PRIu64, count);
    return buffer;
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
    char first[NUMBER_BYTES], second[NUMBER_BYTES];
    text_append_format(output, "%-20s  %" PRIu64 " in %s, %" PRIu64 " threads\n", "events", summary->events,
                       show_time(summary->duration_ns, first), summary->threads);
    text_append_format(output, "%-20s  %" PRIu64 ", %s; %" PRIu64 " requests failed\n", "objects",
                       summary->objects, show_bytes(summary->allocated_bytes, first), summary->failed);
    text_append_format(output, "%-20s  %s at event %" PRIu64 " (%s); at most %" PRIu64 " objects\n",
                       "live at the peak", show_bytes(summary->peak_bytes, first), summary->peak_order,
                       show_time(summary->peak_time_ns, second), summary->peak_objects);
    text_append_format(output, "%-20s  %" PRIu64 " objects, %s\n", "left at the end", summary->left_objects,
                       show_bytes(summary->left_bytes, first));
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

static void append_quantiles(struct text *output, const char *label, const uint64_t *values,
                             const char *(*show)(uint64_t value, char *buffer))
{
    text_append_format(output, "  %-18s", label);
    for (size_t i = 0; i < TRACE_QUANTILES; i++) {
        char buffer[NUMBER_BYTES];
        text_append_format(output, " %11s", show(values[i], buffer));
    }
    text_append(output, "\n");
}

static void append_distributions(struct text *output, const struct trace_summary *summary)
{
    text_append_format(output, "\n%-20s %11s %11s %11s %11s %11s\n", "At most", "10 %", "50 %", "90 %",
                       "99 %", "all");
    append_quantiles(output, "size", summary->size_quantiles, show_bytes);
    append_quantiles(output, "life in events", summary->life_events_quantiles, show_count);
    append_quantiles(output, "life in bytes", summary->life_bytes_quantiles, show_bytes);
    append_quantiles(output, "life in time", summary->life_ns_quantiles, show_time);
}

static void append_sizes(struct text *output, const struct trace_summary *summary)
{
    char buffer[NUMBER_BYTES];
    text_append_format(output, "\nMost frequent sizes, of %" PRIu64 "\n", summary->distinct_sizes);
    for (size_t i = 0; i < summary->size_count; i++)
        text_append_format(output, "  %-18s  %12" PRIu64 "  %5.1f %%\n",
                           show_bytes(summary->sizes[i].size, buffer), summary->sizes[i].count,
                           100.0 * (double)summary->sizes[i].count / (double)summary->objects);
}

static void append_sites(struct text *output, const char *title, const struct trace_site *sites, size_t count)
{
    char buffer[NUMBER_BYTES];
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
                           sites[i].count, show_bytes(sites[i].bytes, buffer), left);
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
