#include <string.h>

#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/parse.h"
#include "cli/vocabulary.h"
#include "cli/wrap.h"
#include "patterns/patterns.h"
#include "strategies/strategies.h"

enum { NAME_COLUMN = 4, SUMMARY_GAP = 2 };

static size_t widest_name(const struct choices *choices)
{
    size_t widest = 0;
    for (size_t i = 0; i < choices->count; i++)
        if (choices->name(i) && strlen(choices->name(i)) > widest)
            widest = strlen(choices->name(i));
    return widest;
}

static void append_table(struct text *output, const char *title, const struct choices *choices,
                         const char *(*summary)(size_t index))
{
    text_append_format(output, "%s:\n", title);
    size_t summary_column = NAME_COLUMN + widest_name(choices) + SUMMARY_GAP;
    for (size_t i = 0; i < choices->count; i++) {
        const char *name = choices->name(i);
        if (!name)
            continue;
        text_append_format(output, "  %c %s", choices->is_default(i) ? '*' : ' ', name);
        append_spaces(output, summary_column - NAME_COLUMN - strlen(name));
        wrap_append(output, summary(i), summary_column, summary_column);
    }
    text_append(output, "\n");
}

static const char *allocator_summary(size_t index)
{
    return strategies[index].summary;
}

static const char *pattern_summary(size_t index)
{
    return patterns[index].summary;
}

static enum status execute(struct invocation *invocation, struct error *error)
{
    (void)error;
    struct text *output = &invocation->output;
    append_table(output, "Allocators", &allocator_choices, allocator_summary);
    append_table(output, "Patterns", &pattern_choices, pattern_summary);
    CLEANUP(text_release) struct text sizes = {0};
    choices_append(&sizes, &size_choices, choices_all(&size_choices));
    text_append(output, "Sizes in bytes:\n  * ");
    wrap_append(output, text_string(&sizes), NAME_COLUMN, NAME_COLUMN);
    text_append(output, "\n* measured by default\n");
    return STATUS_OK;
}

const struct command command_list = {
    .name = "list",
    .summary = "show the allocators, patterns and sizes there are",
    .description =
        "Shows the words that --allocators, --patterns and --sizes of run may hold. Those that are "
        "measured by default are marked with an asterisk.",
    .execute = execute,
};
