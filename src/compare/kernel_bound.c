// Cells that ask the kernel for memory while they are timed. The anchors ask for nothing, so dividing by them
// does not take the kernel's part out. What that changes by is known for one cause: a neighbour that keeps
// the memory busy made such cells 1.5 to 3 % slower (docs/selftest.md).
#include <math.h>
#include <stdlib.h>

#include "compare/private.h"

static const double kernel_bound = 0.01; // events per object: at about 1 µs each, more than any other share
static const double uneven_cpus =
    0.1; // between the runs: at 3 % for 0.4 CPUs, less than the threshold of 1 %
static const double doubted_change = 0.05;

static bool is_kernel_bound(const struct compared_cell *cell)
{
    return fmax(cell->kernel_events[RUN_A], cell->kernel_events[RUN_B]) >= kernel_bound;
}

static bool differs(const struct compared_cell *cell)
{
    return cell->verdict == VERDICT_SLOWER || cell->verdict == VERDICT_FASTER;
}

void read_other_load(const struct dataset runs[RUN_COUNT], struct comparison *comparison)
{
    for (int side = 0; side < RUN_COUNT; side++) {
        const char *text = facts_get(&runs[side].facts, "run.other_cpus");
        char *end = NULL;
        double cpus = text ? strtod(text, &end) : NAN;
        bool usable = text && end != text && *end == '\0' && cpus >= 0 && isfinite(cpus);
        comparison->other_cpus[side] = usable ? cpus : NAN;
    }
}

bool comparison_is_unevenly_loaded(const struct comparison *comparison)
{
    return fabs(comparison->other_cpus[RUN_B] - comparison->other_cpus[RUN_A]) >= uneven_cpus; // never of NaN
}

void doubt_kernel_bound(const struct comparison *comparison, struct compared_cell *cell)
{
    const double *cpus = comparison->other_cpus;
    if (comparison_is_unevenly_loaded(comparison) && differs(cell) && is_kernel_bound(cell) &&
        statistics_distance_from_one(cell->ratio.value) < doubted_change)
        give_reason(cell, REASON_UNEVEN_LOAD, cpus[RUN_A] > cpus[RUN_B] ? RUN_A : RUN_B);
}

size_t comparison_count_kernel_bound(const struct comparison *comparison)
{
    size_t count = 0;
    for (size_t i = 0; i < comparison->count && !comparison->live; i++)
        count += differs(&comparison->cells[i]) && is_kernel_bound(&comparison->cells[i]);
    return count;
}
