// Another name for a platform: in the rows, in what the files say of themselves, and in the files' names.
// New files are written whole before an old one is removed. The machine's self-test goes with them.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/printable.h"
#include "dataset/private.h"
#include "os/file_lock.h"
#include "results/results.h"
#include "results/run_files.h"
#include "sql.h"

enum { RENAMED = RELABELLED_FILES - 1 }; // the self-test beside them is moved

// A file under its old and its new name. `from` is NULL where there is none.
struct renaming {
    const char *from;
    const char *columns; // for SELECT
    struct text to;
    struct file_replacement replacement;
};

static void release_renamings(struct renaming (*renamings)[RENAMED])
{
    for (size_t i = 0; i < COUNT_OF(*renamings); i++) {
        text_release(&(*renamings)[i].to);
        file_replacement_release(&(*renamings)[i].replacement);
    }
}

static enum status read_metadata(struct database *database, const struct string_list *pattern,
                                 struct facts *ret_facts, struct error *error)
{
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    enum status status =
        database_query(database, stored_metadata_sql,
                       DATABASE_PARAMETERS({"files", DATABASE_TEXTS, .texts = pattern}), &rows, error);
    while (status == STATUS_OK && database_rows_next(&rows)) {
        CLEANUP(free_pointer) char *key = database_rows_text(&rows, 0);
        CLEANUP(free_pointer) char *value = database_rows_text(&rows, 1);
        if (!key || !value)
            return error_set_no_memory(error);
        facts_set(ret_facts, key, value);
        status = facts_check(ret_facts, error);
    }
    return status;
}

static enum status write_copy(struct database *database, struct renaming *renaming, const char *platform,
                              struct error *error)
{
    CLEANUP(string_list_release) struct string_list pattern = {0};
    CLEANUP(facts_release) struct facts facts = {0};
    CLEANUP(text_release) struct text sql = {0};
    enum status status = files_add_pattern(&pattern, renaming->from, error);
    if (status == STATUS_OK)
        status = read_metadata(database, &pattern, &facts, error);
    if (status != STATUS_OK)
        return status;
    facts_set(&facts, "memalloc_bench.platform", platform);
    text_append_format(&sql,
                       "COPY (SELECT %s FROM read_parquet($files, hive_partitioning = false)) TO $path "
                       "(FORMAT parquet, COMPRESSION zstd, KV_METADATA $facts, USE_TMP_FILE false)",
                       renaming->columns);
    status = facts_check(&facts, error);
    if (status == STATUS_OK)
        status = text_check(&sql, error);
    if (status == STATUS_OK)
        status = file_replacement_begin(&renaming->replacement, text_string(&renaming->to), error);
    return status == STATUS_OK
               ? database_run(
                     database, text_string(&sql),
                     DATABASE_PARAMETERS(
                         {"files", DATABASE_TEXTS, .texts = &pattern},
                         {"platform", DATABASE_TEXT, .text = platform},
                         {"path", DATABASE_TEXT, .text = text_string(&renaming->replacement.temporary_path)},
                         {"facts", DATABASE_FACTS, .facts = &facts}),
                     error)
               : status;
}

static enum status refuse_existing(const struct renaming *renaming, struct error *error)
{
    bool stays = renaming->from && strcmp(renaming->from, text_string(&renaming->to)) == 0;
    if (stays || access(text_string(&renaming->to), F_OK) != 0)
        return STATUS_OK;
    CLEANUP(text_release) struct text shown = {0};
    text_append_printable(&shown, text_string(&renaming->to), "");
    return error_set(error, STATUS_USAGE, "Choose another name, or move that file away.", "%s exists",
                     text_string(&shown));
}

// A run of that name would write its results over ours when it ends.
static enum status refuse_running(const char *directory, const char *platform, struct error *error)
{
    CLEANUP(run_files_release) struct run_files files = {0};
    const struct run_files_request request = {.platform = platform, .output_directory = directory};
    struct file_lock_owner owner;
    enum status status = run_files_name(&request, &files, error);
    if (status != STATUS_OK || !file_lock_is_held(text_string(&files.lock.path), &owner))
        return status;
    return error_set(error, STATUS_USAGE, "Wait until it has finished, or choose another name.",
                     "a run of %s into %s goes on", platform, directory);
}

static enum status name_targets(const struct source *source, const char *platform,
                                struct renaming renamings[RENAMED], struct error *error)
{
    CLEANUP(free_pointer) char *directory = strdup(source->benchmark_path);
    if (!directory)
        return error_set_no_memory(error);
    *strrchr(directory, '/') = '\0'; // the path is absolute
    renamings[0].from = source->benchmark_path;
    renamings[0].columns = "* REPLACE ($platform::VARCHAR AS platform)";
    renamings[1].from = source->details_path;
    renamings[1].columns = renamings[2].columns = "*";
    renamings[2].from = source->measurements_path;
    enum status status = refuse_running(directory, platform, error);
    if (status == STATUS_OK)
        status = results_paths(directory, platform, &renamings[0].to, &renamings[1].to, error);
    if (status == STATUS_OK)
        status = results_measurements_path(directory, platform, &renamings[2].to, error);
    for (size_t i = 0; i < RENAMED && status == STATUS_OK; i++)
        status = refuse_existing(&renamings[i], error);
    return status;
}

static enum status remove_old(const struct renaming *renaming, struct error *error)
{
    if (!renaming->from || strcmp(renaming->from, text_string(&renaming->to)) == 0 ||
        unlink(renaming->from) == 0)
        return STATUS_OK;
    return error_set_errno(error, STATUS_ENVIRONMENT, errno, "Remove it: its results are in the new file.",
                           "cannot remove %s", renaming->from);
}

// The self-test of the old platform beside its files, under its old and its new name; `ret_from` stays empty
// where there is none.
static enum status name_selftest(const struct source *source, const char *old, const char *platform,
                                 struct text *ret_from, struct text *ret_to, struct error *error)
{
    CLEANUP(text_release) struct text from = {0};
    int directory = (int)(strrchr(source->benchmark_path, '/') - source->benchmark_path);
    text_append_format(&from, "%.*s/selftest_%s.json", directory, source->benchmark_path, old);
    text_append_format(ret_to, "%.*s/selftest_%s.json", directory, source->benchmark_path, platform);
    enum status status = text_check(&from, error);
    if (status == STATUS_OK)
        status = text_check(ret_to, error);
    bool is_old = strcmp(old, platform) != 0 && !strchr(old, '/');
    if (status != STATUS_OK || !is_old || access(text_string(&from), F_OK) != 0)
        return status;
    const struct renaming renaming = {.from = text_string(&from), .to = *ret_to};
    status = refuse_existing(&renaming, error);
    if (status == STATUS_OK)
        text_append(ret_from, text_string(&from));
    return status == STATUS_OK ? text_check(ret_from, error) : status;
}

static enum status move_selftest(const struct text *from, const struct text *to, struct text *ret_path,
                                 struct error *error)
{
    if (from->length == 0)
        return STATUS_OK;
    if (rename(text_string(from), text_string(to)) != 0)
        return error_set_errno(error, STATUS_ENVIRONMENT, errno, "Rename it: the platform has its new name.",
                               "cannot rename %s", text_string(from));
    text_append(ret_path, text_string(to));
    return STATUS_OK;
}

enum status dataset_relabel(const char *word, const char *directory, const char *platform,
                            struct text ret_paths[RELABELLED_FILES], struct error *error)
{
    CLEANUP(text_release) struct text selftest = {0}, new_selftest = {0};
    CLEANUP(source_list_release) struct source_list sources = {0};
    CLEANUP(dataset_release) struct dataset dataset = {0};
    CLEANUP(database_release) struct database database = {0};
    CLEANUP(release_renamings) struct renaming renamings[RENAMED] = {0};
    const struct dataset_options options = {0};
    enum status status = dataset_read_named(word, directory, &options, &dataset, error);
    if (status == STATUS_OK)
        status = source_list_find(word, directory, &sources, error);
    if (status == STATUS_OK)
        status = name_targets(&sources.items[0], platform, renamings, error);
    if (status == STATUS_OK)
        status =
            name_selftest(&sources.items[0], dataset.platform, platform, &selftest, &new_selftest, error);
    if (status == STATUS_OK)
        status = dataset_open_database(1, 0, &database, error);
    for (size_t i = 0; i < RENAMED && status == STATUS_OK; i++)
        if (renamings[i].from)
            status = write_copy(&database, &renamings[i], platform, error);
    for (size_t i = RENAMED; i-- > 0 && status == STATUS_OK;)
        if (renamings[i].from)
            status = file_replacement_commit(&renamings[i].replacement, error);
    for (size_t i = 0; i < RENAMED && status == STATUS_OK; i++)
        status = remove_old(&renamings[i], error);
    for (size_t i = 0; i < RENAMED && status == STATUS_OK; i++)
        if (renamings[i].from)
            text_append(&ret_paths[i], text_string(&renamings[i].to));
    return status == STATUS_OK ? move_selftest(&selftest, &new_selftest, &ret_paths[RENAMED], error) : status;
}
