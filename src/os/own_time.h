// CPU time that the calling program has used so far.
#ifndef OS_OWN_TIME_H
#define OS_OWN_TIME_H

#include <stdbool.h>

// Seconds in user and system mode, of all its threads; with `with_children` also of the children that it has
// waited for, and theirs. NaN when the system does not tell (getrusage(2)).
double own_cpu_seconds(bool with_children);

#endif
