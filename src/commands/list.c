#include <string.h>

#include "base/cleanup.h"
#include "command_line/command.h"
#include "command_line/parse.h"
#include "command_line/wrap.h"
#include "commands/private.h"
#include "heaps/heaps.h"
#include "patterns/patterns.h"
#include "strategies/strategies.h"

enum { OPTION_heaps, OPTION_COUNT };

static const struct option_row options[OPTION_COUNT] = {
    [OPTION_heaps] = {.name = "heaps",
                      .type = OPTION_FLAG,
                      .help =
                          "list the malloc implementations instead, with their versions, and how to install "
                          "missing ones"},
};

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

// One line: "rust_box, rust_slab_cold, rust_slab_warm: not in this build; cargo was not there when …".
static void append_absent(struct text *output)
{
    const struct strategy_absence *absence = NULL;
    for (size_t i = 0; i < STRATEGY_COUNT; i++) {
        const struct strategy_absence *found = strategy_absence(&strategies[i]);
        if (found)
            text_append_format(output, "%s%s", absence ? ", " : "", strategies[i].name);
        absence = found ? found : absence;
    }
    if (absence)
        text_append_format(output, ": not in this build; %s\n\n", absence->reason);
}

static const char *allocator_summary(size_t index)
{
    return strategies[index].summary;
}

static const char *pattern_summary(size_t index)
{
    return patterns[index].summary;
}

// "jemalloc   found: 5.3.0-1, build id 1d51…" and its path on a line of its own.
static void append_heap(struct text *output, const struct heap *heap, size_t column)
{
    CLEANUP(text_release) struct text line = {0}, passed_over = {0};
    CLEANUP(string_list_release) struct string_list others = {0};
    struct heap_file file = {0};
    bool is_system = !*heap->files;
    bool found = is_system || heap_locate(heap, "", &file, &passed_over);
    text_append_format(output, "  %c %s", found ? '+' : '-', heap->name);
    append_spaces(output, column - NAME_COLUMN - strlen(heap->name));
    wrap_append(output, heap->summary, column, column);
    if (found && !is_system) {
        text_append_format(&line, "%s%s%s", file.version, *file.version && *file.package ? ", package " : "",
                           file.package);
        if (*file.build_id)
            text_append_format(&line, "%sbuild id %s", line.length ? ", " : "", file.build_id);
        append_spaces(output, column);
        text_append_format(output, "%s\n", file.path);
    } else if (!found && *heap->package) {
        text_append_format(&line, "missing; Debian and Ubuntu: apt-get install %s", heap->package);
    } else if (!found) {
        text_append_format(&line, "missing; not packaged by Debian: --heap %s=/path/library.so", heap->name);
    }
    if (line.length) {
        append_spaces(output, column);
        wrap_append(output, text_string(&line), column, column);
    }
    if (string_list_split(&others, text_string(&passed_over), '\n', NULL) != STATUS_OK)
        return;
    for (size_t i = 0; i < others.count; i++) {
        text_clear(&line);
        text_append_format(&line, "passed over: %s", others.items[i]);
        append_spaces(output, column);
        wrap_append(output, text_string(&line), column, column);
    }
}

static enum status list_heaps(struct invocation *invocation)
{
    struct text *output = &invocation->output;
    size_t column = NAME_COLUMN + widest_name(&heap_choices) + SUMMARY_GAP;
    text_append(output, "Heaps:\n");
    for (size_t i = 0; i < HEAP_COUNT; i++)
        append_heap(output, &heaps[i], column);
    for (size_t i = 0; i < HEAP_VARIANT_COUNT; i++) {
        const struct heap_variant *variant = &heap_variants[i];
        CLEANUP(text_release) struct text tunables = {0};
        text_append_format(&tunables, "GLIBC_TUNABLES=%s", variant->tunables);
        text_append_format(output, "  + %s", variant->name);
        append_spaces(output, column - NAME_COLUMN - strlen(variant->name));
        wrap_append(output, variant->summary, column, column);
        append_spaces(output, column);
        wrap_append(output, text_string(&tunables), column, column);
    }
    text_append(output,
                "\n+ found, - missing; a heap under any name: run PLATFORM --heap NAME=/path/library.so\n");
    return STATUS_OK;
}

static enum status execute(struct invocation *invocation, struct error *error)
{
    (void)error;
    if (invocation->values[OPTION_heaps].given)
        return list_heaps(invocation);
    struct text *output = &invocation->output;
    append_table(output, "Allocators", &strategy_choices, allocator_summary);
    append_absent(output);
    append_table(output, "Patterns", &pattern_choices, pattern_summary);
    CLEANUP(text_release) struct text sizes = {0};
    choices_append(&sizes, &size_bytes_choices, choices_all(&size_bytes_choices));
    text_append(output, "Sizes in bytes:\n  * ");
    wrap_append(output, text_string(&sizes), NAME_COLUMN, NAME_COLUMN);
    text_append(output, "\n* measured by default\n");
    return STATUS_OK;
}

const struct command command_list = {
    .name = "list",
    .summary = "list the available allocators, patterns and sizes",
    .description =
        "Lists the values that --allocators, --patterns and --sizes of run accept. An asterisk marks "
        "those that are measured by default.",
    .options = options,
    .option_count = OPTION_COUNT,
    .execute = execute,
};
