// A library to be preloaded as a heap: the C library's own, whose malloc works for a while first. What is not
// here stays the C library's, too.
#define _GNU_SOURCE // RTLD_NEXT

#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "made_up/made_up.h"

#define EXPORTED __attribute__((visibility("default")))

static void *(*next_malloc)(size_t size);
static void (*next_free)(void *pointer);

// POSIX gives a function's address as that of an object.
static void find_next(void)
{
    void *of_malloc = dlsym(RTLD_NEXT, "malloc"), *of_free = dlsym(RTLD_NEXT, "free");
    memcpy(&next_free, &of_free, sizeof of_free);
    memcpy(&next_malloc, &of_malloc, sizeof of_malloc);
}

__attribute__((constructor)) static void begin(void)
{
    find_next();
}

// Others may allocate before the constructor has run.
EXPORTED void *malloc(size_t size)
{
    if (!next_malloc)
        find_next();
    return next_malloc(size + made_up_nothing(made_up_work(size, MADE_UP_MORE_STEPS)));
}

EXPORTED void free(void *pointer)
{
    if (!next_free)
        find_next();
    next_free(pointer);
}
