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

// One column: a strategy on a heap.
struct column {
    enum strategy_id strategy;
    uint32_t heap;
    const char *label; // owned by the plan
};

enum { MOST_COLUMNS = STRATEGY_COUNT * MOST_HEAPS };

// A table: what its rows and columns share.
struct table {
    const struct plan *plan;
    const struct run_summary *summary;
    enum pattern_id pattern;
    uint32_t live_objects;
    bool colour;
    struct column columns[MOST_COLUMNS];
    size_t column_count;
};

struct block {
    size_t first, end;           // columns of the table
    size_t widths[MOST_COLUMNS]; // of each, the gap before and the mark behind included
};

// The columns in the tables' order: controls and the harness are not shown.
static void find_columns(struct table *table)
{
    const char *labels[STRATEGY_COUNT][MOST_HEAPS] = {{0}};
    for (size_t i = 0; i < table->plan->count; i++) {
        const struct planned_process *process = &table->plan->processes[i];
        enum strategy_role role = strategies[process->cell.strategy].role;
        if (role == STRATEGY_ROLE_STANDARD || role == STRATEGY_ROLE_EXTRA)
            labels[process->cell.strategy][process->cell.heap] = process->allocator;
    }
    table->column_count = 0;
    for (uint32_t s = 0; s < STRATEGY_COUNT; s++)
        for (uint32_t h = 0; h < MOST_HEAPS; h++)
            if (labels[s][h])
                table->columns[table->column_count++] = (struct column){(enum strategy_id)s, h, labels[s][h]};
}

static const struct cell_summary *summary_at(const struct table *table, size_t column, int size)
{
    struct cell cell = {table->columns[column].strategy, table->pattern, object_sizes[size],
                        table->columns[column].heap, table->live_objects};
    return &table->summary->cells[plan_cell_slot(&table->plan->request, &cell)];
}

// Fills the block with the columns from `first` on that fit the line, at least one.
static void fill_block(const struct table *table, size_t first, struct block *ret_block)
{
    *ret_block = (struct block){.first = first, .end = first};
    size_t used = SIZE_COLUMNS;
    while (ret_block->end < table->column_count) {
        size_t width = strlen(table->columns[ret_block->end].label) + 3;
        if (width < NARROWEST_COLUMN)
            width = NARROWEST_COLUMN;
        if (ret_block->end > first && used + width > LINE_COLUMNS)
            break;
        ret_block->widths[ret_block->end++] = width;
        used += width;
    }
}

static void drop_trailing_spaces(struct text *text)
{
    while (text->length && text->bytes[text->length - 1] == ' ')
        text->bytes[--text->length] = '\0';
}

static void append_header(struct text *text, const struct table *table, const struct block *block)
{
    text_append_format(text, "%*s", SIZE_COLUMNS, "bytes");
    for (size_t i = block->first; i < block->end; i++)
        text_append_format(text, "%*s ", (int)block->widths[i] - 1, table->columns[i].label);
    drop_trailing_spaces(text);
    text_append(text, "\n");
}

// Three digits that count, more where the number is larger.
static void format_number(char *buffer, size_t size, double number)
{
    snprintf(buffer, size, "%.*f", number < 9.995 ? 2 : number < 99.95 ? 1 : 0, number);
}

// The fastest column of all blocks in that row; column_count when nothing was measured.
static size_t find_fastest(const struct table *table, int size)
{
    size_t fastest = table->column_count;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct cell_summary *cell = summary_at(table, i, size);
        if (cell->measured && (fastest == table->column_count ||
                               cell->ns_per_object < summary_at(table, fastest, size)->ns_per_object))
            fastest = i;
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

static void append_block(struct text *text, const struct table *table, const struct block *block)
{
    append_header(text, table, block);
    for (int size = 0; size < SIZE_COUNT; size++) {
        if (!table->plan->request.sizes[size])
            continue;
        size_t fastest = find_fastest(table, size);
        text_append_format(text, "%*" PRIu32, SIZE_COLUMNS, object_sizes[size]);
        for (size_t i = block->first; i < block->end; i++)
            append_cell(text, summary_at(table, i, size), block->widths[i], i == fastest, table->colour);
        drop_trailing_spaces(text);
        text_append(text, "\n");
    }
}

static void append_table(struct text *text, const struct table *table)
{
    text_append_format(text, "\n%s", patterns[table->pattern].name);
    if (table->live_objects != BATCH_SIZE || table->plan->request.live_count > 1)
        text_append_format(text, ", %" PRIu32 " live objects", table->live_objects);
    if (table->plan->request.touch != TOUCH_word)
        text_append_format(text, ", touch %s", touches[table->plan->request.touch].name);
    text_append(text, ": ns per object, * fastest\n");
    struct block block = {0};
    while (block.end < table->column_count) {
        fill_block(table, block.end, &block);
        append_block(text, table, &block);
    }
}

static void append_failure(struct text *text, const struct plan *plan, const struct cell_summary *summary)
{
    const struct planned_process *process = &plan->processes[summary->first_failure->plan_order];
    const struct cell *cell = &process->cell;
    const char *label = process->allocator;
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

static void append_failures(struct text *text, const struct plan *plan, const struct run_summary *summary)
{
    text_append_format(text, "\n%zu of %zu cells failed:\n", summary->failed_cell_count, summary->cell_count);
    size_t shown = 0;
    for (size_t i = 0; i < summary->slot_count && shown < MOST_FAILURES_SHOWN; i++) {
        if (!summary->cells[i].failed_count)
            continue;
        append_failure(text, plan, &summary->cells[i]);
        shown++;
    }
    if (shown < summary->failed_cell_count)
        text_append_format(text, "  and %zu more; the details file has them all\n",
                           summary->failed_cell_count - shown);
}

void end_table_append(struct text *text, const struct plan *plan, const struct run_summary *summary,
                      bool colour)
{
    struct table table = {.plan = plan, .summary = summary, .colour = colour};
    find_columns(&table);
    for (int pattern = 0; pattern < PATTERN_COUNT; pattern++) {
        for (uint32_t i = 0; i < plan->request.live_count && plan->request.patterns[pattern]; i++) {
            table.pattern = (enum pattern_id)pattern;
            table.live_objects = plan->request.live_objects[i];
            append_table(text, &table);
        }
    }
    if (summary->failed_cell_count)
        append_failures(text, plan, summary);
}
