// The result file comes out of a table in DuckDB, as all of this program's do.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "database/database.h"
#include "private.h"

enum { MEMORY_LIMIT_MEBIBYTES = 192 };

static const char create_table[] = "CREATE TABLE program ("
#define COLUMN(name, type, meaning) #name " " #type ","
#include "program/schema.def"
#undef COLUMN
                                   ")";

static const char copy_table[] =
    "COPY program TO $path (FORMAT parquet, COMPRESSION zstd, KV_METADATA $facts, USE_TMP_FILE false)";

static const char stem[] = "program_", extension[] = ".parquet";

void program_file_path(struct text *text, const char *directory, const char *name)
{
    text_append_format(text, "%s/%s%s%s", directory, stem, name, extension);
}

bool program_file_is_named(const char *file_name)
{
    size_t length = strlen(file_name), ending = strlen(extension);
    return length > strlen(stem) + ending && strncmp(file_name, stem, strlen(stem)) == 0 &&
           strcmp(file_name + length - ending, extension) == 0;
}

// ---- facts ----

static void set_heap_fact(struct facts *facts, const char *name, const char *what, const char *value)
{
    char key[HEAP_NAME_BYTES + 32];
    snprintf(key, sizeof key, "heap.%s.%s", name, what);
    facts_set(facts, key, value);
}

// The names of heaps and metrics have no commas; those of metrics are checked to have none.
static enum status collect_facts(const struct program_data *data, struct facts *ret_facts,
                                 struct error *error)
{
    CLEANUP(text_release) struct text heap_names = {0}, metric_names = {0}, higher = {0};
    facts_set_format(ret_facts, "memalloc_bench.program_format", "%d", PROGRAM_FILE_FORMAT);
    facts_set(ret_facts, "memalloc_bench.platform", data->platform);
    for (size_t i = 0; i < data->facts.count; i++)
        facts_set(ret_facts, data->facts.items[i].key, data->facts.items[i].value);
    for (uint32_t i = 0; i < data->heap_count; i++) {
        const struct program_heap *heap = &data->heaps[i];
        text_append_format(&heap_names, "%s%s", i ? "," : "", heap->name);
        set_heap_fact(ret_facts, heap->name, "path", heap->library);
        set_heap_fact(ret_facts, heap->name, "version", heap->version);
        set_heap_fact(ret_facts, heap->name, "tunables", heap->tunables);
        set_heap_fact(ret_facts, heap->name, "problem", heap->problem);
    }
    for (uint32_t i = 0; i < data->metric_count; i++) {
        text_append_format(&metric_names, "%s%s", i ? "," : "", data->metrics[i].name);
        if (data->metrics[i].higher_is_better)
            text_append_format(&higher, "%s%s", higher.length ? "," : "", data->metrics[i].name);
    }
    facts_set(ret_facts, "program_run.name", data->name);
    facts_set(ret_facts, "program_run.heaps", text_string(&heap_names));
    facts_set(ret_facts, "program_run.metrics", text_string(&metric_names));
    facts_set(ret_facts, "program_run.higher_is_better", text_string(&higher));
    facts_set(ret_facts, "program_run.check_output", data->check_output ? "true" : "false");
    facts_set(ret_facts, "program_run.server", data->is_server ? "true" : "false");
    enum status status = text_check(&heap_names, error);
    if (status == STATUS_OK)
        status = text_check(&metric_names, error);
    return status == STATUS_OK ? facts_check(ret_facts, error) : status;
}

// ---- rows ----

static void write_output(struct database_table_writer *writer, const struct program_process *process)
{
    if (process->has_output) {
        database_table_writer_unsigned(writer, process->output_bytes);
        database_table_writer_unsigned(writer, process->output_hash);
    } else {
        database_table_writer_null(writer);
        database_table_writer_null(writer);
    }
}

static void write_service(struct database_table_writer *writer, const struct program_service *service)
{
    database_table_writer_unsigned(writer, service->processes);
    database_table_writer_unsigned(writer, service->served);
    if (isnan(service->served_cpu))
        database_table_writer_null(writer);
    else
        database_table_writer_real(writer, service->served_cpu);
    database_table_writer_text(writer, service->file);
    database_table_writer_text(writer, program_service_name(service->service));
    database_table_writer_text(writer, program_service_name(service->why_not));
    database_table_writer_text(writer, service->unserved_program);
}

// `metric` NULL: the process has no value.
static void write_row(struct database_table_writer *writer, const struct program_data *data,
                      const struct program_process *process, const struct program_metric *metric)
{
    const struct program_measured *subject = &data->subjects[process->planned.subject];
    const struct program_heap *heap = &data->heaps[process->planned.heap];
    database_table_writer_text(writer, data->platform);
    database_table_writer_text(writer, data->name);
    database_table_writer_unsigned(writer, process->planned.subject);
    database_table_writer_text(writer, subject->command);
    database_table_writer_text(writer, subject->parameters);
    database_table_writer_text(writer, heap->name);
    database_table_writer_text(writer, heap->library);
    database_table_writer_text(writer, heap->tunables);
    database_table_writer_boolean(writer, process->planned.twin);
    database_table_writer_unsigned(writer, process->planned.block);
    database_table_writer_unsigned(writer, process->planned.order);
    database_table_writer_unsigned(writer, process->start_ns);
    database_table_writer_text(writer, program_outcome_name(process->outcome));
    database_table_writer_unsigned(writer, (uint64_t)process->exit_code);
    database_table_writer_unsigned(writer, (uint64_t)process->signal_number);
    database_table_writer_text(writer, process->cause);
    write_output(writer, process);
    database_table_writer_unsigned(writer, process->lived_on);
    write_service(writer, &process->service);
    if (metric) {
        database_table_writer_text(writer, metric->name);
        database_table_writer_text(writer, metric->unit);
        database_table_writer_real(writer, process->values[metric - data->metrics]);
    } else {
        for (int i = 0; i < 3; i++)
            database_table_writer_null(writer);
    }
    database_table_writer_end_row(writer);
}

static enum status fill_table(struct database *database, const struct program_data *data, struct error *error)
{
    CLEANUP(database_table_writer_release) struct database_table_writer writer = {0};
    enum status status = database_run(database, create_table, DATABASE_NO_PARAMETERS, error);
    if (status == STATUS_OK)
        status = database_table_writer_begin(database, "program", &writer, error);
    for (size_t i = 0; i < data->count && status == STATUS_OK; i++) {
        const struct program_process *process = &data->processes[i];
        bool has_value = false;
        for (uint32_t m = 0; m < data->metric_count; m++)
            if (!isnan(process->values[m])) {
                write_row(&writer, data, process, &data->metrics[m]);
                has_value = true;
            }
        if (!has_value)
            write_row(&writer, data, process, NULL);
    }
    return status == STATUS_OK ? database_table_writer_finish(&writer, error) : status;
}

enum status program_file_write(const char *path, const struct program_data *data, struct error *error)
{
    CLEANUP(facts_release) struct facts facts = {0};
    CLEANUP(file_replacement_release) struct file_replacement replacement = {0};
    CLEANUP(database_release) struct database database = {0};
    const struct database_options options = {.memory_limit_mebibytes = MEMORY_LIMIT_MEBIBYTES, .threads = 1};
    struct stat information;
    if (stat(path, &information) == 0 && S_ISDIR(information.st_mode))
        return error_set(error, STATUS_ENVIRONMENT, "Move it away or choose another --name.",
                         "%s is a directory", path);
    enum status status = collect_facts(data, &facts, error);
    if (status == STATUS_OK)
        status = database_open(&database, &options, error);
    if (status == STATUS_OK)
        status = fill_table(&database, data, error);
    if (status == STATUS_OK)
        status = file_replacement_begin(&replacement, path, error);
    if (status == STATUS_OK)
        status = database_run(
            &database, copy_table,
            DATABASE_PARAMETERS({"path", DATABASE_TEXT, .text = text_string(&replacement.temporary_path)},
                                {"facts", DATABASE_FACTS, .facts = &facts}),
            error);
    return status == STATUS_OK ? file_replacement_commit(&replacement, error) : status;
}
