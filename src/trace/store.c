// Events go into a table of DuckDB, and from there into Parquet. A long trace is written in pieces, each a
// file of its own until the end, so that memory stays small: the pieces are then copied into one.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "private.h"

enum { PIECE_EVENTS = 4 << 20, MEMORY_MEBIBYTES = 1024, THREADS = 2 };

struct trace_store {
    struct database database;
    struct database_table_writer writer;
    struct text path;
    struct string_list pieces;
    uint64_t in_table;
    struct error error; // of what failed first
    enum status status;
};

static const char create_sql[] =
    "CREATE TABLE events(\"order\" UBIGINT, time_ns UBIGINT, thread UBIGINT, operation UBIGINT, object "
    "UBIGINT, "
    "size UBIGINT, alignment UBIGINT, site UBIGINT);"
    "CREATE TABLE sites(site UBIGINT, frame UBIGINT, module VARCHAR, build_id VARCHAR, \"offset\" UBIGINT, "
    "function VARCHAR, source VARCHAR, line UBIGINT)";

#define EVENT_COLUMNS                                                                                        \
    "\"order\", time_ns, thread::UINTEGER AS thread, $names[(operation + 1)::BIGINT] AS operation, object, " \
    "size, "                                                                                                 \
    "alignment::UINTEGER AS alignment, site::UINTEGER AS site"

static const char piece_sql[] = "COPY events TO $path (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false);"
                                "DELETE FROM events";
static const char copy_table_sql[] =
    "COPY (SELECT " EVENT_COLUMNS " FROM events) TO $path "
    "(FORMAT parquet, COMPRESSION zstd, KV_METADATA $facts, USE_TMP_FILE false)";
static const char copy_pieces_sql[] =
    "COPY (SELECT " EVENT_COLUMNS " FROM read_parquet($pieces, hive_partitioning = false)) TO $path "
    "(FORMAT parquet, COMPRESSION zstd, KV_METADATA $facts, USE_TMP_FILE false)";
static const char copy_sites_sql[] =
    "COPY (SELECT site::UINTEGER AS site, frame::UINTEGER AS frame, module, build_id, \"offset\", function, "
    "source, "
    "line::UINTEGER AS line FROM sites) TO $path (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)";

enum status open_trace_database(const char *path, struct database *ret_database, struct error *error)
{
    CLEANUP(text_release) struct text spill = {0};
    text_append_format(&spill, "%s.spill", path);
    enum status status = text_check(&spill, error);
    const struct database_options options = {.memory_limit_mebibytes = MEMORY_MEBIBYTES,
                                             .threads = THREADS,
                                             .temporary_directory = text_string(&spill)};
    return status == STATUS_OK ? database_open(ret_database, &options, error) : status;
}

void store_release(struct trace_store **store)
{
    if (!*store)
        return;
    database_table_writer_release(&(*store)->writer);
    database_release(&(*store)->database);
    for (size_t i = 0; i < (*store)->pieces.count; i++)
        unlink((*store)->pieces.items[i]);
    string_list_release(&(*store)->pieces);
    text_release(&(*store)->path);
    free(*store);
    *store = NULL;
}

enum status store_begin(const char *path, struct trace_store **ret_store, struct error *error)
{
    CLEANUP(store_release) struct trace_store *store = calloc(1, sizeof *store);
    if (!store)
        return error_set_no_memory(error);
    text_append(&store->path, path);
    enum status status = text_check(&store->path, error);
    if (status == STATUS_OK)
        status = open_trace_database(path, &store->database, error);
    if (status == STATUS_OK)
        status = database_run(&store->database, create_sql, DATABASE_NO_PARAMETERS, error);
    if (status == STATUS_OK)
        status = database_table_writer_begin(&store->database, "events", &store->writer, error);
    if (status != STATUS_OK)
        return status;
    *ret_store = store;
    store = NULL;
    return STATUS_OK;
}

static enum status write_piece(struct trace_store *store, struct error *error)
{
    CLEANUP(text_release) struct text path = {0};
    text_append_format(&path, "%s.piece%zu", text_string(&store->path), store->pieces.count);
    enum status status = text_check(&path, error);
    if (status == STATUS_OK)
        status = string_list_add(&store->pieces, text_string(&path), error);
    if (status == STATUS_OK)
        status = database_table_writer_finish(&store->writer, error);
    database_table_writer_release(&store->writer);
    store->writer = (struct database_table_writer){0};
    if (status == STATUS_OK)
        status =
            database_run(&store->database, piece_sql,
                         DATABASE_PARAMETERS({"path", DATABASE_TEXT, .text = text_string(&path)}), error);
    if (status == STATUS_OK)
        status = database_table_writer_begin(&store->database, "events", &store->writer, error);
    store->in_table = 0;
    return status;
}

bool store_event(void *context, const struct trace_event *event)
{
    struct trace_store *store = context;
    struct database_table_writer *writer = &store->writer;
    database_table_writer_unsigned(writer, event->order);
    database_table_writer_unsigned(writer, event->time_ns);
    database_table_writer_unsigned(writer, event->thread);
    database_table_writer_unsigned(writer, (uint64_t)event->operation);
    if (event->has_object)
        database_table_writer_unsigned(writer, event->object);
    else
        database_table_writer_null(writer);
    database_table_writer_unsigned(writer, event->size);
    database_table_writer_unsigned(writer, event->alignment < UINT32_MAX ? event->alignment : UINT32_MAX);
    if (event->site != TRACE_NO_SITE)
        database_table_writer_unsigned(writer, event->site);
    else
        database_table_writer_null(writer);
    database_table_writer_end_row(writer);
    if (++store->in_table == PIECE_EVENTS)
        store->status = write_piece(store, &store->error);
    return store->status == STATUS_OK;
}

static void write_text(struct database_table_writer *writer, const char *text)
{
    if (text && *text)
        database_table_writer_text(writer, text);
    else
        database_table_writer_null(writer);
}

static enum status fill_sites(struct trace_store *store, const struct site_list *sites,
                              const struct place_list *places, struct error *error)
{
    CLEANUP(database_table_writer_release) struct database_table_writer writer = {0};
    const struct place *place = places->items;
    enum status status = database_table_writer_begin(&store->database, "sites", &writer, error);
    for (size_t i = 0; status == STATUS_OK && i < sites->count; i++)
        for (uint32_t frame = 0; frame < sites->items[i].count; frame++, place++) {
            database_table_writer_unsigned(&writer, i);
            database_table_writer_unsigned(&writer, frame);
            write_text(&writer, place->module);
            write_text(&writer, place->build_id);
            database_table_writer_unsigned(&writer, place->offset);
            write_text(&writer, place->function);
            write_text(&writer, place->source);
            if (place->line)
                database_table_writer_unsigned(&writer, place->line);
            else
                database_table_writer_null(&writer);
            database_table_writer_end_row(&writer);
        }
    return status == STATUS_OK ? database_table_writer_finish(&writer, error) : status;
}

static enum status copy(struct trace_store *store, const char *sql, const char *path,
                        const struct facts *facts, struct file_replacement *replacement, struct error *error)
{
    CLEANUP(string_list_release) struct string_list names = {0};
    enum status status = file_replacement_begin(replacement, path, error);
    for (int i = 0; status == STATUS_OK && i < TRACE_OPERATION_COUNT; i++)
        status = string_list_add(&names, trace_operation_name((enum trace_operation)i), error);
    if (status != STATUS_OK)
        return status;
    return database_run(
        &store->database, sql,
        DATABASE_PARAMETERS({"path", DATABASE_TEXT, .text = text_string(&replacement->temporary_path)},
                            {"names", DATABASE_TEXTS, .texts = &names},
                            {"pieces", DATABASE_TEXTS, .texts = &store->pieces},
                            {"facts", DATABASE_FACTS, .facts = facts}),
        error);
}

enum status store_finish(struct trace_store *store, const struct site_list *sites,
                         const struct place_list *places, const struct facts *facts, struct error *error)
{
    CLEANUP(file_replacement_release) struct file_replacement events = {0}, places_file = {0};
    CLEANUP(text_release) struct text sites_path = {0};
    enum status status = store->status;
    if (status != STATUS_OK)
        return error_set(error, status, store->error.remedy, "%s", store->error.cause);
    if (store->pieces.count && store->in_table)
        status = write_piece(store, error);
    if (status == STATUS_OK)
        status = database_table_writer_finish(&store->writer, error);
    if (status == STATUS_OK)
        status = fill_sites(store, sites, places, error);
    if (status == STATUS_OK)
        status = trace_sites_path(text_string(&store->path), &sites_path, error);
    if (status == STATUS_OK)
        status = copy(store, store->pieces.count ? copy_pieces_sql : copy_table_sql,
                      text_string(&store->path), facts, &events, error);
    if (status == STATUS_OK)
        status = copy(store, copy_sites_sql, text_string(&sites_path), facts, &places_file, error);
    if (status == STATUS_OK)
        status = file_replacement_commit(&places_file, error);
    return status == STATUS_OK ? file_replacement_commit(&events, error) : status;
}
