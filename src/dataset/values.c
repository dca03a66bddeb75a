// The values of kinds of measurement that have a file of their own. A kind that gives the same for all
// patterns has no pattern there: its values go to the first cell with the rest of the name.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "dataset/private.h"
#include "patterns/patterns.h"

enum value_column {
    VALUE_ALLOCATOR,
    VALUE_PATTERN,
    VALUE_SIZE_BYTES,
    VALUE_SWEPT, // and the other swept axes, as words
    VALUE_KIND = VALUE_SWEPT + SWEPT_AXIS_COUNT,
    VALUE_METRIC,
    VALUE_PROCESS,
    VALUE_INDEX,
    VALUE_VALUE,
};

// What other versions of this program measure is passed over. An axis that the file does not have yet is
// NULL.
static void append_query(struct text *sql, const char *relation)
{
    text_append(sql, "SELECT allocator::VARCHAR, pattern::VARCHAR, size_bytes::UBIGINT");
    for (int a = 0; a < AXIS_COUNT; a++)
        if (axes[a].place == AXIS_PLACE_SWEPT)
            text_append_format(sql, ", %s::VARCHAR", axes[a].name);
    text_append_format(sql,
                       ", kind::VARCHAR, metric::VARCHAR, process::UBIGINT, \"index\"::UBIGINT, "
                       "\"value\"::DOUBLE FROM (SELECT * FROM %s UNION ALL BY NAME SELECT",
                       relation);
    const char *separator = " ";
    for (int a = 0; a < AXIS_COUNT; a++)
        if (axes[a].place == AXIS_PLACE_SWEPT) {
            text_append_format(sql, "%sNULL::VARCHAR AS %s", separator, axes[a].name);
            separator = ", ";
        }
    text_append(sql, " WHERE false) "
                     "WHERE metric IS NOT NULL AND isfinite(\"value\"::DOUBLE) AND process IS NOT NULL AND "
                     "repetition = 0 AND allocator IS NOT NULL AND size_bytes IS NOT NULL ORDER BY ALL");
}

// What a row names. `known` is false where this program has no such metric or axis.
struct named_value {
    struct cell_name name; // its texts are owned
    bool any_pattern;
    bool known;
    struct dataset_value value;
};

static void release_named(struct named_value *named)
{
    free((void *)(uintptr_t)named->name.allocator);
    free((void *)(uintptr_t)named->name.pattern);
}

static void take_swept(const struct database_rows *rows, struct named_value *named)
{
    for (int a = 0, column = VALUE_SWEPT; a < AXIS_COUNT; a++) {
        if (axes[a].place != AXIS_PLACE_SWEPT)
            continue;
        uint32_t value = axes[a].standard;
        if (!database_rows_is_null(rows, (size_t)column)) {
            CLEANUP(free_pointer) char *word = database_rows_text(rows, (size_t)column);
            named->known = named->known && word && axis_parse(&axes[a], word, &value);
        }
        cell_name_set(&named->name, (enum axis_id)a, value);
        column++;
    }
}

// False when memory ran out.
static bool take_named(const struct database_rows *rows, struct named_value *ret_named)
{
    CLEANUP(free_pointer) char *kind = database_rows_text(rows, VALUE_KIND);
    CLEANUP(free_pointer) char *metric = database_rows_text(rows, VALUE_METRIC);
    *ret_named = (struct named_value){.any_pattern = database_rows_is_null(rows, VALUE_PATTERN),
                                      .value = {.value = database_rows_real(rows, VALUE_VALUE)}};
    ret_named->name.allocator = database_rows_text(rows, VALUE_ALLOCATOR);
    ret_named->name.pattern = ret_named->any_pattern ? strdup("") : database_rows_text(rows, VALUE_PATTERN);
    ret_named->name.size_bytes = database_rows_unsigned(rows, VALUE_SIZE_BYTES);
    ret_named->value.process = (uint32_t)database_rows_unsigned(rows, VALUE_PROCESS);
    ret_named->value.index = (uint32_t)database_rows_unsigned(rows, VALUE_INDEX);
    if (!kind || !metric || !ret_named->name.allocator || !ret_named->name.pattern)
        return false;
    ret_named->known = metric_find(kind, metric, &ret_named->value.metric);
    take_swept(rows, ret_named);
    return true;
}

static bool is_cell(const struct dataset_cell *cell, const struct named_value *named)
{
    struct cell_name name = named->name;
    if (named->any_pattern)
        name.pattern = cell->name.pattern;
    return cell_name_order(cell->name, name) == 0;
}

// Rows of one cell follow each other. False when there is no such cell: the filters left it out.
static bool find_cell(const struct dataset *dataset, const struct named_value *named, size_t *cell)
{
    if (*cell < dataset->count && is_cell(&dataset->cells[*cell], named))
        return true;
    for (*cell = 0; *cell < dataset->count; ++*cell)
        if (is_cell(&dataset->cells[*cell], named))
            return true;
    return false;
}

static enum status add_value(struct dataset *dataset, size_t cell, struct dataset_value value,
                             struct error *error)
{
    if ((dataset->value_count & (dataset->value_count - 1)) == 0) { // a power of two, or none: it doubles
        size_t capacity = dataset->value_count ? 2 * dataset->value_count : 1;
        struct dataset_value *larger = realloc(dataset->values, capacity * sizeof *larger);
        if (!larger)
            return error_set_no_memory(error);
        dataset->values = larger;
    }
    value.cell = cell;
    dataset->values[dataset->value_count++] = value;
    return STATUS_OK;
}

static int order_values(const void *left, const void *right)
{
    const struct dataset_value *a = left, *b = right;
    if (a->cell != b->cell)
        return a->cell < b->cell ? -1 : 1;
    if (a->metric != b->metric)
        return a->metric < b->metric ? -1 : 1;
    if (a->process != b->process)
        return a->process < b->process ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

static enum status read_rows(struct database_rows *rows, struct dataset *dataset, struct error *error)
{
    enum status status = STATUS_OK;
    size_t cell = SIZE_MAX;
    while (status == STATUS_OK && database_rows_next(rows)) {
        CLEANUP(release_named) struct named_value named;
        if (!take_named(rows, &named))
            return error_set_no_memory(error);
        if (named.known && find_cell(dataset, &named, &cell))
            status = add_value(dataset, cell, named.value, error);
    }
    if (dataset->value_count > 0)
        qsort(dataset->values, dataset->value_count, sizeof *dataset->values, order_values);
    return status;
}

static enum status read_relation(struct database *database, const char *relation,
                                 struct database_parameters parameters, struct dataset *dataset,
                                 struct error *error)
{
    CLEANUP(text_release) struct text sql = {0};
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    append_query(&sql, relation);
    enum status status = text_check(&sql, error);
    if (status == STATUS_OK)
        status = database_query(database, text_string(&sql), parameters, &rows, error);
    return status == STATUS_OK ? read_rows(&rows, dataset, error) : status;
}

enum status values_read_table(struct database *database, struct dataset *dataset, struct error *error)
{
    return read_relation(database, "measurements", DATABASE_NO_PARAMETERS, dataset, error);
}

enum status values_read_file(struct database *database, const struct source *source, struct dataset *dataset,
                             struct error *error)
{
    CLEANUP(string_list_release) struct string_list files = {0};
    struct error of_file = {0};
    enum status status = files_add_pattern(&files, source->measurements_path, error);
    if (status != STATUS_OK)
        return status;
    status =
        read_relation(database, "read_parquet($files, hive_partitioning = false)",
                      DATABASE_PARAMETERS({"files", DATABASE_TEXTS, .texts = &files}), dataset, &of_file);
    if (status == STATUS_OK)
        return status;
    return error_set(error, status, DATASET_SKIP_REMEDY, "cannot use %s: %s", source->measurements_name,
                     of_file.cause);
}

double dataset_value(const struct dataset *dataset, size_t cell, enum measured_metric metric, uint32_t index)
{
    const struct dataset_value wanted = {.cell = cell, .metric = metric, .index = index};
    const struct dataset_value *found =
        dataset->value_count
            ? bsearch(&wanted, dataset->values, dataset->value_count, sizeof wanted, order_values)
            : NULL;
    return found ? found->value : NAN;
}

const struct dataset_value *dataset_values(const struct dataset *dataset, size_t cell,
                                           enum measured_metric metric, size_t *ret_count)
{
    size_t low = 0, high = dataset->value_count;
    const struct dataset_value first = {.cell = cell, .metric = metric};
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (order_values(&dataset->values[middle], &first) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    const struct dataset_value *values = dataset->values + low;
    for (*ret_count = 0; low + *ret_count < dataset->value_count; ++*ret_count)
        if (values[*ret_count].cell != cell || values[*ret_count].metric != metric)
            break;
    return values;
}
