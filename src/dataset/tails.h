// The times of single operations (run --tails) as a dataset has them: counted in bins (measurements/bins.h),
// process by process, and their percentiles.
#ifndef DATASET_TAILS_H
#define DATASET_TAILS_H

#include <stddef.h>
#include <stdint.h>

#include "dataset/dataset.h"

enum tail_operation { TAIL_ALLOCATE, TAIL_DEALLOCATE, TAIL_TIMER, TAIL_OPERATION_COUNT };

const char *tail_operation_name(enum tail_operation operation); // "allocate", "deallocate", "timer"

enum tail_quantile { TAIL_P50, TAIL_P90, TAIL_P99, TAIL_P99_9, TAIL_P99_99, TAIL_MAX, TAIL_QUANTILE_COUNT };

const char *tail_quantile_name(enum tail_quantile quantile); // "p50", …, "p99.99", "max"

enum { MAX_TAIL_PROCESSES = 64 }; // of a cell; more are not looked at

// What the processes of a cell say of one operation. Times in ns; NaN where there is none.
struct tail_processes {
    size_t count;
    double operations; // of all of them
    double preempted;  // of these, met by a context switch; 0 of the timer, where it is not known
    double quantiles[TAIL_QUANTILE_COUNT][MAX_TAIL_PROCESSES];
    double undisturbed[TAIL_QUANTILE_COUNT][MAX_TAIL_PROCESSES]; // without what was preempted
};

// Fills it in; no process where no tails were measured.
void tails_of_cell(const struct dataset *dataset, size_t cell, enum tail_operation operation,
                   struct tail_processes *ret_processes);

// Adds up the bins of all processes of a cell. `ret_bins` has BIN_COUNT. Returns how many times there are.
uint64_t tails_pool(const struct dataset *dataset, size_t cell, enum tail_operation operation,
                    uint64_t *ret_bins);

// The upper bound of the first bin up to which at least that share of the `count` times lies: at most 1/128
// too long, and never too short. NaN where there is none.
double bins_quantile(const uint64_t *bins, uint64_t count, double share);

#endif
