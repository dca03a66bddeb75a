// What is in a trace, on a page or as JSON.
#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "commands/trace_text.h"

enum { OPTION_json };

static const struct option_row options[] = {
    [OPTION_json] = {.name = "json", .type = OPTION_FLAG, .help = "print JSON"},
};

static const struct argument_row arguments[] = {{"FILE", "a trace in the format of docs/trace-format.md"}};

static void write_quantiles(struct json *json, const char *key, const uint64_t *values)
{
    static const char *const names[TRACE_QUANTILES] = {"p10", "p50", "p90", "p99", "max"};
    json_open(json, key, '{');
    for (size_t i = 0; i < TRACE_QUANTILES; i++)
        json_unsigned(json, names[i], values[i]);
    json_close(json, '}');
}

static void write_sites(struct json *json, const char *key, const struct trace_site *sites, size_t count)
{
    json_open(json, key, '[');
    for (size_t i = 0; i < count; i++) {
        json_open(json, NULL, '{');
        json_unsigned(json, "site", sites[i].site);
        json_text(json, "place", sites[i].place);
        json_unsigned(json, "objects", sites[i].count);
        json_unsigned(json, "bytes", sites[i].bytes);
        json_unsigned(json, "left_objects", sites[i].live_objects);
        json_unsigned(json, "left_bytes", sites[i].live_bytes);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void write_counts(struct json *json, const struct trace_summary *summary)
{
    json_unsigned(json, "events", summary->events);
    json_open(json, "operations", '{');
    for (int i = 0; i < TRACE_OPERATION_COUNT; i++)
        json_unsigned(json, trace_operation_name((enum trace_operation)i), summary->operations[i]);
    json_close(json, '}');
    json_unsigned(json, "failed", summary->failed);
    json_unsigned(json, "threads", summary->threads);
    json_unsigned(json, "duration_ns", summary->duration_ns);
    json_unsigned(json, "objects", summary->objects);
    json_unsigned(json, "allocated_bytes", summary->allocated_bytes);
    json_unsigned(json, "peak_objects", summary->peak_objects);
    json_unsigned(json, "peak_bytes", summary->peak_bytes);
    json_unsigned(json, "peak_order", summary->peak_order);
    json_unsigned(json, "peak_time_ns", summary->peak_time_ns);
    json_unsigned(json, "left_objects", summary->left_objects);
    json_unsigned(json, "left_bytes", summary->left_bytes);
    json_unsigned(json, "handed_over", summary->handed_over);
    json_unsigned(json, "distinct_sizes", summary->distinct_sizes);
}

static void write_summary(struct json *json, const struct trace_summary *summary)
{
    json_open(json, NULL, '{');
    write_counts(json, summary);
    json_open(json, "sizes", '[');
    for (size_t i = 0; i < summary->size_count; i++) {
        json_open(json, NULL, '{');
        json_unsigned(json, "size", summary->sizes[i].size);
        json_unsigned(json, "objects", summary->sizes[i].count);
        json_close(json, '}');
    }
    json_close(json, ']');
    write_quantiles(json, "size", summary->size_quantiles);
    write_quantiles(json, "life_events", summary->life_events_quantiles);
    write_quantiles(json, "life_bytes", summary->life_bytes_quantiles);
    write_quantiles(json, "life_ns", summary->life_ns_quantiles);
    json_unsigned(json, "sites", summary->site_count);
    json_unsigned(json, "objects_without_site", summary->sites_unknown);
    write_sites(json, "sites_by_objects", summary->by_count, summary->shown_sites);
    write_sites(json, "sites_by_bytes", summary->by_bytes, summary->shown_sites);
    json_facts(json, "facts", &summary->facts);
    json_close(json, '}');
}

static void append_json(struct text *output, const struct trace_summary *summary)
{
    struct json json = {.text = output};
    write_summary(&json, summary);
    text_append(output, "\n");
}

static enum status execute(struct invocation *invocation, struct error *error)
{
    CLEANUP(trace_summary_release) struct trace_summary summary = {0};
    enum status status = trace_summarize(invocation->arguments[0], &summary, error);
    if (status != STATUS_OK)
        return status;
    if (invocation->values[OPTION_json].given)
        append_json(&invocation->output, &summary);
    else
        trace_text_append(&invocation->output, &summary);
    return STATUS_OK;
}

const struct command command_trace = {
    .name = "trace",
    .summary = "show what is in a recorded trace",
    .description =
        "Reads a trace, checks every event, and summarises it on one page: events, threads, sizes, "
        "lifetimes, the peak of live objects, objects handed from thread to thread, and the call "
        "sites that allocate most. Bytes are those requested, without the heap's overhead.\n\n"
        "The trace may come from another program; docs/trace-format.md defines the format. An invalid "
        "trace is refused, and the message gives the number of the event.",
    .arguments = arguments,
    .min_arguments = 1,
    .max_arguments = 1,
    .options = options,
    .option_count = COUNT_OF(options),
    .execute = execute,
};
