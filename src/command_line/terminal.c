#include "command_line/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { USUAL_COLUMNS = 80, MAX_COLUMNS = 1000 };

bool terminal_can_redraw(int descriptor)
{
    const char *term = getenv("TERM");
    return isatty(descriptor) && term && *term && strcmp(term, "dumb") != 0;
}

bool terminal_wants_colour(int descriptor)
{
    const char *no_colour = getenv("NO_COLOR");
    return terminal_can_redraw(descriptor) && !(no_colour && *no_colour);
}

size_t terminal_columns(int descriptor)
{
    struct winsize size = {0};
    if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    const char *text = getenv("COLUMNS");
    long columns = text ? strtol(text, NULL, 10) : 0;
    return columns > 0 && columns <= MAX_COLUMNS ? (size_t)columns : USUAL_COLUMNS;
}
