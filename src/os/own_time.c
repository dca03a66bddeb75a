#include "os/os.h"

#include <math.h>
#include <sys/resource.h>

static double seconds_of(int who)
{
    struct rusage usage;
    if (getrusage(who, &usage) != 0)
        return NAN;
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

double own_cpu_seconds(bool with_children)
{
    return seconds_of(RUSAGE_SELF) + (with_children ? seconds_of(RUSAGE_CHILDREN) : 0);
}
