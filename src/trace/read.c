// Events are fetched in slices of their order, so that memory is bounded by the slice and by the objects that
// live. No value is trusted: what DuckDB cannot turn into a number is missing, and what is missing is
// refused.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "private.h"

enum { SLICE_EVENTS = 512 << 10, MAX_FACTS = 1000 };

struct trace_reader {
    struct database database;
    struct text path, sql;
    struct facts facts;
    struct database_rows rows;
    bool has_rows;
    uint64_t event_count, slice_end;
    uint64_t order, time_ns; // of the next event; of the one before
    uint64_t allocated_bytes;
    uint64_t site_count;    // 0: there is no table of sites
    struct number_map live; // object → place in `objects`
    struct trace_object *objects;
    size_t object_count, object_capacity;
    size_t *free_places;
    size_t free_count;
    struct trace_object last;
    bool has_last;
};

enum { ORDER, TIME, THREAD, OPERATION, OBJECT, SIZE, ALIGNMENT, SITE };

void trace_close(struct trace_reader **pointer)
{
    struct trace_reader *reader = *pointer;
    if (!reader)
        return;
    if (reader->has_rows)
        database_rows_release(&reader->rows);
    database_release(&reader->database);
    text_release(&reader->path);
    text_release(&reader->sql);
    facts_release(&reader->facts);
    number_map_release(&reader->live);
    free(reader->objects);
    free(reader->free_places);
    free(reader);
    *pointer = NULL;
}

// ---- opening ----

static struct database_parameters parameters_of(const struct database_parameter *items, size_t count)
{
    return (struct database_parameters){items, count};
}

static enum status refuse(const struct trace_reader *reader, enum status status, struct error *problem,
                          struct error *error)
{
    return error_set(error, status,
                     status == STATUS_BAD_DATA ? "See docs/trace-format.md for what a trace must have."
                                               : problem->remedy,
                     "%.300s cannot be read as a trace: %.500s", text_string(&reader->path), problem->cause);
}

static enum status ask_number(struct trace_reader *reader, const char *sql, const char *path,
                              uint64_t *ret_number, struct error *error)
{
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    const struct database_parameter path_parameter = {"path", DATABASE_TEXT, .text = path};
    struct error problem = {0};
    enum status status =
        database_query(&reader->database, sql, parameters_of(&path_parameter, 1), &rows, &problem);
    if (status != STATUS_OK)
        return refuse(reader, status, &problem, error);
    *ret_number =
        database_rows_next(&rows) && !database_rows_is_null(&rows, 0) ? database_rows_unsigned(&rows, 0) : 0;
    return STATUS_OK;
}

// Alignment and site may be left out.
static enum status choose_columns(struct trace_reader *reader, struct error *error)
{
    static const char has_sql[] = "SELECT count(*)::UBIGINT FROM parquet_schema($path) WHERE name = '%s'";
    static const char *const optional[] = {"alignment", "site"};
    static const char *const otherwise[] = {"0::UBIGINT", "NULL::UBIGINT"};
    text_append(&reader->sql,
                "SELECT TRY_CAST(\"order\" AS UBIGINT) AS o, TRY_CAST(time_ns AS UBIGINT), "
                "TRY_CAST(thread AS UBIGINT), list_position($names, operation::VARCHAR)::UBIGINT, "
                "TRY_CAST(object AS UBIGINT), TRY_CAST(size AS UBIGINT)");
    for (size_t i = 0; i < COUNT_OF(optional); i++) {
        CLEANUP(text_release) struct text question = {0};
        uint64_t is_there = 0;
        text_append_format(&question, has_sql, optional[i]);
        enum status status = text_check(&question, error);
        if (status == STATUS_OK)
            status = ask_number(reader, text_string(&question), text_string(&reader->path), &is_there, error);
        if (status != STATUS_OK)
            return status;
        if (is_there)
            text_append_format(&reader->sql, ", TRY_CAST(%s AS UBIGINT)", optional[i]);
        else
            text_append_format(&reader->sql, ", %s", otherwise[i]);
    }
    text_append(&reader->sql, " FROM read_parquet($path, hive_partitioning = false) "
                              "WHERE \"order\" >= $from AND \"order\" < $to ORDER BY o");
    return text_check(&reader->sql, error);
}

static enum status read_facts(struct trace_reader *reader, struct error *error)
{
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    const struct database_parameter path = {"path", DATABASE_TEXT, .text = text_string(&reader->path)};
    struct error problem = {0};
    enum status status = database_query(
        &reader->database,
        "SELECT TRY(decode(key)), TRY(decode(value)) FROM parquet_kv_metadata($path) "
        "WHERE TRY(decode(key)) NOT IN ('ARROW:schema', 'pandas', '') AND TRY(decode(value)) IS NOT NULL",
        parameters_of(&path, 1), &rows, &problem);
    if (status != STATUS_OK)
        return STATUS_OK; // they are for people; what is not text is left out
    for (int i = 0; i < MAX_FACTS && database_rows_next(&rows); i++) {
        CLEANUP(free_pointer) char *key = database_rows_text(&rows, 0);
        CLEANUP(free_pointer) char *value = database_rows_text(&rows, 1);
        if (!key || !value)
            return error_set_no_memory(error);
        facts_set(&reader->facts, key, value);
    }
    return facts_check(&reader->facts, error);
}

static enum status count_sites(struct trace_reader *reader, struct error *error)
{
    CLEANUP(text_release) struct text path = {0};
    enum status status = trace_sites_path(text_string(&reader->path), &path, error);
    if (status != STATUS_OK || access(text_string(&path), F_OK) != 0)
        return status;
    return ask_number(reader,
                      "SELECT (max(site) + 1)::UBIGINT FROM read_parquet($path, hive_partitioning = false)",
                      text_string(&path), &reader->site_count, error);
}

enum status trace_open(const char *path, struct trace_reader **ret_reader, struct error *error)
{
    CLEANUP(trace_close) struct trace_reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        return error_set_no_memory(error);
    if (access(path, R_OK) != 0)
        return error_set(error, STATUS_ENVIRONMENT, "Name a trace: memalloc-bench record writes them.",
                         "the trace %.300s cannot be read", path);
    text_append(&reader->path, path);
    enum status status = text_check(&reader->path, error);
    if (status == STATUS_OK)
        status = open_trace_database(path, &reader->database, error);
    if (status == STATUS_OK)
        status =
            ask_number(reader, "SELECT count(*)::UBIGINT FROM read_parquet($path, hive_partitioning = false)",
                       path, &reader->event_count, error);
    if (status == STATUS_OK)
        status = choose_columns(reader, error);
    if (status == STATUS_OK)
        status = read_facts(reader, error);
    if (status == STATUS_OK)
        status = count_sites(reader, error);
    if (status != STATUS_OK)
        return status;
    *ret_reader = reader;
    reader = NULL;
    return STATUS_OK;
}

const struct facts *trace_facts(const struct trace_reader *reader)
{
    return &reader->facts;
}

bool trace_last_object(const struct trace_reader *reader, struct trace_object *ret_object)
{
    if (reader->has_last)
        *ret_object = reader->last;
    return reader->has_last;
}

// ---- one event ----

static enum status fetch_slice(struct trace_reader *reader, struct error *error)
{
    CLEANUP(string_list_release) struct string_list names = {0};
    struct error problem = {0};
    enum status status = STATUS_OK;
    if (reader->has_rows)
        database_rows_release(&reader->rows);
    reader->has_rows = false;
    for (int i = 0; status == STATUS_OK && i < TRACE_OPERATION_COUNT; i++)
        status = string_list_add(&names, trace_operation_name((enum trace_operation)i), error);
    if (status != STATUS_OK)
        return status;
    reader->slice_end = reader->order + SLICE_EVENTS;
    status = database_query(&reader->database, text_string(&reader->sql),
                            DATABASE_PARAMETERS({"path", DATABASE_TEXT, .text = text_string(&reader->path)},
                                                {"names", DATABASE_TEXTS, .texts = &names},
                                                {"from", DATABASE_UNSIGNED, .number = reader->order},
                                                {"to", DATABASE_UNSIGNED, .number = reader->slice_end}),
                            &reader->rows, &problem);
    reader->has_rows = status == STATUS_OK;
    return status == STATUS_OK ? STATUS_OK : refuse(reader, status, &problem, error);
}

static enum status impossible(const struct trace_reader *reader, const char *why, struct error *error)
{
    return error_set(error, STATUS_BAD_DATA, "See docs/trace-format.md for the rules.",
                     "event %llu of %.300s is invalid: %s", (unsigned long long)reader->order,
                     text_string(&reader->path), why);
}

// NULL when the row is an event; else what is wrong.
static const char *read_row(const struct trace_reader *reader, struct trace_event *event)
{
    const struct database_rows *rows = &reader->rows;
    for (size_t column = ORDER; column <= SIZE; column++)
        if (column != OBJECT && column != OPERATION && database_rows_is_null(rows, column))
            return "a number is missing, or is none";
    if (database_rows_unsigned(rows, ORDER) != reader->order)
        return "the numbers in the column order must be 0, 1, 2 and so on, each once";
    if (database_rows_is_null(rows, OPERATION) || database_rows_unsigned(rows, OPERATION) == 0)
        return "there is no such operation";
    const uint64_t thread = database_rows_unsigned(rows, THREAD);
    const uint64_t site =
        database_rows_is_null(rows, SITE) ? TRACE_NO_SITE : database_rows_unsigned(rows, SITE);
    *event = (struct trace_event){
        .order = reader->order,
        .time_ns = database_rows_unsigned(rows, TIME),
        .thread = (uint32_t)thread,
        .operation = (enum trace_operation)(database_rows_unsigned(rows, OPERATION) - 1),
        .has_object = !database_rows_is_null(rows, OBJECT),
        .size = database_rows_unsigned(rows, SIZE),
        .alignment = database_rows_is_null(rows, ALIGNMENT) ? 0 : database_rows_unsigned(rows, ALIGNMENT),
        .site = (uint32_t)site,
    };
    event->object = event->has_object ? database_rows_unsigned(rows, OBJECT) : 0;
    if (thread >= TRACE_MAX_THREADS)
        return "there are too many threads";
    if (site > TRACE_NO_SITE || (site != TRACE_NO_SITE && reader->site_count && site >= reader->site_count))
        return "its site is not in the table of sites";
    return NULL;
}

static const char *check_numbers(const struct trace_reader *reader, const struct trace_event *event)
{
    if (event->time_ns < reader->time_ns)
        return "its time is before that of the event before it, so that threads would wait for each other in "
               "a circle";
    if (event->has_object && event->object == UINT64_MAX)
        return "its object's number is too large";
    if (event->has_object && event->size >> TRACE_MAX_SIZE_BITS)
        return "no object can have that size";
    if (event->has_object && event->alignment &&
        (event->alignment > TRACE_MAX_ALIGNMENT || (event->alignment & (event->alignment - 1))))
        return "no object can have that alignment";
    return NULL;
}

static bool reserve_object(struct trace_reader *reader)
{
    if (reader->free_count || reader->object_count < reader->object_capacity)
        return true;
    size_t capacity = reader->object_capacity ? reader->object_capacity * 2 : 1024;
    struct trace_object *objects = realloc(reader->objects, capacity * sizeof *objects);
    if (objects)
        reader->objects = objects;
    size_t *free_places = realloc(reader->free_places, capacity * sizeof *free_places);
    if (free_places)
        reader->free_places = free_places;
    if (!objects || !free_places)
        return false;
    reader->object_capacity = capacity;
    return true;
}

static bool begin_object(struct trace_reader *reader, const struct trace_event *event)
{
    if (!reserve_object(reader))
        return false;
    size_t place = reader->free_count ? reader->free_places[--reader->free_count] : reader->object_count++;
    reader->objects[place] = (struct trace_object){.size = event->size,
                                                   .begin_order = event->order,
                                                   .begin_time_ns = event->time_ns,
                                                   .begin_allocated_bytes = reader->allocated_bytes,
                                                   .thread = event->thread,
                                                   .site = event->site};
    reader->last = reader->objects[place];
    reader->allocated_bytes += event->size;
    return number_map_set(&reader->live, event->object, place);
}

static void change_object(struct trace_reader *reader, const struct trace_event *event, size_t place)
{
    struct trace_object *object = &reader->objects[place];
    if (event->operation == TRACE_REALLOC) {
        if (event->size > object->size)
            reader->allocated_bytes += event->size - object->size;
        object->size = event->size;
    }
    if (trace_operation_effect(event->operation) == TRACE_ENDS) {
        reader->free_places[reader->free_count++] = place;
        number_map_remove(&reader->live, event->object);
    }
}

// What the event does to its object. NULL when it can be.
static const char *apply(struct trace_reader *reader, const struct trace_event *event, bool *ret_failed)
{
    const enum trace_effect effect = trace_operation_effect(event->operation);
    reader->has_last = event->has_object;
    if (!event->has_object)
        return effect == TRACE_ENDS || effect == TRACE_ASKS ? "it has no object" : NULL;
    const uint64_t *place = number_map_find(&reader->live, event->object);
    if (effect == TRACE_BEGINS) {
        if (place)
            return "its object lives already";
        *ret_failed = !begin_object(reader, event);
        return NULL;
    }
    if (!place)
        return effect == TRACE_ENDS ? "its object does not live: it ended before, or never began"
                                    : "its object does not live";
    reader->last = reader->objects[*place];
    change_object(reader, event, (size_t)*place);
    return NULL;
}

bool trace_next(struct trace_reader *reader, struct trace_event *ret_event, enum status *ret_status,
                struct error *error)
{
    struct trace_event event;
    bool failed = false;
    *ret_status = STATUS_OK;
    if (reader->order == reader->event_count)
        return false;
    if (!reader->has_rows || reader->order == reader->slice_end)
        *ret_status = fetch_slice(reader, error);
    if (*ret_status != STATUS_OK)
        return false;
    const char *wrong = database_rows_next(&reader->rows)
                            ? read_row(reader, &event)
                            : "there is no event of that number in the column order";
    if (!wrong)
        wrong = check_numbers(reader, &event);
    if (!wrong)
        wrong = apply(reader, &event, &failed);
    if (wrong || failed) {
        *ret_status = failed ? error_set_no_memory(error) : impossible(reader, wrong, error);
        return false;
    }
    reader->order++;
    reader->time_ns = event.time_ns;
    *ret_event = event;
    return true;
}
