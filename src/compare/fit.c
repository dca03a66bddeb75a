#include "compare/private.h"

#include "plan/estimate.h"

static const double usual_seconds = 120;

enum {
    MAX_USUAL_BLOCKS = 20, // up to here the test goes through all sign patterns
    MAX_USUAL_TRIALS = 5,
};

// Expected seconds of one block of every cell.
static double round_seconds(const struct plan_request *request, uint32_t trials, size_t *ret_cells)
{
    static const struct duration_estimate nothing_seen;
    double seconds = 0;
    size_t cells = 0;
    for (int s = 0; s < STRATEGY_COUNT; s++)
        for (int p = 0; p < PATTERN_COUNT; p++)
            for (int z = 0; z < SIZE_COUNT; z++) {
                if (!plan_request_has(request, (enum strategy_id)s, (enum pattern_id)p, object_sizes[z]))
                    continue;
                const struct planned_process process = {
                    .cell = {.strategy = (uint32_t)s,
                             .pattern = (uint32_t)p,
                             .size_bytes = object_sizes[z],
                             .live_objects = BATCH_SIZE,
                             .threads = 1},
                    .trial_count = trials,
                };
                seconds += ABBA_PROCESSES * estimate_process_seconds(&nothing_seen, &process);
                cells++;
            }
    *ret_cells = cells;
    return seconds;
}

void live_fit(struct plan_request *request)
{
    uint32_t trials = MAX_USUAL_TRIALS;
    size_t cells;
    double seconds = round_seconds(request, trials, &cells);
    uint32_t least = live_min_blocks(cells, LIVE_SIGNIFICANCE);
    while (trials > 1 && seconds * least > usual_seconds)
        seconds = round_seconds(request, --trials, &cells);
    if (request->processes == 0) {
        double blocks = seconds > 0 ? usual_seconds / seconds : MAX_USUAL_BLOCKS;
        uint32_t fitting = blocks > MAX_USUAL_BLOCKS ? MAX_USUAL_BLOCKS : (uint32_t)blocks;
        request->processes = 2 * (fitting < least ? least : fitting);
        if (request->iterations > 0 && request->iterations < request->processes) // one trial each, at least
            request->processes = request->iterations / 2 * 2;
    }
    if (request->iterations == 0)
        request->iterations = request->processes * trials;
}
