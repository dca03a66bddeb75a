// From recorded words to events: what the order of stamps leaves open, and which chunks count.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/random.h"
#include "trace/private.h"

// ---- a recording that is made up ----

enum { MAX_CHUNKS = 4, MAX_WORDS = 256, MAX_EVENTS = 64 };

struct made_up {
    struct raw_header header;
    struct raw_chunk chunks[MAX_CHUNKS];
    uint64_t words[MAX_CHUNKS][MAX_WORDS];
    size_t count[MAX_CHUNKS];
};

static struct made_up *begin(uint64_t chunks)
{
    struct made_up *made = calloc(1, sizeof *made);
    assert_non_null(made);
    made->header = (struct raw_header){.magic = raw_magic, .version = RAW_VERSION, .chunks = chunks};
    for (uint32_t i = 0; i < chunks; i++)
        made->chunks[i] = (struct raw_chunk){.magic = raw_chunk_magic, .kind = RAW_EVENTS, .slot = i};
    return made;
}

static void word(struct made_up *made, size_t chunk, uint64_t value)
{
    assert_true(made->count[chunk] < MAX_WORDS);
    made->words[chunk][made->count[chunk]++] = value;
}

static uint64_t first(enum raw_operation operation, uint64_t object, uint64_t size)
{
    return object | (uint64_t)operation << RAW_ADDRESS_BITS | size << RAW_SIZE_SHIFT;
}

static void thread(struct made_up *made, size_t chunk, uint32_t number, uint64_t ticks)
{
    word(made, chunk, first(RAW_THREAD, number, 0));
    word(made, chunk, ticks);
}

// At a time of its own, by a part of its own.
static void event(struct made_up *made, uint32_t number, uint64_t ticks, enum raw_operation operation,
                  uint64_t object, uint64_t size)
{
    thread(made, 0, number, ticks);
    word(made, 0, first(operation, object, size));
    word(made, 0, 0x1000);
}

static void write_file(struct made_up *made, char path[64])
{
    const size_t length = RAW_HEADER_BYTES + (size_t)made->header.chunks * RAW_CHUNK_BYTES;
    CLEANUP(free_pointer) unsigned char *bytes = calloc(1, length);
    assert_non_null(bytes);
    memcpy(bytes, &made->header, sizeof made->header);
    for (size_t i = 0; i < made->header.chunks; i++) {
        unsigned char *at = bytes + RAW_HEADER_BYTES + i * RAW_CHUNK_BYTES;
        if (made->chunks[i].used_bytes == 0)
            made->chunks[i].used_bytes = RAW_CHUNK_HEADER_BYTES + made->count[i] * sizeof(uint64_t);
        memcpy(at, &made->chunks[i], sizeof made->chunks[i]);
        memcpy(at + RAW_CHUNK_HEADER_BYTES, made->words[i], made->count[i] * sizeof(uint64_t));
    }
    strcpy(path, "/tmp/memalloc-bench-test-XXXXXX");
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_true(file_write_all(descriptor, bytes, length));
    close(descriptor);
    free(made);
}

// ---- what comes out ----

struct events {
    struct trace_event items[MAX_EVENTS];
    size_t count;
};

static bool take(void *context, const struct trace_event *taken)
{
    struct events *events = context;
    assert_true(events->count < MAX_EVENTS);
    events->items[events->count++] = *taken;
    return true;
}

static bool number_site(void *context, const struct raw_event *taken, uint32_t *ret_site)
{
    (void)context;
    *ret_site = taken->site ? 0 : TRACE_NO_SITE;
    return true;
}

static struct trace_made repaired(struct made_up *made, struct events *events)
{
    char path[64];
    CLEANUP(raw_file_release) struct raw_file file = {0};
    struct trace_made result = {0};
    *events = (struct events){0};
    write_file(made, path);
    assert_int_equal(raw_file_open(path, &file, NULL), STATUS_OK);
    unlink(path);
    const struct repair_request request = {.file = &file, .sink = {events, take}, .number_site = number_site};
    assert_int_equal(repair(&request, &result, NULL), STATUS_OK);
    assert_int_equal(result.events, events->count);
    return result;
}

static void expect(const struct events *events, const enum trace_operation *operations, size_t count)
{
    assert_int_equal(events->count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(events->items[i].order, i);
        assert_int_equal(events->items[i].operation, operations[i]);
        if (i > 0)
            assert_true(events->items[i].time_ns >= events->items[i - 1].time_ns);
    }
}

#define EXPECT(events, ...)                                                                                  \
    expect(events, (const enum trace_operation[]){__VA_ARGS__},                                              \
           sizeof((const enum trace_operation[]){__VA_ARGS__}) / sizeof(enum trace_operation))

static void test_an_end_that_was_stamped_late_changes_places(void **state)
{
    (void)state;
    struct events events;
    struct made_up *made = begin(1);
    event(made, 0, 1000, RAW_MALLOC, 64, 10);
    event(made, 1, 2000, RAW_MALLOC, 64, 20); // the same address, before
    event(made, 0, 2100, RAW_FREE, 64, 0);    // the other thread gave it back
    event(made, 1, 3000, RAW_FREE, 64, 0);
    const struct trace_made result = repaired(made, &events);
    assert_int_equal(result.inversions, 1);
    assert_int_equal(result.foreign + result.unseen, 0);
    EXPECT(&events, TRACE_MALLOC, TRACE_FREE, TRACE_MALLOC, TRACE_FREE);
    assert_int_equal(events.items[0].object, events.items[1].object);
    assert_int_equal(events.items[2].object, events.items[3].object);
    assert_int_not_equal(events.items[0].object, events.items[2].object);
    assert_int_equal(events.items[1].thread, events.items[0].thread);
}

static void test_a_beginning_that_was_stamped_late_changes_places(void **state)
{
    (void)state;
    struct events events;
    struct made_up *made = begin(1);
    event(made, 1, 2000, RAW_FREE, 64, 0);
    event(made, 0, 2100, RAW_MALLOC, 64, 10);
    const struct trace_made result = repaired(made, &events);
    assert_int_equal(result.inversions, 1);
    EXPECT(&events, TRACE_MALLOC, TRACE_FREE);
}

static void test_a_realloc_that_was_stamped_late_changes_places(void **state)
{
    (void)state;
    struct events events;
    struct made_up *made = begin(1);
    event(made, 0, 1000, RAW_MALLOC, 64, 10);
    event(made, 0, 1500, RAW_REALLOC_FROM, 64, 20);
    event(made, 1, 2000, RAW_FREE, 128, 0);
    event(made, 0, 2100, RAW_REALLOC_TO, 128, 20);
    const struct trace_made result = repaired(made, &events);
    assert_int_equal(result.inversions, 1);
    assert_int_equal(result.foreign + result.unseen, 0);
    EXPECT(&events, TRACE_MALLOC, TRACE_REALLOC, TRACE_FREE);
}

static void test_what_is_too_late_was_not_seen(void **state)
{
    (void)state;
    struct events events;
    struct made_up *made = begin(1);
    event(made, 0, 1000, RAW_MALLOC, 64, 10);
    event(made, 1, 2000, RAW_MALLOC, 64, 20);
    event(made, 0, 2000000, RAW_FREE, 64, 0); // of the second object
    event(made, 0, 3000000, RAW_FREE, 128, 0);
    const struct trace_made result = repaired(made, &events);
    assert_int_equal(result.inversions, 0);
    assert_int_equal(result.unseen, 1);
    assert_int_equal(result.foreign, 1);
    EXPECT(&events, TRACE_MALLOC, TRACE_FREE, TRACE_MALLOC, TRACE_FREE);
    assert_int_equal(events.items[1].site, TRACE_NO_SITE);
}

static void test_one_thread_is_never_out_of_order(void **state)
{
    (void)state;
    struct events events;
    struct made_up *made = begin(1);
    event(made, 0, 1000, RAW_MALLOC, 64, 10);
    event(made, 0, 1001, RAW_MALLOC, 64, 20);
    event(made, 0, 1002, RAW_FREE, 64, 0);
    const struct trace_made result = repaired(made, &events);
    assert_int_equal(result.inversions, 0);
    assert_int_equal(result.unseen, 1);
    EXPECT(&events, TRACE_MALLOC, TRACE_FREE, TRACE_MALLOC, TRACE_FREE);
}

static void test_a_realloc_gives_its_address_away_before_it_ends(void **state)
{
    (void)state;
    struct events events;
    struct made_up *made = begin(1);
    event(made, 0, 1000, RAW_MALLOC, 64, 10);
    event(made, 0, 2000, RAW_REALLOC_FROM, 64, 500);
    event(made, 1, 2100, RAW_MALLOC, 64, 30); // meanwhile
    event(made, 0, 2200, RAW_REALLOC_TO, 128, 500);
    event(made, 0, 3000, RAW_FREE, 128, 0);
    event(made, 1, 3100, RAW_FREE, 64, 0);
    const struct trace_made result = repaired(made, &events);
    assert_int_equal(result.inversions + result.foreign + result.unseen, 0);
    EXPECT(&events, TRACE_MALLOC, TRACE_MALLOC, TRACE_REALLOC, TRACE_FREE, TRACE_FREE);
    assert_int_equal(events.items[2].object, events.items[0].object);
    assert_int_equal(events.items[2].size, 500);
    assert_int_equal(events.items[3].object, events.items[0].object);
    assert_int_equal(events.items[4].object, events.items[1].object);
}

static void test_a_realloc_that_fails_or_frees(void **state)
{
    (void)state;
    struct events events;
    struct made_up *made = begin(1);
    event(made, 0, 1000, RAW_MALLOC, 64, 10);
    event(made, 0, 2000, RAW_REALLOC_FROM, 64, 2000);
    event(made, 0, 2100, RAW_REALLOC_TO, 0, 2000);
    event(made, 0, 3000, RAW_REALLOC_FROM, 64, 0);
    event(made, 0, 3100, RAW_REALLOC_TO, 0, 0);
    event(made, 0, 4000, RAW_REALLOC_FROM, 256, 7); // from elsewhere
    event(made, 0, 4100, RAW_REALLOC_TO, 320, 7);
    const struct trace_made result = repaired(made, &events);
    assert_int_equal(result.foreign, 1);
    EXPECT(&events, TRACE_MALLOC, TRACE_REALLOC, TRACE_FREE, TRACE_MALLOC);
    assert_false(events.items[1].has_object);
    assert_int_equal(events.items[2].object, events.items[0].object);
}

static void test_times_that_do_not_fit_into_a_word(void **state)
{
    (void)state;
    struct events events;
    struct made_up *made = begin(1);
    made->header.begin_ticks = 1000;
    made->header.multiplier = (uint64_t)1 << 31; // half a nanosecond
    thread(made, 0, 5, 1000);
    word(made, 0, first(RAW_MALLOC, 64, RAW_SIZE_FOLLOWS));
    word(made, 0, 0x1000 | (uint64_t)100 << RAW_ADDRESS_BITS);
    word(made, 0, (uint64_t)1 << 40);
    word(made, 0, first(RAW_LATER, 1000000, 0));
    word(made, 0, first(RAW_NEW_ALIGNED, 128, 48));
    word(made, 0, 0x1000);
    word(made, 0, 96); // no power of two
    word(made, 0, first(RAW_FRAME, 0x2000, 0));
    repaired(made, &events);
    EXPECT(&events, TRACE_MALLOC, TRACE_NEW);
    assert_int_equal(events.items[0].time_ns, 50);
    assert_int_equal(events.items[0].size, (uint64_t)1 << 40);
    assert_int_equal(events.items[1].time_ns, 500050);
    assert_int_equal(events.items[1].alignment, 128);
    assert_int_equal(events.items[1].thread, 0);
}

static void test_a_copy_counts_when_its_chunk_went_on(void **state)
{
    (void)state;
    for (uint32_t sequence = 0; sequence < 2; sequence++) {
        struct events events;
        struct made_up *made = begin(2);
        event(made, 0, 1000, RAW_MALLOC, 64, 10);
        made->chunks[0].sequence = sequence;
        made->chunks[1].slot = 0; // the copy
        thread(made, 1, 0, 500);
        word(made, 1, first(RAW_MALLOC, 128, 10));
        word(made, 1, 0x1000);
        repaired(made, &events);
        assert_int_equal(events.count, sequence ? 2 : 1);
    }
}

static void expect_damage(struct made_up *made)
{
    char path[64];
    CLEANUP(raw_file_release) struct raw_file file = {0};
    struct error error = {0};
    write_file(made, path);
    assert_int_equal(raw_file_open(path, &file, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.cause, "byte"));
    unlink(path);
}

static void test_damage_is_an_error(void **state)
{
    (void)state;
    struct made_up *made = begin(1);
    word(made, 0, first(RAW_MALLOC, 64, 10)); // of no thread
    word(made, 0, 0);
    expect_damage(made);
    made = begin(1);
    thread(made, 0, 0, 0);
    word(made, 0, first(RAW_OPERATION_COUNT, 64, 10));
    word(made, 0, 0);
    expect_damage(made);
    made = begin(1);
    thread(made, 0, 0, 0);
    word(made, 0, first(RAW_MALLOC, 64, 10)); // without its second word
    expect_damage(made);
    made = begin(1);
    made->chunks[0].used_bytes = RAW_CHUNK_BYTES + 8;
    expect_damage(made);
    made = begin(1);
    made->chunks[0].kind = RAW_MAPS;
    word(made, 0, 1); // less than a map
    expect_damage(made);
}

static void test_a_table_is_like_an_array(void **state)
{
    (void)state;
    enum { KEYS = 3000, CHANGES = 100000 };
    CLEANUP(number_map_release) struct number_map map = {0};
    CLEANUP(free_pointer) uint64_t *values = calloc(KEYS, sizeof *values); // 0: none
    struct random random;
    size_t count = 0;
    assert_non_null(values);
    random_seed(&random, 1);
    for (uint32_t i = 1; i <= CHANGES; i++) {
        const uint32_t key = random_below(&random, KEYS);
        const uint64_t *found = number_map_find(&map, (uint64_t)key << 4);
        assert_int_equal(found ? *found : 0, values[key]);
        count -= values[key] != 0;
        values[key] = random_below(&random, 2) ? i : 0;
        count += values[key] != 0;
        if (values[key])
            assert_true(number_map_set(&map, (uint64_t)key << 4, i));
        else
            number_map_remove(&map, (uint64_t)key << 4);
        assert_int_equal(map.count, count);
    }
    assert_true(count > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_end_that_was_stamped_late_changes_places),
        cmocka_unit_test(test_a_beginning_that_was_stamped_late_changes_places),
        cmocka_unit_test(test_a_realloc_that_was_stamped_late_changes_places),
        cmocka_unit_test(test_what_is_too_late_was_not_seen),
        cmocka_unit_test(test_one_thread_is_never_out_of_order),
        cmocka_unit_test(test_a_realloc_gives_its_address_away_before_it_ends),
        cmocka_unit_test(test_a_realloc_that_fails_or_frees),
        cmocka_unit_test(test_times_that_do_not_fit_into_a_word),
        cmocka_unit_test(test_a_copy_counts_when_its_chunk_went_on),
        cmocka_unit_test(test_damage_is_an_error),
        cmocka_unit_test(test_a_table_is_like_an_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
