#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "document.h"
#include "environment/environment.h"
#include "environment/private.h"
#include "fake_tree.h"
#include "machines.h"

static void read_tree(const struct fake_tree *tree, struct facts *facts)
{
    environment_read_files(tree->root, facts);
    environment_read_load_files(tree->root, facts, "before.");
}

static void facts_of_machines_are_read_and_absent_ones_are_absent(void **state)
{
    (void)state;
    assert_true(machine_count >= 4);
    for (size_t i = 0; i < machine_count; i++) {
        CLEANUP(fake_tree_release) struct fake_tree tree;
        CLEANUP(facts_release) struct facts facts = {0};
        fake_tree_make(&tree);
        fake_tree_add(&tree, machines[i].files);
        read_tree(&tree, &facts);
        for (const struct expected_fact *fact = machines[i].facts; fact->key; fact++) {
            const char *value = facts_get(&facts, fact->key);
            if (fact->value ? !value || strcmp(value, fact->value) != 0 : value != NULL)
                fail_msg("%s: %s is \"%s\", not \"%s\"", machines[i].name, fact->key,
                         value ? value : "(absent)", fact->value ? fact->value : "(absent)");
        }
        assert_int_equal(facts_check(&facts, NULL), STATUS_OK);
    }
}

static void an_empty_root_gives_no_fact(void **state)
{
    (void)state;
    CLEANUP(fake_tree_release) struct fake_tree tree;
    CLEANUP(facts_release) struct facts facts = {0};
    fake_tree_make(&tree);
    read_tree(&tree, &facts);
    assert_int_equal(facts.count, 0);
}

// Whether `key` is described by `pattern`, whose parts in <> stand for one or more letters, digits and '_'.
static bool key_matches(const char *pattern, const char *key)
{
    while (*pattern) {
        if (*pattern == '<') {
            size_t length = strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
            if (length == 0)
                return false;
            key += length;
            pattern = strchr(pattern, '>') + 1;
        } else if (*pattern++ != *key++) {
            return false;
        }
    }
    return *key == '\0';
}

static void mark_produced(const struct facts *facts, bool *produced)
{
    for (size_t i = 0; i < facts->count; i++) {
        size_t found = 0;
        for (size_t row = 0; row < environment_row_count; row++)
            if (environment_rows[row].key && key_matches(environment_rows[row].key, facts->items[i].key)) {
                produced[row] = true;
                found++;
            }
        if (found != 1)
            fail_msg("%s is described by %zu rows of environment.def", facts->items[i].key, found);
    }
}

static void every_fact_has_a_row_and_every_row_a_fact(void **state)
{
    (void)state;
    // Rows that only other systems or other builds have.
    static const char *const elsewhere[] = {"process.translated", "program.revision", "build.sanitizers"};
    CLEANUP(free_pointer) bool *produced = calloc(environment_row_count, sizeof *produced);
    assert_non_null(produced);
    for (size_t i = 0; i < machine_count; i++) {
        CLEANUP(fake_tree_release) struct fake_tree tree;
        CLEANUP(facts_release) struct facts facts = {0};
        fake_tree_make(&tree);
        fake_tree_add(&tree, machines[i].files);
        fake_tree_write(&tree, "/sys/devices/system/cpu/isolated", "2-3\n", 4);
        read_tree(&tree, &facts);
        mark_produced(&facts, produced);
    }
    CLEANUP(facts_release) struct facts facts = {0};
    char *variables[] = {(char[]){"MALLOC_ARENA_MAX=1"}, NULL};
    static const char *const of_slurm[] = {
        "SLURM_CLUSTER_NAME",  "SLURM_JOB_ID",        "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID",
        "SLURMD_NODENAME",     "SLURM_JOB_PARTITION", "SLURM_JOB_ACCOUNT",  "SLURM_JOB_CONSTRAINTS",
        "SLURM_RESTART_COUNT", "SLURM_CPUS_ON_NODE",
    };
    for (size_t i = 0; i < COUNT_OF(of_slurm); i++)
        setenv(of_slurm[i], "7", 1);
    environment_read(&facts);
    for (size_t i = 0; i < COUNT_OF(of_slurm); i++)
        unsetenv(of_slurm[i]);
    environment_read_load(&facts, "after.");
    read_environment_variables(&facts, variables);
    mark_produced(&facts, produced);
    size_t examined = 0;
    for (size_t row = 0; row < environment_row_count; row++) {
        bool expected = environment_rows[row].key != NULL;
        for (size_t i = 0; i < COUNT_OF(elsewhere) && expected; i++)
            expected = strcmp(environment_rows[row].key, elsewhere[i]) != 0;
        if (expected && !produced[row])
            fail_msg("no machine has %s", environment_rows[row].key);
        examined += expected;
    }
    assert_true(examined > 100);
}

static void documentation_lists_every_row(void **state)
{
    (void)state;
    CLEANUP(text_release) struct text expected = {0};
    for (size_t row = 0; row < environment_row_count; row++) {
        const struct environment_row *it = &environment_rows[row];
        if (!it->key) {
            text_append_format(&expected, "\n### %s\n\n| key | meaning | source |\n| --- | --- | --- |\n",
                               it->meaning);
            continue;
        }
        text_append_format(&expected, "| `%s` | ", it->key);
        append_markdown(&expected, it->meaning);
        text_append(&expected, " | ");
        append_markdown(&expected, it->source);
        text_append(&expected, " |\n");
    }
    text_append(&expected, "\n");
    assert_document_part("docs/environment.md", "facts", text_string(&expected));
}

static void only_variables_that_decide_the_heap_are_stored(void **state)
{
    (void)state;
    CLEANUP(facts_release) struct facts facts = {0};
    CLEANUP(free_pointer) char *long_value = malloc(100000);
    assert_non_null(long_value);
    snprintf(long_value, 100000, "MALLOC_CONF=%099000d", 7);
    char *variables[] = {
        (char[]){"GLIBC_TUNABLES=glibc.malloc.mmap_threshold=1"},
        (char[]){"LD_PRELOAD=/lib/a.so"},
        (char[]){"MALLOC_PERTURB_=3"},
        (char[]){"MIMALLOC_SHOW_STATS=1"},
        (char[]){"MALLOC_TRIM_THRESHOLD_="},
        (char[]){"MALLOC_\x1b[31m=red"},
        (char[]){"MALLOC_NO_VALUE"},
        (char[]){"XMALLOC_A=1"},
        (char[]){"PATH=/bin"},
        (char[]){"PASSWORD=secret"},
        (char[]){"=x"},
        (char[]){""},
        long_value,
        NULL,
    };
    read_environment_variables(&facts, variables);
    assert_int_equal(facts.count, 5);
    assert_string_equal(facts_get(&facts, "environment.GLIBC_TUNABLES"), "glibc.malloc.mmap_threshold=1");
    assert_string_equal(facts_get(&facts, "environment.LD_PRELOAD"), "/lib/a.so");
    assert_string_equal(facts_get(&facts, "environment.MALLOC_PERTURB_"), "3");
    assert_string_equal(facts_get(&facts, "environment.MIMALLOC_SHOW_STATS"), "1");
    assert_int_equal(strlen(facts_get(&facts, "environment.MALLOC_CONF")), LINE_BYTES);
}

static void build_is_described(void **state)
{
    (void)state;
    CLEANUP(facts_release) struct facts facts = {0};
    read_build(&facts);
    const char *version = facts_get(&facts, "program.version");
    assert_true(version && isdigit((unsigned char)version[0]));
    assert_non_null(facts_get(&facts, "build.compiler"));
    assert_non_null(strstr(facts_get(&facts, "build.flags"), "-Wconversion"));
    assert_non_null(strstr(facts_get(&facts, "build.measured_flags"), "-falign-loops=64"));
#ifdef __SANITIZE_ADDRESS__
    assert_string_equal(facts_get(&facts, "build.sanitizers"), "address,undefined");
#endif
}

static void assert_harmless(const struct fake_tree *tree)
{
    CLEANUP(facts_release) struct facts facts = {0};
    read_tree(tree, &facts);
    assert_int_equal(facts_check(&facts, NULL), STATUS_OK);
    for (size_t i = 0; i < facts.count; i++)
        assert_in_range(strlen(facts.items[i].value), 1, 2 * LINE_BYTES);
}

// The files of every machine, one after the other replaced by something else: each by some of the contents,
// and by all of them over the machines and files.
static void hostile_files_do_no_harm(void **state)
{
    (void)state;
    enum { CONTENTS_PER_FILE = 4, HUGE_BYTES = 3 << 20 };
    static const char *const contents[] = {
        "",
        "\n",
        " ",
        ":",
        "[",
        "]",
        "[]",
        "-",
        "-1",
        "0-",
        "4294967295",
        "18446744073709551616",
        "0-4294967295",
        "99999999999999999999999999",
        "some avg10=",
        "cpu ",
        "cpu  1 2",
        "a - cgroup2",
        "1 2 3 4 5 - cgroup2 a ",
        "0::",
        "::",
        "0::/../../..",
        "model name",
        "\xff\xfe\x80",
        "PRETTY_NAME=",
        "1 (",
        ")",
        "max",
        "0 0",
        "1 0",
        "nr_throttled",
        "flags:",
        "%s%n%s%n",
        "cpu MHz : nan",
        "cpu MHz : 1e300",
        "CPU implementer: \nCPU part: ",
    };
    CLEANUP(free_pointer) char *huge = malloc(HUGE_BYTES);
    assert_non_null(huge);
    size_t examined = 0;
    for (size_t i = 0; i < machine_count; i++) {
        CLEANUP(fake_tree_release) struct fake_tree tree;
        fake_tree_make(&tree);
        fake_tree_add(&tree, machines[i].files);
        for (const struct tree_file *file = machines[i].files; file->path; file++) {
            for (int j = 0; j < CONTENTS_PER_FILE; j++, examined++) {
                const char *content = contents[examined % COUNT_OF(contents)];
                fake_tree_write(&tree, file->path, content, strlen(content));
                assert_harmless(&tree);
            }
            fake_tree_write(&tree, file->path, file->content, strlen(file->content));
        }
        static const char *const large[] = {"/proc/cpuinfo", "/proc/self/status", "/proc/stat",
                                            "/proc/self/cgroup"};
        for (size_t j = 0; j < COUNT_OF(large); j++) {
            memset(huge, j % 2 ? '9' : 0, HUGE_BYTES);
            fake_tree_write(&tree, large[j], huge, HUGE_BYTES);
            assert_harmless(&tree);
        }
    }
    assert_true(examined > 500);
}

static void names_with_numbers_are_in_the_order_of_the_numbers(void **state)
{
    (void)state;
    CLEANUP(fake_tree_release) struct fake_tree tree;
    CLEANUP(string_list_release) struct string_list names = {0};
    fake_tree_make(&tree);
    static const struct tree_file files[] = {{"/d/cpu10", "x"}, {"/d/cpu9", "x"}, {"/d/cpu", "x"},
                                             {"/d/cpu1", "x"},  {"/d/.cpu", "x"}, {"/d/gpu0", "x"},
                                             {NULL, NULL}};
    fake_tree_add(&tree, files);
    const struct source source = {tree.root, NULL};
    source_list(&source, "/d", "cpu", &names);
    static const char *const expected[] = {"cpu", "cpu1", "cpu9", "cpu10"};
    assert_int_equal(names.count, COUNT_OF(expected));
    for (size_t i = 0; i < COUNT_OF(expected); i++)
        assert_string_equal(names.items[i], expected[i]);
}

static void cpu_times_of_processes_are_read(void **state)
{
    (void)state;
    static const char rest[] = " S 1 1 1 0 -1 4194304 99 0 0 0 70 5 0 0 20 0 1 0 9 1 1\n";
    CLEANUP(fake_tree_release) struct fake_tree tree;
    CLEANUP(process_times_release) struct process_times times = {0};
    fake_tree_make(&tree);
    read_process_times(tree.root, &times);
    assert_int_equal(times.count, 0);
    static const struct tree_file files[] = {
        {"/proc/100/stat", "100 (b) (\x1b b)"},
        {"/proc/20/stat", "20 (a name that is far longer than 31 bytes)"},
        {"/proc/self/stat", "7 (self)"},
        {"/proc/8x/stat", "8 (x)"},
        {"/proc/5/stat", "5 (cut) S 1"},
        {"/proc/6/stat", ""},
        {NULL, NULL},
    };
    for (const struct tree_file *file = files; file->path; file++) {
        char content[256];
        bool cut = strstr(file->content, "cut") || !*file->content;
        int length = snprintf(content, sizeof content, "%s%s", file->content, cut ? "" : rest);
        fake_tree_write(&tree, file->path, content, (size_t)length);
    }
    read_process_times(tree.root, &times);
    assert_int_equal(times.count, 2);
    assert_int_equal(times.items[0].process, 20);
    assert_string_equal(times.items[0].name, "a name that is far longer than ");
    assert_int_equal(times.items[1].process, 100);
    assert_string_equal(times.items[1].name, "b) (? b");
    assert_int_equal(times.items[1].ticks, 75);
}

// ---- machines with several kinds of cores ----

static const struct tree_file hybrid_files[] = {
    {"/proc/cpuinfo", "processor\t: 0\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x1\n"
                      "CPU part\t: 0xd05\nCPU revision\t: 0\n\n"
                      "processor\t: 1\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x3\n"
                      "CPU part\t: 0xd41\nCPU revision\t: 1\n\n"
                      "processor\t: 10\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x0\n"
                      "CPU part\t: 0xd44\nCPU revision\t: 2\n"},
    {"/proc/self/status", "Cpus_allowed_list:\t0-1,10\n"},
    {"/sys/devices/system/cpu/online", "0-1,10\n"},
    {"/sys/devices/system/cpu/cpu0/cpu_capacity", "250\n"},
    {"/sys/devices/system/cpu/cpu1/cpu_capacity", "700\n"},
    {"/sys/devices/system/cpu/cpu10/cpu_capacity", "1024\n"},
    {"/sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "0\n"},
    {"/sys/devices/system/cpu/cpu10/topology/thread_siblings_list", "10\n"},
    {"/sys/devices/system/cpu/cpu0/cache/index0/level", "1\n"},
    {"/sys/devices/system/cpu/cpu0/cache/index0/type", "Data\n"},
    {"/sys/devices/system/cpu/cpu0/cache/index0/size", "32K\n"},
    {"/sys/devices/system/cpu/cpu0/cache/index3/level", "3\n"},
    {"/sys/devices/system/cpu/cpu0/cache/index3/type", "Unified\n"},
    {"/sys/devices/system/cpu/cpu0/cache/index3/size", "4096K\n"},
    {"/sys/devices/system/cpu/cpu10/cache/index0/level", "1\n"},
    {"/sys/devices/system/cpu/cpu10/cache/index0/type", "Data\n"},
    {"/sys/devices/system/cpu/cpu10/cache/index0/size", "64K\n"},
    {"/sys/devices/system/cpu/cpufreq/policy0/scaling_max_freq", "1800000\n"},
    {"/sys/devices/system/cpu/cpufreq/policy10/scaling_max_freq", "2800000\n"},
    {"/sys/devices/system/cpu/cpu0/cpufreq/scaling_max_freq", "1800000\n"},
    {"/sys/devices/system/cpu/cpu10/cpufreq/scaling_max_freq", "2800000\n"},
    {NULL, NULL},
};

static void the_cpus_of_a_kind_are_those_that_the_process_may_use(void **state)
{
    (void)state;
    static const struct {
        const char *performance, *efficiency, *allowed; // NULL: not told
        enum cpu_kind kind;
        int count;
        uint32_t first;
    } cases[] = {
        {"0-7", "8-15", "0-15", CPU_KIND_PERFORMANCE, 8, 0},
        {"0-7", "8-15", "0-15", CPU_KIND_EFFICIENCY, 8, 8},
        {"0-7", "8-15", "4-9", CPU_KIND_PERFORMANCE, 4, 4},
        {"0-7", "8-15", "0-7", CPU_KIND_EFFICIENCY, 0, 0},
        {"4", "4", NULL, CPU_KIND_PERFORMANCE, -1, 0}, // macOS: how many there are
        {NULL, NULL, "0-15", CPU_KIND_EFFICIENCY, -1, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(facts_release) struct facts facts = {0};
        CLEANUP(fake_tree_release) struct fake_tree tree;
        fake_tree_make(&tree);
        char status[64];
        snprintf(status, sizeof status, "Cpus_allowed_list:\t%s\n", cases[i].allowed ? cases[i].allowed : "");
        struct tree_file files[3] = {{"/sys/devices/system/cpu/online", "0-15\n"}};
        if (cases[i].allowed)
            files[1] = (struct tree_file){"/proc/self/status", status};
        fake_tree_add(&tree, files);
        if (cases[i].performance) {
            struct tree_file kinds[] = {{"/sys/devices/cpu_core/cpus", cases[i].performance},
                                        {"/sys/devices/cpu_atom/cpus", cases[i].efficiency},
                                        {NULL, NULL}};
            fake_tree_add(&tree, kinds);
        }
        environment_read_files(tree.root, &facts);
        uint32_t cpus[64] = {0};
        assert_int_equal(environment_cpus_of_kind(&facts, cases[i].kind, cpus, 64), cases[i].count);
        assert_int_equal(cpus[0], cases[i].first);
    }
}

static void facts_describe_the_cpu_that_measured(void **state)
{
    (void)state;
    static const struct {
        const char *worker_cpu; // NULL: not known
        const char *model, *stepping, *l1d_bytes, *l3_bytes, *highest_khz;
    } cases[] = {
        {NULL, "Cortex-A55", "r1p0", "32768", "4194304", "1800000, 2800000"},
        {"0", "Cortex-A55", "r1p0", "32768", "4194304", "1800000"},
        {"1", "Cortex-A78", "r3p1", "32768", "4194304", "1800000, 2800000"}, // its folder says nothing
        {"10", "Cortex-X1", "r0p2", "65536", NULL, "2800000"},
        {"99", "Cortex-A55", "r1p0", "32768", "4194304", "1800000, 2800000"}, // there is none
        {"4294967296", "Cortex-A55", "r1p0", "32768", "4194304", "1800000, 2800000"},
        {"none", "Cortex-A55", "r1p0", "32768", "4194304", "1800000, 2800000"},
    };
    CLEANUP(fake_tree_release) struct fake_tree tree;
    fake_tree_make(&tree);
    fake_tree_add(&tree, hybrid_files);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(facts_release) struct facts facts = {0};
        environment_read_files(tree.root, &facts);
        assert_string_equal(facts_get(&facts, "topology.core_kinds"), "3");
        facts_set(&facts, "worker.cpu", cases[i].worker_cpu);
        environment_describe_worker_files(tree.root, &facts);
        assert_string_equal(facts_get(&facts, "cpu.model"), cases[i].model);
        assert_string_equal(facts_get(&facts, "cpu.stepping"), cases[i].stepping);
        assert_string_equal(facts_get(&facts, "cache.l1d.size_bytes"), cases[i].l1d_bytes);
        assert_string_equal(facts_get(&facts, "cpu.frequency_highest_khz"), cases[i].highest_khz);
        const char *l3_bytes = facts_get(&facts, "cache.l3.size_bytes");
        if (cases[i].l3_bytes)
            assert_string_equal(l3_bytes, cases[i].l3_bytes);
        else
            assert_null(l3_bytes);
    }
}

static void with_one_kind_of_cores_nothing_is_read_again(void **state)
{
    (void)state;
    CLEANUP(fake_tree_release) struct fake_tree tree;
    CLEANUP(facts_release) struct facts facts = {0};
    fake_tree_make(&tree);
    fake_tree_add(&tree, hybrid_files);
    facts_set(&facts, "worker.cpu", "10");
    facts_set(&facts, "cpu.model", "as read before");
    environment_describe_worker_files(tree.root, &facts);
    assert_int_equal(facts.count, 2);
    assert_string_equal(facts_get(&facts, "cpu.model"), "as read before");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_of_machines_are_read_and_absent_ones_are_absent),
        cmocka_unit_test(an_empty_root_gives_no_fact),
        cmocka_unit_test(every_fact_has_a_row_and_every_row_a_fact),
        cmocka_unit_test(documentation_lists_every_row),
        cmocka_unit_test(only_variables_that_decide_the_heap_are_stored),
        cmocka_unit_test(facts_describe_the_cpu_that_measured),
        cmocka_unit_test(the_cpus_of_a_kind_are_those_that_the_process_may_use),
        cmocka_unit_test(with_one_kind_of_cores_nothing_is_read_again),
        cmocka_unit_test(build_is_described),
        cmocka_unit_test(hostile_files_do_no_harm),
        cmocka_unit_test(cpu_times_of_processes_are_read),
        cmocka_unit_test(names_with_numbers_are_in_the_order_of_the_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
