// Two batches of files are read at once: while C counts the trials of one, which is the work of one thread,
// DuckDB reads the other. The files of a batch that fails are then read one by one, so that the culprit is
// known.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "dataset/private.h"
#include "sql.h"

enum { FILES_PER_BATCH = 25 };

// Adds the file's name to what DuckDB says; our own checks have named it already. That memory ran out is not
// the file's fault.
static enum status name_culprit(const struct loader *loader, enum status status, const char *name,
                                struct error *error)
{
    static const char ours[] = "cannot use ";
    if (status == STATUS_NO_MEMORY || strncmp(error->cause, ours, strlen(ours)) == 0)
        return status;
    struct error cause = *error;
    return loader_refuse(loader, name, NULL, cause.cause, error);
}

static enum status load_one(const struct loader *loader, size_t index, bool with_details, struct error *error)
{
    const struct source *source = &loader->sources->items[index];
    struct error local = {0};
    bool alike;
    enum status status = load_batch(
        loader, &(struct batch){.indices = &index, .count = 1, .with_details = with_details}, &alike, &local);
    if (status != STATUS_OK)
        status = name_culprit(loader, status, with_details ? source->details_name : source->benchmark_name,
                              &local);
    if (status != STATUS_OK && error)
        *error = local;
    return status;
}

static enum status pass_on(enum status status, const struct error *cause, struct error *error)
{
    if (error)
        *error = *cause;
    return status;
}

// The culprit is the benchmark file if it is no good alone, otherwise the details file.
static enum status load_or_leave_out(const struct loader *loader, size_t index, bool with_details,
                                     struct error *error)
{
    struct source *source = &loader->sources->items[index];
    struct error first = {0}, second = {0};
    enum status status = load_one(loader, index, with_details, &first);
    if (status == STATUS_OK)
        return STATUS_OK;
    if (!loader->skip_bad || status == STATUS_NO_MEMORY)
        return pass_on(status, &first, error);
    if (!with_details)
        return dataset_leave_out(loader->list, source->benchmark_name, first.cause, error);
    status = load_one(loader, index, false, &second);
    if (status == STATUS_NO_MEMORY)
        return pass_on(status, &second, error);
    if (status != STATUS_OK)
        return dataset_leave_out(loader->list, source->benchmark_name, second.cause, error);
    status = dataset_leave_out(loader->list, source->details_name, first.cause, error);
    free(source->details_name);
    source->details_name = NULL;
    return status;
}

// ---- all files ----

// Some sources, whose batches are read by two threads.
struct group {
    struct batch all;
    bool *is_read; // of each batch
    size_t batch_count;
    bool skip_bad;
    pthread_mutex_t lock; // for what follows
    size_t next;          // the first batch that nobody has taken
    bool has_failed;
};

static struct batch batch_at(const struct group *group, size_t index)
{
    struct batch batch = group->all;
    size_t first = index * FILES_PER_BATCH, left = batch.count - first;
    batch.indices += first;
    batch.count = left < FILES_PER_BATCH ? left : FILES_PER_BATCH;
    return batch;
}

// Without skip_bad the first bad file ends it all; those before it have been taken.
static bool take_batch(struct group *group, size_t *ret_index)
{
    pthread_mutex_lock(&group->lock);
    bool taken = group->next < group->batch_count && (group->skip_bad || !group->has_failed);
    if (taken)
        *ret_index = group->next++;
    pthread_mutex_unlock(&group->lock);
    return taken;
}

static void read_batches(const struct loader *loader, struct group *group)
{
    for (size_t i; take_batch(group, &i);) {
        struct batch batch = batch_at(group, i);
        bool alike = false;
        group->is_read[i] = batch.count > 1 && load_batch(loader, &batch, &alike, NULL) == STATUS_OK && alike;
        if (group->is_read[i])
            continue;
        pthread_mutex_lock(&group->lock);
        group->has_failed = true;
        pthread_mutex_unlock(&group->lock);
    }
}

// What the second thread is given.
struct helper {
    struct loader loader;
    struct database database;
    struct group *group;
};

static void *help(void *argument)
{
    struct helper *helper = argument;
    read_batches(&helper->loader, helper->group);
    return NULL;
}

// Where there can be no second thread, one does it all.
static void read_group(const struct loader *loader, struct group *group)
{
    struct helper helper = {.loader = *loader, .group = group};
    pthread_t thread;
    bool has_helper =
        group->batch_count > 1 && database_connect(loader->database, &helper.database, NULL) == STATUS_OK;
    helper.loader.database = &helper.database;
    has_helper = has_helper && pthread_create(&thread, NULL, help, &helper) == 0;
    read_batches(loader, group);
    if (has_helper)
        pthread_join(thread, NULL);
    database_release(&helper.database);
}

static enum status load_group(const struct loader *loader, const struct batch *all, struct error *error)
{
    size_t batch_count = (all->count + FILES_PER_BATCH - 1) / FILES_PER_BATCH;
    CLEANUP(free_pointer) bool *is_read = calloc(batch_count + 1, sizeof *is_read);
    struct group group = {.all = *all,
                          .is_read = is_read,
                          .batch_count = batch_count,
                          .skip_bad = loader->skip_bad,
                          .lock = PTHREAD_MUTEX_INITIALIZER};
    if (!is_read)
        return error_set_no_memory(error);
    read_group(loader, &group);
    pthread_mutex_destroy(&group.lock);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < batch_count; i++) {
        struct batch batch = batch_at(&group, i);
        for (size_t k = 0; k < batch.count && !is_read[i] && status == STATUS_OK; k++)
            status = load_or_leave_out(loader, batch.indices[k], batch.with_details, error);
    }
    return status;
}

static enum status load_all(const struct loader *loader, struct error *error)
{
    const struct source_list *sources = loader->sources;
    CLEANUP(free_pointer) size_t *indices = calloc(sources->count + 1, sizeof *indices);
    if (!indices)
        return error_set_no_memory(error);
    for (int with_details = 0; with_details <= 1; with_details++) {
        struct batch group = {.indices = indices, .count = 0, .with_details = with_details != 0};
        for (size_t i = 0; i < sources->count; i++)
            if ((sources->items[i].details_path != NULL) == group.with_details)
                indices[group.count++] = i;
        enum status status = load_group(loader, &group, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static enum status delete_source(struct database *database, size_t source, struct error *error)
{
    return database_run(database, "DELETE FROM cells WHERE source = $source",
                        DATABASE_PARAMETERS({"source", DATABASE_UNSIGNED, .number = source}), error);
}

// Two files that claim one platform: with skip_bad the later one by name is left out.
static enum status check_platforms(const struct loader *loader, struct error *error)
{
    struct database *database = loader->database;
    for (;;) {
        CLEANUP(database_rows_release) struct database_rows rows = {0};
        enum status status =
            database_query(database, claimed_twice_sql, DATABASE_NO_PARAMETERS, &rows, error);
        if (status != STATUS_OK || !database_rows_next(&rows))
            return status;
        size_t later = database_rows_unsigned(&rows, 0);
        const char *name = loader->sources->items[later].benchmark_name;
        CLEANUP(free_pointer) char *platform = database_rows_text(&rows, 2);
        CLEANUP(text_release) struct text cause = {0};
        text_append_format(&cause, "column platform: '%s' is the platform of ", platform ? platform : "");
        text_append_printable(&cause, loader->sources->items[database_rows_unsigned(&rows, 1)].benchmark_name,
                              "");
        text_append(&cause, ", too");
        if (!loader->skip_bad)
            return error_set(error, STATUS_BAD_DATA,
                             "Remove one of the two files, or give it another name: memalloc-bench relabel.",
                             "cannot use %s: %s", name, text_string(&cause));
        status = dataset_leave_out(loader->list, name, text_string(&cause), error);
        if (status == STATUS_OK)
            status = delete_source(database, later, error);
        if (status != STATUS_OK)
            return status;
    }
}

enum status load_sources(struct dataset_list *list, struct source_list *sources, bool skip_bad,
                         struct process_store *ret_store, struct error *error)
{
    const struct loader loader = {list, &list->database, sources, ret_store, skip_bad};
    enum status status = tables_create(&list->database, error);
    if (status == STATUS_OK)
        status = load_all(&loader, error);
    return status == STATUS_OK ? check_platforms(&loader, error) : status;
}
