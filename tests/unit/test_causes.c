#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "analysis/causes.h"
#include "base/cleanup.h"

#define UNKNOWN NAN

// The columns are those of struct cause_counts: ns, page faults, heap calls, map calls, L1D misses, dTLB
// misses, live bytes, grows, other heap.
#define QUIET                                                                                                \
    {                                                                                                        \
        10, 0, 0, 0, UNKNOWN, UNKNOWN, 6400, false, false                                                    \
    }

static const struct {
    const char *what;
    struct cause_counts slower, faster;
    enum cause expected;
} cases[] = {
    {"measured: box and slab_warm, lifo, 4096 bytes",
     {8495, 0.68, 1.02, 0, UNKNOWN, UNKNOWN, 409600, false, false},
     {2.2, 0, 0, 0, UNKNOWN, UNKNOWN, 409600, false, false},
     CAUSE_trim},
    {"measured: box, fifo, 1536 bytes",
     {200, 0.06, 0.02, 0, UNKNOWN, UNKNOWN, 153600, false, false},
     QUIET,
     CAUSE_trim},
    {"faults alone, calls not counted",
     {100, 0.5, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, 6400, false, false},
     {10, 0, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, 6400, false, false},
     CAUSE_trim},
    {"a mapping for every object",
     {5000, 1, 0, 2, UNKNOWN, UNKNOWN, 6400, false, false},
     QUIET,
     CAUSE_mapping},
    {"another heap", {100, 1, 0, 2, UNKNOWN, UNKNOWN, 6400, false, true}, QUIET, CAUSE_purge},
    {"a slab that grows through the system",
     {100, 0.3, 0, 0, UNKNOWN, UNKNOWN, 6400, true, false},
     QUIET,
     CAUSE_trim},
    {"a slab that grows", {100, 0, 0, 0, UNKNOWN, UNKNOWN, 6400, true, false}, QUIET, CAUSE_growth},
    {"both grow",
     {100, 0, 0, 0, UNKNOWN, UNKNOWN, 6400, true, false},
     {10, 0, 0, 0, UNKNOWN, UNKNOWN, 6400, true, false},
     CAUSE_calls},
    {"the faster one grows",
     {100, 0, 0, 0, UNKNOWN, UNKNOWN, 6400, false, false},
     {10, 0, 0, 0, UNKNOWN, UNKNOWN, 6400, true, false},
     CAUSE_calls},
    {"one fault in a thousand objects",
     {100, 0.001, 0, 0, UNKNOWN, UNKNOWN, 6400, false, false},
     QUIET,
     CAUSE_calls},
    {"the faster one faults more",
     {100, 0.1, 0, 0, UNKNOWN, UNKNOWN, 6400, false, false},
     {10, 0.5, 0, 0, UNKNOWN, UNKNOWN, 6400, false, false},
     CAUSE_calls},
    {"misses",
     {100, 0, 0, 0, 12, 0, 6400, false, false},
     {10, 0, 0, 0, 1, 0, 6400, false, false},
     CAUSE_cache},
    {"misses of the TLB",
     {100, 0, 0, 0, 1, 5, 6400, false, false},
     {10, 0, 0, 0, 1, 0, 6400, false, false},
     CAUSE_cache},
    {"few misses",
     {100, 0, 0, 0, 2, 0, 6400, false, false},
     {10, 0, 0, 0, 1, 0, 6400, false, false},
     CAUSE_calls},
    {"small live set", {100, 0, 0, 0, UNKNOWN, UNKNOWN, 6400, false, false}, QUIET, CAUSE_calls},
    {"large live set, misses not counted",
     {100, 0, 0, 0, UNKNOWN, UNKNOWN, 409600, false, false},
     QUIET,
     CAUSE_calls_or_cache},
    {"large live set, misses counted",
     {100, 0, 0, 0, 1, 0, 409600, false, false},
     {10, 0, 0, 0, 1, 0, 409600, false, false},
     CAUSE_calls},
    {"less than twice", {19.9, 1, 0, 0, UNKNOWN, UNKNOWN, 6400, false, false}, QUIET, CAUSE_NONE},
    {"nothing counted", {100, UNKNOWN, 0, 0, UNKNOWN, UNKNOWN, 6400, false, false}, QUIET, CAUSE_NONE},
    {"nothing counted in the other",
     {100, 1, 0, 0, UNKNOWN, UNKNOWN, 6400, false, false},
     {10, UNKNOWN, 0, 0, UNKNOWN, UNKNOWN, 6400, false, false},
     CAUSE_NONE},
    {"no time", {UNKNOWN, 1, 0, 0, UNKNOWN, UNKNOWN, 6400, false, false}, QUIET, CAUSE_NONE},
    {"no time of the other",
     {100, 1, 0, 0, UNKNOWN, UNKNOWN, 6400, false, false},
     {0, 0, 0, 0, UNKNOWN, UNKNOWN, 6400, false, false},
     CAUSE_NONE},
};

static void the_counts_name_the_cause_in_either_order(void **state)
{
    (void)state;
    bool named[CAUSE_COUNT] = {false};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        enum cause found = cause_of(&cases[i].slower, &cases[i].faster, 32768);
        enum cause turned = cause_of(&cases[i].faster, &cases[i].slower, 32768);
        if (found != cases[i].expected || turned != found)
            fail_msg("%s: %d and %d", cases[i].what, (int)found, (int)turned);
        named[found] = true;
    }
    for (int cause = 0; cause < CAUSE_COUNT; cause++)
        assert_true(named[cause]); // every row is reached
}

static void an_unknown_cache_excludes_nothing(void **state)
{
    (void)state;
    const struct cause_counts slow = {100, 0, 0, 0, UNKNOWN, UNKNOWN, 6400, false, false};
    const struct cause_counts quiet = QUIET;
    assert_int_equal(cause_of(&slow, &quiet, NAN), CAUSE_calls_or_cache);
}

static void every_cause_has_words_and_a_toggle(void **state)
{
    (void)state;
    assert_null(cause_label(CAUSE_NONE));
    for (int cause = CAUSE_NONE + 1; cause < CAUSE_COUNT; cause++) {
        assert_true(strlen(cause_label((enum cause)cause)) > 0);
        assert_true(strlen(cause_text((enum cause)cause)) > 20);
        assert_true(strlen(cause_toggle((enum cause)cause)) > 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_counts_name_the_cause_in_either_order),
        cmocka_unit_test(an_unknown_cache_excludes_nothing),
        cmocka_unit_test(every_cause_has_words_and_a_toggle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
