// A result file as the data that it was written from. Whatever it holds is checked: it may be of another
// machine, or of nobody's.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "database/database.h"
#include "private.h"

enum { MEMORY_LIMIT_MEBIBYTES = 256 };

static const char select_facts[] =
    "SELECT decode(key)::VARCHAR, decode(value)::VARCHAR FROM parquet_kv_metadata($path)";

enum column {
    COLUMN_SUBJECT,
    COLUMN_COMMAND,
    COLUMN_PARAMETERS,
    COLUMN_HEAP,
    COLUMN_TWIN,
    COLUMN_BLOCK,
    COLUMN_ORDER,
    COLUMN_START,
    COLUMN_OUTCOME,
    COLUMN_EXIT_CODE,
    COLUMN_SIGNAL,
    COLUMN_CAUSE,
    COLUMN_OUTPUT_BYTES,
    COLUMN_OUTPUT_HASH,
    COLUMN_LIVED_ON,
    COLUMN_PROCESSES,
    COLUMN_SERVED,
    COLUMN_SERVED_CPU,
    COLUMN_SERVED_BY,
    COLUMN_SERVICE,
    COLUMN_WHY_NOT,
    COLUMN_UNSERVED_PROGRAM,
    COLUMN_METRIC,
    COLUMN_VALUE
};

static const char select_rows[] =
    "SELECT coalesce(subject, 0)::UBIGINT, command::VARCHAR, parameters::VARCHAR, heap::VARCHAR, "
    "coalesce(twin, false)::BOOLEAN, coalesce(block, 0)::UBIGINT, coalesce(plan_order, 0)::UBIGINT, "
    "coalesce(start_ns, 0)::UBIGINT, outcome::VARCHAR, coalesce(exit_code, 0)::UBIGINT, "
    "coalesce(signal, 0)::UBIGINT, coalesce(cause, '')::VARCHAR, output_bytes::UBIGINT, "
    "output_hash::UBIGINT, "
    "coalesce(lived_on, 0)::UBIGINT, coalesce(processes, 0)::UBIGINT, coalesce(processes_served, "
    "0)::UBIGINT, "
    "served_cpu::DOUBLE, coalesce(served_by, '')::VARCHAR, service::VARCHAR, why_not::VARCHAR, "
    "coalesce(unserved_program, '')::VARCHAR, metric::VARCHAR, value::DOUBLE "
    "FROM read_parquet($path) ORDER BY plan_order, metric NULLS FIRST";

static enum status bad(const char *path, const char *what, struct error *error)
{
    return error_set(error, STATUS_BAD_DATA,
                     "Give files that memalloc-bench program has written, and leave them as they are.",
                     "%s is not a result of memalloc-bench program: %s", path, what);
}

// ---- facts ----

static enum status read_facts(struct database *database, const char *path, struct facts *facts,
                              struct error *error)
{
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    enum status status = database_query(
        database, select_facts, DATABASE_PARAMETERS({"path", DATABASE_TEXT, .text = path}), &rows, error);
    if (status != STATUS_OK)
        return status;
    while (database_rows_next(&rows)) {
        CLEANUP(free_pointer) char *key = database_rows_text(&rows, 0);
        CLEANUP(free_pointer) char *value = database_rows_text(&rows, 1);
        if (key && value)
            facts_set(facts, key, value);
    }
    return facts_check(facts, error);
}

static const char *heap_fact(const struct facts *facts, const char *name, const char *what)
{
    char key[HEAP_NAME_BYTES + 32];
    snprintf(key, sizeof key, "heap.%s.%s", name, what);
    const char *value = facts_get(facts, key);
    return value ? value : "";
}

static enum status take_heaps(const char *path, struct program_data *data, struct error *error)
{
    CLEANUP(string_list_release) struct string_list names = {0};
    const char *fact = facts_get(&data->facts, "program_run.heaps");
    enum status status = string_list_split(&names, fact ? fact : "", ',', error);
    if (status == STATUS_OK && (names.count == 0 || names.count > MAX_HEAPS))
        return bad(path, "it does not say which heaps it is of", error);
    for (size_t i = 0; i < names.count && status == STATUS_OK; i++) {
        struct program_heap *heap = &data->heaps[data->heap_count++];
        snprintf(heap->name, sizeof heap->name, "%s", names.items[i]);
        snprintf(heap->library, sizeof heap->library, "%s", heap_fact(&data->facts, heap->name, "path"));
        snprintf(heap->version, sizeof heap->version, "%s", heap_fact(&data->facts, heap->name, "version"));
        snprintf(heap->tunables, sizeof heap->tunables, "%s",
                 heap_fact(&data->facts, heap->name, "tunables"));
        snprintf(heap->problem, sizeof heap->problem, "%s", heap_fact(&data->facts, heap->name, "problem"));
    }
    return status;
}

// One of the table's rows, or the user's.
static void describe_metric(const char *name, const struct string_list *higher, struct program_metric *metric)
{
    snprintf(metric->name, sizeof metric->name, "%s", name);
    snprintf(metric->label, sizeof metric->label, "%s", name);
    metric->higher_is_better = string_list_contains(higher, name);
    metric->is_own = true;
    for (int m = 0; m < LAUNCH_METRIC_COUNT; m++)
        if (strcmp(launch_metrics[m].name, name) == 0) {
            snprintf(metric->unit, sizeof metric->unit, "%s", launch_metrics[m].unit);
            snprintf(metric->label, sizeof metric->label, "%s", launch_metrics[m].label);
            metric->is_own = false;
        }
}

static enum status take_metrics(const char *path, struct program_data *data, struct error *error)
{
    CLEANUP(string_list_release) struct string_list names = {0}, higher = {0};
    const char *fact = facts_get(&data->facts, "program_run.metrics");
    const char *higher_fact = facts_get(&data->facts, "program_run.higher_is_better");
    enum status status = string_list_split(&names, fact ? fact : "", ',', error);
    if (status == STATUS_OK)
        status = string_list_split(&higher, higher_fact ? higher_fact : "", ',', error);
    if (status == STATUS_OK && (names.count < LAUNCH_METRIC_COUNT || names.count > PROGRAM_MAX_METRICS))
        return bad(path, "it does not say what was measured", error);
    for (size_t i = 0; i < names.count && status == STATUS_OK; i++) {
        if (i < LAUNCH_METRIC_COUNT && strcmp(names.items[i], launch_metrics[i].name) != 0)
            return bad(path, "its metrics are those of another version of this program", error);
        describe_metric(names.items[i], &higher, &data->metrics[data->metric_count++]);
    }
    return status;
}

static bool is_true(const char *fact)
{
    return fact && strcmp(fact, "true") == 0;
}

static enum status take_facts(const char *path, struct program_data *data, struct error *error)
{
    const struct facts *facts = &data->facts;
    const char *format = facts_get(facts, "memalloc_bench.program_format");
    const char *platform = facts_get(facts, "memalloc_bench.platform"),
               *name = facts_get(facts, "program_run.name");
    if (!format || !platform || !name)
        return bad(path, "it lacks what such a file says of itself", error);
    if (strtol(format, NULL, 10) > PROGRAM_FILE_FORMAT)
        return error_set(error, STATUS_BAD_DATA, "Use the version that wrote it, or a newer one.",
                         "%s was written by a newer version of this program", path);
    data->platform = strdup(platform);
    data->name = strdup(name);
    if (!data->platform || !data->name)
        return error_set_no_memory(error);
    data->check_output = is_true(facts_get(facts, "program_run.check_output"));
    data->is_server = is_true(facts_get(facts, "program_run.server"));
    enum status status = take_heaps(path, data, error);
    return status == STATUS_OK ? take_metrics(path, data, error) : status;
}

// ---- rows ----

static bool take_text(const struct database_rows *rows, enum column column, char *ret_text, size_t capacity)
{
    CLEANUP(free_pointer)
    char *text = database_rows_is_null(rows, column) ? NULL : database_rows_text(rows, column);
    if (text)
        snprintf(ret_text, capacity, "%s", text);
    return text != NULL;
}

// The subject's texts where they are new. False when the number cannot be.
static bool take_subject(const struct database_rows *rows, struct program_data *data)
{
    uint64_t number = database_rows_unsigned(rows, COLUMN_SUBJECT);
    if (number >= PROGRAM_MAX_SUBJECTS)
        return false;
    struct program_measured *subject = &data->subjects[number];
    if (!subject->command)
        subject->command = database_rows_text(rows, COLUMN_COMMAND);
    if (!subject->parameters)
        subject->parameters = database_rows_text(rows, COLUMN_PARAMETERS);
    if (number >= data->subject_count)
        data->subject_count = (uint32_t)number + 1;
    return subject->command && subject->parameters;
}

static bool find_service(const char *word, enum launch_service *ret_service)
{
    for (int i = LAUNCH_SERVED; i <= LAUNCH_UNSERVED_REFUSED; i++)
        if (strcmp(program_service_name((enum launch_service)i), word) == 0) {
            *ret_service = (enum launch_service)i;
            return true;
        }
    return false;
}

static bool take_service_words(const struct database_rows *rows, struct program_service *service)
{
    char word[16];
    return take_text(rows, COLUMN_SERVICE, word, sizeof word) && find_service(word, &service->service) &&
           take_text(rows, COLUMN_WHY_NOT, word, sizeof word) && find_service(word, &service->why_not) &&
           take_text(rows, COLUMN_SERVED_BY, service->file, sizeof service->file) &&
           take_text(rows, COLUMN_UNSERVED_PROGRAM, service->unserved_program,
                     sizeof service->unserved_program);
}

static bool take_outcome(const struct database_rows *rows, struct program_process *process)
{
    char word[32];
    int i = 0;
    if (!take_text(rows, COLUMN_OUTCOME, word, sizeof word))
        return false;
    while (i < PROGRAM_OUTCOME_COUNT && strcmp(program_outcome_name((enum program_outcome)i), word) != 0)
        i++;
    process->outcome = (enum program_outcome)i;
    return i < PROGRAM_OUTCOME_COUNT;
}

static bool take_heap(const struct database_rows *rows, const struct program_data *data, uint32_t *ret_heap)
{
    char name[HEAP_NAME_BYTES];
    if (!take_text(rows, COLUMN_HEAP, name, sizeof name))
        return false;
    for (uint32_t i = 0; i < data->heap_count; i++)
        if (strcmp(data->heaps[i].name, name) == 0) {
            *ret_heap = i;
            return true;
        }
    return false;
}

static bool take_process(const struct database_rows *rows, struct program_data *data,
                         struct program_process *process)
{
    *process = (struct program_process){
        .planned = {.order = (uint32_t)database_rows_unsigned(rows, COLUMN_ORDER),
                    .block = (uint32_t)database_rows_unsigned(rows, COLUMN_BLOCK),
                    .subject = (uint32_t)database_rows_unsigned(rows, COLUMN_SUBJECT),
                    .twin = database_rows_boolean(rows, COLUMN_TWIN)},
        .start_ns = database_rows_unsigned(rows, COLUMN_START),
        .exit_code = (int)database_rows_unsigned(rows, COLUMN_EXIT_CODE),
        .signal_number = (int)database_rows_unsigned(rows, COLUMN_SIGNAL),
        .lived_on = (uint32_t)database_rows_unsigned(rows, COLUMN_LIVED_ON),
        .service = {.processes = (uint32_t)database_rows_unsigned(rows, COLUMN_PROCESSES),
                    .served = (uint32_t)database_rows_unsigned(rows, COLUMN_SERVED),
                    .served_cpu = NAN},
    };
    for (size_t m = 0; m < PROGRAM_MAX_METRICS; m++)
        process->values[m] = NAN;
    if (!database_rows_is_null(rows, COLUMN_SERVED_CPU))
        process->service.served_cpu = database_rows_real(rows, COLUMN_SERVED_CPU);
    if (!database_rows_is_null(rows, COLUMN_OUTPUT_HASH)) {
        process->has_output = true;
        process->output_hash = database_rows_unsigned(rows, COLUMN_OUTPUT_HASH);
        process->output_bytes = database_rows_unsigned(rows, COLUMN_OUTPUT_BYTES);
    }
    return take_subject(rows, data) && take_heap(rows, data, &process->planned.heap) &&
           take_outcome(rows, process) && take_service_words(rows, &process->service) &&
           take_text(rows, COLUMN_CAUSE, process->cause, sizeof process->cause) &&
           process->planned.block < MAX_PROCESSES && (!process->planned.twin || process->planned.heap == 0);
}

static bool take_value(const struct database_rows *rows, const struct program_data *data,
                       struct program_process *process)
{
    char name[PROGRAM_METRIC_NAME_BYTES];
    if (!take_text(rows, COLUMN_METRIC, name, sizeof name) || database_rows_is_null(rows, COLUMN_VALUE))
        return database_rows_is_null(rows, COLUMN_METRIC);
    for (uint32_t m = 0; m < data->metric_count; m++)
        if (strcmp(data->metrics[m].name, name) == 0) {
            process->values[m] = database_rows_real(rows, COLUMN_VALUE);
            return true;
        }
    return false;
}

static enum status read_rows(struct database *database, const char *path, struct program_data *data,
                             struct error *error)
{
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    size_t capacity = 0;
    enum status status = database_query(
        database, select_rows, DATABASE_PARAMETERS({"path", DATABASE_TEXT, .text = path}), &rows, error);
    if (status != STATUS_OK)
        return status;
    while (database_rows_next(&rows)) {
        uint64_t order = database_rows_unsigned(&rows, COLUMN_ORDER);
        if (data->count == 0 || data->processes[data->count - 1].planned.order != order) {
            if (data->count == capacity) {
                capacity = capacity ? 2 * capacity : 256;
                struct program_process *larger = realloc(data->processes, capacity * sizeof *larger);
                if (!larger)
                    return error_set_no_memory(error);
                data->processes = larger;
            }
            if (!take_process(&rows, data, &data->processes[data->count]))
                return bad(path, "a process has impossible values", error);
            data->count++;
        }
        if (!take_value(&rows, data, &data->processes[data->count - 1]))
            return bad(path, "a row has a metric that is not among the file's", error);
    }
    for (uint32_t i = 0; i < data->subject_count; i++)
        if (!data->subjects[i].command)
            return bad(path, "the numbers of its commands have gaps", error);
    return data->count > 0 ? STATUS_OK : bad(path, "it has no rows", error);
}

enum status program_file_read(const char *path, struct program_data *ret_data, struct error *error)
{
    CLEANUP(program_data_release) struct program_data data = {0};
    CLEANUP(database_release) struct database database = {0};
    const struct database_options options = {.memory_limit_mebibytes = MEMORY_LIMIT_MEBIBYTES, .threads = 1};
    if (access(path, R_OK) != 0)
        return error_set_errno(error, STATUS_ENVIRONMENT, errno,
                               "Name a file that memalloc-bench program wrote.", "cannot read %s", path);
    data.subjects = calloc(PROGRAM_MAX_SUBJECTS, sizeof *data.subjects);
    if (!data.subjects)
        return error_set_no_memory(error);
    enum status status = database_open(&database, &options, error);
    if (status == STATUS_OK)
        status = read_facts(&database, path, &data.facts, error);
    if (status == STATUS_OK)
        status = take_facts(path, &data, error);
    if (status == STATUS_OK)
        status = read_rows(&database, path, &data, error);
    if (status == STATUS_BAD_DATA && error && !strstr(error->cause, path))
        return bad(path, "it cannot be read as a Parquet file of that form", error);
    if (status != STATUS_OK)
        return status;
    *ret_data = data;
    data = (struct program_data){0};
    return STATUS_OK;
}
