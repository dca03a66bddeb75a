// Whatever a command does, it is measured or its failure is said with its cause, and nothing of it is left
// behind.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "launching.h"

#define PROGRAM (char *)launching.launched

static void write_file(const char *path, const char *content, mode_t mode)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static unsigned files_here(void)
{
    unsigned count = 0;
    DIR *folder = opendir(".");
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

static void a_command_that_succeeds_is_measured_and_nothing_is_said(void **state)
{
    (void)state;
    CLEANUP(launch_record_release) struct launch_record record = {0};
    LAUNCH(&record, PROGRAM, (char *)"burn", (char *)"60");
    assert_int_equal(record.outcome, LAUNCH_EXITED);
    assert_int_equal(record.exit_code, 0);
    assert_string_equal(record.cause, "");
    assert_int_equal(record.lived_on, 0);
    for (int i = 0; i < LAUNCH_METRIC_COUNT; i++)
        if (i != LAUNCH_METRIC_PEAK_PSS && i != LAUNCH_METRIC_INSTRUCTIONS && i != LAUNCH_METRIC_CYCLES)
            assert_true(record.present[i]);
    assert_true(record.values[LAUNCH_METRIC_CPU] >= 60000000 - 1000000);
    assert_int_equal(record.values[LAUNCH_METRIC_CPU],
                     record.values[LAUNCH_METRIC_USER] + record.values[LAUNCH_METRIC_SYSTEM]);
    assert_true(record.values[LAUNCH_METRIC_WALL] >= 60000000 - 1000000);
    assert_true(record.values[LAUNCH_METRIC_MINOR_FAULTS] > 0);
}

static void every_metric_has_a_name_and_a_unit(void **state)
{
    (void)state;
    for (int i = 0; i < LAUNCH_METRIC_COUNT; i++) {
        assert_true(strlen(launch_metrics[i].name) > 0 && strlen(launch_metrics[i].label) > 0);
        assert_true(strcmp(launch_metrics[i].unit, "ns") == 0 ||
                    strcmp(launch_metrics[i].unit, "bytes") == 0 ||
                    strcmp(launch_metrics[i].unit, "count") == 0);
    }
}

static void the_time_of_children_and_of_orphans_is_the_commands(void **state)
{
    (void)state;
    CLEANUP(launch_record_release) struct launch_record children = {0}, orphan = {0};
    LAUNCH(&children, PROGRAM, (char *)"fork", (char *)"3", (char *)"50");
    assert_true(children.values[LAUNCH_METRIC_CPU] >= 150000000 - 5000000);
    assert_true(children.values[LAUNCH_METRIC_CPU] < 2000000000);
    LAUNCH(&orphan, PROGRAM, (char *)"orphan", (char *)"orphan_ended", (char *)"100");
    assert_int_equal(orphan.outcome, LAUNCH_EXITED);
    assert_true(orphan.values[LAUNCH_METRIC_CPU] >= 100000000 - 2000000);
    assert_int_equal(unlink("orphan_ended"), 0);
}

// The launcher's own memory is not the command's: a child's ru_maxrss begins with its parent's.
static void memory_is_the_commands_own(void **state)
{
    (void)state;
    CLEANUP(launch_record_release) struct launch_record small = {0}, large = {0};
    char *const arguments[] = {PROGRAM, (char *)"hold", (char *)"64", (char *)"700", NULL};
    char *const little[] = {PROGRAM, (char *)"limits", NULL};
    struct launch_request request = request_of(little);
    struct launch_tools tools = launching.tools;
    const char *release = getenv("RELEASE_LAUNCHER"); // a sanitizer's launcher is not small
    assert_non_null(release);
    assert_int_equal(access(release, X_OK), 0);
    snprintf(tools.launcher, sizeof tools.launcher, "%s", release);
    request.tools = &tools;
    launch(&request, &small);
    assert_true(small.values[LAUNCH_METRIC_MAX_RSS] > 0);
    assert_true(small.values[LAUNCH_METRIC_MAX_RSS] < 8 << 20);
    request.arguments = arguments;
    launch(&request, &large);
    assert_true(large.values[LAUNCH_METRIC_MAX_RSS] >= 64 << 20 &&
                large.values[LAUNCH_METRIC_MAX_RSS] < 96 << 20);
    assert_true(large.samples >= LAUNCH_MIN_SAMPLES);
    assert_true(large.present[LAUNCH_METRIC_PEAK_PSS]);
    assert_true(large.values[LAUNCH_METRIC_PEAK_PSS] >= 64 << 20 &&
                large.values[LAUNCH_METRIC_PEAK_PSS] < 96 << 20);
}

// ---- what cannot be started ----

static void a_command_that_cannot_be_started_has_a_cause_of_its_own(void **state)
{
    (void)state;
    write_file("no_interpreter", "#!/nowhere/interpreter\n", 0755);
    write_file("of_another_system", "#!/bin/sh\r\n", 0755);
    write_file("plain_text", "hello\n", 0755);
    write_file("not_executable", "#!/bin/sh\n", 0644);
    static const struct {
        const char *command;
        enum launch_failure failure;
    } cases[] = {
        {"memalloc-bench-nowhere", LAUNCH_FAILURE_NOT_FOUND},
        {"./nowhere", LAUNCH_FAILURE_NOT_FOUND},
        {"./plain_text/below", LAUNCH_FAILURE_NOT_FOUND},
        {"", LAUNCH_FAILURE_NOT_FOUND},
        {"/tmp", LAUNCH_FAILURE_NOT_EXECUTABLE},
        {"./not_executable", LAUNCH_FAILURE_NOT_EXECUTABLE},
        {"./no_interpreter", LAUNCH_FAILURE_NO_INTERPRETER},
        {"./of_another_system", LAUNCH_FAILURE_NO_INTERPRETER},
        {"./plain_text", LAUNCH_FAILURE_BAD_FORMAT},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(launch_record_release) struct launch_record record = {0};
        LAUNCH(&record, (char *)cases[i].command);
        if (record.outcome != LAUNCH_NOT_STARTED || record.failure != cases[i].failure)
            fail_msg("'%s': outcome %d, failure %d: %s", cases[i].command, (int)record.outcome,
                     (int)record.failure, record.cause);
        assert_true(strlen(record.cause) > 0 && strlen(record.remedy) > 0);
        assert_false(record.present[LAUNCH_METRIC_WALL]);
    }
}

static void a_command_is_found_in_path_as_a_shell_finds_it(void **state)
{
    (void)state;
    CLEANUP(text_release) struct text path = {0};
    CLEANUP(text_release) struct text folders = {0}, before = {0};
    enum launch_failure failure = LAUNCH_FAILURE_NONE;
    write_file("found_in_path", "#!/bin/sh\n", 0644);
    text_append(&before, getenv("PATH"));
    assert_int_equal(mkdir("later", 0755), 0);
    text_append_format(&folders, "/nowhere:%s:%s/later:%s", launching.folder, launching.folder,
                       text_string(&before));
    setenv("PATH", text_string(&folders), 1);
    assert_int_equal(launch_find_command("found_in_path", &path, &failure, NULL), STATUS_USAGE);
    assert_int_equal(failure, LAUNCH_FAILURE_NOT_EXECUTABLE);
    write_file("later/found_in_path", "#!/bin/sh\n", 0755);
    assert_int_equal(launch_find_command("found_in_path", &path, &failure, NULL), STATUS_OK);
    assert_non_null(strstr(text_string(&path), "/later/found_in_path"));
    setenv("PATH", text_string(&before), 1);
    assert_int_equal(unlink("later/found_in_path"), 0);
    assert_int_equal(rmdir("later"), 0);
}

static void tools_that_are_not_beside_the_program_are_an_error(void **state)
{
    (void)state;
    struct launch_tools tools;
    struct error error = {0};
    assert_int_equal(launch_find_tools(&tools, &error), STATUS_ENVIRONMENT);
    assert_non_null(strstr(error.cause, "memalloc-bench-launcher"));
}

static void files_of_input_and_output_that_cannot_be_opened_are_said(void **state)
{
    (void)state;
    CLEANUP(launch_record_release) struct launch_record input = {0}, output = {0};
    char *const arguments[] = {(char *)"cat", NULL};
    struct launch_request request = request_of(arguments);
    request.input = "./nowhere";
    launch(&request, &input);
    assert_int_equal(input.failure, LAUNCH_FAILURE_INPUT);
    assert_int_equal(input.error_number, ENOENT);
    assert_non_null(strstr(input.cause, "./nowhere"));
    request.input = NULL;
    request.output = LAUNCH_OUTPUT_FILE;
    request.output_file = "./no/where";
    launch(&request, &output);
    assert_int_equal(output.failure, LAUNCH_FAILURE_OUTPUT);
    assert_non_null(strstr(output.cause, "./no/where"));
}

static void a_launcher_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    CLEANUP(launch_record_release) struct launch_record record = {0};
    struct error error = {0};
    struct launch_tools tools = launching.tools;
    char *const arguments[] = {(char *)"true", NULL};
    struct launch_request request = request_of(arguments);
    request.tools = &tools;
    snprintf(tools.launcher, sizeof tools.launcher, "/nowhere/launcher");
    assert_int_equal(launch_run(&request, &record, &error), STATUS_ENVIRONMENT);
    assert_non_null(strstr(error.cause, "/nowhere/launcher"));
    snprintf(tools.launcher, sizeof tools.launcher, "/bin/false");
    assert_int_equal(launch_run(&request, &record, &error), STATUS_ENVIRONMENT);
}

// ---- how it ends ----

static void a_command_that_fails_says_why(void **state)
{
    (void)state;
    CLEANUP(launch_record_release) struct launch_record record = {0};
    char *const arguments[] = {(char *)"echo first >&2; echo 'the reason\033[31m' >&2; exit 3", NULL};
    struct launch_request request = request_of(arguments);
    request.shell = "/bin/sh";
    launch(&request, &record);
    assert_int_equal(record.outcome, LAUNCH_EXITED);
    assert_int_equal(record.exit_code, 3);
    assert_string_equal(record.errors, "first\nthe reason?[31m\n");
    assert_non_null(strstr(record.cause, "the reason"));
    assert_true(strlen(record.remedy) > 0);
}

static void a_crash_has_its_signals_name_and_leaves_no_core_file(void **state)
{
    (void)state;
    CLEANUP(launch_record_release) struct launch_record record = {0};
    char buffer[16];
    const unsigned before = files_here();
    LAUNCH(&record, PROGRAM, (char *)"crash");
    assert_int_equal(record.outcome, LAUNCH_SIGNALED);
    assert_int_equal(record.signal_number, SIGSEGV);
    assert_string_equal(launch_signal_name(record.signal_number, buffer), "SIGSEGV");
    assert_string_equal(launch_signal_name(44, buffer), "signal 44");
    assert_non_null(strstr(record.cause, "SIGSEGV"));
    assert_int_equal(files_here(), before);
}

static void at_the_timeout_the_whole_tree_ends(void **state)
{
    (void)state;
    CLEANUP(launch_record_release) struct launch_record record = {0};
    char *const arguments[] = {PROGRAM, (char *)"hang", (char *)"hanging", NULL};
    struct launch_request request = request_of(arguments);
    request.timeout_seconds = 1;
    launch(&request, &record);
    assert_int_equal(record.outcome, LAUNCH_TIMED_OUT);
    assert_true(strlen(record.cause) > 0 && strlen(record.remedy) > 0);
    pid_t child = number_in("hanging");
    assert_true(child > 0);
    assert_true(is_gone(child));
    assert_int_equal(unlink("hanging"), 0);
}

static void what_lives_on_is_ended_and_said(void **state)
{
    (void)state;
    CLEANUP(launch_record_release) struct launch_record record = {0};
    LAUNCH(&record, PROGRAM, (char *)"leave-child", (char *)"left");
    assert_int_equal(record.outcome, LAUNCH_EXITED);
    assert_int_equal(record.exit_code, 0);
    assert_int_equal(record.lived_on, 1);
    assert_string_equal(record.lived_on_name, "launched");
    assert_non_null(strstr(record.cause, "launched"));
    pid_t child = number_in("left");
    assert_true(child > 0 && kill(child, 0) != 0 && errno == ESRCH);
    assert_int_equal(unlink("left"), 0);
}

static void the_users_interrupt_ends_the_whole_tree(void **state)
{
    (void)state;
    CLEANUP(launch_record_release) struct launch_record record = {0};
    char *const arguments[] = {PROGRAM, (char *)"hang", (char *)"interrupted", NULL};
    struct launch_request request = request_of(arguments);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t user = fork();
    if (user == 0) {
        bool wrote = number_in("interrupted") > 0 && write(ends[1], "", 1) == 1;
        _exit(wrote ? 0 : 1);
    }
    request.interrupt = ends[0];
    launch(&request, &record);
    int wait_status;
    assert_int_equal(waitpid(user, &wait_status, 0), user);
    assert_int_equal(wait_status, 0);
    assert_int_equal(record.outcome, LAUNCH_INTERRUPTED);
    assert_true(is_gone(number_in("interrupted")));
    assert_int_equal(unlink("interrupted"), 0);
    close(ends[0]);
    close(ends[1]);
}

static void the_tree_ends_with_the_program_that_launched_it(void **state)
{
    (void)state;
    pid_t program = fork();
    if (program == 0) {
        struct launch_record record = {0};
        char *const arguments[] = {PROGRAM, (char *)"hang", (char *)"abandoned", NULL};
        struct launch_request request = request_of(arguments);
        _exit(launch_run(&request, &record, NULL) == STATUS_OK ? 0 : 1);
    }
    pid_t child = number_in("abandoned");
    assert_true(child > 0);
    assert_int_equal(kill(program, SIGKILL), 0);
    assert_int_equal(waitpid(program, NULL, 0), program);
    assert_true(is_gone(child));
    assert_int_equal(unlink("abandoned"), 0);
}

// ---- what it is given and gives out ----

static void output_is_counted_and_hashed_however_much_it_is(void **state)
{
    (void)state;
    CLEANUP(launch_record_release) struct launch_record first = {0}, second = {0}, other = {0};
    LAUNCH(&first, PROGRAM, (char *)"write", (char *)"1");
    assert_int_equal(first.output_bytes, UINT64_C(1) << 30);
    assert_int_equal(first.output.length, LAUNCH_KEPT_BYTES);
    LAUNCH(&second, PROGRAM, (char *)"write", (char *)"1");
    assert_int_equal(second.output_hash, first.output_hash);
    LAUNCH(&other, (char *)"echo", (char *)"x");
    assert_int_equal(other.output_bytes, 2);
    assert_string_equal(text_string(&other.output), "x\n");
    assert_true(other.output_hash != first.output_hash);
}

static void input_and_output_are_files_when_they_are_given(void **state)
{
    (void)state;
    CLEANUP(launch_record_release) struct launch_record record = {0};
    char *const arguments[] = {(char *)"cat", NULL}, line[16] = "";
    struct launch_request request = request_of(arguments);
    write_file("input", "as given\n", 0644);
    write_file("output", "something longer of before\n", 0644);
    request.input = "input";
    request.output = LAUNCH_OUTPUT_FILE;
    request.output_file = "output";
    launch(&request, &record);
    assert_int_equal(record.exit_code, 0);
    assert_int_equal(record.output_bytes, 0);
    FILE *file = fopen("output", "r");
    assert_non_null(file);
    assert_int_equal(fread((char *)line, 1, sizeof line, file), 9);
    fclose(file);
    assert_memory_equal(line, "as given\n", 9);
}

static void it_has_no_terminal_and_waits_for_none(void **state)
{
    (void)state;
    CLEANUP(launch_record_release) struct launch_record terminal = {0}, limits = {0}, input = {0};
    LAUNCH(&terminal, PROGRAM, (char *)"terminal");
    assert_int_equal(terminal.exit_code, 7);
    LAUNCH(&limits, PROGRAM, (char *)"limits");
    assert_string_equal(text_string(&limits.output), "1 0 0\n");
    LAUNCH(&input, (char *)"cat");
    assert_int_equal(input.exit_code, 0);
    assert_int_equal(input.output_bytes, 0);
}

static void its_environment_is_the_callers_with_what_the_heap_needs(void **state)
{
    (void)state;
    CLEANUP(launch_record_release) struct launch_record record = {0};
    CLEANUP(string_list_release) struct string_list variables = {0};
    char *const arguments[] = {(char *)"printf '%s|' \"$LC_ALL\" \"$SHARED\" \"$OF_HEAP\" "
                                       "\"$GLIBC_TUNABLES\" ${#MEMALLOC_BENCH_PADDING} "
                                       "\"$LD_PRELOAD\"",
                               NULL};
    struct launch_request request = request_of(arguments);
    CLEANUP(text_release) struct text expected = {0};
    request.shell = "/bin/sh";
    request.tunables = "glibc.malloc.arena_max=1";
    request.padding = 12;
    request.variables = &variables;
    assert_int_equal(string_list_add(&variables, "OF_HEAP=1", NULL), STATUS_OK);
    assert_int_equal(string_list_add(&variables, "SHARED=heap", NULL), STATUS_OK);
    assert_int_equal(string_list_add(&variables, "LD_PRELOAD=libm.so.6", NULL), STATUS_OK);
    setenv("LC_ALL", "de_DE.UTF-8", 1);
    setenv("SHARED", "caller", 1);
    launch(&request, &record);
    unsetenv("LC_ALL");
    text_append_format(&expected, "de_DE.UTF-8|heap|1|glibc.malloc.arena_max=1|12|%s:libm.so.6|",
                       launching.tools.witness);
    assert_string_equal(text_string(&record.output), text_string(&expected));
    assert_true(record.all_served);
}

// ---- servers ----

static struct launch_request server(char *const *arguments)
{
    struct launch_request request = request_of(arguments);
    unlink("serving");
    request.ready = "test -e serving";
    request.stop_signal = SIGUSR1;
    return request;
}

static void a_servers_client_is_timed_and_the_server_is_measured(void **state)
{
    (void)state;
    CLEANUP(launch_record_release) struct launch_record record = {0};
    CLEANUP(text_release) struct text client = {0};
    char *const arguments[] = {PROGRAM, (char *)"serve", (char *)"serving", NULL};
    struct launch_request request = server(arguments);
    text_append_format(&client, "'%s' burn 300; echo answered; exit 4", PROGRAM);
    request.client = text_string(&client);
    launch(&request, &record);
    assert_int_equal(record.outcome, LAUNCH_EXITED);
    assert_int_equal(record.exit_code, 4);
    assert_int_equal(record.lived_on, 0);
    assert_true(record.values[LAUNCH_METRIC_WALL] >= 300000000 - 5000000);
    assert_true(record.values[LAUNCH_METRIC_CPU] < 250000000); // the client's is not the server's
    assert_string_equal(text_string(&record.output), "serving\nanswered\n");
    assert_int_equal(record.served_count, 1);
    assert_true(record.all_served);
}

static void a_server_that_is_not_ready_or_ends_is_said(void **state)
{
    (void)state;
    CLEANUP(launch_record_release) struct launch_record late = {0}, ended = {0}, gone = {0};
    char *const serving[] = {PROGRAM, (char *)"serve", (char *)"serving", NULL};
    char *const failing[] = {(char *)"sh", (char *)"-c", (char *)"echo no port >&2; exit 1", NULL};
    char *const ending[] = {(char *)"sh", (char *)"-c", (char *)"touch serving; sleep 0.3", NULL};
    struct launch_request request = server(serving);
    request.client = "true";
    request.ready = "false";
    request.ready_seconds = 0.3;
    launch(&request, &late);
    assert_int_equal(late.failure, LAUNCH_FAILURE_NOT_READY);
    request = server(failing);
    request.client = "true";
    launch(&request, &ended);
    assert_int_equal(ended.failure, LAUNCH_FAILURE_NOT_READY);
    assert_non_null(strstr(ended.cause, "no port"));
    request = server(ending);
    request.client = "sleep 100";
    launch(&request, &gone);
    assert_int_equal(gone.outcome, LAUNCH_NOT_STARTED);
    assert_int_equal(gone.failure, LAUNCH_FAILURE_SERVER_ENDED);
    assert_true(strlen(gone.cause) > 0 && strlen(gone.remedy) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_that_succeeds_is_measured_and_nothing_is_said),
        cmocka_unit_test(every_metric_has_a_name_and_a_unit),
        cmocka_unit_test(the_time_of_children_and_of_orphans_is_the_commands),
        cmocka_unit_test(memory_is_the_commands_own),
        cmocka_unit_test(a_command_that_cannot_be_started_has_a_cause_of_its_own),
        cmocka_unit_test(a_command_is_found_in_path_as_a_shell_finds_it),
        cmocka_unit_test(tools_that_are_not_beside_the_program_are_an_error),
        cmocka_unit_test(files_of_input_and_output_that_cannot_be_opened_are_said),
        cmocka_unit_test(a_launcher_that_is_not_there_is_an_error),
        cmocka_unit_test(a_command_that_fails_says_why),
        cmocka_unit_test(a_crash_has_its_signals_name_and_leaves_no_core_file),
        cmocka_unit_test(at_the_timeout_the_whole_tree_ends),
        cmocka_unit_test(what_lives_on_is_ended_and_said),
        cmocka_unit_test(the_users_interrupt_ends_the_whole_tree),
        cmocka_unit_test(the_tree_ends_with_the_program_that_launched_it),
        cmocka_unit_test(output_is_counted_and_hashed_however_much_it_is),
        cmocka_unit_test(input_and_output_are_files_when_they_are_given),
        cmocka_unit_test(it_has_no_terminal_and_waits_for_none),
        cmocka_unit_test(its_environment_is_the_callers_with_what_the_heap_needs),
        cmocka_unit_test(a_servers_client_is_timed_and_the_server_is_measured),
        cmocka_unit_test(a_server_that_is_not_ready_or_ends_is_said),
    };
    return cmocka_run_group_tests(tests, launching_begin, launching_end);
}
