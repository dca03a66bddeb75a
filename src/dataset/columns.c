// Files come from many programs: pandas turns columns without a value into doubles, R has nothing but
// doubles, SQL engines give decimals and 128 bits, Arrow writes texts as plain bytes. A value that can be
// converted without loss is taken, whatever its physical type; one that cannot is named with its column and
// row.
//
// Only top-level columns of a file count, found by walking its schema as a tree: a field inside of another
// column may be called anything, and so may columns that are not ours.
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "axes/axes.h"
#include "base/cleanup.h"
#include "dataset/private.h"
#include "sql.h"

// What a column holds. A time is a whole number that may be impossible: then it is -1, and its row is left
// out.
enum family { FAMILY_TEXT, FAMILY_WHOLE, FAMILY_TIME, FAMILY_TRUTH };

struct column_row {
    const char *name;
    enum file_kind kind;
    enum family family;
    bool required;
    const struct axis *axis; // whose standard value stands where the file has none; NULL: none does
};

static const struct column_row columns[] = {
    {"platform", FILE_BENCHMARK, FAMILY_TEXT, true, NULL},
    {"allocator", FILE_BENCHMARK, FAMILY_TEXT, true, NULL},
    {"pattern", FILE_BENCHMARK, FAMILY_TEXT, true, NULL},
    {"size_bytes", FILE_BENCHMARK, FAMILY_WHOLE, true, NULL},
    {"iteration", FILE_BENCHMARK, FAMILY_WHOLE, true, NULL},
    {"total_ns", FILE_BENCHMARK, FAMILY_TIME, true, NULL},
    {"latency_ns", FILE_BENCHMARK, FAMILY_TIME, true, NULL},
    {"allocator", FILE_DETAILS, FAMILY_TEXT, true, NULL},
    {"pattern", FILE_DETAILS, FAMILY_TEXT, true, NULL},
    {"size_bytes", FILE_DETAILS, FAMILY_WHOLE, true, NULL},
    {"iteration", FILE_DETAILS, FAMILY_WHOLE, true, NULL},
    {"process", FILE_DETAILS, FAMILY_WHOLE, true, NULL},
    {"total_ns", FILE_DETAILS, FAMILY_TIME, true, NULL},
    {"latency_ns", FILE_DETAILS, FAMILY_TIME, true, NULL},
    {"outcome", FILE_DETAILS, FAMILY_TEXT, true, NULL},
    {"reason", FILE_DETAILS, FAMILY_TEXT, false, NULL},
    {"used", FILE_DETAILS, FAMILY_TRUTH, false, NULL},
    {"clean", FILE_DETAILS, FAMILY_TRUTH, false, NULL},
    {"control", FILE_DETAILS, FAMILY_TRUTH, false, NULL},
    {"objects", FILE_DETAILS, FAMILY_WHOLE, false, NULL},
    {"probe_before_ns", FILE_DETAILS, FAMILY_TIME, false, NULL},
    {"probe_after_ns", FILE_DETAILS, FAMILY_TIME, false, NULL},
#define AXIS(name, place, type, ...) AXIS_ROW_##place(#name, FAMILY_OF_##type, &axes[AXIS_##name])
#define AXIS_ROW_STRATEGY(...)
#define AXIS_ROW_HEAP(...)
#define AXIS_ROW_GRID(...)
#define AXIS_ROW_SWEPT(name, family, axis) {name, FILE_DETAILS, family, false, axis},
#define AXIS_ROW_RUN(...)
#define FAMILY_OF_NUMBER FAMILY_WHOLE
#define FAMILY_OF_WORD FAMILY_TEXT
#include "axes/axes.def"
#undef AXIS
    {"traverse_fresh_ns", FILE_DETAILS, FAMILY_TIME, false, NULL},
    {"traverse_aged_ns", FILE_DETAILS, FAMILY_TIME, false, NULL},
    {"traverse_objects", FILE_DETAILS, FAMILY_WHOLE, false, NULL},
    {"census_objects", FILE_DETAILS, FAMILY_WHOLE, false, NULL},
    {"census_minor_faults", FILE_DETAILS, FAMILY_WHOLE, false, NULL},
    {"census_major_faults", FILE_DETAILS, FAMILY_WHOLE, false, NULL},
    {"census_brk_calls", FILE_DETAILS, FAMILY_WHOLE, false, NULL},
    {"census_mmap_calls", FILE_DETAILS, FAMILY_WHOLE, false, NULL},
    {"census_munmap_calls", FILE_DETAILS, FAMILY_WHOLE, false, NULL},
    {"census_mremap_calls", FILE_DETAILS, FAMILY_WHOLE, false, NULL},
    {"census_madvise_calls", FILE_DETAILS, FAMILY_WHOLE, false, NULL},
    {"census_l1d_misses", FILE_DETAILS, FAMILY_WHOLE, false, NULL},
    {"census_dtlb_misses", FILE_DETAILS, FAMILY_WHOLE, false, NULL},
};

enum { MAX_TYPE_BYTES = 64, MAX_DEPTH = 32 };

void projection_release(struct projection *projection)
{
    text_release(&projection->select);
    text_release(&projection->absent);
    text_release(&projection->checks);
    text_release(&projection->refused.path);
    *projection = (struct projection){0};
}

// ---- one file's columns ----

// Which of our columns a file has, with DuckDB's word for its type; "" where it is absent. A type that is no
// plain value (a list, a structure) is "nested".
struct file_columns {
    char types[COUNT_OF(columns)][MAX_TYPE_BYTES];
    char spellings[COUNT_OF(columns)][MAX_TYPE_BYTES]; // as the file writes the name
    const char *twice; // a name of ours that two columns have but for case; or NULL
};

// The walk through the tree that a schema lists depth first.
struct schema_walk {
    uint64_t children_left[MAX_DEPTH]; // of each node on the way down
    size_t depth;                      // nodes on the way; 0: before the root
};

// Returns the node's depth: 0 the root, 1 a column, more for what is inside of one; MAX_DEPTH for what is
// deeper than can be followed.
static size_t walk_to(struct schema_walk *walk, uint64_t children)
{
    while (walk->depth > 0 && walk->children_left[walk->depth - 1] == 0)
        walk->depth--;
    if (walk->depth > 0)
        walk->children_left[walk->depth - 1]--;
    size_t depth = walk->depth;
    if (children > 0 && walk->depth < MAX_DEPTH)
        walk->children_left[walk->depth++] = children;
    return depth;
}

static void take_column(struct file_columns *file, enum file_kind kind, const char *name, const char *type)
{
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        if (columns[i].kind != kind || strcasecmp(columns[i].name, name) != 0)
            continue;
        if (*file->types[i])
            file->twice = columns[i].name;
        snprintf(file->types[i], sizeof file->types[i], "%s", type);
        snprintf(file->spellings[i], sizeof file->spellings[i], "%s", name);
    }
}

// ---- expressions ----

static bool is_integer(const char *type)
{
    static const char *const types[] = {"TINYINT",  "SMALLINT",  "INTEGER",  "BIGINT",
                                        "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"};
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (strcmp(type, types[i]) == 0)
            return true;
    return false;
}

static bool is_number(const char *type)
{
    return is_integer(type) || strcmp(type, "DOUBLE") == 0 || strcmp(type, "FLOAT") == 0 ||
           strcmp(type, "HUGEINT") == 0 || strcmp(type, "UHUGEINT") == 0 || strncmp(type, "DECIMAL", 7) == 0;
}

static bool is_text(const char *type)
{
    return strcmp(type, "VARCHAR") == 0 || strcmp(type, "BLOB") == 0;
}

// Arrow's null type, of a column without any value.
static bool is_null(const char *type)
{
    return strcmp(type, "NULL") == 0 || strcmp(type, "\"NULL\"") == 0;
}

// A file in which a column has no value may give it any type.
static bool can_be(enum family family, const char *type)
{
    if (strcmp(type, "BOOLEAN") == 0)
        return family == FAMILY_TRUTH;
    return is_text(type) || is_number(type) || is_null(type);
}

// Whether each value of the type is one of the family, so that nothing has to be checked.
static bool is_natural(enum family family, const char *type)
{
    switch (family) {
    case FAMILY_TEXT:
        return strcmp(type, "VARCHAR") == 0;
    case FAMILY_TRUTH:
        return strcmp(type, "BOOLEAN") == 0;
    case FAMILY_WHOLE: // one beyond BIGINT is found with the values
    case FAMILY_TIME:
        break;
    }
    return is_integer(type);
}

static const char *const family_names[] = {
    [FAMILY_TEXT] = "text",
    [FAMILY_WHOLE] = "whole number",
    [FAMILY_TIME] = "whole number",
    [FAMILY_TRUTH] = "truth value",
};

// Whether each value of an integer type is a BIGINT too, so that a plain cast, which is cheap, cannot fail.
static bool fits_bigint(const char *type)
{
    return is_integer(type) && strcmp(type, "UBIGINT") != 0;
}

// The macros are in sql/schema.sql.
static void append_value(struct text *sql, const struct column_row *column, const char *spelling,
                         const char *type)
{
    const char *macro = NULL;
    if ((column->family == FAMILY_WHOLE || column->family == FAMILY_TIME) && fits_bigint(type)) {
        text_append_format(sql, "\"%s\"::BIGINT", spelling);
        return;
    }
    if (is_natural(column->family, type))
        macro = column->family == FAMILY_WHOLE ? "whole" : column->family == FAMILY_TIME ? "stored_time" : "";
    else if (column->family == FAMILY_TEXT)
        macro = strcmp(type, "BLOB") == 0 ? "text_of_bytes" : "text_of_value";
    else if (column->family == FAMILY_TRUTH)
        macro = is_text(type) ? "truth_of_text" : "truth_of_number";
    else if (is_text(type))
        macro = column->family == FAMILY_WHOLE ? "whole_of_text" : "time_of_text";
    else
        macro = column->family == FAMILY_WHOLE ? "whole_of_number" : "time_of_number";
    const char *bytes =
        is_text(type) && column->family != FAMILY_TEXT && strcmp(type, "BLOB") == 0 ? "TRY(decode(" : "";
    text_append_format(sql, "%s(%s\"%s\"%s)", macro, bytes, spelling, *bytes ? "))" : "");
}

static const char *absent_value(enum family family)
{
    return family == FAMILY_TEXT    ? "NULL::VARCHAR"
           : family == FAMILY_TRUTH ? "NULL::BOOLEAN"
                                    : "NULL::BIGINT";
}

// What follows the value in coalesce(): that of a file which does not know the axis.
static void append_standard(struct text *sql, const struct axis *axis)
{
    char word[AXIS_WORD_BYTES];
    axis_format(axis, axis->standard, word);
    text_append_format(sql, axis->type == AXIS_TYPE_WORD ? ", '%s'" : ", %s::BIGINT", word);
}

// A benchmark file has the cells of the standard values, and no column for them.
static void append_standards(struct text *select)
{
    for (int i = 0; i < AXIS_COUNT; i++) {
        if (axes[i].place != AXIS_PLACE_SWEPT)
            continue;
        text_append(select, ", coalesce(NULL");
        append_standard(select, &axes[i]);
        text_append_format(select, ") AS %s", axes[i].name);
    }
}

// Our names are lower-case letters and underscores, and so are the letters of the spelling: nothing needs
// escaping.
static void append_projection(struct projection *projection, enum file_kind kind,
                              const struct file_columns *file)
{
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        if (columns[i].kind != kind)
            continue;
        text_append(&projection->select, projection->select.length ? ", " : "");
        if (!*file->types[i])
            text_append_format(&projection->absent, "%s%s", projection->absent.length ? " " : "",
                               columns[i].name);
        bool has_values = *file->types[i] && !is_null(file->types[i]);
        text_append(&projection->select, columns[i].axis ? "coalesce(" : "");
        if (!has_values)
            text_append(&projection->select, absent_value(columns[i].family));
        else
            append_value(&projection->select, &columns[i], file->spellings[i], file->types[i]);
        if (columns[i].axis)
            append_standard(&projection->select, columns[i].axis);
        text_append_format(&projection->select, "%s AS %s", columns[i].axis ? ")" : "", columns[i].name);
    }
}

// Appends the query of one column's values that cannot be converted. DuckDB numbers the rows of a file
// itself, unless a column has taken the name; then rows are numbered as if
// all were one file, which they are where the answer is shown.
static void append_check(struct projection *projection, const struct column_row *column, const char *spelling,
                         const char *type, bool has_row_numbers)
{
    struct text *sql = &projection->checks;
    const char *path = projection->path_column;
    const char *files = column->kind == FILE_DETAILS ? "details_files" : "benchmark_files";
    text_append_format(sql,
                       "%sSELECT \"%s\" AS path, %s%s%s AS row, '%s' AS column_name, "
                       "\"%s\"::VARCHAR AS value, '%s' AS family FROM ",
                       sql->length ? " UNION ALL " : "", path, has_row_numbers ? "file_row_number + 1" : "\"",
                       has_row_numbers ? "" : path, has_row_numbers ? "" : "_row\"", column->name, spelling,
                       family_names[column->family]);
    if (!has_row_numbers)
        text_append_format(sql, "(SELECT *, row_number() OVER () AS \"%s_row\" FROM ", path);
    text_append_format(sql,
                       "read_parquet(getvariable('%s'), filename = '%s', hive_partitioning = false)%s WHERE ",
                       files, path, has_row_numbers ? "" : ")");
    append_value(sql, column, spelling, type);
    text_append_format(sql, " IS NULL AND lower(\"%s\"::VARCHAR) <> 'nan'", spelling);
}

static void append_checks(struct projection *projection, enum file_kind kind, const struct file_columns *file,
                          bool has_row_numbers)
{
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        const char *type = file->types[i];
        if (columns[i].kind == kind && *type && !is_null(type) && !is_natural(columns[i].family, type))
            append_check(projection, &columns[i], file->spellings[i], type, has_row_numbers);
    }
}

// ---- all files ----

static void refuse_column(struct refused_column *refused, const char *column, const char *problem)
{
    refused->column = column;
    snprintf(refused->problem, sizeof refused->problem, "%s", problem);
}

static void check_columns(enum file_kind kind, const struct file_columns *file,
                          struct refused_column *refused)
{
    if (file->twice)
        refuse_column(refused, file->twice, "two columns have this name, but for upper and lower case");
    for (size_t i = 0; i < COUNT_OF(columns) && !refused->column; i++) {
        if (columns[i].kind != kind)
            continue;
        const char *type = file->types[i];
        if (!*type && columns[i].required)
            refuse_column(refused, columns[i].name, "it is missing");
        if (!*type || can_be(columns[i].family, type))
            continue;
        char problem[sizeof refused->problem];
        snprintf(problem, sizeof problem, "its type is %.100s, not %s", type,
                 family_names[columns[i].family]);
        refuse_column(refused, columns[i].name, problem);
    }
}

// What is known while the rows of all files' schemas are read.
struct inspection {
    enum file_kind kind;
    struct schema_walk walk;
    struct file_columns file;  // of the file being read
    struct file_columns first; // of the first one; while they are alike, of all
    char *path;                // of it; NULL before the first
    struct projection *projection;
    struct string_list *names; // of all top-level columns of all files, in lower case
    bool alike;
};

static void inspection_release(struct inspection *inspection)
{
    free(inspection->path);
}

static enum status end_file(struct inspection *inspection, struct error *error)
{
    struct refused_column *refused = &inspection->projection->refused;
    if (!inspection->path || refused->column)
        return STATUS_OK;
    CLEANUP(projection_release) struct projection projection = {0};
    check_columns(inspection->kind, &inspection->file, refused);
    if (refused->column) {
        text_append(&refused->path, inspection->path);
        return text_check(&refused->path, error);
    }
    append_projection(&projection, inspection->kind, &inspection->file);
    if (inspection->kind == FILE_BENCHMARK)
        append_standards(&projection.select);
    enum status status = text_check(&projection.select, error);
    if (status == STATUS_OK)
        status = text_check(&projection.absent, error);
    if (status != STATUS_OK)
        return status;
    if (inspection->projection->select.length == 0) {
        *inspection->projection = projection;
        projection = (struct projection){0};
        inspection->first = inspection->file;
    } else if (strcmp(text_string(&inspection->projection->select), text_string(&projection.select)) != 0) {
        inspection->alike = false;
    }
    return STATUS_OK;
}

static enum status begin_file(struct inspection *inspection, const char *path, struct error *error)
{
    enum status status = end_file(inspection, error);
    free(inspection->path);
    inspection->path = strdup(path);
    inspection->file = (struct file_columns){0};
    inspection->walk = (struct schema_walk){0};
    return status == STATUS_OK && !inspection->path ? error_set_no_memory(error) : status;
}

// Columns of schema_of_files.sql.
enum { SCHEMA_PATH, SCHEMA_NAME, SCHEMA_CHILDREN, SCHEMA_TYPE };

static enum status take_node(struct inspection *inspection, const struct database_rows *rows,
                             struct error *error)
{
    CLEANUP(free_pointer) char *path = database_rows_text(rows, SCHEMA_PATH);
    CLEANUP(free_pointer) char *name = database_rows_text(rows, SCHEMA_NAME);
    CLEANUP(free_pointer) char *type = database_rows_text(rows, SCHEMA_TYPE);
    if (!path || !name || !type)
        return error_set_no_memory(error);
    enum status status = STATUS_OK;
    if (!inspection->path || strcmp(inspection->path, path) != 0)
        status = begin_file(inspection, path, error);
    if (status != STATUS_OK || walk_to(&inspection->walk, database_rows_unsigned(rows, SCHEMA_CHILDREN)) != 1)
        return status;
    take_column(&inspection->file, inspection->kind, name,
                database_rows_unsigned(rows, SCHEMA_CHILDREN) > 0 || !*type ? "nested" : type);
    for (char *c = name; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return string_list_contains(inspection->names, name) ? STATUS_OK
                                                         : string_list_add(inspection->names, name, error);
}

// A name for the column with a row's file that none of the files has, nor the same with "_row" behind it.
static void name_path_column(const struct string_list *taken, char *ret_name, size_t capacity)
{
    char row[64];
    for (size_t i = 0; i <= taken->count; i++) { // one of so many names is free
        snprintf(ret_name, capacity, "path_of_row_%zu", i);
        snprintf(row, sizeof row, "path_of_row_%zu_row", i);
        if (!string_list_contains(taken, ret_name) && !string_list_contains(taken, row))
            return;
    }
}

enum status projection_find(struct database *database, enum file_kind kind, const struct string_list *files,
                            struct projection *ret_projection, bool *ret_alike, struct error *error)
{
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    CLEANUP(projection_release) struct projection projection = {0};
    CLEANUP(string_list_release) struct string_list names = {0};
    CLEANUP(inspection_release)
    struct inspection inspection = {.kind = kind, .projection = &projection, .names = &names, .alike = true};
    enum status status =
        database_query(database, schema_of_files_sql,
                       DATABASE_PARAMETERS({"files", DATABASE_TEXTS, .texts = files}), &rows, error);
    while (status == STATUS_OK && database_rows_next(&rows))
        status = take_node(&inspection, &rows, error);
    if (status == STATUS_OK)
        status = end_file(&inspection, error);
    if (status != STATUS_OK)
        return status;
    name_path_column(&names, projection.path_column, sizeof projection.path_column);
    append_checks(&projection, kind, &inspection.first, !string_list_contains(&names, "file_row_number"));
    status = text_check(&projection.checks, error);
    if (status != STATUS_OK)
        return status;
    *ret_alike = inspection.alike;
    if (!inspection.alike && !projection.refused.column)
        return STATUS_OK;
    *ret_projection = projection;
    projection = (struct projection){0};
    return STATUS_OK;
}
