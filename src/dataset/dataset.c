#include "dataset/dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "dataset/private.h"
#include "environment/environment.h"
#include "patterns/patterns.h"
#include "plan/plan.h"
#include "results/results.h"
#include "strategies/strategies.h"

enum {
    MAX_THREADS = 4,
    MIN_MEMORY_MEBIBYTES = 64,
    USUAL_MEMORY_MEBIBYTES = 1024, // where the system does not report it what there is
};

const char *metric_name(enum metric metric)
{
    static const char *const names[METRIC_COUNT] = {[METRIC_TOTAL] = "total", [METRIC_LATENCY] = "latency"};
    return names[metric];
}

const char *heap_age_name(enum heap_age age)
{
    static const char *const names[HEAP_AGE_COUNT] = {[HEAP_FRESH] = "fresh", [HEAP_AGED] = "aged"};
    return names[age];
}

// ---- cells ----

double dataset_objects(const struct dataset_cell *cell, enum metric metric)
{
    uint32_t batches = cell->name.live_objects < MAX_LIVE_OBJECTS
                           ? plan_batches((uint32_t)cell->name.live_objects)
                           : plan_batches(MAX_LIVE_OBJECTS);
    return cell->objects_per_trial / (metric == METRIC_LATENCY ? batches : 1);
}

double dataset_ns_per_object(const struct dataset_cell *cell, enum metric metric)
{
    const struct cell_metric *times = &cell->metrics[metric];
    if (cell->process_count == 0)
        return times->median / dataset_objects(cell, metric);
    double scratch[256];
    CLEANUP(free_pointer)
    double *larger =
        cell->process_count > COUNT_OF(scratch) ? calloc(cell->process_count, sizeof *larger) : NULL;
    if (cell->process_count > COUNT_OF(scratch) && !larger)
        return NAN;
    return statistics_median(times->process_medians, cell->process_count, larger ? larger : scratch) /
           dataset_objects(cell, metric);
}

// ---- datasets ----

static void release_cell(struct dataset_cell *cell)
{
    free((void *)(uintptr_t)cell->name.allocator);
    free((void *)(uintptr_t)cell->name.pattern);
    free(cell->outcome);
    free(cell->reason);
    free(cell->process_numbers);
}

void dataset_release(struct dataset *dataset)
{
    if (!dataset)
        return;
    for (size_t i = 0; i < dataset->count; i++)
        release_cell(&dataset->cells[i]);
    free(dataset->cells);
    free(dataset->values);
    free(dataset->platform);
    free(dataset->benchmark_file);
    free(dataset->details_file);
    free(dataset->other_platform);
    facts_release(&dataset->facts);
    *dataset = (struct dataset){0};
}

void dataset_list_release(struct dataset_list *list)
{
    if (!list)
        return;
    for (size_t i = 0; i < list->count; i++)
        dataset_release(&list->items[i]);
    for (size_t i = 0; i < list->left_out_count; i++) {
        free(list->left_out[i].name);
        free(list->left_out[i].reason);
    }
    free(list->items);
    free(list->left_out);
    database_release(&list->database);
    *list = (struct dataset_list){0};
}

const struct dataset_cell *dataset_find(const struct dataset *dataset, struct cell_name name)
{
    size_t low = 0, high = dataset->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = cell_name_order(name, dataset->cells[middle].name);
        if (order == 0)
            return &dataset->cells[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct dataset_cell *dataset_find_near(const struct dataset *dataset, struct cell_name name,
                                             size_t place)
{
    if (place < dataset->count && cell_name_order(name, dataset->cells[place].name) == 0)
        return &dataset->cells[place];
    return dataset_find(dataset, name);
}

size_t dataset_pair(const struct dataset_cell *a, const struct dataset_cell *b, enum metric metric,
                    double *ret_a, double *ret_b)
{
    size_t count = 0;
    for (size_t i = 0, k = 0; i < a->process_count && k < b->process_count;) {
        if (a->process_numbers[i] == b->process_numbers[k]) {
            ret_a[count] = a->metrics[metric].process_medians[i++];
            ret_b[count++] = b->metrics[metric].process_medians[k++];
        } else if (a->process_numbers[i] < b->process_numbers[k]) {
            i++;
        } else {
            k++;
        }
    }
    return count;
}

// ---- reading ----

static uint32_t count_threads(void)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    return cpus < 1 ? 1 : cpus > MAX_THREADS ? MAX_THREADS : (uint32_t)cpus;
}

// Half of what there is: the other half is for what C keeps, and for others.
static uint32_t memory_limit(uint32_t asked_mebibytes)
{
    if (asked_mebibytes > 0)
        return asked_mebibytes;
    uint64_t mebibytes = environment_memory_limit_bytes() >> 21;
    if (mebibytes == 0)
        return USUAL_MEMORY_MEBIBYTES;
    return mebibytes < MIN_MEMORY_MEBIBYTES ? MIN_MEMORY_MEBIBYTES
           : mebibytes > UINT32_MAX         ? UINT32_MAX
                                            : (uint32_t)mebibytes;
}

// What does not fit into memory is put on disk: not into /tmp, which is memory on many systems.
static enum status name_spill_directory(struct text *path, struct error *error)
{
    const char *parent = getenv("TMPDIR");
    text_append_format(path, "%s/memalloc-bench-spill-%ld", parent && *parent ? parent : "/var/tmp",
                       (long)getpid());
    return text_check(path, error);
}

enum status dataset_open_database(uint32_t threads, uint32_t memory_mebibytes, struct database *ret_database,
                                  struct error *error)
{
    CLEANUP(text_release) struct text spill = {0};
    enum status status = name_spill_directory(&spill, error);
    const struct database_options options = {.memory_limit_mebibytes = memory_limit(memory_mebibytes),
                                             .threads = threads ? threads : count_threads(),
                                             .temporary_directory = text_string(&spill)};
    return status == STATUS_OK ? database_open(ret_database, &options, error) : status;
}

enum status dataset_read_directory(const char *directory, const struct dataset_options *options,
                                   struct dataset_list *ret_list, struct error *error)
{
    CLEANUP(source_list_release) struct source_list sources = {0};
    CLEANUP(process_store_release) struct process_store store = PROCESS_STORE_EMPTY;
    enum status status = source_list_read(directory, options->skip_bad, &sources, ret_list, error);
    if (status == STATUS_OK)
        status = dataset_open_database(0, options->memory_limit_mebibytes, &ret_list->database, error);
    if (status == STATUS_OK)
        status = load_sources(ret_list, &sources, options->skip_bad, &store, error);
    if (status == STATUS_OK)
        status = filter_cells(&ret_list->database, options, error);
    return status == STATUS_OK ? fetch_datasets(ret_list, &sources, options->skip_bad, &store, error)
                               : status;
}

// Takes the only dataset out of a list.
static enum status take_only(struct dataset_list *list, const char *name, struct dataset *ret_dataset,
                             struct error *error)
{
    if (list->count != 1) {
        CLEANUP(text_release) struct text shown = {0};
        text_append_printable(&shown, name, "");
        return error_set(error, STATUS_BAD_DATA, "Compare files of one platform each.",
                         "cannot use %s, column platform: more than one platform in one file: %s, %s",
                         text_string(&shown), list->items[0].platform, list->items[list->count - 1].platform);
    }
    *ret_dataset = list->items[0];
    list->items[0] = (struct dataset){0};
    return STATUS_OK;
}

enum status dataset_read_named(const char *word, const char *directory, const struct dataset_options *options,
                               struct dataset *ret_dataset, struct error *error)
{
    CLEANUP(source_list_release) struct source_list sources = {0};
    CLEANUP(dataset_list_release) struct dataset_list list = {0};
    CLEANUP(process_store_release) struct process_store store = PROCESS_STORE_EMPTY;
    enum status status = source_list_find(word, directory, &sources, error);
    if (status == STATUS_OK)
        status = dataset_open_database(0, options->memory_limit_mebibytes, &list.database, error);
    if (status == STATUS_OK)
        status = load_sources(&list, &sources, false, &store, error);
    if (status == STATUS_OK)
        status = fetch_datasets(&list, &sources, false, &store, error);
    return status == STATUS_OK ? take_only(&list, sources.items[0].benchmark_name, ret_dataset, error)
                               : status;
}

enum status dataset_from_results(const struct results *results, struct dataset *ret_dataset,
                                 struct error *error)
{
    CLEANUP(dataset_list_release) struct dataset_list list = {0};
    CLEANUP(process_store_release) struct process_store store = PROCESS_STORE_EMPTY;
    enum status status =
        dataset_open_database(1, 0, &list.database, error); // little to read, and beside a run
    if (status == STATUS_OK)
        status = details_fill_table(&list.database, results, error);
    if (status == STATUS_OK)
        status = measurements_fill_table(&list.database, results, error);
    if (status == STATUS_OK)
        status = load_details_table(&list, results->platform, &store, error);
    if (status == STATUS_OK)
        status = fetch_datasets(&list, NULL, false, &store, error);
    if (status == STATUS_OK && list.count == 1)
        status = values_read_table(&list.database, &list.items[0], error);
    if (status == STATUS_OK && list.count == 1)
        status = results_file_facts(results, &list.items[0].facts, error);
    return status == STATUS_OK ? take_only(&list, results->platform, ret_dataset, error) : status;
}
