// The addresses are looked up before the clock starts, since an object may move while its slab grows. They
// are read one after the other, so that no load waits for another one: what is timed is how far the objects
// lie apart, in cache lines and pages, not the latency of a chain.
#include "worker/live_set.h"

#include <string.h>
#include <sys/mman.h>

#include "timing/barrier.h"

struct live_set {
    size_t *handles;                 // by slot; HANDLE_NONE when it is empty
    const unsigned char **addresses; // in the order of allocation
    uint32_t *births;                // by slot: the index in `slots` of its last allocation
    uint32_t *slots;                 // of every allocation, in order
    size_t allocations;
    uint64_t mismatch; // bits that read back differently than written
    void *memory;
    size_t memory_bytes;
};

static bool live_set_open(struct live_set *set, uint32_t live_objects)
{
    const size_t count = live_objects;
    *set = (struct live_set){
        .memory_bytes = count * (sizeof *set->handles + sizeof *set->addresses + sizeof *set->births) +
                        count * RANDOM_STEPS_PER_OBJECT * sizeof *set->slots,
    };
    set->memory = mmap(NULL, set->memory_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (set->memory == MAP_FAILED)
        return false;
    set->handles = set->memory;
    set->addresses = (const unsigned char **)(void *)(set->handles + count);
    set->births = (uint32_t *)(void *)(set->addresses + count);
    set->slots = set->births + count;
    memset(set->handles, 0xff, count * sizeof *set->handles);
    return true;
}

// The word of the object in a slot: a different one in each.
static uint64_t word_of(uint32_t slot)
{
    return UINT64_C(0x0101010101010101) * (slot % 251) + slot;
}

static bool allocate(const struct traverse_task *task, struct live_set *set, uint32_t slot)
{
    if (!task->strategy->allocate(task->state, task->object_bytes, word_of(slot), &set->handles[slot]))
        return false;
    set->births[slot] = (uint32_t)set->allocations;
    set->slots[set->allocations++] = slot;
    return true;
}

static void deallocate(const struct traverse_task *task, struct live_set *set, uint32_t slot)
{
    uint64_t word = task->strategy->deallocate(task->state, task->object_bytes, set->handles[slot]);
    set->handles[slot] = HANDLE_NONE;
    set->mismatch |= task->words_are_written ? word ^ word_of(slot) : 0;
}

// At most as many allocations as a batch of the random pattern may have, which is what the arena has room
// for.
static bool scatter(const struct traverse_task *task, struct live_set *set)
{
    for (uint32_t step = 0; step < task->live_objects * RANDOM_STEPS_PER_OBJECT; step++) {
        uint32_t slot = random_below(task->random, task->live_objects);
        if (set->handles[slot] != HANDLE_NONE)
            deallocate(task, set, slot);
        else if (!allocate(task, set, slot))
            return false;
    }
    return true;
}

static bool fill(const struct traverse_task *task, struct live_set *set)
{
    if (task->scattered && !scatter(task, set))
        return false;
    for (uint32_t slot = 0; slot < task->live_objects; slot++)
        if (set->handles[slot] == HANDLE_NONE && !allocate(task, set, slot))
            return false;
    return true;
}

static void find_addresses(const struct traverse_task *task, struct live_set *set)
{
    size_t count = 0;
    for (size_t i = 0; i < set->allocations; i++) {
        uint32_t slot = set->slots[i];
        if (set->handles[slot] != HANDLE_NONE && set->births[slot] == i)
            set->addresses[count++] =
                task->strategy->object(task->state, task->object_bytes, set->handles[slot]);
    }
}

static __attribute__((noinline)) uint64_t read_words(const unsigned char *const *addresses, size_t count,
                                                     uint32_t passes)
{
    uint64_t sum = 0;
    for (uint32_t pass = 0; pass < passes; pass++) {
        for (size_t i = 0; i < count; i++) {
            uint64_t word;
            memcpy(&word, addresses[i], sizeof word);
            sum += word;
        }
        barrier_memory(); // or the words of one pass would do for all
    }
    return sum;
}

static uint64_t time_passes(const struct traverse_task *task, struct live_set *set)
{
    uint64_t expected = 0;
    for (uint32_t slot = 0; slot < task->live_objects; slot++)
        expected += word_of(slot);
    struct instant begin = clock_begin(task->clock->kind);
    uint64_t sum = read_words(set->addresses, task->live_objects, task->passes);
    struct instant end = clock_end(task->clock->kind);
    set->mismatch |= task->words_are_written ? sum ^ expected * task->passes : 0;
    return clock_elapsed_ns(task->clock, begin, end);
}

enum traverse_result traverse(const struct traverse_task *task, uint64_t *ret_ns)
{
    struct live_set set;
    if (!live_set_open(&set, task->live_objects))
        return TRAVERSE_NO_HARNESS_MEMORY;
    task->strategy->open(task->state);
    bool filled = fill(task, &set);
    if (filled) {
        find_addresses(task, &set);
        *ret_ns = time_passes(task, &set);
    }
    for (uint32_t slot = 0; slot < task->live_objects; slot++)
        if (set.handles[slot] != HANDLE_NONE)
            deallocate(task, &set, slot);
    task->strategy->close(task->state);
    munmap(set.memory, set.memory_bytes);
    return !filled ? TRAVERSE_NO_MEMORY : set.mismatch ? TRAVERSE_CORRUPT : TRAVERSE_DONE;
}
