// Where the workers are to run.
#ifndef RUNNER_IDLEST_CPU_H
#define RUNNER_IDLEST_CPU_H

#include <stdint.h>

// The CPU, of those that this process may use, that was idle most in a sample of 0.1 s; -1 when the system
// does not tell which there are.
int32_t idlest_cpu(void);

#endif
