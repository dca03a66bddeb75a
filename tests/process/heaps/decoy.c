// Libraries that are preloaded as heaps and are none, or only just: one per DECOY_ word, compiled by
// heaps.bats and loading.bats.
#define _GNU_SOURCE // RTLD_NEXT
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(DECOY_CRASHES)
__attribute__((constructor)) static void crash(void)
{
    abort();
}
#endif

#if defined(DECOY_FAULTS)
__attribute__((constructor)) static void fault(void)
{
    *(volatile int *)sizeof(int) = 1;
}
#endif

#if defined(DECOY_LEAVES)
__attribute__((constructor)) static void leave(void)
{
    _exit(0);
}
#endif

#if defined(DECOY_HUGE_TLS) || defined(DECOY_BIG_TLS)
#if defined(DECOY_HUGE_TLS)
enum { TLS_BITS = 46 }; // more than there are addresses
#else
enum { TLS_BITS = 24 }; // more than is kept for libraries that are loaded later
#endif
static __thread char large[1ULL << TLS_BITS] __attribute__((tls_model("initial-exec")));

char *place_in_large(size_t index)
{
    return large + index;
}
#endif

#if defined(DECOY_PRINTS)
__attribute__((constructor)) static void print(void)
{
    static const char text[] = "this library talks on standard output\n";
    for (int i = 0; i < 2000; i++)
        if (write(STDOUT_FILENO, text, sizeof text - 1) < 0)
            return;
}
#endif

#if defined(DECOY_FORWARDS)
// Exports the whole family, and has the C library do the work.
#define NEXT(type, name) ((type)dlsym(RTLD_NEXT, name))

void *malloc(size_t size)
{
    static void *(*next)(size_t);
    if (!next)
        next = NEXT(void *(*)(size_t), "malloc");
    return next(size);
}

void free(void *object)
{
    static void (*next)(void *);
    if (!next)
        next = NEXT(void (*)(void *), "free");
    next(object);
}

void *calloc(size_t count, size_t size)
{
    void *object = malloc(count * size);
    return object ? memset(object, 0, count * size) : NULL;
}

void *realloc(void *object, size_t size)
{
    static void *(*next)(void *, size_t);
    if (!next)
        next = NEXT(void *(*)(void *, size_t), "realloc");
    return next(object, size);
}
#elif defined(DECOY_NOTHING)
int decoy(void)
{
    return 0;
}
#elif defined(DECOY_FREE_ONLY)
void free(void *object)
{
    (void)object;
}
#else
// A heap that serves: a list of free blocks per power of two, over a large array. A block begins with its
// class.
enum { HEADER_BYTES = 16, CLASSES = 32 };

static unsigned char memory[1 << 28] __attribute__((aligned(16)));
static size_t used;
static void *free_blocks[CLASSES];

static unsigned class_of(size_t size)
{
    unsigned class = 4;
    while (((size_t)1 << class) < size)
        class = class + 1;
    return class;
}

void *malloc(size_t size)
{
#if defined(DECOY_CRASHES_LATER)
    static unsigned calls;
    if (++calls > 50000)
        abort();
#endif
    unsigned class = class_of(size);
    if (class >= CLASSES)
        return NULL;
    unsigned char *object = free_blocks[class];
    if (object) {
        memcpy(&free_blocks[class], object, sizeof object);
        return object;
    }
    size_t bytes = HEADER_BYTES + ((size_t)1 << class);
    if (bytes > sizeof memory - used)
        return NULL;
    object = memory + used + HEADER_BYTES;
    used += bytes;
    object[-1] = (unsigned char)class;
    return object;
}

#if defined(DECOY_MALLOC_ONLY)
__attribute__((visibility("hidden")))
#endif
void free(void *object)
{
    if (!object)
        return;
    unsigned class = ((unsigned char *)object)[-1];
    memcpy(object, &free_blocks[class], sizeof object);
    free_blocks[class] = object;
}

size_t malloc_usable_size(void *object)
{
#if defined(DECOY_FORGETS)
    return object ? 0 : 0;
#else
    return object ? (size_t)1 << ((unsigned char *)object)[-1] : 0;
#endif
}

void *calloc(size_t count, size_t size)
{
    void *object = malloc(count * size);
    return object ? memset(object, 0, count * size) : NULL;
}

#if !defined(DECOY_LACKS_REALLOC)
void *realloc(void *object, size_t size)
{
    void *larger = malloc(size);
    size_t old = object ? (size_t)1 << ((unsigned char *)object)[-1] : 0;
    if (larger && object)
        memcpy(larger, object, old < size ? old : size);
    if (larger)
        free(object);
    return larger;
}
#endif
#endif
