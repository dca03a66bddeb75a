#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "os/os.h"
#include "os/private.h"

enum { CPU_CAPACITY = 512 };

static int allowed(uint32_t cpus[CPU_CAPACITY])
{
    int count = os_allowed_cpus(cpus, CPU_CAPACITY);
    assert_in_range(count, 1, CPU_CAPACITY);
    return count;
}

static void allowed_cpus_are_ascending_and_hold_the_current_one(void **state)
{
    (void)state;
    uint32_t cpus[CPU_CAPACITY];
    int count = allowed(cpus);
    bool current_found = false;
    for (int i = 0; i < count; i++) {
        assert_true(i == 0 || cpus[i] > cpus[i - 1]);
        current_found |= (int)cpus[i] == os_current_cpu();
    }
    assert_true(current_found);
    uint32_t one[1];
    assert_int_equal(os_allowed_cpus(one, 1), 1);
    assert_int_equal(one[0], cpus[0]);
}

static void pinning_leaves_one_cpu_and_is_undone(void **state)
{
    (void)state;
    uint32_t before[CPU_CAPACITY], after[CPU_CAPACITY];
    int count = allowed(before);
    for (int i = 0; i < count; i++) {
        assert_true(os_pin_to_cpu(before[i]));
        assert_int_equal(allowed(after), 1);
        assert_int_equal(after[0], before[i]);
        assert_int_equal(os_current_cpu(), before[i]);
    }
    assert_false(os_avoid_cpu(before[count - 1])); // none would remain
    assert_int_equal(allowed(after), 1);
    assert_true(os_allow_cpus(before, count));
    assert_int_equal(allowed(after), count);
}

static void avoiding_a_cpu_leaves_the_others(void **state)
{
    (void)state;
    uint32_t before[CPU_CAPACITY], after[CPU_CAPACITY];
    int count = allowed(before);
    if (count < 2)
        skip();
    uint32_t avoided = before[count - 1];
    assert_true(os_avoid_cpu(avoided));
    assert_int_equal(allowed(after), count - 1);
    for (int i = 0; i < count - 1; i++)
        assert_int_not_equal(after[i], avoided);
    assert_true(os_allow_cpus(before, count));
}

static void cpus_that_do_not_exist_are_refused(void **state)
{
    (void)state;
    uint32_t before[CPU_CAPACITY], after[CPU_CAPACITY];
    int count = allowed(before);
    const uint32_t missing[] = {OS_MAX_CPUS - 1, OS_MAX_CPUS, UINT32_MAX - 1};
    uint64_t idle, total;
    for (size_t i = 0; i < COUNT_OF(missing); i++) {
        assert_false(os_pin_to_cpu(missing[i]));
        assert_false(os_cpu_idle_ticks(missing[i], &idle, &total));
    }
    assert_false(os_allow_cpus(before, 0));
    assert_int_equal(allowed(after), count);
}

static void ticks_of_a_cpu_are_read_and_grow(void **state)
{
    (void)state;
    uint32_t cpus[CPU_CAPACITY];
    int count = allowed(cpus);
    for (int i = 0; i < count; i++) {
        uint64_t idle, total, idle_later, total_later;
        assert_true(os_cpu_idle_ticks(cpus[i], &idle, &total));
        assert_true(total > 0 && idle <= total);
        assert_true(os_cpu_idle_ticks(cpus[i], &idle_later, &total_later));
        assert_true(total_later >= total && idle_later >= idle);
    }
}

static void executable_and_addresses_are_described_or_untouched(void **state)
{
    (void)state;
    char path[4096], described[4096];
    assert_true(os_executable_path(path, sizeof path));
    assert_int_equal(path[0], '/');
    assert_non_null(strstr(path, "test_os"));
    assert_true(
        os_describe_address((const void *)(uintptr_t)&os_executable_path, described, sizeof described));
    assert_non_null(strstr(described, "test_os"));
    assert_true(os_describe_address((const void *)(uintptr_t)&strtol, described, sizeof described));
    assert_int_not_equal(described[0], '\0');

    char small[4] = "abc";
    assert_false(os_executable_path(small, sizeof small));
    assert_false(os_describe_address((const void *)(uintptr_t)&os_executable_path, small, sizeof small));
    int on_stack = 0;
    assert_false(os_describe_address(&on_stack, small, sizeof small));
    assert_string_equal(small, "abc");
}

static void resident_memory_grows_with_touched_pages(void **state)
{
    (void)state;
    uint64_t before = os_resident_bytes();
    assert_true(before > 0);
    enum { BLOCK_BYTES = 32 << 20 };
    CLEANUP(free_pointer) char *block = malloc(BLOCK_BYTES);
    assert_non_null(block);
    memset(block, 1, BLOCK_BYTES);
    uint64_t after = os_resident_bytes();
    assert_true(after - before > BLOCK_BYTES / 2);
    assert_true(after - before < UINT64_C(8) * BLOCK_BYTES);
}

static void child_dies_with_its_parent(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t parent = fork();
    assert_true(parent >= 0);
    if (parent == 0) {
        if (fork() == 0) {
            os_die_with_parent();
            ssize_t written = write(ends[1], "x", 1); // the parent may go now
            for (;;)
                pause();
            (void)written;
        }
        char byte;
        _exit(read(ends[0], &byte, 1) == 1 ? 0 : 1);
    }
    int result;
    assert_int_equal(waitpid(parent, &result, 0), parent);
    assert_int_equal(result, 0);
    close(ends[1]);
    char byte;
    assert_int_equal(read(ends[0], &byte, 1), 0); // end of file: the grandchild holds it no longer
    close(ends[0]);
}

static void write_file(const char *path, const char *content)
{
    CLEANUP(close_stream) FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    assert_true(fputs(content, stream) >= 0);
}

static void numbers_are_found_in_any_file(void **state)
{
    (void)state;
    static const struct {
        const char *content, *name;
        size_t count;
        uint64_t first;
    } rows[] = {
        {"", "", 0, 0},
        {"", "cpu", 0, 0},
        {"12 34\n56\n", "", 2, 12},
        {"cpu  1 2 3\ncpu0 4 5 6\n", "cpu", 3, 1},
        {"cpu  1 2 3\ncpu0 4 5 6\n", "cpu0", 3, 4},
        {"cpu1 1 2 3\ncpu10 9 8", "cpu10", 2, 9},
        {"cpu10 9 8\ncpu1 7", "cpu1", 1, 7},
        {"cpu1 \n7 8", "cpu1", 0, 0},
        {"cpu1", "cpu1", 0, 0},
        {"cpu1 5 x 6", "cpu1", 1, 5},
        {"cpu1 -5", "cpu1", 0, 0},
        {"ccpu1 5\n\n\ncpu1 6", "cpu1", 1, 6},
        {"cpu1 99999999999999999999999999999999 2", "cpu1", 2, 0},
    };
    char path[] = "os_numbers_XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        write_file(path, rows[i].content);
        uint64_t numbers[4] = {0};
        assert_int_equal(linux_read_numbers(path, rows[i].name, numbers, 4), rows[i].count);
        if (i + 1 < COUNT_OF(rows)) // the last one overflows: any number will do
            assert_true(numbers[0] == rows[i].first);
    }
    unlink(path);
    uint64_t number;
    assert_int_equal(linux_read_numbers(path, "", &number, 1), 0);
}

static void idle_time_holds_waiting_for_io_and_not_guests(void **state)
{
    (void)state;
    char path[] = "os_stat_XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    uint64_t idle = 7, total = 7;
    write_file(path, "cpu  9 9 9 9\ncpu3 1 2 3 40\n");
    assert_true(linux_cpu_idle_ticks(path, 3, &idle, &total));
    assert_true(idle == 40 && total == 46);
    write_file(path, "cpu  9 9 9 9\ncpu3 1 2 3 40 5 6 7 8 1 2\n");
    assert_true(linux_cpu_idle_ticks(path, 3, &idle, &total));
    assert_true(idle == 45 && total == 72);
    assert_true(linux_cpu_idle_ticks(path, OS_ALL_CPUS, &idle, &total));
    assert_true(idle == 9 && total == 36);
    assert_true(linux_cpu_idle_ticks(path, 3, &idle, &total));
    write_file(path, "cpu  9 9 9 9\ncpu3 1 2 3\n");
    assert_false(linux_cpu_idle_ticks(path, 3, &idle, &total));
    assert_false(linux_cpu_idle_ticks(path, 4, &idle, &total));
    assert_true(idle == 45 && total == 72);
    unlink(path);
}

static void interrupts_are_summed_in_the_column_of_a_cpu(void **state)
{
    (void)state;
    char path[] = "/tmp/interrupts-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    // CPU 1 is offline; ERR is one number, of the whole machine.
    write_file(path, "           CPU0       CPU2\n"
                     " 24:          1          5  IO-APIC   5-edge      ACPI:Ged\n"
                     "LOC:       1000       2000   Local timer interrupts\n"
                     "ERR:          7\n");
    assert_true(linux_interrupts_of_cpu(path, 2) == 2005);
    assert_true(linux_interrupts_of_cpu(path, 0) == 1008);
    assert_true(linux_interrupts_of_cpu(path, 1) == -1);
    write_file(path, "");
    assert_true(linux_interrupts_of_cpu(path, 0) == -1);
    unlink(path);
    assert_true(linux_interrupts_of_cpu(path, 0) == -1);
}

static void a_process_is_stopped_by_a_signal_or_frozen_and_not_when_it_waits(void **state)
{
    (void)state;
    static const struct {
        const char *stat, *wchan; // NULL: no such file
        bool stopped;
    } cases[] = {
        {"12 (worker) R 1 2", "0", false},
        {"12 (worker) T 1 2", "do_signal_stop", true},
        {"12 (worker) T 1 2", NULL, true},
        {"12 (a) T (b) S 1 2", "do_nanosleep", false}, // a name
        {"12 (a) R (b) T 1 2", "0", true},
        {"12 (worker) t 1 2", "ptrace_stop", false}, // traced
        {"12 (worker) S 1 2", "do_nanosleep", false},
        {"12 (worker) S 1 2", "get_signal", true},      // cgroup v2
        {"12 (worker) S 1 2", "do_freezer_trap", true}, // likewise
        {"12 (worker) D 1 2", "__refrigerator", true},  // cgroup v1
        {"12 (worker) D 1 2", "folio_wait_bit", false},
        {"12 (worker) S 1 2", NULL, false},
        {"12 (worker) Z 1 2", "0", false},
        {"12 (worker)", "0", false},
        {"12", "0", false},
        {"", "", false},
        {NULL, NULL, false},
    };
    char folder[] = "os_process_XXXXXX", stat[64], wchan[64];
    assert_non_null(mkdtemp(folder));
    snprintf(stat, sizeof stat, "%s/stat", folder);
    snprintf(wchan, sizeof wchan, "%s/wchan", folder);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (cases[i].stat)
            write_file(stat, cases[i].stat);
        if (cases[i].wchan)
            write_file(wchan, cases[i].wchan);
        if (linux_process_is_stopped(folder) != cases[i].stopped)
            fail_msg("case %zu", i);
        unlink(stat);
        unlink(wchan);
    }
    assert_int_equal(rmdir(folder), 0);
}

static void a_real_process_is_seen_to_be_stopped(void **state)
{
    (void)state;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        for (;;)
            pause();
    int status;
    assert_false(os_process_is_stopped(pid));
    kill(pid, SIGSTOP);
    assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
    assert_true(WIFSTOPPED(status));
    assert_true(os_process_is_stopped(pid));
    kill(pid, SIGCONT);
    assert_int_equal(waitpid(pid, &status, WCONTINUED), pid);
    assert_false(os_process_is_stopped(pid));
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_false(os_process_is_stopped(pid));
}

// While it sleeps a thread has no CPU, and the wall's clock goes on.
static void the_clocks_of_the_wall_and_of_the_cpu_tell_rest_from_work(void **state)
{
    (void)state;
    uint64_t wall_ns = os_wall_ns(), cpu_ns = os_thread_cpu_ns();
    assert_true(wall_ns > 0 && cpu_ns > 0);
    while (os_thread_cpu_ns() - cpu_ns < 5000000)
        continue;
    cpu_ns = os_thread_cpu_ns() - cpu_ns;
    assert_true(os_wall_ns() - wall_ns >= cpu_ns);
    wall_ns = os_wall_ns();
    cpu_ns = os_thread_cpu_ns();
    usleep(30000);
    cpu_ns = os_thread_cpu_ns() - cpu_ns;
    wall_ns = os_wall_ns() - wall_ns;
    assert_true(wall_ns >= 30000000 && wall_ns - cpu_ns >= 25000000);
}

// AddressSanitizer calls these hooks for every allocation, those inside the C library too.
extern int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void *, size_t),
                                                     void (*free_hook)(const volatile void *))
    __attribute__((weak));

static unsigned allocations;

static void count_malloc(const volatile void *address, size_t size_bytes)
{
    (void)address;
    (void)size_bytes;
    allocations++;
}

static void count_free(const volatile void *address)
{
    (void)address;
}

// Events of the kernel's own, which every machine has, in the place of the processor's.
static const struct linux_event software_events[HARDWARE_COUNTER_COUNT] = {
    {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK},       {PERF_TYPE_SOFTWARE, UINT64_MAX}, // unknown
    {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS},   {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK},
    {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_EMULATION_FAULTS},
};

static void a_group_counts_one_stretch_and_leaves_out_unknown_events(void **state)
{
    (void)state;
    struct os_counters counters;
    char reason[80] = "";
    if (!linux_counters_open(software_events, &counters, reason, sizeof reason)) {
        assert_true(strlen(reason) > 0); // not permitted here
        skip();
    }
    static const bool expected[HARDWARE_COUNTER_COUNT] = {true, false, true, true, true};
    struct os_counts counts, shorter;
    os_counters_start(&counters);
    for (volatile int i = 0; i < 2000000;)
        i++;
    os_counters_stop(&counters, &counts);
    os_counters_start(&counters); // from zero again
    os_counters_stop(&counters, &shorter);
    for (int i = 0; i < HARDWARE_COUNTER_COUNT; i++)
        assert_int_equal(counts.present[i], expected[i]);
    assert_true(counts.values[0] > 0 && counts.values[3] > 0);
    assert_true(counts.values[4] == 0); // the emulated instructions of a loop
    assert_true(shorter.values[0] < counts.values[0]);
    os_counters_close(&counters);
    os_counters_stop(&counters, &counts); // closed: nothing is counted
    assert_false(counts.present[0]);
}

static void absent_counters_have_a_reason(void **state)
{
    (void)state;
    static const struct linux_event unknown[HARDWARE_COUNTER_COUNT] = {
        {PERF_TYPE_SOFTWARE, UINT64_MAX}, {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK}};
    struct os_counters counters;
    struct os_counts counts = {.present = {true}};
    char reason[80] = "";
    assert_false(linux_counters_open(unknown, &counters, reason, sizeof reason));
    assert_non_null(strstr(reason, "perf_event_open: "));
    os_counters_start(&counters);
    os_counters_stop(&counters, &counts);
    for (int i = 0; i < HARDWARE_COUNTER_COUNT; i++)
        assert_false(counts.present[i]);
    os_counters_close(&counters);
    if (os_counters_open(&counters, reason, sizeof reason)) { // a machine that has them
        os_counters_start(&counters);
        for (volatile int i = 0; i < 100000;)
            i++;
        os_counters_stop(&counters, &counts);
        assert_true(counts.present[HARDWARE_COUNTER_CYCLES]);
        assert_true(counts.values[HARDWARE_COUNTER_CYCLES] > 0);
        os_counters_close(&counters);
    }
}

static void nothing_calls_malloc(void **state)
{
    (void)state;
    if (!__sanitizer_install_malloc_and_free_hooks)
        skip();
    assert_true(__sanitizer_install_malloc_and_free_hooks(count_malloc, count_free) > 0);
    void *volatile block = malloc(1); // volatile: the compiler must not drop the pair
    free(block);
    assert_int_equal(allocations, 1); // the counter counts

    uint32_t cpus[CPU_CAPACITY];
    char path[4096];
    uint64_t idle, total;
    allocations = 0;
    int count = os_allowed_cpus(cpus, CPU_CAPACITY);
    bool done = os_pin_to_cpu(cpus[0]);
    done = os_allow_cpus(cpus, count) && done;
    done = os_executable_path(path, sizeof path) && done;
    done = os_cpu_idle_ticks(cpus[0], &idle, &total) && done;
    done = os_describe_address((const void *)(uintptr_t)&malloc, path, sizeof path) && done;
    os_avoid_cpu(OS_MAX_CPUS);
    os_current_cpu();
    os_steal_ticks();
    os_run_delay_ns();
    os_resident_bytes();
    struct os_counters counters;
    struct os_counts counts;
    os_counters_open(&counters, path, sizeof path);
    os_counters_start(&counters);
    os_counters_stop(&counters, &counts);
    os_counters_close(&counters);
    os_die_with_parent();
    unsigned seen = allocations;
    assert_true(done);
    assert_int_equal(seen, 0);
}

// What the process asks about itself afterwards is answered as before.
static void a_process_without_core_dumps_still_reads_about_itself(void **state)
{
    (void)state;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(1);
        char path[4096];
        bool before = os_executable_path(path, sizeof path);
        os_forbid_core_dump();
        bool after = os_executable_path(path, sizeof path);
        bool same = before == after && os_resident_bytes() > 0;
        _exit(prctl(PR_GET_DUMPABLE) == 0 && same ? 0 : 2);
    }
    int wait_status = -1;
    assert_int_equal(waitpid(pid, &wait_status, 0), pid);
    assert_int_equal(wait_status, 0);
    assert_int_equal(prctl(PR_GET_DUMPABLE), 1);
}

static void the_test_itself_runs_without_more_rights_than_its_starter(void **state)
{
    (void)state;
    assert_false(os_is_secure());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interrupts_are_summed_in_the_column_of_a_cpu),
        cmocka_unit_test(a_process_is_stopped_by_a_signal_or_frozen_and_not_when_it_waits),
        cmocka_unit_test(a_real_process_is_seen_to_be_stopped),
        cmocka_unit_test(the_clocks_of_the_wall_and_of_the_cpu_tell_rest_from_work),
        cmocka_unit_test(allowed_cpus_are_ascending_and_hold_the_current_one),
        cmocka_unit_test(pinning_leaves_one_cpu_and_is_undone),
        cmocka_unit_test(avoiding_a_cpu_leaves_the_others),
        cmocka_unit_test(cpus_that_do_not_exist_are_refused),
        cmocka_unit_test(ticks_of_a_cpu_are_read_and_grow),
        cmocka_unit_test(executable_and_addresses_are_described_or_untouched),
        cmocka_unit_test(resident_memory_grows_with_touched_pages),
        cmocka_unit_test(child_dies_with_its_parent),
        cmocka_unit_test(numbers_are_found_in_any_file),
        cmocka_unit_test(idle_time_holds_waiting_for_io_and_not_guests),
        cmocka_unit_test(a_group_counts_one_stretch_and_leaves_out_unknown_events),
        cmocka_unit_test(absent_counters_have_a_reason),
        cmocka_unit_test(nothing_calls_malloc),
        cmocka_unit_test(a_process_without_core_dumps_still_reads_about_itself),
        cmocka_unit_test(the_test_itself_runs_without_more_rights_than_its_starter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
