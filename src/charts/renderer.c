// The renderer reads what it draws on standard input: a file that has no name any more, so that nothing is
// left behind, however either program ends. A pipe would do only if this program wrote and read at the same
// time.
#include "charts/renderer.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/printable.h"
#include "os/os.h"

enum { PATH_BYTES = 4096, MIN_NODE = 18, MAX_SHOWN_BYTES = 60 };

#define NODE_NEEDED "No charts and no report: they need Node 18 or later"
#define NODE_NEWER "; install a newer one and put its folder first in PATH."

extern char **environ;

// The directory that holds renderer.mjs, where the program is installed, or src/charts/render.mjs and
// node_modules.
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

// Runs the program to its end. 0, with what it printed and its wait status; else the errno of why it could
// not be run.
static int run(const char *const *arguments, int input, struct text *ret_printed, int *ret_wait_status)
{
    pid_t process = -1;
    CLEANUP(close_descriptor) int output = -1;
    int error_number = start(arguments, input, &process, &output);
    if (error_number != 0)
        return error_number;
    read_to_end(output, ret_printed);
    while (waitpid(process, ret_wait_status, 0) < 0)
        if (errno != EINTR)
            return errno;
    return 0;
}

// The first number of what `node --version` prints: 18 of "v18.20.4"; -1 for anything else.
static long major_version(const char *printed)
{
    char *end;
    if (printed[0] != 'v' || printed[1] < '0' || printed[1] > '9')
        return -1;
    long major = strtol(printed + 1, &end, 10);
    return *end == '.' ? major : -1;
}

// What the sentence on a node that cannot be used ends with.
static void append_unusable(struct text *ret_missing, struct text *printed, int wait_status)
{
    if (WIFSIGNALED(wait_status)) {
        text_append_format(ret_missing, NODE_NEEDED ", and node --version was killed by signal %d" NODE_NEWER,
                           WTERMSIG(wait_status));
    } else if (WEXITSTATUS(wait_status) != 0) {
        text_append_format(ret_missing, NODE_NEEDED ", and node --version ends with exit code %d" NODE_NEWER,
                           WEXITSTATUS(wait_status));
    } else {
        size_t shown = strcspn(text_string(printed), "\r\n");
        if (printed->length > 0)
            printed->bytes[shown < MAX_SHOWN_BYTES ? shown : MAX_SHOWN_BYTES] = '\0';
        text_append(ret_missing, NODE_NEEDED ", and node in PATH says that it is '");
        text_append_printable(ret_missing, text_string(printed), "");
        text_append(ret_missing, "'" NODE_NEWER);
    }
}

static int ask_version(int input, struct text *ret_printed, int *ret_wait_status)
{
    static const char *const arguments[] = {"node", "--version", NULL};
    return run(arguments, input, ret_printed, ret_wait_status);
}

void renderer_node_version(struct text *ret_version)
{
    CLEANUP(close_descriptor) int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CLEANUP(text_release) struct text printed = {0};
    int wait_status = 0;
    if (input >= 0 && ask_version(input, &printed, &wait_status) == 0 && wait_status == 0)
        text_append_bytes(ret_version, text_string(&printed), strcspn(text_string(&printed), "\r\n"));
}

// Appends to `ret_missing` why the node in PATH cannot draw, nothing if it can. An old one would end in the
// middle of a script that it does not understand, and so it is asked first.
static enum status check_node(struct text *ret_missing, struct error *error)
{
    CLEANUP(close_descriptor) int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CLEANUP(text_release) struct text printed = {0};
    int wait_status = 0;
    if (input < 0)
        return error_set_errno(error, STATUS_ENVIRONMENT, errno, NULL, "cannot open /dev/null");
    int error_number = ask_version(input, &printed, &wait_status);
    if (error_number == ENOENT)
        text_append(ret_missing, NODE_NEEDED " (Debian, Ubuntu: sudo apt-get install nodejs npm).");
    else if (error_number != 0)
        text_append_format(ret_missing, NODE_NEEDED ", and node in PATH cannot be started: %s" NODE_NEWER,
                           strerror(error_number));
    else if (wait_status != 0 || major_version(text_string(&printed)) < MIN_NODE)
        append_unusable(ret_missing, &printed, wait_status);
    return text_check(&printed, error);
}

// Appends the renderer's script in `share` to `ret_script`; to `ret_missing` why there is none that can run.
static void find_script(const char *share, struct text *ret_script, struct text *ret_missing)
{
    text_append_format(ret_script, "%s/renderer.mjs", share);
    if (access(text_string(ret_script), R_OK) == 0)
        return;
    text_clear(ret_script);
    text_append_format(ret_script, "%s/node_modules/vega/package.json", share);
    bool has_packages = access(text_string(ret_script), R_OK) == 0;
    text_clear(ret_script);
    text_append_format(ret_script, "%s/src/charts/render.mjs", share);
    if (access(text_string(ret_script), R_OK) != 0)
        text_append_format(
            ret_missing,
            "No charts and no report: %s is missing; set MEMALLOC_BENCH_SHARE to the project's folder.",
            text_string(ret_script));
    else if (!has_packages)
        text_append_format(ret_missing,
                           "No charts and no report: their libraries are missing; get them by: cd %s && "
                           "npm ci",
                           share);
}

enum status renderer_find(struct text *ret_script, struct text *ret_missing, struct error *error)
{
    CLEANUP(text_release) struct text share = {0}, script = {0}, script_missing = {0};
    enum status status = find_share(&share, error);
    if (status != STATUS_OK)
        return status;
    find_script(text_string(&share), &script, &script_missing);
    bool has_file = access(text_string(&script), R_OK) == 0;
    if (has_file) // the packages are the second thing to get
        status = check_node(ret_missing, error);
    if (status == STATUS_OK && ret_missing->length == 0 && script_missing.length > 0)
        text_append(ret_missing, text_string(&script_missing));
    if (status == STATUS_OK && ret_missing->length == 0)
        text_append(ret_script, text_string(&script));
    if (status == STATUS_OK)
        status = text_check(ret_missing, error);
    return status == STATUS_OK ? text_check(ret_script, error) : status;
}

// How drawing ended.
static enum status judge(int wait_status, struct error *error)
{
    if (WIFSIGNALED(wait_status))
        return error_set(error, STATUS_ENVIRONMENT, "Try again with more free memory.",
                         "drawing the charts was killed by signal %d", WTERMSIG(wait_status));
    if (WEXITSTATUS(wait_status) != 0)
        return error_set(error, STATUS_ENVIRONMENT, "Its message above says why.",
                         "drawing the charts failed with exit code %d", WEXITSTATUS(wait_status));
    return STATUS_OK;
}

// Appends the lines that are whole: a program that was killed may have begun another.
static enum status append_lines(struct text *printed, struct string_list *ret_lines, struct error *error)
{
    enum status status = text_check(printed, error);
    char *line = status == STATUS_OK && printed->length > 0 ? printed->bytes : NULL;
    for (char *end; status == STATUS_OK && line && (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        status = string_list_add(ret_lines, line, error);
    }
    return status;
}

static enum status run_node(const char *const *arguments, int input, struct string_list *ret_written,
                            struct error *error)
{
    CLEANUP(text_release) struct text printed = {0};
    int wait_status = 0;
    int error_number = run(arguments, input, &printed, &wait_status);
    if (error_number != 0)
        return error_set_errno(error, STATUS_ENVIRONMENT, error_number, "Check that node can be started.",
                               "cannot run node for the charts");
    enum status status = append_lines(&printed, ret_written, error);
    return status == STATUS_OK ? judge(wait_status, error) : status;
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
    CLEANUP(string_list_release) struct string_list written = {0};
    enum status status = open_input(json, output, &input, error);
    if (status != STATUS_OK)
        return status;
    const char *const arguments[] = {"node", script,     "--comparison", "--input",
                                     "-",    "--output", output,         NULL};
    return run_node(arguments, input, &written, error);
}
