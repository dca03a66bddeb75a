// What the two designs of a plan share.
#ifndef PLAN_PRIVATE_H
#define PLAN_PRIVATE_H

#include "plan/plan.h"

// STATUS_USAGE when the request is empty or out of range.
MUST_CHECK enum status plan_check_request(const struct plan_request *request, struct error *error);

uint64_t plan_fingerprint(const struct plan_request *request);

// Fills in which of the cell's iterations are the process's, from its replicate.
void plan_set_iterations(const struct plan_request *request, struct planned_process *process);

#endif
