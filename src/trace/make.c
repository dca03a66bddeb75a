// From a raw recording to a trace.
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "private.h"

// The words of the command, with a space between.
static void set_command(struct facts *facts, const struct raw_header *header)
{
    char words[sizeof header->command_line + 1];
    size_t length = header->command_line_bytes;
    memcpy(words, header->command_line, length);
    while (length > 0 && words[length - 1] == '\0')
        length--;
    for (size_t i = 0; i < length; i++)
        if (words[i] == '\0')
            words[i] = ' ';
    words[length] = '\0';
    facts_set(facts, "trace.command", words);
}

static enum status describe(const struct raw_file *file, const struct trace_made *made,
                            const struct facts *given, struct facts *ret_facts, struct error *error)
{
    const struct raw_header *header = &file->header;
    facts_set_format(ret_facts, "trace.format", "%d", TRACE_FORMAT);
    facts_set(ret_facts, "trace.program", header->program);
    set_command(ret_facts, header);
    facts_set_format(ret_facts, "trace.process", "%d", header->process);
    facts_set_format(ret_facts, "trace.parent", "%d", header->parent);
    facts_set_format(ret_facts, "trace.begin_realtime_ns", "%llu",
                     (unsigned long long)header->begin_realtime_ns);
    facts_set(ret_facts, "trace.clock", header->multiplier ? "counter" : "monotonic_raw");
    facts_set_format(ret_facts, "trace.frames", "%u", header->frames);
    facts_set(ret_facts, "trace.forked", header->is_forked ? "true" : "false");
    facts_set(ret_facts, "trace.complete", header->lost_events ? "false" : "true");
    facts_set_format(ret_facts, "trace.lost_events", "%llu", (unsigned long long)made->lost_events);
    facts_set_format(ret_facts, "trace.inversions", "%llu", (unsigned long long)made->inversions);
    facts_set_format(ret_facts, "trace.foreign", "%llu", (unsigned long long)made->foreign);
    facts_set_format(ret_facts, "trace.unseen", "%llu", (unsigned long long)made->unseen);
    for (size_t i = 0; given && i < given->count; i++)
        facts_set(ret_facts, given->items[i].key, given->items[i].value);
    return facts_check(ret_facts, error);
}

static void fill_made(const struct raw_file *file, struct trace_made *made)
{
    made->raw_events = file->event_count;
    made->raw_bytes = file->event_bytes;
    made->lost_events = file->header.lost_events;
    made->error_number = file->header.error_number;
    made->is_forked = file->header.is_forked != 0;
    made->process = file->header.process;
    snprintf(made->program, sizeof made->program, "%s", file->header.program);
}

enum status trace_count_recorded(const char *raw_path, uint64_t *ret_events, struct error *error)
{
    CLEANUP(raw_file_release) struct raw_file file = {0};
    enum status status = raw_file_open(raw_path, &file, error);
    if (status == STATUS_OK)
        *ret_events = file.event_count;
    return status;
}

enum status trace_make(const char *raw_path, const char *path, const struct trace_sources *sources,
                       struct trace_made *ret_made, struct error *error)
{
    CLEANUP(raw_file_release) struct raw_file file = {0};
    CLEANUP(site_list_release) struct site_list sites = {0};
    CLEANUP(place_list_release) struct place_list places = {0};
    CLEANUP(store_release) struct trace_store *store = NULL;
    CLEANUP(facts_release) struct facts facts = {0};
    struct trace_made made = {0};
    enum status status = raw_file_open(raw_path, &file, error);
    if (status != STATUS_OK)
        return status;
    fill_made(&file, &made);
    status = store_begin(path, &store, error);
    const struct repair_request request = {
        .file = &file, .sink = {store, store_event}, .context = &sites, .number_site = site_list_number};
    if (status == STATUS_OK)
        status = repair(&request, &made, error);
    made.sites = (uint32_t)sites.count;
    if (status == STATUS_OK)
        status = places_find(&file, &sites, !sources->without_symbols, &places, error);
    if (status == STATUS_OK)
        status = describe(&file, &made, sources->facts, &facts, error);
    if (status == STATUS_OK)
        status = store_finish(store, &sites, &places, &facts, error);
    if (status == STATUS_OK)
        *ret_made = made;
    return status;
}
