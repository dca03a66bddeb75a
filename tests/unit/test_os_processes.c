// What is seen of other processes: the test's own children, and theirs.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "os/os.h"
#include "os/private.h"
#include "os/processes.h"

extern char **environ;

// A child and its child, both of which wait to be killed. The pipe says when both are there.
static pid_t start_family(pid_t *ret_grandchild)
{
    int ends[2];
    pid_t grandchild = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            grandchild = getpid();
            if (write(ends[1], &grandchild, sizeof grandchild) != (ssize_t)sizeof grandchild)
                _exit(1);
        }
        for (;;)
            pause();
    }
    assert_int_equal(read(ends[0], &grandchild, sizeof grandchild), sizeof grandchild);
    close(ends[0]);
    close(ends[1]);
    *ret_grandchild = grandchild;
    return child;
}

static void end_child(pid_t child)
{
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void descendants_are_listed_parents_first(void **state)
{
    (void)state;
    struct os_process tree[16];
    pid_t grandchild, child = start_family(&grandchild);
    assert_int_equal(os_descendants(getpid(), tree, COUNT_OF(tree)), 2);
    assert_int_equal(tree[0].pid, child);
    assert_int_equal(tree[0].parent, getpid());
    assert_int_equal(tree[0].group, getpgrp());
    assert_int_equal(tree[1].pid, grandchild);
    assert_int_equal(tree[1].parent, child);
    assert_int_equal(os_descendants(getpid(), tree, 1), 1);
    assert_int_equal(os_descendants(grandchild, tree, COUNT_OF(tree)), 0);
    end_child(child);
}

static void a_process_that_only_waits_to_be_reaped_is_none(void **state)
{
    (void)state;
    struct os_process tree[4];
    char name[16], own[16];
    siginfo_t information;
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    assert_int_equal(waitid(P_PID, (id_t)child, &information, WEXITED | WNOWAIT), 0);
    assert_int_equal(os_descendants(getpid(), tree, COUNT_OF(tree)), 0);
    os_process_name(child, name);
    os_process_name(getpid(), own);
    assert_string_equal(name, own);
    assert_true(strlen(own) > 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    os_process_name(child, name);
    assert_string_equal(name, "");
}

static void orphans_become_children_of_who_adopts_them(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        if (!os_adopt_orphans())
            _exit(2);
        pid_t middle = fork();
        if (middle == 0) {
            if (fork() == 0) {
                usleep(100000);
                _exit(7);
            }
            _exit(0);
        }
        int status, waited = 0;
        bool saw_orphan = false;
        while (wait(&status) > 0) {
            waited++;
            saw_orphan = saw_orphan || WEXITSTATUS(status) == 7;
        }
        _exit(waited == 2 && saw_orphan ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void program_map_and_memory_of_a_process_are_known(void **state)
{
    (void)state;
    char own[512], its[512];
    uint64_t bytes = 0;
    pid_t grandchild, child = start_family(&grandchild);
    assert_true(os_executable_path(own, sizeof own));
    assert_true(os_process_program(grandchild, its, sizeof its));
    assert_string_equal(its, own);
    assert_false(os_process_program(grandchild, its, strlen(own)));
    assert_true(os_process_maps(grandchild, own));
    assert_false(os_process_maps(grandchild, own + 1));
    assert_false(os_process_maps(grandchild, "/nowhere"));
    assert_true(os_process_pss_bytes(grandchild, &bytes));
    assert_true(bytes >= 4096 && bytes < UINT64_C(1) << 40);
    end_child(child);
    assert_false(os_process_program(child, its, sizeof its));
    assert_false(os_process_pss_bytes(child, &bytes));
    assert_false(os_process_maps(child, own));
}

enum { WRITTEN_BYTES = 32 << 20 };

// Returns by how much the process's share of memory has grown.
static uint64_t write_memory(void)
{
    uint64_t before = 0, after = 0;
    char *memory = malloc(WRITTEN_BYTES);
    assert_non_null(memory);
    assert_true(os_process_pss_bytes(getpid(), &before));
    memset(memory, 1, WRITTEN_BYTES);
    assert_true(os_process_pss_bytes(getpid(), &after));
    free(memory);
    return after > before ? after - before : 0;
}

static void a_share_of_memory_grows_with_what_is_written(void **state)
{
    (void)state;
    assert_true(write_memory() >= WRITTEN_BYTES / 2);
}

static void a_file_with_somebody_elses_rights_is_known(void **state)
{
    (void)state;
    char path[] = "/tmp/memalloc-bench-rights-XXXXXX";
    CLEANUP(close_descriptor) int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(fchmod(file, 04755), 0);
    assert_false(os_file_gives_rights(path)); // the caller's own
    if (getuid() == 0) {
        assert_int_equal(fchown(file, 65534, 65534), 0); // which takes the mode's bits away
        assert_false(os_file_gives_rights(path));
        assert_int_equal(fchmod(file, 04755), 0);
        assert_true(os_file_gives_rights(path));
        assert_int_equal(fchmod(file, 02755), 0);
        assert_true(os_file_gives_rights(path));
    }
    assert_int_equal(unlink(path), 0);
    assert_false(os_file_gives_rights(path));
}

// The page faults of a shell that runs the command and of everything that it starts. False where counting is
// not allowed. By events that every kernel counts; what differs with hardware is that it may have none.
static bool count_faults(const char *command, uint64_t *ret_count)
{
    static const struct linux_event events[TREE_COUNTER_COUNT] = {
        {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS}, {PERF_TYPE_SOFTWARE, UINT64_MAX}};
    char *arguments[] = {(char *)"sh", (char *)"-c", (char *)command, NULL};
    struct os_tree_counters counters;
    uint64_t none = 0;
    pid_t pid;
    linux_tree_counters_open(events, &counters);
    if (counters.descriptors[0] < 0)
        return false;
    write_memory();
    assert_false(os_tree_counters_read(&counters, 0, &none)); // the caller's own do not count
    assert_int_equal(posix_spawn(&pid, "/bin/sh", NULL, NULL, arguments, environ), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_true(os_tree_counters_read(&counters, 0, ret_count));
    assert_false(os_tree_counters_read(&counters, 1, &none)); // there is no such event
    os_tree_counters_close(&counters);
    assert_false(os_tree_counters_read(&counters, 0, &none));
    return true;
}

static void counters_of_a_tree_count_the_program_and_its_children_and_not_the_caller(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        uint64_t alone = 0, with_children = 0;
        if (!count_faults("exit 0", &alone))
            skip();
        assert_true(alone > 0);
        assert_true(count_faults("/bin/true; /bin/true; /bin/true; exit 0", &with_children));
        assert_true(with_children > 2 * alone);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(descendants_are_listed_parents_first),
        cmocka_unit_test(a_process_that_only_waits_to_be_reaped_is_none),
        cmocka_unit_test(orphans_become_children_of_who_adopts_them),
        cmocka_unit_test(program_map_and_memory_of_a_process_are_known),
        cmocka_unit_test(a_share_of_memory_grows_with_what_is_written),
        cmocka_unit_test(a_file_with_somebody_elses_rights_is_known),
        cmocka_unit_test(counters_of_a_tree_count_the_program_and_its_children_and_not_the_caller),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
