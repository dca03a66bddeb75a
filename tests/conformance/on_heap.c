// Every strategy keeps its promises on a heap that is installed: on_heap NAME starts itself again with that
// heap preloaded, proves that it serves, and checks objects of all sizes: aligned, apart from each other and
// inside memory that the heap gave, keeping every byte, all of it freed, and wrong handles noticed where that
// is promised. It is linked to the code of the optimised worker: a sanitizer would bring a malloc of its own.
#include <malloc.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/random.h"
#include "heap_under_test.h"
#include "os/os.h"
#include "promises.h"
#include "strategies/cells.h"
#include "test_batches.h"
#include "timing/barrier.h"
#include "wrapped_heap.h"

enum { PATH_BYTES = 4096, REPLACED = BATCH_SIZE / 2 };

static char at[128] = "at the start"; // what is being checked

static void require(bool kept, const char *promise)
{
    if (kept)
        return;
    fprintf(stderr, "%s: %s\n", at, promise);
    exit(1);
}

// ---- which heap serves ----

static void check_books(bool is_the_c_librarys)
{
    enum { OBJECTS = 64, BYTES = 1000 };
    void *objects[OBJECTS];
    struct os_heap_books before, after;
    if (!os_c_library_heap(&before))
        return; // not glibc
    for (int i = 0; i < OBJECTS; i++)
        require((objects[i] = malloc(BYTES)), "no memory");
    require(os_c_library_heap(&after), "the C library's books cannot be read");
    for (int i = 0; i < OBJECTS; i++)
        free(objects[i]);
    bool has_grown = after.used_bytes >= before.used_bytes + OBJECTS * BYTES;
    require(has_grown == is_the_c_librarys, "the C library's books do not fit the heap that is to serve");
}

// glibc maps a block above its threshold, and raises that when the block is freed, unless it is pinned.
static void check_threshold(bool is_pinned)
{
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
    enum { LARGE_BYTES = 200000 };
    free(barrier_pointer(malloc(LARGE_BYTES)));
    void *second = barrier_pointer(malloc(LARGE_BYTES));
    require(second, "no memory");
    size_t mapped = mallinfo2().hblks;
    free(second);
    require(mapped == (is_pinned ? 1 : 0), "the thresholds are not those that were asked for");
#else
    (void)is_pinned;
#endif
}

static void check_heap_serves(const struct heap_under_test *heap)
{
    char file[PATH_BYTES], of_the_c_library[PATH_BYTES];
    bool is_the_c_librarys = !*heap->library;
    require(os_describe_address(os_find_function("malloc"), file, sizeof file),
            "nobody knows whose malloc it is");
    require(os_describe_address(os_find_function("getppid"), of_the_c_library, sizeof of_the_c_library),
            "nobody knows where the C library is");
    require(same_file(file, is_the_c_librarys ? of_the_c_library : heap->library),
            "malloc is another file's");
    check_books(is_the_c_librarys);
    if (is_the_c_librarys)
        check_threshold(*heap->tunables);
    printf("%s: malloc is that of %s\n", heap->name, file);
}

// ---- objects ----

struct object {
    size_t handle;
    unsigned owner; // says which bytes it holds
    bool is_live;
};

struct live_set {
    const struct strategy_cells *cells;
    int strategy;
    size_t bytes;
    struct object objects[BATCH_SIZE];
    alignas(16) unsigned char state[STRATEGY_STATE_BYTES];
};

static unsigned char byte_of(unsigned owner, size_t position)
{
    return (unsigned char)(owner * 167 + position * 13 + position / 256 + 5);
}

static unsigned char *address_of(struct live_set *set, const struct object *object)
{
    unsigned char *address = set->cells->object(set->state, set->bytes, object->handle);
    require(address, "a live object has no place");
    return address;
}

static void add_object(struct live_set *set, struct object *object, unsigned owner)
{
    require(set->cells->allocate(set->state, set->bytes, owner, &object->handle), "no memory for an object");
    require(object->handle != HANDLE_NONE, "a handle is the one that none may be");
    object->owner = owner;
    object->is_live = true;
    unsigned char *address = address_of(set, object);
    for (size_t i = 0; i < set->bytes; i++)
        address[i] = byte_of(owner, i);
}

static void remove_object(struct live_set *set, struct object *object)
{
    uint64_t expected;
    unsigned char first_bytes[sizeof expected];
    for (size_t i = 0; i < sizeof first_bytes; i++)
        first_bytes[i] = byte_of(object->owner, i);
    memcpy(&expected, first_bytes, sizeof expected);
    require(set->cells->deallocate(set->state, set->bytes, object->handle) == expected,
            "a deallocated object did not hold its first word");
    object->is_live = false;
}

static void check_object(struct live_set *set, size_t index)
{
    const unsigned char *address = address_of(set, &set->objects[index]);
    require((uintptr_t)address % promised_alignment(set->strategy, set->bytes) == 0,
            "an object is not aligned as promised");
    if (strategies[set->strategy].memory == STRATEGY_MEMORY_HEAP)
        require(wrapped_heap_holds(address, set->bytes), "an object is not in memory that the heap gave");
    for (size_t i = 0; i < set->bytes; i++)
        require(address[i] == byte_of(set->objects[index].owner, i), "an object lost its content");
    for (size_t other = 0; other < index; other++) {
        if (!set->objects[other].is_live)
            continue;
        uintptr_t one = (uintptr_t)address, two = (uintptr_t)address_of(set, &set->objects[other]);
        require(one + set->bytes <= two || two + set->bytes <= one, "two objects overlap");
    }
}

static void check_all_objects(struct live_set *set)
{
    for (size_t i = 0; i < BATCH_SIZE; i++)
        if (set->objects[i].is_live)
            check_object(set, i);
}

static void check_wrong_handle(struct live_set *set, size_t handle)
{
    unsigned char before[STRATEGY_STATE_BYTES];
    uint64_t calls = wrapped_heap_calls();
    memcpy(before, set->state, sizeof before);
    require(set->cells->deallocate(set->state, set->bytes, handle) == UINT64_MAX,
            "a wrong handle is not noticed");
    require(memcmp(before, set->state, sizeof before) == 0, "a wrong handle changes the strategy's state");
    require(calls == wrapped_heap_calls(), "a wrong handle calls the heap");
}

static void check_wrong_handles(struct live_set *set)
{
    if (!notices_a_wrong_handle(set->strategy))
        return;
    for (size_t i = 0; i < BATCH_SIZE; i++)
        if (!set->objects[i].is_live)
            check_wrong_handle(set, set->objects[i].handle);
    check_wrong_handle(set, BATCH_SIZE);
    check_wrong_handle(set, UINT32_MAX);
    check_wrong_handle(set, HANDLE_NONE);
    check_all_objects(set);
}

// Half of the objects go, in scattered order, and others take their place: the memory is used again.
static void check_objects(int strategy, size_t bytes)
{
    struct live_set set = {
        .cells = strategy_cells[TOUCH_word][strategy], .strategy = strategy, .bytes = bytes};
    require(set.cells->prepare(set.state, bytes, BATCH_SIZE), "no memory to prepare it");
    set.cells->open(set.state);
    for (unsigned i = 0; i < BATCH_SIZE; i++)
        add_object(&set, &set.objects[i], i);
    check_all_objects(&set);
    for (unsigned i = 0; i < REPLACED; i++)
        remove_object(&set, &set.objects[i * 37 % BATCH_SIZE]);
    check_all_objects(&set);
    check_wrong_handles(&set);
    for (unsigned i = 0; i < BATCH_SIZE; i++)
        if (!set.objects[i].is_live)
            add_object(&set, &set.objects[i], BATCH_SIZE + i);
    check_all_objects(&set);
    for (unsigned i = 0; i < BATCH_SIZE; i++)
        remove_object(&set, &set.objects[i]);
    check_wrong_handles(&set);
    set.cells->close(set.state);
    set.cells->finish(set.state, bytes);
    require(wrapped_heap_live_blocks() == 0, "not everything is freed");
}

// ---- the functions that are measured ----

static void check_batches(const struct strategy_cells *cells, int pattern, int size)
{
    struct test_batches batches;
    test_batches_init(&batches, (uint64_t)size);
    require(cells->prepare(batches.storage, object_sizes[size], BATCH_SIZE), "no memory to prepare it");
    cells->run[pattern][size](&batches.context, TEST_BATCHES);
    cells->finish(batches.storage, object_sizes[size]);
    require(batches.context.mismatch == 0, "an object did not hold what was written to it");
    require(!batches.context.out_of_memory, "no memory for an object");
    require(wrapped_heap_live_blocks() == 0, "not everything is freed");
}

static bool is_compiled(int strategy, int touch, int size)
{
    const struct strategy_cells *cells = strategy_cells[touch][strategy];
    return cells && cells->run[0][size];
}

static unsigned check_strategy(int strategy)
{
    unsigned examined = 0;
    for (int z = 0; z < SIZE_COUNT; z++) {
        snprintf(at, sizeof at, "%s %u", strategies[strategy].name, object_sizes[z]);
        check_objects(strategy, object_sizes[z]);
        for (int t = 0; t < TOUCH_COUNT; t++)
            for (int p = 0; p < SOLO_PATTERN_COUNT && is_compiled(strategy, t, z); p++, examined++) {
                snprintf(at, sizeof at, "%s %s %u, touch %s", strategies[strategy].name, patterns[p].name,
                         object_sizes[z], touches[t].name);
                check_batches(strategy_cells[t][strategy], p, z);
            }
    }
    return examined;
}

static int check(const struct heap_under_test *heap)
{
    unsigned examined = 0, expected = 0;
    check_heap_serves(heap);
    wrapped_heap_watch();
    for (int s = 0; s < STRATEGY_COUNT; s++) {
        if (s == STRATEGY_none || strategies[s].code == STRATEGY_CODE_BOX || !strategy_cells[TOUCH_word][s])
            continue;
        examined += check_strategy(s);
        for (int t = 0; t < TOUCH_COUNT; t++)
            for (int z = 0; z < SIZE_COUNT; z++)
                expected +=
                    SOLO_PATTERN_COUNT * strategy_has_cell(&strategies[s], (enum touch)t, object_sizes[z]);
    }
    require(examined == expected && examined >= 10 * SOLO_PATTERN_COUNT * SIZE_COUNT,
            "too little was examined");
    printf("%s: %u cells\n", heap->name, examined);
    return 0;
}

// ---- the process ----

static void set_or_unset(const char *variable, const char *value)
{
    if (*value)
        setenv(variable, value, 1);
    else
        unsetenv(variable);
}

int main(int argument_count, char **arguments)
{
    static const char is_started[] = "ON_HEAP_IS_STARTED";
    struct heap_under_test heap;
    char program[PATH_BYTES];
    if (argument_count != 2) {
        fprintf(stderr, "usage: on_heap HEAP\n");
        return 2;
    }
    if (!heap_under_test_find(arguments[1], &heap))
        return EXIT_SKIPPED;
    if (getenv(is_started))
        return check(&heap);
    setenv(is_started, "1", 1);
    set_or_unset("LD_PRELOAD", heap.library);
    set_or_unset("GLIBC_TUNABLES", heap.tunables);
    if (os_executable_path(program, sizeof program))
        execv(program, arguments);
    perror("on_heap");
    return 1;
}
