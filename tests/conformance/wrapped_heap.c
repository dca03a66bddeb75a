#include "wrapped_heap.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_LIVE_BLOCKS = 1024 };

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *old, size_t bytes);
void __real_free(void *address);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *old, size_t bytes);
void __wrap_free(void *address);

struct block {
    uintptr_t address;
    size_t bytes;
};

static struct block live[MAX_LIVE_BLOCKS];
static size_t live_count;
static uint64_t calls;
static bool is_watched;

static _Noreturn void end(const char *why)
{
    fprintf(stderr, "%s\n", why);
    exit(1);
}

static void *add(void *address, size_t bytes)
{
    if (!address || !is_watched)
        return address;
    if (live_count == MAX_LIVE_BLOCKS)
        end("more blocks are live than any strategy needs");
    for (size_t i = 0; i < live_count; i++)
        if ((uintptr_t)address < live[i].address + live[i].bytes &&
            live[i].address < (uintptr_t)address + bytes)
            end("the heap gave memory that is in use");
    live[live_count++] = (struct block){(uintptr_t)address, bytes};
    return address;
}

static void take_away(uintptr_t address)
{
    if (!is_watched)
        return;
    for (size_t i = live_count; i-- > 0;)
        if (live[i].address == address) {
            live[i] = live[--live_count];
            return;
        }
    end("a strategy freed what was not live");
}

void *__wrap_malloc(size_t bytes)
{
    calls++;
    return add(__real_malloc(bytes), bytes);
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    calls++;
    return add(__real_calloc(count, bytes), count * bytes);
}

void *__wrap_realloc(void *old, size_t bytes)
{
    uintptr_t old_address = (uintptr_t)old;
    calls++;
    void *address = __real_realloc(old, bytes);
    if (address && old_address)
        take_away(old_address);
    return add(address, bytes);
}

void __wrap_free(void *address)
{
    calls++;
    if (!address)
        return;
    take_away((uintptr_t)address);
    __real_free(address);
}

void wrapped_heap_watch(void)
{
    is_watched = true;
}

uint64_t wrapped_heap_calls(void)
{
    return calls;
}

size_t wrapped_heap_live_blocks(void)
{
    return live_count;
}

bool wrapped_heap_holds(const void *object, size_t bytes)
{
    uintptr_t address = (uintptr_t)object;
    for (size_t i = 0; i < live_count; i++)
        if (address >= live[i].address && address + bytes <= live[i].address + live[i].bytes)
            return true;
    return false;
}
