// What a replay comes to. It is measured as a program is (src/program/): every strategy is a command, and all
// of them run on every heap in every block. Here each strategy on each heap is compared with `box` on the
// system's heap, in the same block and state of the heap, by the rule that holds everywhere: paired signed
// ranks, Holm over all of the state, and no difference smaller than what the same strategy on the same heap
// shows against itself.
#ifndef REPLAY_SUMMARY_H
#define REPLAY_SUMMARY_H

#include "base/json.h"
#include "program/analysis.h"
#include "replay/replay.h"

// What the replayer prints, and the patterns by which src/program/ takes it.
enum replay_metric {
    REPLAY_EVENT_NS,       // time of an event, the harness's included
    REPLAY_HARNESS_NS,     // the harness's own
    REPLAY_START_NS,       // CPU time of the whole process before it reads the stream: of loading the heap
    REPLAY_FOOTPRINT,      // bytes: the largest resident set, less what the harness had before
    REPLAY_MEAN_FOOTPRINT, // likewise the mean over the time of the replay
    REPLAY_OVERHEAD,       // the footprint divided by the largest sum of the sizes of live objects
    REPLAY_FAULTS,
    REPLAY_METRIC_COUNT
};

// "event_ns", …; with '=' and a number in a line of its own, as the replayer prints it.
extern const char *const replay_metric_names[REPLAY_METRIC_COUNT];

// One strategy on one heap.
struct replay_cell {
    const char *strategy;                     // its name, or the policy's
    const struct program_heap_result *result; // what became of its processes; its state is PROGRAM_MEASURED
                                              // where there are numbers
    double medians[REPLAY_METRIC_COUNT];      // NaN: there is none
    struct estimate ratio;                    // of the time to box on the system's heap, 95 %
    double adjusted_p;
    enum verdict verdict;
    double footprint_ratio; // of the medians; NaN: unknown
};

struct replay_summary {
    struct replay_cell *cells; // strategy by strategy, in each the system's heap first; no twins
    size_t count, heap_count;
    size_t first_command; // of the data, which is box
    double threshold;     // 0.01: differences within 1 % either way do not count
    size_t blocks;
    size_t best;     // the cell with the least time of those that are faster; 0, box on the system: none is
    size_t simplest; // likewise of box alone: what another heap gives without a change to the program
    struct estimate regret; // of the simplest: its time / the best's, in the same block, 95 %
};

// The command, from 0, that a cell is of.
static inline size_t replay_command_of(const struct replay_summary *summary, size_t cell)
{
    return summary->heap_count > 0 ? cell / summary->heap_count : 0;
}

// Of the `count` commands of the data from `first` on, whose names are `names`; the first is box. The summary
// refers to both and is released by replay_summary_release. STATUS_NO_MEMORY is the only failure.
MUST_CHECK enum status replay_summarize(const struct program_results *results, size_t first, size_t count,
                                        const char *const *names, struct replay_summary *ret_summary,
                                        struct error *error);
void replay_summary_release(struct replay_summary *summary);

// The ratio of the times of two cells in the same blocks, 95 %. STATUS_NO_MEMORY is the only failure.
MUST_CHECK enum status replay_compare_cells(const struct program_results *results,
                                            const struct replay_summary *summary, size_t cell,
                                            size_t reference, struct estimate *ret_ratio,
                                            struct error *error);

void replay_write_estimate(struct json *json, const char *key, const struct estimate *estimate);

// Members of the open object.
void replay_summary_write_json(struct json *json, const struct replay_summary *summary);

#endif
