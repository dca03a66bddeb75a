// What the files of this folder share.
#ifndef TRACE_PRIVATE_H
#define TRACE_PRIVATE_H

#include "base/number_map.h"
#include "database/database.h"
#include "recorder/raw.h"
#include "trace/trace.h"

// ---- raw_file.c: one recording ----

// An event as it was recorded.
struct raw_event {
    uint64_t ticks;
    uint32_t thread;
    enum raw_operation operation;
    uint64_t object, size, alignment, site;
    const uint64_t *frames; // of RAW_FRAME words
    uint32_t frame_count;
};

// Words of one thread without a gap.
struct raw_part {
    const uint64_t *begin, *end;
    uint64_t first_ticks;
    uint32_t thread;
};

// Start with {0}.
struct raw_file {
    const unsigned char *bytes;
    size_t length;
    struct raw_header header;
    struct raw_part *parts; // in the order of their first ticks
    size_t part_count, part_capacity;
    struct raw_map *maps; // in the order of `since_ticks`
    const char **paths;   // of the maps
    size_t map_count, map_capacity;
    uint64_t event_count, event_bytes;
};

void raw_file_release(struct raw_file *file);
MUST_CHECK enum status raw_file_open(const char *path, struct raw_file *ret_file, struct error *error);

// Reads the event at `*words`, and moves there. `*ticks` is the time of the event before. False at the end,
// and where nothing sensible follows (then *words is not `end`).
bool raw_next(const uint64_t **words, const uint64_t *end, uint64_t *ticks, struct raw_event *ret_event);

// ---- merge.c: the events of all threads in the order of their time ----

struct merge_stream {
    const uint64_t *words, *end;
    uint64_t ticks;
    struct raw_event next;
};

// Start with {.file = …}.
struct merge {
    const struct raw_file *file;
    struct merge_stream *heap; // the one with the earliest event first
    size_t count, capacity, next_part;
};

void merge_release(struct merge *merge);
// False at the end. `*ret_failed` when memory ran out.
bool merge_next(struct merge *merge, struct raw_event *ret_event, bool *ret_failed);

// ---- repair.c: from addresses to objects ----

// Takes the finished events.
struct event_sink {
    void *context;
    bool (*take)(void *context, const struct trace_event *event); // false ends it
};

// Turns the recording into events. Sites are numbered by `number_site`.
struct repair_request {
    const struct raw_file *file;
    struct event_sink sink;
    void *context;
    bool (*number_site)(void *context, const struct raw_event *event, uint32_t *ret_site); // false: no memory
};

// STATUS_OK also when the sink ended it.
MUST_CHECK enum status repair(const struct repair_request *request, struct trace_made *made,
                              struct error *error);

// ---- sites.c ----

// A place that events come from: the call site and, when they were recorded, the frames beyond.
struct site {
    uint64_t *addresses; // owned
    uint32_t count;
    uint64_t ticks; // when it was first seen
};

// Start with {0}.
struct site_list {
    struct site *items;
    size_t count, capacity;
    struct number_map by_hash; // hash → index of the last with that hash
    size_t *before;            // index + 1 of the one before with the same hash; 0: none
};

void site_list_release(struct site_list *sites);
bool site_list_number(void *sites, const struct raw_event *event, uint32_t *ret_site);

// One address of a site.
struct place {
    const char *module;      // path of the file; "" for memory that is no file's, NULL: not known
    uint64_t offset;         // in the file's own addresses; the call's, not where it returns to
    char build_id[65];       // "" when not known
    char *function, *source; // owned; NULL when not known
    uint64_t line;           // 0 when not known
};

struct place_list {
    struct place *items;
    size_t count;
};

void place_list_release(struct place_list *places);

// The places of all addresses of all sites, in their order. With symbols where there are any.
MUST_CHECK enum status places_find(const struct raw_file *file, const struct site_list *sites,
                                   bool with_symbols, struct place_list *ret_places, struct error *error);

// ---- module.c: an ELF file that is only read ----

struct module_file {
    uint64_t bias_file_offset[16], bias_address[16], bias_bytes[16]; // of its loaded segments
    size_t segments;
    char build_id[65];
};

// False when it cannot be read, is no 64-bit ELF file of this byte order, or has another inode (0: any will
// do).
bool module_read(const char *path, uint64_t inode, struct module_file *ret_module);
uint64_t module_address(const struct module_file *module, uint64_t file_offset);

// ---- symbols.c ----

// Asks addr2line for functions and lines of places that have the same module. What it does not know stays
// NULL; without that program everything does.
MUST_CHECK enum status symbols_find(const char *module, struct place *const *places, size_t count,
                                    struct error *error);

// ---- store.c: the files ----

struct trace_store;

MUST_CHECK enum status store_begin(const char *path, struct trace_store **ret_store, struct error *error);
bool store_event(void *store, const struct trace_event *event);
MUST_CHECK enum status store_finish(struct trace_store *store, const struct site_list *sites,
                                    const struct place_list *places, const struct facts *facts,
                                    struct error *error);
void store_release(struct trace_store **store);

// Opens a database for a trace at `path`, whose temporary files lie beside it.
MUST_CHECK enum status open_trace_database(const char *path, struct database *ret_database,
                                           struct error *error);

#endif
