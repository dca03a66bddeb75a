// Since 2.33 glibc's dynamic linker tells on its own standard output which tunables it knows, with their
// values in force (ld.so(8), --list-tunables), and always on standard error which folders it looks through
// (LD_DEBUG=libs). It is asked as a program of its own, and starts none. One that does not answer, of another
// or an older C library, is an ordinary case.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "os/os.h"
#include "private.h"

enum { MAX_PROGRAM_BYTES = 256 << 20, MAX_ANSWER_BYTES = 16 << 20, LONGEST_SILENCE_MS = 5000 };

bool loader_of(const char *program, char ret_path[HEAP_FILE_BYTES])
{
    CLEANUP(text_release) struct text content = {0};
    return file_read(program, MAX_PROGRAM_BYTES, &content, NULL) == STATUS_OK &&
           library_interpreter(text_string(&content), content.length, ret_path);
}

// Until its end. False when the program falls silent or says too much.
static bool read_answer(int descriptor, struct text *answer)
{
    for (;;) {
        struct pollfd watched = {.fd = descriptor, .events = POLLIN};
        char buffer[4096];
        int ready = poll(&watched, 1, LONGEST_SILENCE_MS);
        ssize_t length = ready > 0 ? read(descriptor, buffer, sizeof buffer) : -1;
        if (length == 0)
            return !answer->failed;
        if (length < 0 && !(errno == EINTR && ready != 0))
            return false;
        if (length > 0)
            text_append_bytes(answer, buffer, (size_t)length);
        if (answer->length > MAX_ANSWER_BYTES)
            return false;
    }
}

static int start(const char *loader, const struct loader_question *question, int answer_end, pid_t *ret_pid)
{
    char *arguments[] = {(char *)loader, (char *)question->option, (char *)question->program, NULL};
    char *environment[] = {(char *)question->variables[0], (char *)question->variables[1],
                           (char *)question->variables[2], NULL};
    int answered = question->is_debug ? STDERR_FILENO : STDOUT_FILENO;
    int unheard = question->is_debug ? STDOUT_FILENO : STDERR_FILENO;
    posix_spawn_file_actions_t actions;
    int error_number = posix_spawn_file_actions_init(&actions);
    if (error_number)
        return error_number;
    error_number = posix_spawn_file_actions_adddup2(&actions, answer_end, answered);
    if (!error_number)
        error_number = posix_spawn_file_actions_addopen(&actions, unheard, "/dev/null", O_WRONLY, 0);
    if (!error_number)
        error_number = posix_spawn(ret_pid, loader, &actions, NULL, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    return error_number;
}

bool loader_ask(const char *loader, const struct loader_question *question, struct text *ret_answer)
{
    CLEANUP(close_descriptor) int read_end = -1, write_end = -1;
    CLEANUP(text_release) struct text answer = {0};
    int ends[2], wait_status = 0;
    pid_t pid = -1;
    if (pipe(ends) != 0)
        return false;
    read_end = ends[0];
    write_end = ends[1];
    fcntl(read_end, F_SETFD, FD_CLOEXEC);
    fcntl(write_end, F_SETFD, FD_CLOEXEC);
    if (start(loader, question, write_end, &pid) != 0)
        return false;
    close_descriptor(&write_end);
    write_end = -1;
    bool answered = read_answer(read_end, &answer);
    if (!answered)
        kill(pid, SIGKILL);
    while (waitpid(pid, &wait_status, 0) < 0 && errno == EINTR)
        continue;
    bool well = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
    answered = answered && (well || question->is_debug) && answer.length > 0;
    if (answered)
        text_append(ret_answer, text_string(&answer));
    return answered && !ret_answer->failed;
}

// It is asked for a library that does not exist, so that it goes through all folders, and says so in lines
// like "… search path=/a/glibc-hwcaps/x86-64-v3:/a:<tab><tab>(LD_LIBRARY_PATH)". An empty folder is the
// current one. A folder that is also the system's, or the program's own, begins another line with another
// origin: so the first and the last folder are ones that nobody else names.
#define FIRST_FOLDER "/memalloc-bench-begins-here"
#define LAST_FOLDER "/memalloc-bench-ends-here"

static bool begins_with(const char *string, const char *beginning)
{
    return strncmp(string, beginning, strlen(beginning)) == 0;
}

// Appends all folders that the answer names, in their order.
static bool add_searched(const char *answer, struct string_list *ret_folders)
{
    static const char begin[] = " search path=", end[] = "\t\t(";
    for (const char *list = strstr(answer, begin); list; list = strstr(list, begin)) {
        list += strlen(begin);
        const char *list_end = strstr(list, end);
        CLEANUP(free_pointer) char *folders = list_end ? strndup(list, (size_t)(list_end - list)) : NULL;
        enum status status = !folders   ? STATUS_NO_MEMORY
                             : *folders ? string_list_split(ret_folders, folders, ':', NULL)
                                        : string_list_add(ret_folders, "", NULL);
        if (status != STATUS_OK)
            return false;
    }
    return true;
}

bool loader_search_path(const char *folders, struct string_list *ret_folders)
{
    char loader[HEAP_FILE_BYTES], program[4096];
    CLEANUP(text_release) struct text variable = {0}, answer = {0};
    CLEANUP(string_list_release) struct string_list all = {0};
    text_append_format(&variable, "LD_LIBRARY_PATH=" FIRST_FOLDER ":%s:" LAST_FOLDER, folders);
    const struct loader_question question = {
        .option = "--list",
        .program = program,
        .variables = {text_string(&variable), "LD_DEBUG=libs", "LD_PRELOAD=memalloc-bench-nowhere.so"},
        .is_debug = true};
    if (variable.failed || !os_executable_path(program, sizeof program) || !loader_of(program, loader) ||
        !loader_ask(loader, &question, &answer) || !add_searched(text_string(&answer), &all))
        return false;
    bool begun = false;
    for (size_t i = 0; i < all.count; i++) {
        const char *folder = all.items[i];
        if (begun && begins_with(folder, LAST_FOLDER))
            return true;
        if (begins_with(folder, FIRST_FOLDER))
            begun = true;
        else if (begun && string_list_add(ret_folders, folder, NULL) != STATUS_OK)
            return false;
    }
    return false;
}
