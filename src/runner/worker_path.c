// Where the worker is.
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "os/os.h"
#include "runner/runner.h"

enum status runner_find_worker(struct text *ret_path, struct error *error)
{
    static const char *const places[] = {"memalloc-bench-worker",
                                         "../libexec/memalloc-bench/memalloc-bench-worker"};
    char program[4096];
    if (!os_executable_path(program, sizeof program))
        return error_set(error, STATUS_ENVIRONMENT,
                         "Mount /proc, if the system has it, or start the program by its full path.",
                         "cannot determine where this program is");
    size_t directory_length = (size_t)(strrchr(program, '/') + 1 - program);
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        CLEANUP(text_release) struct text path = {0};
        text_append_bytes(&path, program, directory_length);
        text_append(&path, places[i]);
        if (!path.failed && access(text_string(&path), X_OK) == 0) {
            text_append(ret_path, text_string(&path));
            return text_check(ret_path, error);
        }
    }
    return error_set(error, STATUS_ENVIRONMENT, "Build or install the program again.",
                     "the program memalloc-bench-worker is not beside %s", program);
}
