// The renderer reads what it draws on standard input: a file that has no name any more, so that nothing is
// left behind, however either program ends. A pipe would do only if this program wrote and read at the same
// time.
#include "cli/renderer.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "os/os.h"

enum { PATH_BYTES = 4096 };

extern char **environ;

// The directory that holds src/charts/render.mjs and node_modules.
static enum status find_share(struct text *ret_share, struct error *error)
{
    const char *named = getenv("MEMALLOC_BENCH_SHARE");
    if (named && *named) {
        text_append(ret_share, named);
        return text_check(ret_share, error);
    }
    char program[PATH_BYTES];
    if (os_executable_path(program, sizeof program)) {
        char *slash = strrchr(program, '/');
        text_append_bytes(ret_share, program, slash ? (size_t)(slash - program) : 0);
        text_append(ret_share, "/../share/memalloc-bench");
        if (access(text_string(ret_share), R_OK) == 0)
            return text_check(ret_share, error);
    }
    text_clear(ret_share);
    text_append(ret_share, MEMALLOC_BENCH_SOURCE_DIR);
    return text_check(ret_share, error);
}

static bool is_on_path(const char *program)
{
    const char *path = getenv("PATH");
    CLEANUP(string_list_release) struct string_list directories = {0};
    if (!path || string_list_split(&directories, path, ':', NULL) != STATUS_OK)
        return false;
    for (size_t i = 0; i < directories.count; i++) {
        CLEANUP(text_release) struct text candidate = {0};
        text_append_format(&candidate, "%s/%s", directories.items[i], program);
        if (access(text_string(&candidate), X_OK) == 0)
            return true;
    }
    return false;
}

enum status renderer_find(struct text *ret_script, struct text *ret_missing, struct error *error)
{
    CLEANUP(text_release) struct text share = {0}, script = {0}, packages = {0};
    enum status status = find_share(&share, error);
    if (status != STATUS_OK)
        return status;
    text_append_format(&script, "%s/src/charts/render.mjs", text_string(&share));
    text_append_format(&packages, "%s/node_modules/vega/package.json", text_string(&share));
    if (access(text_string(&script), R_OK) != 0)
        text_append_format(ret_missing,
                           "No charts and no report: %s is missing; let MEMALLOC_BENCH_SHARE name the "
                           "project's folder.",
                           text_string(&script));
    else if (!is_on_path("node"))
        text_append(ret_missing,
                    "No charts and no report: they need Node 18 or later (Debian, Ubuntu: sudo apt-get "
                    "install nodejs npm).");
    else if (access(text_string(&packages), R_OK) != 0)
        text_append_format(ret_missing,
                           "No charts and no report: their libraries are missing; get them by: cd %s && "
                           "npm ci",
                           text_string(&share));
    else
        text_append(ret_script, text_string(&script));
    status = text_check(ret_missing, error);
    return status == STATUS_OK ? text_check(ret_script, error) : status;
}

// A nameless file that holds `json` and is read from its start. Where it was made, its name began with
// `prefix`.
static enum status open_input(const struct text *json, const char *prefix, int *ret_input,
                              struct error *error)
{
    CLEANUP(text_release) struct text path = {0};
    text_append_format(&path, "%s.XXXXXX", prefix);
    enum status status = text_check(&path, error);
    if (status == STATUS_OK)
        status = text_check(json, error);
    if (status != STATUS_OK)
        return status;
    int input = mkstemp(path.bytes);
    int error_number = input < 0 ? errno : 0;
    if (input >= 0) {
        unlink(path.bytes);
        fcntl(input, F_SETFD, FD_CLOEXEC);
        bool written = file_write_all(input, text_string(json), json->length);
        error_number = written && lseek(input, 0, SEEK_SET) == 0 ? 0 : errno;
    }
    if (error_number == 0) {
        *ret_input = input;
        return STATUS_OK;
    }
    if (input >= 0)
        close(input);
    return error_set_errno(error, STATUS_ENVIRONMENT, error_number,
                           "Check that there is space and that you may write there.", "cannot write %s",
                           prefix);
}

// Its standard input becomes `input`, its standard output `written`. The caller destroys `actions` when this
// succeeds.
static int prepare_actions(posix_spawn_file_actions_t *actions, int input, int written)
{
    int error_number = posix_spawn_file_actions_init(actions);
    if (error_number != 0)
        return error_number;
    error_number = posix_spawn_file_actions_adddup2(actions, input, STDIN_FILENO);
    if (error_number == 0)
        error_number = posix_spawn_file_actions_adddup2(actions, written, STDOUT_FILENO);
    if (error_number != 0)
        posix_spawn_file_actions_destroy(actions);
    return error_number;
}

static int spawn(const char *const *arguments, int input, int written, pid_t *ret_process)
{
    posix_spawn_file_actions_t actions;
    int error_number = prepare_actions(&actions, input, written);
    if (error_number != 0)
        return error_number;
    error_number = posix_spawnp(ret_process, "node", &actions, NULL, (char **)(uintptr_t)arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error_number;
}

// Starts the renderer; what it prints can be read from `ret_output`.
static int start(const char *const *arguments, int input, pid_t *ret_process, int *ret_output)
{
    int ends[2];
    if (pipe(ends) != 0)
        return errno;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    int error_number = spawn(arguments, input, ends[1], ret_process);
    close(ends[1]);
    if (error_number != 0)
        close(ends[0]);
    else
        *ret_output = ends[0];
    return error_number;
}

static void read_to_end(int descriptor, struct text *text)
{
    char buffer[4096];
    for (;;) {
        ssize_t length = read(descriptor, buffer, sizeof buffer);
        if (length > 0)
            text_append_bytes(text, buffer, (size_t)length);
        else if (length == 0 || errno != EINTR)
            return;
    }
}

static enum status run_node(const char *const *arguments, int input, struct string_list *ret_written,
                            struct error *error)
{
    pid_t process = -1;
    CLEANUP(close_descriptor) int output = -1;
    CLEANUP(text_release) struct text paths = {0};
    int error_number = start(arguments, input, &process, &output);
    if (error_number != 0)
        return error_set_errno(error, STATUS_ENVIRONMENT, error_number, "Check that node can be started.",
                               "cannot start node for the charts");
    read_to_end(output, &paths);
    int wait_status;
    while (waitpid(process, &wait_status, 0) < 0)
        if (errno != EINTR)
            return error_set_errno(error, STATUS_ENVIRONMENT, errno, NULL, "cannot wait for node");
    if (WIFSIGNALED(wait_status))
        return error_set(error, STATUS_ENVIRONMENT, "Try again with more free memory.",
                         "drawing the charts was killed by signal %d", WTERMSIG(wait_status));
    if (WEXITSTATUS(wait_status) != 0)
        return error_set(error, STATUS_ENVIRONMENT, "Its message above says why.",
                         "drawing the charts failed with exit code %d", WEXITSTATUS(wait_status));
    while (paths.length > 0 && paths.bytes[paths.length - 1] == '\n')
        paths.bytes[--paths.length] = '\0';
    enum status status = text_check(&paths, error);
    return status == STATUS_OK ? string_list_split(ret_written, text_string(&paths), '\n', error) : status;
}

enum status renderer_run(const char *script, const struct renderer_request *request,
                         struct string_list *ret_written, struct error *error)
{
    CLEANUP(close_descriptor) int input = -1;
    CLEANUP(text_release) struct text prefix = {0};
    text_append_format(&prefix, "%s/.analysis", request->output_directory);
    enum status status = text_check(&prefix, error);
    if (status == STATUS_OK)
        status = open_input(request->json, text_string(&prefix), &input, error);
    if (status != STATUS_OK)
        return status;
    const char *const arguments[] = {
        "node",     script,           "--input",
        "-",        "--output",       request->output_directory,
        "--format", request->formats, request->with_report ? NULL : "--no-report",
        NULL};
    return run_node(arguments, input, ret_written, error);
}

enum status renderer_run_comparison(const char *script, const struct text *json, const char *output,
                                    struct error *error)
{
    CLEANUP(close_descriptor) int input = -1;
    CLEANUP(text_release) struct text comparison_script = {0};
    CLEANUP(string_list_release) struct string_list written = {0};
    const char *slash = strrchr(script, '/');
    text_append_bytes(&comparison_script, script, slash ? (size_t)(slash + 1 - script) : 0);
    text_append(&comparison_script, "render_compare.mjs");
    enum status status = text_check(&comparison_script, error);
    if (status == STATUS_OK)
        status = open_input(json, output, &input, error);
    if (status != STATUS_OK)
        return status;
    const char *const arguments[] = {
        "node", text_string(&comparison_script), "--input", "-", "--output", output, NULL};
    return run_node(arguments, input, &written, error);
}
