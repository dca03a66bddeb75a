#include "cli/end_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "cli/wrap.h"

enum {
    SIZE_COLUMNS = 6,      // "  4096"
    NARROWEST_COLUMN = 10, // "  12345.6*"
    MOST_FAILURES_SHOWN = 12,
};

static const char fastest_colour[] = "\x1b[32m", failed_colour[] = "\x1b[31m", plain_colour[] = "\x1b[0m";

struct block {
    enum strategy_id strategies[STRATEGY_COUNT];
    size_t widths[STRATEGY_COUNT]; // columns, the gap before and the mark behind included
    size_t count;
};

static bool is_shown(const struct plan_request *request, int strategy)
{
    enum strategy_role role = strategies[strategy].role;
    return request->strategies[strategy] && (role == STRATEGY_ROLE_STANDARD || role == STRATEGY_ROLE_EXTRA);
}

// Fills the block with the allocators from `first` on that fit the line; returns the first that did not.
static int fill_block(const struct plan_request *request, int first, struct block *ret_block)
{
    *ret_block = (struct block){0};
    size_t used = SIZE_COLUMNS;
    int s = first;
    for (; s < STRATEGY_COUNT; s++) {
        if (!is_shown(request, s))
            continue;
        size_t width = strlen(strategies[s].name) + 3;
        if (width < NARROWEST_COLUMN)
            width = NARROWEST_COLUMN;
        if (ret_block->count && used + width > LINE_COLUMNS)
            break;
        ret_block->strategies[ret_block->count] = (enum strategy_id)s;
        ret_block->widths[ret_block->count++] = width;
        used += width;
    }
    return s;
}

static void drop_trailing_spaces(struct text *text)
{
    while (text->length && text->bytes[text->length - 1] == ' ')
        text->bytes[--text->length] = '\0';
}

static void append_header(struct text *text, const struct block *block)
{
    text_append_format(text, "%*s", SIZE_COLUMNS, "bytes");
    for (size_t i = 0; i < block->count; i++)
        text_append_format(text, "%*s ", (int)block->widths[i] - 1, strategies[block->strategies[i]].name);
    drop_trailing_spaces(text);
    text_append(text, "\n");
}

// Three digits that count, more where the number is larger.
static void format_number(char *buffer, size_t size, double number)
{
    snprintf(buffer, size, "%.*f", number < 9.995 ? 2 : number < 99.95 ? 1 : 0, number);
}

// The fastest allocator of all blocks in that row, or -1.
static int find_fastest(const struct plan_request *request, const struct run_summary *summary, int pattern,
                        int size)
{
    int fastest = -1;
    for (int s = 0; s < STRATEGY_COUNT; s++) {
        const struct cell_summary *cell = &summary->cells[s][pattern][size];
        if (!is_shown(request, s) || !cell->measured)
            continue;
        if (fastest < 0 || cell->ns_per_object < summary->cells[fastest][pattern][size].ns_per_object)
            fastest = s;
    }
    return fastest;
}

static void append_cell(struct text *text, const struct cell_summary *cell, size_t width, bool is_fastest,
                        bool colour)
{
    char number[32] = "-";
    if (cell->measured)
        format_number(number, sizeof number, cell->ns_per_object);
    else if (cell->failed_count)
        snprintf(number, sizeof number, "failed");
    char mark = cell->failed_count ? '!' : is_fastest ? '*' : ' ';
    const char *start = !colour ? "" : cell->failed_count ? failed_colour : is_fastest ? fastest_colour : "";
    append_spaces(text, width - 1 - strlen(number));
    text_append_format(text, "%s%s%c%s", start, number, mark, *start ? plain_colour : "");
}

static void append_block(struct text *text, const struct plan_request *request,
                         const struct run_summary *summary, int pattern, const struct block *block,
                         bool colour)
{
    append_header(text, block);
    for (int size = 0; size < SIZE_COUNT; size++) {
        if (!request->sizes[size])
            continue;
        int fastest = find_fastest(request, summary, pattern, size);
        text_append_format(text, "%*" PRIu32, SIZE_COLUMNS, object_sizes[size]);
        for (size_t i = 0; i < block->count; i++) {
            enum strategy_id strategy = block->strategies[i];
            append_cell(text, &summary->cells[strategy][pattern][size], block->widths[i],
                        (int)strategy == fastest, colour);
        }
        drop_trailing_spaces(text);
        text_append(text, "\n");
    }
}

static void append_pattern(struct text *text, const struct plan_request *request,
                           const struct run_summary *summary, int pattern, bool colour)
{
    text_append_format(text, "\n%s: ns per object, * fastest\n", patterns[pattern].name);
    for (int next = 0; next < STRATEGY_COUNT;) {
        struct block block;
        next = fill_block(request, next, &block);
        if (block.count)
            append_block(text, request, summary, pattern, &block, colour);
    }
}

static void append_failure(struct text *text, const struct cell *cell, const struct cell_summary *summary)
{
    char label[ALLOCATOR_LABEL_BYTES];
    cell_allocator_label(cell, label);
    CLEANUP(text_release) struct text line = {0};
    text_append_format(&line, "%s %s %" PRIu32 ": %" PRIu32 " of %" PRIu32 " processes, ", label,
                       patterns[cell->pattern].name, cell->size_bytes, summary->failed_count,
                       summary->process_count);
    for (const char *c = outcome_name(summary->first_failure->outcome); *c; c++)
        text_append_bytes(&line, *c == '_' ? " " : c, 1);
    if (summary->first_failure->reason[0]) {
        text_append(&line, ": ");
        text_append_printable(&line, summary->first_failure->reason, "\n");
    }
    text_append(text, "  ");
    wrap_append(text, text_string(&line), 4, 2);
}

static void append_failures(struct text *text, const struct plan_request *request,
                            const struct run_summary *summary)
{
    text_append_format(text, "\n%zu of %zu cells failed:\n", summary->failed_cell_count, summary->cell_count);
    size_t shown = 0;
    for (int s = 0; s < STRATEGY_COUNT; s++)
        for (int p = 0; p < PATTERN_COUNT; p++)
            for (int z = 0; z < SIZE_COUNT && shown < MOST_FAILURES_SHOWN; z++) {
                const struct cell_summary *cell_summary = &summary->cells[s][p][z];
                if (!request->strategies[s] || !cell_summary->failed_count)
                    continue;
                struct cell cell = {(enum strategy_id)s, (enum pattern_id)p, object_sizes[z]};
                append_failure(text, &cell, cell_summary);
                shown++;
            }
    if (shown < summary->failed_cell_count)
        text_append_format(text, "  and %zu more; the details file has them all\n",
                           summary->failed_cell_count - shown);
}

void end_table_append(struct text *text, const struct plan *plan, const struct run_summary *summary,
                      bool colour)
{
    for (int pattern = 0; pattern < PATTERN_COUNT; pattern++)
        if (plan->request.patterns[pattern])
            append_pattern(text, &plan->request, summary, pattern, colour);
    if (summary->failed_cell_count)
        append_failures(text, &plan->request, summary);
}
