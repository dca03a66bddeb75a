// A return address means something only together with what was in memory there. The parts of the address
// space that hold code are written down when a call comes from one that is not written down yet, which is
// once for each library; so a process that is killed leaves all that its events need. Files that are unloaded
// make room for others: from then on everything is looked at anew.
//
// Each thread remembers 64 stretches of 16 KiB that are known. Two files' code is never in the same stretch:
// at least the pages of one's data and of the other's headers lie between them.
#include <string.h>

#include "os/recording.h"
#include "private.h"

enum { MAX_RANGES = 4096 };

static struct range {
    uint64_t begin, end;
} ranges[MAX_RANGES];
static uint32_t range_count;
static uint64_t since_ticks;
static uint32_t is_looking;
static struct raw_chunk *maps; // the chunk for them

void sites_begin(void)
{
    range_count = 0;
    since_ticks = 0;
    is_looking = 0;
    maps = NULL;
}

static bool is_in_ranges(uint64_t address)
{
    const uint32_t count = __atomic_load_n(&range_count, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < count; i++)
        if (address - ranges[i].begin < ranges[i].end - ranges[i].begin)
            return true;
    return count == MAX_RANGES; // no more is remembered
}

static void add_range(uint64_t begin, uint64_t end)
{
    if (range_count == MAX_RANGES)
        return;
    ranges[range_count] = (struct range){begin, end};
    __atomic_store_n(&range_count, range_count + 1, __ATOMIC_RELEASE);
}

static void write_map(const struct os_map *map)
{
    const size_t length = strlen(map->path) + 1, padded = (length + 7) & ~(size_t)7;
    if (maps && maps->used_bytes + sizeof(struct raw_map) + padded > RAW_CHUNK_BYTES)
        maps = NULL; // the full one stays as it is
    if (!maps)
        maps = file_new_chunk(RAW_MAPS);
    if (!maps)
        return;
    char *at = (char *)maps + maps->used_bytes;
    const struct raw_map written = {since_ticks, map->begin, map->end, map->file_offset, map->inode, padded};
    memcpy(at, &written, sizeof written);
    memcpy(at + sizeof written, map->path, length);
    __atomic_store_n(&maps->used_bytes, maps->used_bytes + sizeof written + padded, __ATOMIC_RELEASE);
}

static void take_map(void *context, const struct os_map *map)
{
    (void)context;
    if (is_in_ranges(map->begin))
        return;
    write_map(map);
    add_range(map->begin, map->end);
}

// Who finds another thread at it goes on: the next call from there tries again.
static bool begin_looking(void)
{
    uint32_t nobody = 0;
    return __atomic_compare_exchange_n(&is_looking, &nobody, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static void end_looking(void)
{
    __atomic_store_n(&is_looking, 0, __ATOMIC_RELEASE);
}

void sites_learn(struct recorded_thread *thread, const void *site)
{
    const uint64_t address = (uintptr_t)site;
    if (!is_in_ranges(address)) {
        if (!begin_looking())
            return;
        os_executable_maps(take_map, NULL);
        if (!is_in_ranges(address)) // whatever it is, it is looked up once
            add_range(address & ~(uint64_t)4095, (address | 4095) + 1);
        end_looking();
    }
    thread->known[address >> 14 & (KNOWN_SITES - 1)] = (uint32_t)(address >> 20);
}

void sites_forget(void)
{
    while (!begin_looking())
        continue; // reading the maps takes microseconds, and this is no allocation
    range_count = 0;
    since_ticks = ticks_now();
    end_looking();
    recording_renew();
}
