// Preloaded into a worker, before a heap's library or alone: counts the calls of the malloc family and of
// memcpy in a file that the test maps, and passes each on to the next malloc, of the library or of libc.
// Finding that one may itself allocate: such an early object comes from an array here, and freeing it does
// nothing.
#define _GNU_SOURCE // RTLD_NEXT
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "count_calls.h"

enum { EARLY_BYTES = 8192, EARLY_ALIGNMENT = 16 };

static struct call_counts unused;
static struct call_counts *counts = &unused;
static _Alignas(EARLY_ALIGNMENT) unsigned char early[EARLY_BYTES];
static size_t early_used;

static struct {
    void *(*malloc)(size_t size);
    void *(*calloc)(size_t count, size_t size);
    void *(*realloc)(void *pointer, size_t size);
    void (*free)(void *pointer);
    void *(*memcpy)(void *restrict to, const void *restrict from, size_t bytes);
} next;

static void find_next(const char *name, void *ret_function)
{
    void *address = dlsym(RTLD_NEXT, name);
    if (!address)
        abort();
    memcpy(ret_function, &address, sizeof address);
}

// False while it is being searched for. free comes last: the search may call what it has found so far.
static bool next_is_known(void)
{
    static bool is_searched;
    if (next.free || is_searched)
        return next.free;
    is_searched = true;
    find_next("memcpy", &next.memcpy);
    find_next("malloc", &next.malloc);
    find_next("calloc", &next.calloc);
    find_next("realloc", &next.realloc);
    find_next("free", &next.free);
    return true;
}

static bool is_early(const void *pointer)
{
    return (uintptr_t)pointer >= (uintptr_t)early && (uintptr_t)pointer < (uintptr_t)(early + EARLY_BYTES);
}

static void *take_early(size_t bytes)
{
    size_t taken = (bytes + EARLY_ALIGNMENT - 1) / EARLY_ALIGNMENT * EARLY_ALIGNMENT;
    if (taken > EARLY_BYTES - early_used)
        abort();
    early_used += taken;
    return early + early_used - taken;
}

static __attribute__((constructor)) void open_counts(void)
{
    const char *path = getenv("COUNT_CALLS_FILE");
    int descriptor = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (descriptor < 0 || !next_is_known())
        return;
    void *memory = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    close(descriptor);
    if (memory == MAP_FAILED)
        return;
    counts = memory;
    void *address;
    Dl_info object;
    memcpy(&address, &next.malloc, sizeof address);
    if (dladdr(address, &object) != 0 && object.dli_fname)
        snprintf(counts->passed_to, sizeof counts->passed_to, "%s", object.dli_fname);
}

// A heap may call all of these itself: scudo takes a stack trace of one object in some thousands, for which
// libc loads a library, and most copy when they move an object. Those calls are passed on as well, but they
// are not the worker's.
static bool is_inside_the_heap;

// One that copies by itself before the next one is found; volatile, so that it does not become a call of
// itself.
void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
    counts->large_copies += bytes >= LARGE_COPY_BYTES && !is_inside_the_heap;
    if (next.memcpy)
        return next.memcpy(to, from, bytes);
    volatile unsigned char *target = to;
    const unsigned char *source = from;
    for (size_t i = 0; i < bytes; i++)
        target[i] = source[i];
    return to;
}

void *malloc(size_t size)
{
    if (is_inside_the_heap || !next_is_known())
        return next.malloc ? next.malloc(size) : take_early(size);
    counts->mallocs++;
    is_inside_the_heap = true;
    void *pointer = next.malloc(size);
    is_inside_the_heap = false;
    return pointer;
}

void *calloc(size_t count, size_t size)
{
    if (is_inside_the_heap || !next_is_known())
        return next.calloc ? next.calloc(count, size) : take_early(count * size);
    counts->others++;
    is_inside_the_heap = true;
    void *pointer = next.calloc(count, size);
    is_inside_the_heap = false;
    return pointer;
}

void *realloc(void *pointer, size_t size)
{
    if (is_early(pointer) || !next_is_known())
        abort();
    if (is_inside_the_heap)
        return next.realloc(pointer, size);
    counts->reallocs++;
    is_inside_the_heap = true;
    void *moved = next.realloc(pointer, size);
    is_inside_the_heap = false;
    return moved;
}

void free(void *pointer)
{
    if (!pointer || is_early(pointer) || !next_is_known())
        return;
    if (is_inside_the_heap) {
        next.free(pointer);
        return;
    }
    counts->frees++;
    is_inside_the_heap = true;
    next.free(pointer);
    is_inside_the_heap = false;
}
