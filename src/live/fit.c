#include "live/fit.h"

#include "plan/estimate.h"

static const double usual_seconds = 120;

enum {
    MOST_USUAL_BLOCKS = 20, // up to here the test goes through all sign patterns
    MOST_USUAL_TRIALS = 5,
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
                if (!request->strategies[s] || !request->patterns[p] || !request->sizes[z])
                    continue;
                const struct planned_process process = {
                    .cell = {.strategy = (enum strategy_id)s,
                             .pattern = (enum pattern_id)p,
                             .size_bytes = object_sizes[z],
                             .live_objects = BATCH_SIZE},
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
    uint32_t trials = MOST_USUAL_TRIALS;
    size_t cells;
    double seconds = round_seconds(request, trials, &cells);
    uint32_t least = live_least_blocks(cells, LIVE_SIGNIFICANCE);
    while (trials > 1 && seconds * least > usual_seconds)
        seconds = round_seconds(request, --trials, &cells);
    if (request->processes == 0) {
        double blocks = seconds > 0 ? usual_seconds / seconds : MOST_USUAL_BLOCKS;
        uint32_t fitting = blocks > MOST_USUAL_BLOCKS ? MOST_USUAL_BLOCKS : (uint32_t)blocks;
        request->processes = 2 * (fitting < least ? least : fitting);
        if (request->iterations > 0 && request->iterations < request->processes) // one trial each, at least
            request->processes = request->iterations / 2 * 2;
    }
    if (request->iterations == 0)
        request->iterations = request->processes * trials;
}
