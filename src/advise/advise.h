// Which of a program's objects belong into a slab, a list or an arena, and what that would save.
//
//     trace → groups → each replayed with each strategy (training) → changes → replayed on every heap, on
//     other events (judging) → advice; the program itself on every heap → calibration
//
// A group is what comes from one call site, or all objects of one size. Training picks the best strategy for
// each group and the groups that go together; what a change is worth comes from the judging alone, since the
// best of many always looks better than it is on the events that it was picked on.
#ifndef ADVISE_ADVISE_H
#define ADVISE_ADVISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "axes/axes.h"
#include "base/json.h"
#include "replay/summary.h"

// ---- groups (groups.c) ----

enum {
    ADVISE_MAX_GROUPS = 5,
    ADVISE_MAX_CHANGES = ADVISE_MAX_GROUPS + 1, // and those that go together
};
#define ADVISE_LEAST_SHARE 0.02 // of the events: smaller groups cannot save much

enum advise_by { ADVISE_BY_SITE, ADVISE_BY_SIZE };

struct advise_group {
    uint64_t key;                     // site, or size in bytes
    char *place;                      // "parse_item (json.c:88)" or "24 bytes"; owned
    uint64_t events;                  // of its objects
    uint64_t objects;                 // that began, of sizes that can be pooled
    uint64_t bytes;                   // that were requested for them
    uint64_t least_bytes, most_bytes; // sizes of its objects
    uint64_t left_objects;            // at the end
    uint64_t handed_over;             // objects that ended in another thread: they come from the heap
    double mean_life_events;          // of those that ended; NaN: none did
    enum replay_strategy strategy;    // the best in training; REPLAY_BOX: none was tried
    double training_ratio;            // to box, the mean over the states of the heap; NaN: not measured
    bool goes_together;               // it saved time in training
};

// Start with {0}; released by advise_groups_release.
struct advise_groups {
    enum advise_by by;
    struct advise_group items[ADVISE_MAX_GROUPS]; // the most events first
    size_t count;
    uint64_t events; // of the trace that were looked at
    uint64_t all_events;
    uint64_t pooled_sizes_events; // of objects that any pool could take
};

void advise_groups_release(struct advise_groups *groups);

// The groups with the most events of those with orders below `until` (0: all). With `is_chosen`, `by` is to
// be what the groups are; otherwise it is sites where at least half of the events have one, and else sizes.
// STATUS_BAD_DATA where the trace is damaged.
MUST_CHECK enum status advise_find_groups(const char *trace, uint64_t until, bool is_chosen,
                                          enum advise_by by, struct advise_groups *ret_groups,
                                          struct error *error);

// Adds the rules by which the group has the strategy in a replay of `other`, a recording of the same program,
// or of the same trace (NULL). Without such objects in the other one there is no rule.
MUST_CHECK enum status advise_add_rules(const struct advise_groups *groups, size_t group,
                                        enum replay_strategy strategy, const char *trace, const char *other,
                                        struct replay_policy *policy, struct error *error);

// How many events a trace has. STATUS_BAD_DATA where it is damaged.
MUST_CHECK enum status advise_count_events(const char *trace, uint64_t *ret_events, struct error *error);

// ---- changes and advice (advice.c) ----

// What is replayed in the judging beside box: groups that are moved to their strategies.
struct advise_change {
    uint32_t groups; // bits
    char name[32];   // of the command: "slab-1", "together"
};

// The strategies that are tried in training.
#define ADVISE_FIRST_STRATEGY REPLAY_SLAB

// Fills in strategy, ratio and goes_together of the groups: `summaries`, one for each state of the heap, are
// of box and then, group by group, of every strategy but box on the system's heap.
void advise_take_training(struct advise_groups *groups, const struct replay_summary *summaries,
                          size_t state_count);

// A change for each group, and one of all that go together where they are several.
size_t advise_list_changes(const struct advise_groups *groups,
                           struct advise_change ret_changes[ADVISE_MAX_CHANGES]);

enum advise_answer {
    ADVISE_NOTHING, // neither another heap nor a change is faster
    ADVISE_HEAP,    // another heap is as good as anything, or within what counts
    ADVISE_CHANGE,  // a change of the source is worth more than any heap alone
    ADVISE_UNDECIDED,
};
const char *advise_answer_name(enum advise_answer answer); // "nothing", "heap", "change", "undecided"

// What one summary of the judging says: its cells are box, then the changes, on every heap.
enum advise_answer advise_answer_of(const struct replay_summary *summary);

// Whether it is known that no change of the source is worth more than the simplest choice, where the answer
// is not ADVISE_CHANGE. Otherwise more processes are needed to tell.
bool advise_is_settled(const struct replay_summary *summary);

// The cells in the order of their time against box in the same blocks, the least first; one without numbers
// stays behind the one before it. `ret_order` has room for all.
void advise_rank(const struct replay_summary *summary, size_t *ret_order);

// Nanoseconds that a cell takes less than box on the system's heap, over that many events: the median, and
// the interval that belongs to the ratio.
struct estimate advise_saved_ns(const struct replay_summary *summary, size_t cell, uint64_t events);

// ---- validation (validation.c) ----

// A heap, or a change, as the replay predicts it and as the program shows it: time compared with box on the
// system's heap, as a share of the program's whole time. -0.1: it takes 10 % less.
struct advise_point {
    size_t cell; // of the summary
    struct estimate predicted;
    struct estimate calibrated;           // by the slope
    struct estimate real;                 // NaN: not measured, as of changes
    double predicted_memory, real_memory; // ratio of the largest footprints; NaN: unknown
    bool is_real;
};

struct advise_validation {
    struct advise_point *points; // of the heaps, then of the changes; owned
    size_t count, heap_count;
    double allocation_share; // of the program's time: what box takes on the system's heap, without start and
                             // harness
    const char *metric;      // of the program: "cpu_ns" or "wall_ns"
    struct estimate slope;   // real / predicted over the heaps; NaN with fewer than two
    double tau;              // Kendall's, of predicted and real over the heaps; NaN with fewer than two
    size_t sign_errors,
        signs; // heaps that differ for certain, and of them those predicted the other way round
};

// Compares a replay of the whole trace with what the program shows on the same heaps. STATUS_NO_MEMORY is the
// only failure; released by advise_validation_release.
MUST_CHECK enum status advise_validate(const struct replay_summary *summary, uint64_t events,
                                       bool has_threads, const struct program_result *program,
                                       struct advise_validation *ret_validation, struct error *error);
void advise_validation_release(struct advise_validation *validation);

// ---- JSON (write_json.c) ----

// One part of the judging.
struct advise_judged {
    const char *trace;
    uint64_t from; // order of the first event that counts
    uint64_t events;
    enum heap_state_id state;
    const struct replay_summary *summary;
    const size_t *order;                    // of its cells, by advise_rank
    uint64_t moved[1 + ADVISE_MAX_CHANGES]; // objects that do not come from the heap: of box, of each change
};

// Members of the open object: "groups"; an object for the open array; "validation".
void advise_groups_write_json(struct json *json, const struct advise_groups *groups);
void advise_judged_write_json(struct json *json, const struct advise_judged *judged,
                              const struct advise_groups *groups, const struct advise_change *changes);
void advise_validation_write_json(struct json *json, const struct advise_validation *validation,
                                  const struct replay_summary *summary);

#endif
