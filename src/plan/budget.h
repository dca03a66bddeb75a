// How many processes and trials fit into a time: pure, on what an estimate knows.
//
// More processes come first, since the process is what every interval rests on; then more trials in each. So
// the candidates form a ladder: 14 to 30 processes of one trial, 30 processes of 2 and 3 trials, 31 to 40
// processes of 3 trials, 40 processes of 4 to 10 trials. The highest rung that fits is taken.
#ifndef PLAN_BUDGET_H
#define PLAN_BUDGET_H

#include "plan/estimate.h"
#include "plan/plan.h"

enum {
    BUDGET_MIN_PROCESSES = 14, // with fewer, the interval of the median spans nearly all processes
};

struct budget_fit {
    bool fits;
    uint32_t processes;
    uint32_t trials; // of each process
    double seconds;  // that the estimate expects of them
};

// Fits `request` (its iterations and processes are not looked at) into `seconds`. When not even the least
// fits, `fits` is false and the rest describes that least. STATUS_USAGE when the request makes no plan.
MUST_CHECK enum status budget_fit(const struct plan_request *request,
                                  const struct duration_estimate *estimate, double seconds,
                                  struct budget_fit *ret_fit, struct error *error);

// The estimate of all of a request's processes, those of other kinds of measurement among them, in seconds.
MUST_CHECK enum status budget_seconds(const struct plan_request *request,
                                      const struct duration_estimate *estimate, double *ret_seconds,
                                      struct error *error);

#endif
