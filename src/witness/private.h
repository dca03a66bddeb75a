// Between the two files of the witness.
#ifndef WITNESS_PRIVATE_H
#define WITNESS_PRIVATE_H

#include <sys/types.h>

#include "witness/witness.h"

// Reports that process `pid` becomes, or was started as, that program. It may be called in a child that
// shares its parent's memory.
void report_start(enum witness_moment moment, pid_t pid, const char *program);

#endif
