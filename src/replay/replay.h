// A trace replayed: the same requests in the same order, with another strategy underneath, on any heap.
//
//     trace ‖ policy → stream (compile.c) ‖ the replayer, a program of its own → time, memory
//
// A stream is compiled for one policy: it says for every object how it is obtained. So the replayer decides
// nothing and looks nothing up while the clock runs. It prints what it measured, and runs on every heap as
// any program does (src/program/).
#ifndef REPLAY_REPLAY_H
#define REPLAY_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/number_map.h"

enum {
    REPLAY_MAX_THREADS = 1024,
    REPLAY_CLASS_BYTES = 16,        // a slab, or a list, is for sizes of the same multiple of this
    REPLAY_MAX_POOLED_BYTES = 4096, // larger objects come from the heap in any case
};

enum replay_strategy {
#define REPLAY_STRATEGY(id, name, summary, cost) REPLAY_##id,
#include "replay/strategies.def"
#undef REPLAY_STRATEGY
    REPLAY_STRATEGY_COUNT
};

struct replay_strategy_row {
    const char *name;
    const char *summary;
    const char *cost; // what a program has to accept
};

extern const struct replay_strategy_row replay_strategies[REPLAY_STRATEGY_COUNT];

// ---- policies (policy.c) ----

// Which strategy an object has, by its site and size at its beginning; a rule for a site comes before one for
// a size. Start with {0}: everything is BOX. Released by replay_policy_release.
struct replay_policy {
    enum replay_strategy otherwise;
    struct number_map sites, sizes; // to strategies
};

void replay_policy_release(struct replay_policy *policy);

// Reads a policy: lines "site N STRATEGY", "size N STRATEGY" (bytes) and "otherwise STRATEGY"; '#' begins a
// comment. STATUS_USAGE names the line that is none.
MUST_CHECK enum status replay_policy_read(const char *path, struct replay_policy *ret_policy,
                                          struct error *error);

// The strategy of an object of that site (TRACE_NO_SITE: unknown) and size in bytes, whatever its alignment.
enum replay_strategy replay_policy_of(const struct replay_policy *policy, uint32_t site, uint64_t size);

// ---- streams (compile.c) ----

struct replay_request {
    const char *trace_path;
    const struct replay_policy *policy;
    // Events of these orders are timed. Those before `from` come first, while no clock runs, so that the heap
    // is as the program had it; from `until` on (0: the end) nothing is replayed.
    uint64_t from, until;
    bool with_gaps; // threads wait for the moments that the trace has
};

struct replay_made {
    uint64_t events;      // of the trace that are timed
    uint64_t untimed;     // that are replayed before the clock starts
    uint64_t left_out;    // malloc_usable_size, and requests that failed
    uint64_t objects;     // that began
    uint64_t pooled;      // of them, those that do not come from the heap
    uint64_t handed_over; // times that an object went from one thread to another
    uint64_t peak_bytes;  // largest sum of the sizes of live objects
    uint32_t threads;
};

// Compiles a trace into a stream for the replayer of this machine. Objects that go from one thread to another
// come from the heap, whatever the policy says, since slabs, lists and arenas belong to one thread. A file
// that is there is replaced. STATUS_BAD_DATA where the trace is damaged, has too many threads, or has more
// events than a stream holds (2^32 of one thread).
MUST_CHECK enum status replay_compile(const struct replay_request *request, const char *stream_path,
                                      struct replay_made *ret_made, struct error *error);

#endif
