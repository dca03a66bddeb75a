// Preloaded into a worker: counts its calls of the malloc family in a file that the test maps. Forwards to
// glibc's own entry points, so that it needs no dlsym (which may allocate).
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "count_calls.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *pointer, size_t size);
void __libc_free(void *pointer);

static struct call_counts unused;
static struct call_counts *counts = &unused;

static __attribute__((constructor)) void open_counts(void)
{
    const char *path = getenv("COUNT_CALLS_FILE");
    int descriptor = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (descriptor < 0)
        return;
    void *memory = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    close(descriptor);
    if (memory != MAP_FAILED)
        counts = memory;
}

void *malloc(size_t size)
{
    counts->mallocs++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    counts->others++;
    return __libc_calloc(count, size);
}

void *realloc(void *pointer, size_t size)
{
    counts->reallocs++;
    return __libc_realloc(pointer, size);
}

void free(void *pointer)
{
    counts->frees += pointer != NULL;
    __libc_free(pointer);
}
