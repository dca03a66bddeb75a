// Where the worker is. There are two: that of the touch word, and that of all other touches, which takes
// longer to compile than all the rest of the program, so that ./bench builds it only when it is asked for.
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "os/os.h"
#include "runner/runner.h"

enum status runner_find_worker(enum touch touch, struct text *ret_path, struct error *error)
{
    static const char *const places[] = {"", "../libexec/memalloc-bench/"};
    const bool is_word = touch == TOUCH_word;
    const char *name = is_word ? "memalloc-bench-worker" : "memalloc-bench-worker-touches";
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
        text_append(&path, name);
        if (!path.failed && access(text_string(&path), X_OK) == 0) {
            text_append(ret_path, text_string(&path));
            return text_check(ret_path, error);
        }
    }
    return error_set(
        error, STATUS_ENVIRONMENT,
        is_word ? "Build or install the program again."
                : "./bench builds it only when --touch asks for it. Build everything: cmake --build build",
        "the program %s is not beside %s", name, program);
}
