#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "charts/renderer.h"

static bool has_known_extension(const char *path)
{
    static const char *const extensions[] = {".svg", ".png", ".pdf"};
    size_t length = strlen(path);
    for (size_t i = 0; i < COUNT_OF(extensions); i++)
        if (length > strlen(extensions[i]) &&
            strcmp(path + length - strlen(extensions[i]), extensions[i]) == 0)
            return true;
    return false;
}

enum status renderer_find_for_comparison(const char *path, struct text *ret_script, struct error *error)
{
    CLEANUP(text_release) struct text missing = {0};
    if (!has_known_extension(path))
        return error_set(error, STATUS_USAGE, "Name a file that ends in .svg, .png or .pdf.",
                         "'%s' is not a supported chart file", show_word(path).text);
    enum status status = renderer_find(ret_script, &missing, error);
    if (status != STATUS_OK || ret_script->length > 0)
        return status;
    return error_set(error, STATUS_ENVIRONMENT, text_string(&missing), "the chart cannot be drawn here");
}
