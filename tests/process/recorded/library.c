// A library with data of its threads, which allocates when it is asked to.
#include <stdlib.h>

#ifndef TLS_BYTES
#define TLS_BYTES 64
#endif

static __thread char data[TLS_BYTES];

int count_calls(void)
{
    return ++data[TLS_BYTES / 2];
}

void *allocate(size_t size)
{
    void *volatile object = malloc(size);
    return object;
}

void release(void *object)
{
    free(object);
}

__attribute__((constructor)) static void begin(void)
{
    release(allocate(665));
}
