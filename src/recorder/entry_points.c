// The functions of the C library's heap. Each calls the next one of that name with what it was given, and
// says what happened: allocations when they are done, so that the address is theirs at that time;
// deallocations before they are begun, so that it still is.
#define _GNU_SOURCE // reallocarray, memalign and their like are declared
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

#define SITE __builtin_return_address(0)
#define FRAME __builtin_frame_address(0)
#define RECORD(...) record((struct event){__VA_ARGS__, .site = SITE, .frame = FRAME, .ticks = ticks_now()})

EXPORTED void *malloc(size_t size)
{
    if (!next_is_found())
        return early_allocate(size, sizeof(uint64_t) * 2);
    void *object = next.malloc(size);
    RECORD(RAW_MALLOC, object, size);
    return object;
}

EXPORTED void *calloc(size_t count, size_t size)
{
    size_t all;
    if (__builtin_mul_overflow(count, size, &all))
        all = SIZE_MAX;
    if (!next_is_found())
        return early_allocate(all, sizeof(uint64_t) * 2);
    void *object = next.calloc(count, size);
    RECORD(RAW_CALLOC, object, all);
    return object;
}

EXPORTED void free(void *object)
{
    if (!object || is_early(object) || !next_is_found())
        return;
    RECORD(RAW_FREE, object, 0);
    next.free(object);
}

static void *move_early(void *object, size_t size)
{
    const size_t before = early_size(object);
    void *moved = malloc(size);
    if (moved)
        memcpy(moved, object, before < size ? before : size);
    return moved;
}

static inline void *reallocate(void *object, size_t size, const void *site, void *const *frame)
{
    if (!next_is_found())
        return object ? move_early(object, size) : early_allocate(size, sizeof(uint64_t) * 2);
    if (is_early(object))
        return move_early(object, size);
    if (object)
        record((struct event){RAW_REALLOC_FROM, object, size, 0, site, frame, ticks_now()});
    void *moved = next.realloc(object, size);
    record((struct event){object ? RAW_REALLOC_TO : RAW_MALLOC, moved, size, 0, site, frame, ticks_now()});
    return moved;
}

EXPORTED void *realloc(void *object, size_t size)
{
    return reallocate(object, size, SITE, FRAME);
}

EXPORTED void *reallocarray(void *object, size_t count, size_t size)
{
    size_t all;
    if (__builtin_mul_overflow(count, size, &all)) {
        errno = ENOMEM;
        return NULL;
    }
    return reallocate(object, all, SITE, FRAME);
}

EXPORTED void *aligned_alloc(size_t alignment, size_t size)
{
    if (!next_is_found())
        return early_allocate(size, alignment);
    void *object = next.aligned_alloc(alignment, size);
    RECORD(RAW_ALIGNED_ALLOC, object, size, alignment);
    return object;
}

EXPORTED int posix_memalign(void **ret_object, size_t alignment, size_t size)
{
    void *object = NULL;
    if (!next_is_found())
        return (*ret_object = early_allocate(size, alignment)) ? 0 : ENOMEM;
    const int error_number = next.posix_memalign(&object, alignment, size);
    if (error_number == 0)
        *ret_object = object;
    RECORD(RAW_POSIX_MEMALIGN, error_number ? NULL : object, size, alignment);
    return error_number;
}

EXPORTED void *memalign(size_t alignment, size_t size)
{
    if (!next_is_found())
        return early_allocate(size, alignment);
    void *object = next.memalign(alignment, size);
    RECORD(RAW_MEMALIGN, object, size, alignment);
    return object;
}

enum { PAGE_BYTES = 4096 };

EXPORTED void *valloc(size_t size)
{
    if (!next_is_found())
        return early_allocate(size, PAGE_BYTES);
    void *object = next.valloc(size);
    RECORD(RAW_VALLOC, object, size, PAGE_BYTES);
    return object;
}

#ifndef __GLIBC__
void *pvalloc(size_t size); // which no header of musl declares
#endif

EXPORTED void *pvalloc(size_t size)
{
    if (!next_is_found())
        return early_allocate((size + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1), PAGE_BYTES);
    void *object = next.pvalloc(size);
    RECORD(RAW_PVALLOC, object, size, PAGE_BYTES);
    return object;
}

EXPORTED size_t malloc_usable_size(void *object)
{
    if (!object || !next_is_found())
        return 0;
    if (is_early(object))
        return early_size(object);
    const size_t size = next.malloc_usable_size(object);
    RECORD(RAW_USABLE_SIZE, object, size);
    return size;
}

// Not of the heap: what was loaded there is gone, and something else may come.
EXPORTED int dlclose(void *handle)
{
    if (!next_is_found())
        return -1;
    const int result = next.dlclose(handle);
    if (recording.generation)
        sites_forget();
    return result;
}
