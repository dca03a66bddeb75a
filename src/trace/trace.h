// A trace: a program's allocation calls, event by event, in one order. docs/trace-format.md documents the
// files, which other programs may write too. This module converts a raw recording (src/recorder/) into a
// trace, and reads, checks and summarises traces.
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/facts.h"
#include "base/text.h"

enum {
    TRACE_FORMAT = 1,
    TRACE_MAX_THREADS = 1 << 18,
    TRACE_MAX_SIZE_BITS = 47, // no object is larger: it would not fit into an address space
    TRACE_MAX_ALIGNMENT = 1 << 30,
};

enum trace_operation {
#define TRACE_OPERATION(id, name, effect) TRACE_##id,
#include "trace/operations.def"
#undef TRACE_OPERATION
    TRACE_OPERATION_COUNT
};

enum trace_effect { TRACE_BEGINS, TRACE_CHANGES, TRACE_ASKS, TRACE_ENDS };

const char *trace_operation_name(enum trace_operation operation);
enum trace_effect trace_operation_effect(enum trace_operation operation);

#define TRACE_NO_SITE UINT32_MAX

struct trace_event {
    uint64_t order;   // 0, 1, 2, …
    uint64_t time_ns; // since the recording began; never less than that of the event before
    uint32_t thread;
    enum trace_operation operation;
    bool has_object;    // false: the allocation failed
    uint64_t object;    // a number that no other object has while this one lives
    uint64_t size;      // bytes as requested; of TRACE_USABLE_SIZE the answer; 0 where an object ends
    uint64_t alignment; // that was requested; 0: none
    uint32_t site;      // row of the table of sites, TRACE_NO_SITE: not known
};

// ---- from a raw recording to a trace ----

// The result of one recording.
struct trace_made {
    uint64_t events, raw_events;
    uint64_t raw_bytes; // of the events, before they were made into a trace
    uint32_t threads, sites;
    uint64_t inversions;  // pairs of events that different threads stamped in the wrong order, put right
    uint64_t foreign;     // deallocations of objects that were allocated before, or by another heap, left out
    uint64_t unseen;      // objects whose address was given out again: their end was not seen, and is put in
    uint64_t lost_events; // because there was no room
    int error_number;     // why there was no room
    bool is_forked;       // by a recorded process
    int process;
    char program[1024];
};

struct trace_sources {
    const struct facts *facts; // of the machine and the recording, stored with the trace; NULL: none
    bool without_symbols;      // the table of sites has files and offsets alone
};

// Reads a raw recording and writes the trace as `path`, with its table of sites beside it
// (trace_sites_path()). An existing file is replaced. STATUS_BAD_DATA when the recording is damaged; one
// without events gives a trace without.
MUST_CHECK enum status trace_make(const char *raw_path, const char *path, const struct trace_sources *sources,
                                  struct trace_made *ret_made, struct error *error);

// Counts what is in a raw recording, without making anything of it.
MUST_CHECK enum status trace_count_recorded(const char *raw_path, uint64_t *ret_events, struct error *error);

// Where the sites of a trace are: x.parquet → x.sites.parquet.
MUST_CHECK enum status trace_sites_path(const char *path, struct text *ret_path, struct error *error);

// ---- reading ----

struct trace_reader;

// Opens a trace that may come from anywhere. STATUS_ENVIRONMENT when it cannot be read, STATUS_BAD_DATA when
// it has not the columns of a trace. The reader is released by trace_close.
MUST_CHECK enum status trace_open(const char *path, struct trace_reader **ret_reader, struct error *error);
void trace_close(struct trace_reader **reader);

// The next event. False at the end, and after an invalid event (then `ret_status` is STATUS_BAD_DATA
// and the error names its number): every object begins before it ends, and ends once; times do not go back;
// sizes, threads and alignments are possible ones.
bool trace_next(struct trace_reader *reader, struct trace_event *ret_event, enum status *ret_status,
                struct error *error);

// Of the object of the last event: what it was before. Bytes and moments are those of its beginning; after an
// event that ends it, these are its whole life. False when the event has no object.
struct trace_object {
    uint64_t size, begin_order, begin_time_ns;
    uint64_t begin_allocated_bytes; // by all objects until then
    uint32_t thread, site;
};
bool trace_last_object(const struct trace_reader *reader, struct trace_object *ret_object);

// The facts stored with it.
const struct facts *trace_facts(const struct trace_reader *reader);

// ---- sites (places.c) ----

struct trace_sites;

// Opens the table of sites beside a trace, which may be missing. Released by trace_sites_close.
MUST_CHECK enum status trace_sites_open(const char *trace_path, struct trace_sites **ret_sites,
                                        struct error *error);
void trace_sites_close(struct trace_sites **sites);

// Whether there is a table.
bool trace_sites_are_known(const struct trace_sites *sites);

// "function (file:line)"; "~function (module)" without debug information: the nearest name before it; "site
// 17" where nothing is known. The caller frees it. STATUS_NO_MEMORY is the only failure.
MUST_CHECK enum status trace_site_name(struct trace_sites *sites, uint32_t site, char **ret_name,
                                       struct error *error);

// Told of a site; false when memory ran out.
typedef bool trace_site_function(void *context, uint32_t site);

// The sites of another recording that are the same place of the same file as `site`, callers included. None
// where one of both has no table.
MUST_CHECK enum status trace_same_sites(struct trace_sites *sites, uint32_t site,
                                        const struct trace_sites *others, trace_site_function *take,
                                        void *context, struct error *error);

// ---- a summary ----

enum { TRACE_SHOWN_SIZES = 8, TRACE_SHOWN_SITES = 10, TRACE_QUANTILES = 5 }; // 0.1, 0.5, 0.9, 0.99, 1

struct trace_size {
    uint64_t size, count;
};

struct trace_site {
    uint32_t site;
    uint64_t count, bytes, live_objects, live_bytes; // the last two at the end
    char *place;                                     // trace_site_name, owned
};

// Start with {0}; released by trace_summary_release. Bytes are those that were requested.
struct trace_summary {
    uint64_t events, operations[TRACE_OPERATION_COUNT], failed;
    uint64_t threads, duration_ns;
    uint64_t objects, allocated_bytes; // a realloc that enlarges an object adds what it grows by
    uint64_t peak_objects, peak_bytes, peak_order, peak_time_ns;
    uint64_t left_objects, left_bytes; // at the end
    uint64_t handed_over;              // objects that ended in another thread than they began in
    uint64_t distinct_sizes;
    struct trace_size sizes[TRACE_SHOWN_SIZES]; // the most frequent
    size_t size_count;
    uint64_t size_quantiles[TRACE_QUANTILES];        // at object's beginning
    uint64_t life_events_quantiles[TRACE_QUANTILES]; // of objects that ended; upper bounds within 7 %
    uint64_t life_bytes_quantiles[TRACE_QUANTILES];  // bytes that were allocated meanwhile
    uint64_t life_ns_quantiles[TRACE_QUANTILES];
    uint64_t site_count, sites_unknown; // objects without a site
    struct trace_site by_count[TRACE_SHOWN_SITES], by_bytes[TRACE_SHOWN_SITES];
    size_t shown_sites;
    struct facts facts;
};

void trace_summary_release(struct trace_summary *summary);

MUST_CHECK enum status trace_summarize(const char *path, struct trace_summary *ret_summary,
                                       struct error *error);

#endif
