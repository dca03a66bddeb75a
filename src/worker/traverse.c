// The traversal: what reading the live objects takes, on a heap where nothing was before and on the one that
// the trials left behind. The one on a fresh heap has a process of its own: before the cold start it would be
// the cold start.
#include "worker/private.h"

#include <math.h>

#include "os/os.h"
#include "wire/gate.h"
#include "worker/live_set.h"

// As many passes as a trial has batches, so about as many objects are read as a trial allocates.
struct wire_end measure_traverse(struct session *session, bool after_trials)
{
    const struct measurement *measurement = session->measurement;
    const struct wire_request *request = measurement->request;
    const struct traverse_task task = {
        .strategy = measurement->strategy,
        .state = session->state,
        .object_bytes = measurement->cell.size_bytes,
        .live_objects = measurement->cell.live_objects,
        .passes = request->batches,
        .scattered = after_trials,
        .words_are_written = measurement->cell.touch != TOUCH_none,
        .random = &session->random,
        .clock = &measurement->clock,
    };
    if (!after_trials)
        send_setup(session);
    uint64_t elapsed_ns = 0, wall_before_ns = os_wall_ns();
    switch (traverse(&task, &elapsed_ns)) {
    case TRAVERSE_NO_MEMORY:
        session->context.out_of_memory = true;
        break;
    case TRAVERSE_NO_HARNESS_MEMORY:
        return ended(OUTCOME_OUT_OF_MEMORY, no_bookkeeping);
    case TRAVERSE_CORRUPT:
        session->context.mismatch = UINT64_MAX;
        break;
    case TRAVERSE_DONE:
        break;
    }
    const struct gate_clocks clocks = {.wall_ns = os_wall_ns() - wall_before_ns};
    elapsed_ns = possible_ns(elapsed_ns, &clocks);
    enum measured_metric metric = after_trials ? MEASURED_traverse_aged_ns : MEASURED_traverse_fresh_ns;
    if (elapsed_ns > 0)
        send_value(session, metric, 0, (double)elapsed_ns);
    else
        send_absence(session, metric, "the clock gave a time that cannot be");
    if (after_trials)
        send_value(session, MEASURED_traverse_objects, 0,
                   (double)measurement->cell.live_objects * request->batches);
    return check_objects(session);
}
