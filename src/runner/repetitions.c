#include "runner/private.h"

#define CREDIT_NS UINT64_C(3000000000)

static bool is_too_loud(const struct repetitions *repetitions)
{
    return repetitions->first_tries >= REPETITIONS_MIN_JUDGED &&
           2 * repetitions->recent_disturbed_ns > repetitions->recent_ns;
}

void repetitions_add_first_try(struct repetitions *repetitions, uint64_t total_ns, bool is_disturbed)
{
    struct judged_trial *oldest = &repetitions->recent[repetitions->first_tries % REPETITIONS_JUDGED_TRIALS];
    repetitions->recent_ns += total_ns - oldest->total_ns;
    if (oldest->is_disturbed)
        repetitions->recent_disturbed_ns -= oldest->total_ns;
    if (is_disturbed)
        repetitions->recent_disturbed_ns += total_ns;
    *oldest = (struct judged_trial){total_ns, is_disturbed};
    repetitions->first_tries++;
    repetitions->first_tries_ns += total_ns;
    if (is_too_loud(repetitions))
        repetitions->too_loud_ns += total_ns;
}

void repetitions_add_repetition(struct repetitions *repetitions, uint64_t total_ns)
{
    repetitions->repetitions_ns += total_ns;
}

// Repetitions may take a quarter of the time of the first tries, and a few seconds to begin with.
static uint64_t allowed_ns(const struct repetitions *repetitions)
{
    return repetitions->first_tries_ns / 4 + CREDIT_NS;
}

bool repetitions_are_worthwhile(const struct repetitions *repetitions)
{
    return !is_too_loud(repetitions) && repetitions->repetitions_ns < allowed_ns(repetitions);
}

double repetitions_saved_seconds(const struct repetitions *repetitions)
{
    uint64_t saved_ns = repetitions->too_loud_ns / 4;
    uint64_t used_ns = repetitions->repetitions_ns, all_ns = allowed_ns(repetitions);
    uint64_t left_ns = used_ns < all_ns ? all_ns - used_ns : 0;
    return (double)(saved_ns < left_ns ? saved_ns : left_ns) * 1e-9;
}
