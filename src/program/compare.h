// Two stored runs of `program`: is a program, on each heap, slower or larger in B than in A? Values of
// separate runs are no pairs: what is compared are all processes of one with all of the other (rank.c of
// statistics). What the machine itself did between the runs is in the ratios.
#ifndef PROGRAM_COMPARE_H
#define PROGRAM_COMPARE_H

#include "program/analysis.h"

enum { PROGRAM_SIDES = 2 };

// The chance that anything of two identical runs is called different, over a metric: as of other stored runs.
#define PROGRAM_COMPARE_SIGNIFICANCE 0.01

struct program_difference {
    const struct program_measured *subject; // of A
    const char *heap;
    size_t metric;                   // of A's data
    size_t processes[PROGRAM_SIDES]; // with a value
    double medians[PROGRAM_SIDES];
    struct estimate ratio; // B / A, 90 %
    double p_value, adjusted_p;
    double threshold;
    enum verdict verdict; // "slower": the ratio is above 1
    bool is_better, is_worse;
    size_t processes_needed; // of an inconclusive one; 0: none known
};

struct program_comparison {
    struct program_difference *items; // by subject, heap, metric: time and memory
    size_t count;
    size_t better, worse, inconclusive;
    struct string_list differing; // labels of facts that decide and differ, with both values
    bool forced;                  // compared although some do
};

// `threshold`: 0.01 is 1 %; what the runs' own twins show counts if that is more. Runs of different machines
// or kernels give a comparison without items, unless `force`. It refers to the data. STATUS_USAGE when the
// runs have no command and heap in common.
MUST_CHECK enum status program_compare(const struct program_data *const runs[PROGRAM_SIDES], double threshold,
                                       bool force, struct program_comparison *ret_comparison,
                                       struct error *error);
void program_comparison_release(struct program_comparison *comparison);

#endif
