// An address alone does not prove who served: a library may export a malloc that passes calls on to the next
// one. So objects are asked for as well, and the C library's own books (mallinfo, taken from that library by
// name) are read before and after: they stay as they were unless its heap gave the objects.
#include "worker/private.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/os.h"
#include "timing/barrier.h"
#include "wire/given.h"

extern char **environ;

enum { PROBE_OBJECTS = 64, PROBE_OBJECT_BYTES = 1000 };

// A sanitizer's runtime stands in for the C library's malloc in builds that are checked, not measured with.
#if defined(__SANITIZE_ADDRESS__)
static const bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
static const bool sanitized = true;
#else
static const bool sanitized = false;
#endif
#else
static const bool sanitized = false;
#endif

static bool file_of(const char *function, char ret_path[HEAP_PATH_BYTES])
{
    const void *address = os_find_function(function);
    return address && os_describe_address(address, ret_path, HEAP_PATH_BYTES);
}

void heap_identify(struct heap_proof *ret_heap)
{
    static const char *const family[] = {"free", "calloc", "realloc"};
    struct heap_proof heap = {0};
    char other[HEAP_PATH_BYTES];
    const void *address = os_find_function("malloc");
    if (file_of("malloc", heap.malloc_in))
        os_build_id(address, heap.build_id);
    for (size_t i = 0; i < sizeof family / sizeof *family && !heap.elsewhere[0]; i++)
        if (!file_of(family[i], other) || strcmp(other, heap.malloc_in) != 0)
            snprintf(heap.elsewhere, sizeof heap.elsewhere, "%s", family[i]);
    heap.not_the_c_librarys =
        !sanitized && (!file_of("getppid", other) || strcmp(other, heap.malloc_in) != 0);
    *ret_heap = heap;
}

// Whether the C library shows another value for a tunable than the list wants. Where it shows none, the other
// signs decide.
static bool ignores_tunables(const char *expected)
{
    char loader[HEAP_PATH_BYTES];
    size_t length = strcspn(expected, " ");
    if (length >= sizeof loader)
        return false;
    memcpy(loader, expected, length);
    loader[length] = '\0';
    for (const char *entry = expected + length; *entry;) {
        char *end;
        uint64_t value;
        unsigned long number = strtoul(entry, &end, 10);
        if (*end != '=' || !os_tunable_value(loader, (uint32_t)number, &value))
            return false;
        if (strtoull(end + 1, &end, 0) != value)
            return true;
        entry = end;
    }
    return false;
}

void arrival_identify(struct arrival *ret_arrival)
{
    struct arrival arrival = {.is_secure = os_is_secure(), .has_tunables = os_has_tunables()};
    const char *expected = getenv(TUNABLES_EXPECTED_NAME);
    arrival.tunables_ignored = expected && ignores_tunables(expected);
    given_compare(environ, &arrival);
    *ret_arrival = arrival;
}

typedef size_t usable_size_function(void *object);

// The malloc_usable_size of the file that holds malloc; NULL when it has none.
static usable_size_function *find_usable_size(void)
{
    char malloc_file[HEAP_PATH_BYTES], its_file[HEAP_PATH_BYTES];
    usable_size_function *usable_size = NULL;
    void *address = os_find_function("malloc_usable_size");
    if (address && file_of("malloc", malloc_file) && file_of("malloc_usable_size", its_file) &&
        strcmp(malloc_file, its_file) == 0)
        memcpy(&usable_size, &address, sizeof usable_size);
    return usable_size;
}

void heap_probe(struct wire_end *end)
{
    usable_size_function *usable_size = find_usable_size();
    void *objects[PROBE_OBJECTS];
    struct os_heap_books before, after;
    bool has_books = os_c_library_heap(&before);
    end->probes = PROBE_OBJECTS;
    for (int i = 0; i < PROBE_OBJECTS; i++) {
        objects[i] = malloc(PROBE_OBJECT_BYTES);
        barrier_pointer(objects[i]);
        if (objects[i])
            memset(objects[i], i, PROBE_OBJECT_BYTES);
        end->probes_served +=
            objects[i] && (!usable_size || usable_size(objects[i]) >= (size_t)PROBE_OBJECT_BYTES);
    }
    if (has_books && os_c_library_heap(&after) && after.used_bytes > before.used_bytes)
        end->c_library_bytes = after.used_bytes - before.used_bytes;
    for (int i = 0; i < PROBE_OBJECTS; i++)
        free(objects[i]);
}
