#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "command_line/parse.h"
#include "commands/commands.h"
#include "commands/run_options.h"
#include "results/run_files.h"

enum { MAX_WORDS = 8 };

static enum status options_of(const char *const *words, struct invocation *invocation,
                              struct run_options *ret_options, struct error *error)
{
    size_t count = 0;
    while (count < MAX_WORDS && words[count])
        count++;
    enum status status =
        command_parse(&all_commands, command_find(&all_commands, "run"), count, words, invocation, error);
    return status == STATUS_OK ? run_options_from(invocation, ret_options, error) : status;
}

static void a_strategy_in_rust_has_the_touch_word_alone(void **state)
{
    (void)state;
    if (strategy_absence(&strategies[STRATEGY_rust_box]))
        skip(); // test_without_rust.c has that case
    static const struct {
        const char *allocators, *touch;
        enum status status;
        bool has_rust_box;
    } cases[] = {
        {"rust_box", "word", STATUS_OK, true},     {"box,rust_box", "full", STATUS_USAGE, false},
        {"rust_box", "none", STATUS_USAGE, false}, {"all", "word", STATUS_OK, true},
        {"all", "full", STATUS_OK, false},         {"box", "full", STATUS_OK, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(invocation_release) struct invocation invocation = {0};
        struct run_options options = {0};
        struct error error = {0};
        const char *words[MAX_WORDS] = {"x", "--allocators", cases[i].allocators, "--touch", cases[i].touch};
        assert_int_equal(options_of(words, &invocation, &options, &error), cases[i].status);
        assert_int_equal(axis_values_has(&options.request.axes[AXIS_strategy], STRATEGY_rust_box),
                         cases[i].has_rust_box);
        bool is_left_out = cases[i].status == STATUS_OK && strcmp(cases[i].touch, "word") != 0 &&
                           strcmp(cases[i].allocators, "all") == 0;
        assert_int_equal(options.rust_left_out, is_left_out);
        if (cases[i].status != STATUS_OK)
            assert_non_null(strstr(error.cause, "rust_box, which has code for the touch word alone"));
    }
}

static void numbers_that_are_not_given_follow(void **state)
{
    (void)state;
    static const struct {
        const char *words[MAX_WORDS];
        uint32_t iterations, processes;
        bool is_quick;
    } cases[] = {
        {{"x"}, 100, 30, false},
        {{"x", "--iterations", "5"}, 5, 5, false},
        {{"x", "--processes", "150"}, 150, 150, false},
        {{"x", "--iterations", "40", "--processes", "10"}, 40, 10, false},
        {{"x", "--quick"}, 2, 2, true},
        {{"x", "--quick", "--iterations", "6"}, 6, 2, true},
        {{"x", "--iterations=6", "--quick"}, 6, 2, true},
        {{"x", "--quick", "--processes", "8"}, 8, 8, false},
        {{"x", "--quick", "--iterations", "1"}, 1, 1, true},
        {{"x", "--precise"}, 400, 40, false},
        {{"x", "--precise", "--processes", "50"}, 500, 50, false},
        {{"x", "--precise", "--iterations", "80"}, 80, 40, false},
        {{"x", "--iterations", "1", "--processes", "2"}, 1, 2, true}, // plan_build says what is wrong
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(invocation_release) struct invocation invocation = {0};
        struct run_options options;
        assert_int_equal(options_of(cases[i].words, &invocation, &options, NULL), STATUS_OK);
        assert_int_equal(options.request.iterations, cases[i].iterations);
        assert_int_equal(options.request.processes, cases[i].processes);
        assert_int_equal(run_request_is_quick(&options.request), cases[i].is_quick);
    }
}

static void the_touch_is_one_word_for_the_run(void **state)
{
    (void)state;
    static const struct {
        const char *words[MAX_WORDS];
        enum touch touch;
    } cases[] = {
        {{"x"}, TOUCH_word},
        {{"x", "--touch", "none"}, TOUCH_none},
        {{"x", "--touch=full"}, TOUCH_full},
        {{"x", "--touch", "read"}, TOUCH_read},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(invocation_release) struct invocation invocation = {0};
        struct run_options options;
        assert_int_equal(options_of(cases[i].words, &invocation, &options, NULL), STATUS_OK);
        assert_int_equal(plan_request_value(&options.request, AXIS_touch), cases[i].touch);
    }
}

static void numbers_of_live_objects_are_ascending_and_have_the_standard_one(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t count, numbers[MAX_SWEPT_VALUES]; // count 0: refused
    } cases[] = {
        {"100", 1, {100}},
        {"1,10,100,1000,10000", 5, {1, 10, 100, 1000, 10000}},
        {"1000,100,1000, 1", 3, {1, 100, 1000}},
        {"100,50000", 2, {100, 50000}},
        {"100,50001", 0, {0}},
        {"100,0", 0, {0}},
        {"100,-1", 0, {0}},
        {"100,1e3", 0, {0}},
        {"100,99999999999", 0, {0}},
        {"10,1000", 0, {0}},
        {"100,1,2,3,4,5,6,7,8", 0, {0}},
        {"", 0, {0}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(invocation_release) struct invocation invocation = {0};
        struct run_options options = {0};
        struct error error = {0};
        const char *words[] = {"x", "--live-objects", cases[i].text, NULL};
        enum status status = options_of(words, &invocation, &options, &error);
        assert_int_equal(status, cases[i].count ? STATUS_OK : STATUS_USAGE);
        if (status != STATUS_OK) {
            assert_non_null(strstr(error.cause, "--live-objects"));
            continue;
        }
        assert_int_equal(options.request.axes[AXIS_live_objects].count, cases[i].count);
        assert_memory_equal(options.request.axes[AXIS_live_objects].items, cases[i].numbers,
                            cases[i].count * sizeof cases[i].numbers[0]);
    }
}

static void a_time_budget_is_hours_minutes_and_seconds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double seconds; // 0: refused
    } cases[] = {
        {"2m", 120},   {"90s", 90},      {"90", 90},     {"1h", 3600},      {"1h30m", 5400}, {"1h1m1s", 3661},
        {"2m5s", 125}, {"168h", 604800}, {"1h5s", 3605}, {"", 0},           {"0", 0},        {"m", 0},
        {"2m5", 0},    {"5s2m", 0},      {"2m2m", 0},    {"-2m", 0},        {"2 m", 0},      {"1.5m", 0},
        {"0x10s", 0},  {"1e3", 0},       {"169h", 0},    {"9999999999", 0}, {"2min", 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(invocation_release) struct invocation invocation = {0};
        struct run_options options = {0};
        struct error error = {0};
        const char *words[] = {"x", "--time-budget", cases[i].text, NULL};
        enum status status = options_of(words, &invocation, &options, &error);
        if ((status == STATUS_OK) != (cases[i].seconds > 0) ||
            options.time_budget_seconds != cases[i].seconds)
            fail_msg("'%s': %g s, %s", cases[i].text, options.time_budget_seconds, error.cause);
    }
}

static void platforms_and_combinations_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *words[MAX_WORDS];
        const char *cause;
    } cases[] = {
        {{"list"}, "cannot be called 'list', which is a command"},
        {{"run"}, "cannot be called 'run'"},
        {{"a/b"}, "is a path"},
        {{""}, "is empty"},
        {{"--", "-x"}, "starts with '-'"},
        {{"a\nb"}, "contains the byte 0x0a"},
        {{"x", "--dry-run", "--quiet"}, "--dry-run and --quiet contradict each other"},
        {{"x", "--quick", "--precise"}, "--quick and --precise contradict"},
        {{"x", "--time-budget=2m", "--precise"}, "--time-budget and --precise contradict"},
        {{"x", "--time-budget=2m", "--quick"}, "--time-budget and --quick contradict"},
        {{"x", "--time-budget=2m", "--iterations=9"}, "--time-budget and --iterations contradict"},
        {{"x", "--time-budget=2m", "--processes=9"}, "--time-budget and --processes contradict"},
        {{"x", "--time-budget=2m", "--resume"}, "--time-budget and --resume contradict"},
        {{"x", "--resume", "--dry-run"}, "--dry-run and --resume contradict each other"},
        {{"x", "--resume", "--resume-or-start"}, "--resume and --resume-or-start contradict each other"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(invocation_release) struct invocation invocation = {0};
        struct run_options options;
        struct error error = {0};
        assert_int_equal(options_of(cases[i].words, &invocation, &options, &error), STATUS_USAGE);
        if (!strstr(error.cause, cases[i].cause))
            fail_msg("case %zu: %s", i, error.cause);
        assert_true(error.remedy[0] != '\0');
    }
}

static void lists_choose_what_is_measured(void **state)
{
    (void)state;
    CLEANUP(invocation_release) struct invocation invocation = {0};
    struct run_options options;
    const char *words[] = {
        "x", "--allocators=box", "--patterns=fifo,random", "--sizes=8,4096", "--seed=18446744073709551615",
        NULL};
    assert_int_equal(options_of(words, &invocation, &options, NULL), STATUS_OK);
    assert_true(axis_values_has(&options.request.axes[AXIS_strategy], STRATEGY_box));
    assert_false(axis_values_has(&options.request.axes[AXIS_strategy], STRATEGY_slab_cold));
    assert_false(axis_values_has(&options.request.axes[AXIS_pattern], PATTERN_lifo));
    assert_true(axis_values_has(&options.request.axes[AXIS_pattern], PATTERN_random));
    assert_true(axis_values_has(&options.request.axes[AXIS_size_bytes], object_sizes[0]) &&
                axis_values_has(&options.request.axes[AXIS_size_bytes], object_sizes[SIZE_COUNT - 1]) &&
                !axis_values_has(&options.request.axes[AXIS_size_bytes], object_sizes[1]));
    assert_true(options.request.seed == UINT64_MAX);
    CLEANUP(plan_release) struct plan plan = {0};
    assert_int_equal(plan_build(&options.request, &plan, NULL), STATUS_OK);
    size_t measured = 0; // controls, if there are any, come on top
    for (size_t i = 0; i < plan.count; i++)
        measured += strategies[plan.processes[i].cell.strategy].role == STRATEGY_ROLE_STANDARD;
    assert_int_equal(measured, 2 * 2 * STANDARD_PROCESSES);
}

static void heaps_are_chosen_and_named(void **state)
{
    (void)state;
    CLEANUP(invocation_release) struct invocation invocation = {0};
    struct run_options options;
    const char *words[] = {"x",
                           "--heaps=system,system:pinned",
                           "--heap",
                           "mine=/lib/a,b.so",
                           "--heap=tuned=system,glibc.malloc.tcache_count=0:glibc.malloc.arena_max=1",
                           NULL};
    assert_int_equal(options_of(words, &invocation, &options, NULL), STATUS_OK);
    const struct plan_heap *heaps = options.request.heaps;
    assert_int_equal(options.request.heap_count, 4);
    assert_string_equal(heaps[0].name, "system");
    assert_string_equal(heaps[0].library, "");
    assert_string_equal(heaps[0].tunables, "");
    assert_string_equal(heaps[1].name, "system:pinned");
    assert_non_null(strstr(heaps[1].tunables, "glibc.malloc.mmap_threshold="));
    assert_non_null(strstr(heaps[1].tunables, "glibc.malloc.trim_threshold="));
    assert_string_equal(heaps[2].library, "/lib/a,b.so");
    assert_string_equal(heaps[3].library, "");
    assert_string_equal(heaps[3].tunables, "glibc.malloc.tcache_count=0:glibc.malloc.arena_max=1");
    CLEANUP(plan_release) struct plan plan = {0};
    assert_int_equal(plan_build(&options.request, &plan, NULL), STATUS_OK);
    size_t labelled = 0;
    for (size_t i = 0; i < plan.count; i++)
        labelled += strcmp(plan.processes[i].allocator, "slab_warm@mine") == 0;
    assert_int_equal(labelled, 4 * 19 * STANDARD_PROCESSES);
}

static void heaps_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *words[MAX_WORDS];
        const char *cause, *remedy;
    } cases[] = {
        {{"x", "--heaps", "jemaloc"},
         "there is no heap 'jemaloc'",
         "Did you mean jemalloc? Known are system, "},
        {{"x", "--heap", "a=/x.so", "--heap", "a=/y.so"}, "two heaps are called 'a'", "a name of its own"},
        {{"x", "--heaps", "jemalloc", "--heap", "jemalloc=/x.so"}, "two heaps are called 'jemalloc'", ""},
        {{"x", "--heap", "a"}, "does not say what the heap is", "Write --heap NAME=/path"},
        {{"x", "--heap", "a="}, "does not say what the heap is", ""},
        {{"x", "--heap", "=/x.so"}, "cannot be called ''", ""},
        {{"x", "--heap", "a@b=/x.so"}, "cannot be called 'a@b'", ""},
        {{"x", "--heap", "a,b=/x.so"}, "cannot be called 'a,b'", ""},
        {{"x", "--heap", "system=/x.so"}, "is the C library's own", ""},
        {{"x", "--heap", "a=mimaloc"}, "there is no heap 'mimaloc'", "Did you mean mimalloc?"},
        {{"x", "--heap", "a=library.so"}, "there is no heap 'library.so'", "Give a path with a '/'"},
        {{"x", "--heap", "a=system"}, "is the same as the heap system", ""},
        {{"x", "--heap", "a=system,"}, "the tunables are empty", ""},
        {{"x", "--heap", "a=system,tcache_count=0"}, "'tcache_count=0' is not a tunable", "GLIBC_TUNABLES"},
        {{"x", "--heap", "a=jemalloc,glibc.malloc.x=1"}, "not for jemalloc", ""},
        {{"x", "--heap", "a=/a b.so"}, "cannot be given to the dynamic linker", "Name a link"},
        {{"x", "--heap", "a=/a:b.so"}, "cannot be given to the dynamic linker", "Name a link"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(invocation_release) struct invocation invocation = {0};
        struct run_options options;
        struct error error = {0};
        assert_int_equal(options_of(cases[i].words, &invocation, &options, &error), STATUS_USAGE);
        if (!strstr(error.cause, cases[i].cause) || !strstr(error.remedy, cases[i].remedy) ||
            !error.remedy[0])
            fail_msg("case %zu: %s. %s", i, error.cause, error.remedy);
    }
}

static void resumed_run_accepts_only_its_own_provenance(void **state)
{
    (void)state;
    static const struct {
        const char *words[MAX_WORDS];
        const char *named; // in the message; NULL: accepted
    } cases[] = {
        {{"x", "--resume"}, NULL},
        {{"x", "--resume", "--iterations", "6"}, NULL},
        {{"x", "--resume", "--quiet", "--worker-timeout", "5", "--output-dir", "elsewhere"}, NULL},
        {{"x", "--resume", "--iterations", "7"}, "--iterations"},
        {{"x", "--resume", "--quick"}, "--quick"},
        {{"x", "--resume", "--sizes", "16", "--seed", "2"}, "--sizes, --seed"},
        {{"x", "--resume", "--allocators", "box"}, "--allocators"},
        {{"x", "--resume", "--patterns", "lifo"}, "--patterns"},
        {{"x", "--resume", "--processes", "6"}, "--processes"},
        {{"x", "--resume", "--touch", "full"}, "--touch"},
        {{"x", "--resume", "--touch", "word"}, NULL},
        {{"x", "--resume", "--live-objects", "10,100"}, "--live-objects"},
        {{"x", "--resume", "--batch", "10,100"}, "--live-objects"}, // its former name
        {{"x", "--resume", "--traverse"}, "--traverse"},
    };
    struct plan_request journaled;
    plan_request_init(&journaled);
    journaled.iterations = 6;
    journaled.processes = 3;
    journaled.seed = 5;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(invocation_release) struct invocation invocation = {0};
        struct run_options options;
        struct error error = {0};
        assert_int_equal(options_of(cases[i].words, &invocation, &options, &error), STATUS_OK);
        enum status status = run_options_check_resumed(&invocation, &options.request, &journaled, &error);
        assert_int_equal(status, cases[i].named ? STATUS_USAGE : STATUS_OK);
        if (cases[i].named && !strstr(error.cause, cases[i].named))
            fail_msg("case %zu: %s", i, error.cause);
    }
}

static void make_temporary_directory(char *template)
{
    assert_non_null(mkdtemp(template));
}

static void the_output_directory_is_made_and_checked_without_a_trace(void **state)
{
    (void)state;
    char directory[] = "/tmp/memalloc-bench-test.XXXXXX";
    make_temporary_directory(directory);
    CLEANUP(text_release) struct text path = {0};
    text_append_format(&path, "%s/a/b", directory);
    struct error error = {0};
    assert_int_equal(output_directory_check(text_string(&path), 1, &error), STATUS_OK);
    assert_int_equal(rmdir(text_string(&path)), 0); // empty
    assert_int_equal(output_directory_check(text_string(&path), UINT64_MAX / 4, &error), STATUS_ENVIRONMENT);
    assert_non_null(strstr(error.cause, "has room for"));
    assert_int_equal(rmdir(text_string(&path)), 0);

    text_append(&path, "/c");
    CLEANUP(text_release) struct text file = {0};
    text_append_format(&file, "%s/a/b", directory);
    assert_int_equal(file_write(text_string(&file), "x", 1, &error), STATUS_OK);
    assert_int_equal(output_directory_check(text_string(&path), 1, &error), STATUS_ENVIRONMENT);
    assert_non_null(strstr(error.cause, "/a/b"));
    unlink(text_string(&file));
    text_clear(&path);
    text_append_format(&path, "%s/a", directory);
    rmdir(text_string(&path));
    rmdir(directory);
}

static void existing_files_are_kept_unless_the_user_says_otherwise(void **state)
{
    (void)state;
    char directory[] = "/tmp/memalloc-bench-test.XXXXXX";
    make_temporary_directory(directory);
    enum { BENCHMARK = 1, DETAILS = 2, JOURNAL = 4, FORCE = 8, RESUME = 16 };
    static const struct {
        int present;
        const char *cause; // NULL: allowed
    } cases[] = {
        {0, NULL},
        {FORCE, NULL},
        {BENCHMARK, "results of x already exist"},
        {DETAILS, "results of x already exist"},
        {BENCHMARK | DETAILS | FORCE, NULL},
        {JOURNAL, "an interrupted run of x is kept in"},
        {JOURNAL | FORCE, NULL},
        {JOURNAL | RESUME, NULL},
        {BENCHMARK | JOURNAL, "an interrupted run of x is kept in"},
        {RESUME, "there is no interrupted run of x"},
        {RESUME | FORCE, "there is no interrupted run of x"},
        {BENCHMARK | JOURNAL | RESUME, "results of x already exist"},
        {BENCHMARK | JOURNAL | RESUME | FORCE, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int present = cases[i].present;
        struct run_files_request request = {.platform = "x",
                                            .output_directory = directory,
                                            .force = present & FORCE,
                                            .resume = present & RESUME};
        CLEANUP(run_files_release) struct run_files files = {0};
        assert_int_equal(run_files_name(&request, &files, NULL), STATUS_OK);
        const struct text *paths[] = {&files.benchmark, &files.details, &files.journal};
        for (int p = 0; p < 3; p++)
            if (present >> p & 1)
                assert_int_equal(file_write(text_string(paths[p]), "x", 1, NULL), STATUS_OK);
        struct error error = {0};
        enum status status = run_files_claim(&request, &files, &error);
        for (int p = 0; p < 3; p++)
            unlink(text_string(paths[p]));
        if (status != (cases[i].cause ? STATUS_USAGE : STATUS_OK) ||
            (cases[i].cause && !strstr(error.cause, cases[i].cause)))
            fail_msg("case %zu: status %d, %s", i, (int)status, error.cause);
    }
    rmdir(directory);
}

static void the_command_to_go_on_can_be_pasted_into_a_shell(void **state)
{
    (void)state;
    static const struct {
        const char *directory;
        bool replace;
        const char *expected;
    } cases[] = {
        {"results", false, "memalloc-bench run x --resume"},
        {"out/a", true, "memalloc-bench run x --resume --output-dir=out/a --force"},
        {"it's here", false, "memalloc-bench run x --resume --output-dir='it'\\''s here'"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct run_files_request request = {.platform = "x", .output_directory = cases[i].directory};
        CLEANUP(text_release) struct text text = {0};
        resume_command_append(&text, &request, cases[i].replace);
        assert_string_equal(text_string(&text), cases[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_strategy_in_rust_has_the_touch_word_alone),
        cmocka_unit_test(numbers_that_are_not_given_follow),
        cmocka_unit_test(the_touch_is_one_word_for_the_run),
        cmocka_unit_test(numbers_of_live_objects_are_ascending_and_have_the_standard_one),
        cmocka_unit_test(a_time_budget_is_hours_minutes_and_seconds),
        cmocka_unit_test(platforms_and_combinations_are_checked),
        cmocka_unit_test(lists_choose_what_is_measured),
        cmocka_unit_test(heaps_are_chosen_and_named),
        cmocka_unit_test(heaps_that_make_no_sense_are_refused),
        cmocka_unit_test(resumed_run_accepts_only_its_own_provenance),
        cmocka_unit_test(the_output_directory_is_made_and_checked_without_a_trace),
        cmocka_unit_test(existing_files_are_kept_unless_the_user_says_otherwise),
        cmocka_unit_test(the_command_to_go_on_can_be_pasted_into_a_shell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
