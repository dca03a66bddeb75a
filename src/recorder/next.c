// dlsym() allocates, and the C library may have to be asked before anything is known. What is allocated
// meanwhile comes from a small memory of our own, which free() recognises by its address.
#define _GNU_SOURCE // RTLD_NEXT
#include <dlfcn.h>
#include <stdalign.h>
#include <string.h>

#include "private.h"

struct next_functions next;
alignas(64) char early_memory[EARLY_BYTES];

static uint64_t early_used;
static __thread bool is_finding __attribute__((tls_model("initial-exec")));

void *early_allocate(size_t size, size_t alignment)
{
    const uint64_t all = sizeof(uint64_t) + alignment + size;
    if (size > EARLY_BYTES || alignment > EARLY_BYTES)
        return NULL;
    const uint64_t begin = __atomic_fetch_add(&early_used, all, __ATOMIC_RELAXED);
    if (begin + all > EARLY_BYTES)
        return NULL;
    uintptr_t object = (uintptr_t)early_memory + begin + sizeof(uint64_t);
    object = (object + alignment - 1) & ~(uintptr_t)(alignment - 1);
    const uint64_t kept = size;
    memcpy((char *)object - sizeof kept, &kept, sizeof kept);
    return (void *)object;
}

size_t early_size(const void *object)
{
    uint64_t size;
    memcpy(&size, (const char *)object - sizeof size, sizeof size);
    return (size_t)size;
}

void *next_of_name(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

// A function pointer is copied as what it is, bytes: ISO C knows no conversion.
#define FIND(name)                                                                                           \
    do {                                                                                                     \
        void *address = next_of_name(#name);                                                                 \
        memcpy(&found.name, &address, sizeof found.name);                                                    \
    } while (0)

bool next_find(void)
{
    struct next_functions found;
    if (is_finding)
        return false;
    is_finding = true;
    FIND(malloc);
    FIND(calloc);
    FIND(realloc);
    FIND(free);
    FIND(aligned_alloc);
    FIND(posix_memalign);
    FIND(memalign);
    FIND(valloc);
    FIND(pvalloc);
    FIND(malloc_usable_size);
    FIND(dlclose);
    void (*release)(void *) = found.free;
    found.free = NULL;
    next = found;
    __atomic_store_n(&next.free, release, __ATOMIC_RELEASE); // is the mark that all the others are there
    is_finding = false;
    return true;
}
