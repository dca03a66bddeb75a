#include "commands/private.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "command_line/wrap.h"

enum {
    SIZE_COLUMNS = 6,      // "  4096"
    NARROWEST_COLUMN = 10, // "  12345.6*"
    MAX_FAILURES_SHOWN = 12,
};

static const char fastest_colour[] = "\x1b[32m", failed_colour[] = "\x1b[31m", plain_colour[] = "\x1b[0m";

// One column: a strategy on a heap.
struct column {
    enum strategy_id strategy;
    uint32_t heap;
    const char *label; // owned by the plan
};

enum { MAX_COLUMNS = STRATEGY_COUNT * MAX_HEAPS };

// A table: what its rows and columns share.
struct table {
    const struct plan *plan;
    const struct dataset *dataset;
    struct cell condition; // but for the allocator and the size
    bool colour;
    struct column columns[MAX_COLUMNS];
    size_t column_count;
};

struct block {
    size_t first, end;          // columns of the table
    size_t widths[MAX_COLUMNS]; // of each, the gap before and the mark behind included
};

// The columns in the tables' order: controls and the harness are not shown.
static void find_columns(struct table *table)
{
    const char *labels[STRATEGY_COUNT][MAX_HEAPS] = {{0}};
    for (size_t i = 0; i < table->plan->count; i++) {
        const struct planned_process *process = &table->plan->processes[i];
        enum strategy_role role = strategies[process->cell.strategy].role;
        if (role == STRATEGY_ROLE_STANDARD || role == STRATEGY_ROLE_EXTRA)
            labels[process->cell.strategy][process->cell.heap] = process->allocator;
    }
    table->column_count = 0;
    for (uint32_t s = 0; s < STRATEGY_COUNT; s++)
        for (uint32_t h = 0; h < MAX_HEAPS; h++)
            if (labels[s][h])
                table->columns[table->column_count++] = (struct column){(enum strategy_id)s, h, labels[s][h]};
}

// Of a cell, ns per object; NaN where it failed or was not measured. `ret_failed` tells which of the two.
static double number_at(const struct table *table, size_t column, int size, bool *ret_failed)
{
    struct cell_name name = cell_name_standard(table->columns[column].label,
                                               patterns[table->condition.pattern].name, object_sizes[size]);
    for (int a = 0; a < AXIS_COUNT; a++)
        cell_name_set(&name, (enum axis_id)a, cell_value(&table->condition, (enum axis_id)a));
    const struct dataset_cell *cell = dataset_find(table->dataset, name);
    *ret_failed = cell && cell->trials == 0;
    return cell && cell->trials > 0 ? dataset_ns_per_object(cell, METRIC_TOTAL) : NAN;
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
    double least = INFINITY;
    for (size_t i = 0; i < table->column_count; i++) {
        bool failed;
        double number = number_at(table, i, size, &failed);
        if (!(number < least))
            continue;
        least = number;
        fastest = i;
    }
    return fastest;
}

static void append_cell(struct text *text, const struct table *table, size_t column, int size, size_t width,
                        bool is_fastest)
{
    char number[32] = "-";
    bool failed;
    double ns_per_object = number_at(table, column, size, &failed);
    if (failed)
        snprintf(number, sizeof number, "failed");
    else if (!isnan(ns_per_object))
        format_number(number, sizeof number, ns_per_object);
    char mark = failed ? '!' : is_fastest ? '*' : ' ';
    const char *start = !table->colour ? "" : failed ? failed_colour : is_fastest ? fastest_colour : "";
    append_spaces(text, width - 1 - strlen(number));
    text_append_format(text, "%s%s%c%s", start, number, mark, *start ? plain_colour : "");
}

static void append_block(struct text *text, const struct table *table, const struct block *block)
{
    append_header(text, table, block);
    for (int size = 0; size < SIZE_COUNT; size++) {
        if (!axis_values_has(&table->plan->request.axes[AXIS_size_bytes], object_sizes[size]))
            continue;
        size_t fastest = find_fastest(table, size);
        text_append_format(text, "%*" PRIu32, SIZE_COLUMNS, object_sizes[size]);
        for (size_t i = block->first; i < block->end; i++)
            append_cell(text, table, i, size, block->widths[i], i == fastest);
        drop_trailing_spaces(text);
        text_append(text, "\n");
    }
}

static void append_table(struct text *text, const struct table *table)
{
    text_append_format(text, "\n%s", patterns[table->condition.pattern].name);
    for (int a = 0; a < AXIS_COUNT; a++) {
        char word[AXIS_WORD_BYTES];
        uint32_t value = cell_value(&table->condition, (enum axis_id)a);
        bool is_beside = axes[a].place == AXIS_PLACE_SWEPT || axes[a].place == AXIS_PLACE_RUN;
        if (!is_beside || (value == axes[a].standard && table->plan->request.axes[a].count == 1))
            continue;
        axis_format(&axes[a], value, word);
        bool is_number = axes[a].type == AXIS_TYPE_NUMBER;
        text_append_format(text, ", %s %s", is_number ? word : axes[a].title,
                           is_number ? axes[a].title : word);
    }
    text_append(text, ": ns per object, * fastest\n");
    struct block block = {0};
    while (block.end < table->column_count) {
        fill_block(table, block.end, &block);
        append_block(text, table, &block);
    }
}

static void append_failure(struct text *text, const struct plan *plan, const struct cell_failures *failures)
{
    const struct planned_process *process = &plan->processes[failures->first_failure->plan_order];
    const struct cell *cell = &process->cell;
    const char *label = process->allocator;
    CLEANUP(text_release) struct text line = {0};
    text_append_format(&line, "%s %s %" PRIu32 ": %" PRIu32 " of %" PRIu32 " processes, ", label,
                       patterns[cell->pattern].name, cell->size_bytes, failures->failed_count,
                       failures->process_count);
    for (const char *c = outcome_name(failures->first_failure->outcome); *c; c++)
        text_append_bytes(&line, *c == '_' ? " " : c, 1);
    if (failures->first_failure->reason[0]) {
        text_append(&line, ": ");
        text_append_printable(&line, failures->first_failure->reason, "\n");
    }
    text_append(text, "  ");
    wrap_append(text, text_string(&line), 4, 2);
}

static void append_failures(struct text *text, const struct plan *plan, const struct failed_cells *failed)
{
    text_append_format(text, "\n%zu of %zu cells failed:\n", failed->failed_count, failed->cell_count);
    size_t shown = 0;
    for (size_t i = 0; i < failed->slot_count && shown < MAX_FAILURES_SHOWN; i++) {
        if (!failed->cells[i].failed_count)
            continue;
        append_failure(text, plan, &failed->cells[i]);
        shown++;
    }
    if (shown < failed->failed_count)
        text_append_format(text, "  and %zu more; the details file has them all\n",
                           failed->failed_count - shown);
}

// A table for each combination of the values that are neither allocator nor size, the first axis changing
// last.
static void append_conditions(struct text *text, struct table *table, int axis)
{
    while (axis < AXIS_COUNT && (axis == AXIS_strategy || axis == AXIS_heap || axis == AXIS_size_bytes))
        axis++;
    if (axis == AXIS_COUNT) {
        append_table(text, table);
        return;
    }
    const struct axis_values *values = &table->plan->request.axes[axis];
    for (uint32_t i = 0; i < values->count; i++) {
        cell_set(&table->condition, (enum axis_id)axis, values->items[i]);
        append_conditions(text, table, axis + 1);
    }
}

void end_table_append(struct text *text, const struct plan *plan, const struct dataset *dataset,
                      const struct failed_cells *failed, bool colour)
{
    struct table table = {.plan = plan, .dataset = dataset, .colour = colour};
    find_columns(&table);
    append_conditions(text, &table, 0);
    if (failed->failed_count)
        append_failures(text, plan, failed);
}
