// Which file held malloc in each process of a tree, and why the heap did not, where it did not.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "heaps/heaps.h"
#include "launching.h"

#define PROGRAM (char *)launching.launched
#define STATIC_PROGRAM (char *)launching.launched_static

// The first heap beside the system's that this machine has.
static const char *some_heap(void)
{
    static struct heap_file file;
    for (size_t i = 1; i < HEAP_COUNT; i++)
        if (heap_locate(&heaps[i], "", &file, NULL))
            return file.path;
    fail_msg("there is no heap on this machine");
    return "";
}

static void run_on(const char *library, char *const *arguments, struct launch_record *ret_record)
{
    struct launch_request request = request_of(arguments);
    request.library = library;
    launch(&request, ret_record);
}

// ---- served ----

static const struct {
    const char *command;
    const char *program; // that must be among those served
} real_programs[] = {
    {"xmllint --nonet --noout list.xml", "xmllint"},
    {"perl -e 'my %h; $h{$_} = \"x$_\" for 1..20000; print scalar keys %h'", "perl"},
    {"$(command -v lua5.4 || echo lua) -e 't = {} for i = 1, 20000 do t[i] = {i} end print(#t)'", "lua*"},
    {"sqlite3 :memory: 'create table t(x); with recursive c(n) as (select 1 union all select n + 1 from c "
     "where "
     "n < 5000) insert into t select n from c; select count(*) from t'",
     "sqlite3"},
    {"printf 'int main(void){return 0;}' | gcc -x c -c -o /dev/null -", "cc1"},
    {"PYTHONMALLOC=malloc /usr/bin/python3 -c 'print(len([str(i) for i in range(20000)]))'", "python3*"},
};

// Programs are links to others here and there: the names of what they are begin like that.
static bool has_served(const struct launch_record *record, const char *name)
{
    const char *star = strchr(name, '*');
    for (uint32_t i = 0; i < record->served_count; i++) {
        const char *path = strrchr(record->served[i].program, '/');
        size_t length = star ? (size_t)(star - name) : strlen(name) + 1;
        if (path && strncmp(path + 1, name, length) == 0 && record->served[i].service == LAUNCH_SERVED)
            return true;
    }
    return false;
}

static void run_real_programs(const char *heap, const char *library, uint64_t hashes[COUNT_OF(real_programs)])
{
    for (size_t i = 0; i < COUNT_OF(real_programs); i++) {
        CLEANUP(launch_record_release) struct launch_record record = {0};
        char *const arguments[] = {(char *)real_programs[i].command, NULL};
        struct launch_request request = request_of(arguments);
        request.shell = "/bin/sh";
        request.library = library;
        launch(&request, &record);
        if (record.outcome != LAUNCH_EXITED || record.exit_code != 0 || !record.all_served)
            fail_msg("%s on %s: outcome %d, all_served %d: %s %s", real_programs[i].command, heap,
                     (int)record.outcome, record.all_served, record.cause, record.errors);
        if (!has_served(&record, real_programs[i].program))
            fail_msg("%s on %s: no %s was served", real_programs[i].command, heap, real_programs[i].program);
        if (hashes[i] == 0)
            hashes[i] = record.output_hash;
        assert_int_equal(record.output_hash, hashes[i]);
    }
}

static void every_heap_serves_real_programs_and_their_children(void **state)
{
    (void)state;
    uint64_t hashes[COUNT_OF(real_programs)] = {0};
    unsigned tried = 0;
    FILE *list = fopen("list.xml", "w");
    assert_non_null(list);
    fputs("<list>", list);
    for (int i = 0; i < 1000; i++)
        fprintf(list, "<item number='%d'/>", i);
    fputs("</list>", list);
    assert_int_equal(fclose(list), 0);
    for (size_t i = 0; i < HEAP_COUNT; i++) {
        struct heap_file file = {0};
        if (*heaps[i].files && !heap_locate(&heaps[i], "", &file, NULL))
            continue;
        tried++;
        run_real_programs(heaps[i].name, file.path, hashes);
    }
    assert_true(tried > 1);
}

// Packaged redis is linked with jemalloc, which then serves it where no heap is preloaded; built otherwise it
// is the C library.
static void servers_are_served_by_the_heap_that_is_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *start, *ready, *client;
        int stop_signal;
    } servers[] = {
        {"exec redis-server --port 0 --unixsocket redis.sock --save ''", "redis-cli -s redis.sock ping",
         "redis-benchmark -s redis.sock -q -t set,get -n 1000", SIGTERM},
        {"exec memcached -u root -s memcached.sock", "test -S memcached.sock",
         "perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(\"memcached.sock\") or die; "
         "for (1..1000) { print $s \"set k$_ 0 0 5\\r\\nvalue\\r\\n\"; $s->flush; <$s> =~ /STORED/ or die }'",
         SIGINT},
    };
    const char *const libraries[] = {NULL, some_heap()};
    for (size_t i = 0; i < COUNT_OF(servers) * COUNT_OF(libraries); i++) {
        CLEANUP(launch_record_release) struct launch_record record = {0};
        char *const arguments[] = {(char *)servers[i / 2].start, NULL};
        struct launch_request request = request_of(arguments);
        request.shell = "/bin/sh";
        request.library = libraries[i % 2];
        request.ready = servers[i / 2].ready;
        request.client = servers[i / 2].client;
        request.stop_signal = servers[i / 2].stop_signal;
        launch(&request, &record);
        if (record.outcome != LAUNCH_EXITED || record.exit_code != 0 || record.lived_on)
            fail_msg("%s: outcome %d: %s %s", servers[i / 2].start, (int)record.outcome, record.cause,
                     record.errors);
        assert_true(record.served[0].service == LAUNCH_SERVED ||
                    (!request.library && record.served[0].service == LAUNCH_SERVED_OTHER));
        assert_true(strlen(record.served[0].file) > 0);
        assert_true(record.values[LAUNCH_METRIC_CPU] > 0);
        unlink("redis.sock");
        unlink("memcached.sock");
    }
}

static void the_system_is_served_by_the_c_library(void **state)
{
    (void)state;
    CLEANUP(launch_record_release) struct launch_record record = {0};
    LAUNCH(&record, PROGRAM, (char *)"burn", (char *)"20");
    assert_true(record.began);
    assert_int_equal(record.served_count, 1);
    assert_int_equal(record.served[0].service, LAUNCH_SERVED);
    assert_int_equal(record.served[0].processes, 1);
    assert_string_equal(record.served[0].program, launching.launched);
    assert_non_null(strstr(record.served[0].file, "libc"));
}

static void children_by_fork_and_vfork_are_counted(void **state)
{
    (void)state;
    CLEANUP(launch_record_release) struct launch_record forked = {0}, started = {0};
    char *const fork_them[] = {PROGRAM, (char *)"fork", (char *)"3", (char *)"30", NULL};
    char *const start_them[] = {PROGRAM, (char *)"vfork",  PROGRAM, (char *)"vfork",
                                PROGRAM, (char *)"limits", NULL};
    run_on(some_heap(), fork_them, &forked);
    assert_int_equal(forked.served_count, 1);
    assert_int_equal(forked.served[0].processes, 4);
    run_on(some_heap(), start_them, &started);
    assert_int_equal(started.served_count, 1);
    assert_int_equal(started.served[0].processes, 3);
    assert_true(started.all_served && forked.all_served);
}

static void the_share_of_cpu_time_that_was_served_is_known(void **state)
{
    (void)state;
    CLEANUP(launch_record_release) struct launch_record served = {0}, unserved = {0};
    char *const alone[] = {PROGRAM, (char *)"spin", (char *)"300", NULL};
    char *const beside[] = {PROGRAM, (char *)"drop-in-child", PROGRAM, (char *)"spin", (char *)"300", NULL};
    run_on(some_heap(), alone, &served);
    assert_true(served.served_cpu > 0.7);
    run_on(some_heap(), beside, &unserved);
    assert_true(unserved.served_cpu < 0.3);
}

// A program that calls malloc through a place of its own does not define it.
static void a_place_for_mallocs_address_is_no_malloc(void **state)
{
    (void)state;
    CLEANUP(launch_record_release) struct launch_record record = {0};
    char *const arguments[] = {(char *)launching.launched_place, NULL};
    run_on(some_heap(), arguments, &record);
    assert_int_equal(record.exit_code, 0);
    assert_int_equal(record.served[0].service, LAUNCH_SERVED);
    assert_true(record.all_served);
}

// ---- not served ----

static void a_static_program_is_said(void **state)
{
    (void)state;
    CLEANUP(launch_record_release) struct launch_record alone = {0}, child = {0};
    char *const itself[] = {STATIC_PROGRAM, (char *)"limits", NULL};
    char *const parent[] = {PROGRAM, (char *)"vfork", STATIC_PROGRAM, (char *)"limits", NULL};
    run_on(some_heap(), itself, &alone);
    assert_int_equal(alone.served_count, 1);
    assert_int_equal(alone.served[0].service, LAUNCH_UNSERVED_STATIC);
    assert_false(alone.all_served);
    run_on(some_heap(), parent, &child);
    assert_int_equal(child.served_count, 2);
    assert_string_equal(child.served[0].program, launching.launched);
    assert_int_equal(child.served[0].service, LAUNCH_SERVED);
    assert_non_null(row_of(&child, "launched_static", LAUNCH_UNSERVED_STATIC));
    assert_false(child.all_served);
}

static void a_process_that_was_started_without_the_library_is_said(void **state)
{
    (void)state;
    // Those that end at once are known by their start; what is started unseen, by a sample.
    static const struct {
        const char *habit, *program, *argument;
    } cases[] = {
        {"drop-in-child", "true", NULL}, {"drop-by-spawn", "true", NULL}, {"drop-unseen", "sleep", "0.6"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(launch_record_release) struct launch_record record = {0};
        char *const arguments[] = {PROGRAM, (char *)cases[i].habit, (char *)cases[i].program,
                                   (char *)cases[i].argument, NULL};
        run_on(some_heap(), arguments, &record);
        assert_int_equal(record.exit_code, 0);
        assert_int_equal(record.served[0].service, LAUNCH_SERVED);
        if (!row_of(&record, cases[i].program, LAUNCH_UNSERVED_DROPPED))
            fail_msg("%s: %s was not seen", cases[i].habit, cases[i].program);
        assert_int_equal(row_of(&record, cases[i].program, LAUNCH_UNSERVED_DROPPED)->processes, 1);
        assert_false(record.all_served);
    }
}

static void a_command_that_becomes_another_without_the_library_is_said(void **state)
{
    (void)state;
    CLEANUP(launch_record_release) struct launch_record became = {0}, itself = {0}, by_shell = {0};
    char *const become[] = {PROGRAM, (char *)"drop", (char *)"true", NULL};
    char *const again[] = {PROGRAM, (char *)"drop", PROGRAM, (char *)"limits", NULL};
    char *const shell[] = {(char *)"sh", (char *)"-c", (char *)"exec env -i true", NULL};
    run_on(some_heap(), become, &became);
    assert_ptr_equal(row_of(&became, "true", LAUNCH_UNSERVED_DROPPED), &became.served[0]);
    assert_false(became.all_served);
    run_on(some_heap(), again, &itself);
    assert_ptr_equal(row_of(&itself, "launched", LAUNCH_UNSERVED_DROPPED), &itself.served[0]);
    assert_false(itself.all_served);
    run_on(some_heap(), shell, &by_shell);
    assert_ptr_equal(row_of(&by_shell, "true", LAUNCH_UNSERVED_DROPPED), &by_shell.served[0]);
    assert_int_equal(by_shell.served_count, 3);
}

static void a_start_that_fails_is_no_process_without_the_library(void **state)
{
    (void)state;
    CLEANUP(launch_record_release) struct launch_record record = {0};
    char *const arguments[] = {PROGRAM, (char *)"vfork", (char *)"/nowhere/program", NULL};
    run_on(some_heap(), arguments, &record);
    assert_int_equal(record.served_count, 1);
    assert_true(record.all_served);
}

static void a_program_with_its_own_malloc_is_said(void **state)
{
    (void)state;
    CLEANUP(launch_record_release) struct launch_record record = {0};
    char *const arguments[] = {(char *)launching.launched_own, NULL};
    run_on(some_heap(), arguments, &record);
    assert_int_equal(record.exit_code, 0);
    assert_int_equal(record.served[0].service, LAUNCH_SERVED_OWN);
    assert_string_equal(record.served[0].file, launching.launched_own);
    assert_false(record.all_served);
}

static void a_library_that_the_user_preloads_or_links_is_said(void **state)
{
    (void)state;
    CLEANUP(launch_record_release) struct launch_record record = {0};
    CLEANUP(string_list_release) struct string_list variables = {0};
    CLEANUP(text_release) struct text variable = {0};
    char *const arguments[] = {PROGRAM, (char *)"limits", NULL};
    struct launch_request request = request_of(arguments);
    text_append_format(&variable, "LD_PRELOAD=%s", some_heap());
    assert_int_equal(string_list_add(&variables, text_string(&variable), NULL), STATUS_OK);
    request.variables = &variables;
    launch(&request, &record);
    assert_int_equal(record.served[0].service, LAUNCH_SERVED_OTHER);
    assert_string_equal(record.served[0].file, some_heap());
    assert_false(record.all_served);
}

static void a_heap_that_cannot_be_loaded_is_said(void **state)
{
    (void)state;
    CLEANUP(launch_record_release) struct launch_record missing = {0}, aborted = {0};
    char *const arguments[] = {PROGRAM, (char *)"limits", NULL};
    run_on("/nowhere/libheap.so", arguments, &missing);
    assert_int_equal(missing.served[0].service, LAUNCH_UNSERVED_REFUSED);
    assert_non_null(strstr(missing.errors, "/nowhere/libheap.so"));
    assert_false(missing.all_served);
    run_on(launching.heap_that_aborts, arguments, &aborted);
    assert_int_equal(aborted.outcome, LAUNCH_SIGNALED);
    assert_int_equal(aborted.signal_number, SIGABRT);
    assert_int_equal(aborted.served[0].service, LAUNCH_UNSERVED_AT_LOAD);
    assert_false(aborted.began);
    assert_non_null(strstr(aborted.cause, launching.heap_that_aborts));
}

// Only root can give a file to somebody else.
static void a_program_with_more_rights_is_said(void **state)
{
    (void)state;
    CLEANUP(text_release) struct text content = {0};
    CLEANUP(launch_record_release) struct launch_record record = {0};
    char *const arguments[] = {(char *)"./with_rights", (char *)"limits", NULL};
    if (geteuid() != 0)
        skip();
    assert_int_equal(file_read(launching.launched, 64 << 20, &content, NULL), STATUS_OK);
    assert_int_equal(file_write("with_rights", content.bytes, content.length, NULL), STATUS_OK);
    assert_int_equal(chown("with_rights", 65534, 65534), 0);
    assert_int_equal(chmod("with_rights", 06755), 0);
    assert_int_equal(chmod(".", 0755), 0);
    run_on(some_heap(), arguments, &record);
    assert_int_equal(record.exit_code, 0);
    assert_int_equal(record.served[0].service, LAUNCH_UNSERVED_SECURE);
    assert_false(record.all_served);
}

// ---- the file alone ----

static void a_file_tells_what_speaks_against_it(void **state)
{
    (void)state;
    struct launch_program program;
    static const char script[] = "#!/usr/bin/env sh\n";
    assert_true(launch_examine(launching.launched, &program));
    assert_int_equal(program.service, LAUNCH_SERVED);
    assert_string_equal(program.own_heap, "");
    assert_true(launch_examine(launching.launched_static, &program));
    assert_int_equal(program.service, LAUNCH_UNSERVED_STATIC);
    assert_false(launch_examine("/nowhere", &program));
    assert_int_equal(file_write("script", script, strlen(script), NULL), STATUS_OK);
    assert_true(launch_examine("script", &program));
    assert_int_equal(program.service, LAUNCH_SERVED);
    CLEANUP(text_release) struct text content = {0};
    assert_int_equal(file_read(launching.launched, 64 << 20, &content, NULL), STATUS_OK);
    text_append(&content, "<jemalloc>: ");
    assert_int_equal(file_write("with_jemalloc", content.bytes, content.length, NULL), STATUS_OK);
    assert_true(launch_examine("with_jemalloc", &program));
    assert_string_equal(program.own_heap, "jemalloc");
    content.bytes[18]++; // the machine
    assert_int_equal(file_write("of_another_machine", content.bytes, content.length, NULL), STATUS_OK);
    assert_true(launch_examine("of_another_machine", &program));
    assert_int_equal(program.service, LAUNCH_UNSERVED_FORMAT);
}

static void every_service_has_words(void **state)
{
    (void)state;
    for (int i = LAUNCH_SERVED; i <= LAUNCH_UNSERVED_REFUSED; i++)
        assert_true(strlen(launch_service_words((enum launch_service)i)) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_heap_serves_real_programs_and_their_children),
        cmocka_unit_test(servers_are_served_by_the_heap_that_is_asked_for),
        cmocka_unit_test(the_system_is_served_by_the_c_library),
        cmocka_unit_test(children_by_fork_and_vfork_are_counted),
        cmocka_unit_test(the_share_of_cpu_time_that_was_served_is_known),
        cmocka_unit_test(a_place_for_mallocs_address_is_no_malloc),
        cmocka_unit_test(a_static_program_is_said),
        cmocka_unit_test(a_process_that_was_started_without_the_library_is_said),
        cmocka_unit_test(a_command_that_becomes_another_without_the_library_is_said),
        cmocka_unit_test(a_start_that_fails_is_no_process_without_the_library),
        cmocka_unit_test(a_program_with_its_own_malloc_is_said),
        cmocka_unit_test(a_library_that_the_user_preloads_or_links_is_said),
        cmocka_unit_test(a_heap_that_cannot_be_loaded_is_said),
        cmocka_unit_test(a_program_with_more_rights_is_said),
        cmocka_unit_test(a_file_tells_what_speaks_against_it),
        cmocka_unit_test(every_service_has_words),
    };
    return cmocka_run_group_tests(tests, launching_begin, launching_end);
}
