// execvp(3) tells less than there is to know: a script whose interpreter is missing is "No such file or
// directory". So the file is looked for and looked at before it is started.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "os/os.h"
#include "private.h"

#ifdef __APPLE__
#define WITNESS_NAME "memalloc-bench-witness.dylib"
#else
#define WITNESS_NAME "memalloc-bench-witness.so"
#endif

enum status launch_find_file(const char *name, int right, char *ret_path, size_t capacity,
                             struct error *error)
{
    static const char *const folders[] = {"", "../libexec/memalloc-bench/"};
    char program[4096];
    if (!os_executable_path(program, sizeof program))
        return error_set(error, STATUS_ENVIRONMENT,
                         "Mount /proc, if the system has it, or start the program by its full path.",
                         "cannot determine where this program is");
    const int folder = (int)(strrchr(program, '/') + 1 - program);
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        int length = snprintf(ret_path, capacity, "%.*s%s%s", folder, program, folders[i], name);
        if (length > 0 && (size_t)length < capacity && access(ret_path, right) == 0)
            return STATUS_OK;
    }
    return error_set(error, STATUS_ENVIRONMENT, "Build or install the program again.",
                     "the file %s is not beside %s", name, program);
}

enum status launch_find_tools(struct launch_tools *ret_tools, struct error *error)
{
    struct launch_tools tools;
    enum status status =
        launch_find_file("memalloc-bench-launcher", X_OK, tools.launcher, sizeof tools.launcher, error);
    if (status == STATUS_OK)
        status = launch_find_file(WITNESS_NAME, R_OK, tools.witness, sizeof tools.witness, error);
    if (status != STATUS_OK)
        return status;
    if (launch_find_file("memalloc-bench-recorder.so", R_OK, tools.recorder, sizeof tools.recorder, NULL) !=
        STATUS_OK)
        tools.recorder[0] = '\0';
    *ret_tools = tools;
    return STATUS_OK;
}

// ---- the command ----

static enum status fail(enum launch_failure failure, enum launch_failure *ret_failure)
{
    if (ret_failure)
        *ret_failure = failure;
    return STATUS_USAGE;
}

// The first in PATH that can be executed; else the first that is there at all.
static bool search(const char *name, struct text *ret_path)
{
    const char *path = getenv("PATH");
    CLEANUP(string_list_release) struct string_list folders = {0};
    CLEANUP(text_release) struct text found = {0};
    if (string_list_split(&folders, path ? path : "/bin:/usr/bin", ':', NULL) != STATUS_OK)
        return false;
    for (size_t i = 0; i < folders.count; i++) {
        CLEANUP(text_release) struct text candidate = {0};
        struct stat information;
        text_append_format(&candidate, "%s/%s", *folders.items[i] ? folders.items[i] : ".", name);
        if (stat(text_string(&candidate), &information) != 0 || S_ISDIR(information.st_mode))
            continue;
        bool runs = access(text_string(&candidate), X_OK) == 0;
        if (runs)
            text_clear(&found);
        if (!found.length)
            text_append(&found, text_string(&candidate));
        if (runs)
            break;
    }
    text_append(ret_path, text_string(&found));
    return found.length > 0;
}

static enum status check_file(const char *path, enum launch_failure *ret_failure, struct error *error)
{
    struct stat information;
    char interpreter[LAUNCH_PATH_BYTES];
    bool is_there = stat(path, &information) == 0;
    if (!is_there && (errno == ENOENT || errno == ENOTDIR)) {
        (void)error_set(error, STATUS_USAGE,
                        "Check the path; a relative path starts at the current directory.",
                        "the command %.300s does not exist", path);
        return fail(LAUNCH_FAILURE_NOT_FOUND, ret_failure);
    }
    if (is_there && S_ISDIR(information.st_mode)) {
        (void)error_set(error, STATUS_USAGE, "Name a program.", "the command %.300s is a directory", path);
        return fail(LAUNCH_FAILURE_NOT_EXECUTABLE, ret_failure);
    }
    if (!is_there || access(path, X_OK) != 0) {
        (void)error_set_errno(error, STATUS_USAGE, errno,
                              "Make it executable (chmod +x), or name its interpreter first.",
                              "the command %.300s cannot be executed", path);
        return fail(LAUNCH_FAILURE_NOT_EXECUTABLE, ret_failure);
    }
    if (examine_interpreter(path, interpreter) && access(interpreter, X_OK) != 0) {
        (void)error_set_errno(error, STATUS_USAGE, errno,
                              "Correct its first line, or name the interpreter before it in the command.",
                              "%.200s is to be run by %.200s, which cannot be executed", path, interpreter);
        return fail(LAUNCH_FAILURE_NO_INTERPRETER, ret_failure);
    }
    return STATUS_OK;
}

enum status launch_find_command(const char *name, struct text *ret_path, enum launch_failure *ret_failure,
                                struct error *error)
{
    CLEANUP(text_release) struct text path = {0};
    if (strchr(name, '/')) {
        text_append(&path, name);
    } else if (!*name || !search(name, &path)) {
        (void)error_set(error, STATUS_USAGE, "Check the spelling, install it, or give its path.",
                        "the command '%.200s' is not in PATH", name);
        return fail(LAUNCH_FAILURE_NOT_FOUND, ret_failure);
    }
    enum status status = text_check(&path, error);
    if (status == STATUS_OK)
        status = check_file(text_string(&path), ret_failure, error);
    if (status == STATUS_OK)
        text_append(ret_path, text_string(&path));
    return status == STATUS_OK ? text_check(ret_path, error) : status;
}
