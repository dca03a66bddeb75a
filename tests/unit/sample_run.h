// A run that never happened: records with known values for tests of the results and the analysis.
#ifndef TESTS_SAMPLE_RUN_H
#define TESTS_SAMPLE_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "base/facts.h"
#include "plan/plan.h"
#include "results/results.h"

struct sample_run {
    struct plan plan;
    struct process_record *processes;
    struct measurement_record *censuses; // of each cell; without calls of the system for every third
    size_t census_count;
    struct facts facts;
    struct results results; // points into the members above and at `platform`
};

struct sample_run_options {
    const char *platform;
    uint32_t iterations;
    uint32_t processes;
    uint32_t size_count;     // the first ones of object_sizes
    const char *sizes;       // as --sizes of run has them, instead; NULL: none
    const char *allocators;  // likewise, strategies alone; NULL: those of a default run
    double noise;            // spread of the times as a standard deviation; 0: some 3 %, evenly
    uint64_t seed;           // of plan and times
    double slowdown;         // factor on every time; 1.0 for none
    double twin_slowdown;    // likewise, on those of box_twin alone; 0: none, the control finds nothing
    uint32_t slow_twin_live; // only of batches of so many live objects; 0: of all
    uint32_t more_live;      // live objects of a second batch; 0: only 100
    const char *heap;        // the only one; NULL: system
    bool without_twin;
    bool disturbed_twin;          // in all of its trials
    const char *touch;            // in the facts; NULL: none there
    enum outcome failing_outcome; // of the third process of every slab_cold/fifo cell of the smallest size
};

// Times are plausible and drawn from `seed`; box takes about twice as long as slab_warm. Exits on failure.
void sample_run_build(const struct sample_run_options *options, struct sample_run *ret_run);
void sample_run_release(struct sample_run *run);

// A directory for such runs' files. The two are a setup and a teardown of cmocka; the second removes all that
// is in it.
extern char sample_directory[];
int make_sample_directory(void **state);
int remove_sample_directory(void **state);

#endif
