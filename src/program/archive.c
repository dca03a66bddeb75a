#include "program/archive.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"

void program_archive_release(struct program_archive *archive)
{
    for (size_t i = 0; i < archive->count; i++) {
        program_results_release(&archive->results[i]);
        program_data_release(&archive->data[i]);
    }
    free(archive->results);
    free(archive->data);
    string_list_release(&archive->left_out);
    *archive = (struct program_archive){0};
}

static bool is_wanted(const struct program_archive_options *options, const struct program_data *data)
{
    const struct string_list *platforms = options->platforms;
    return !platforms || platforms->count == 0 || string_list_contains(platforms, data->platform);
}

static enum status read_one(const struct program_archive_options *options, const char *name,
                            struct program_archive *archive, struct error *error)
{
    CLEANUP(text_release) struct text path = {0};
    CLEANUP(program_data_release) struct program_data data = {0};
    struct error why = {0};
    text_append_format(&path, "%s/%s", options->directory, name);
    enum status status = text_check(&path, error);
    if (status != STATUS_OK)
        return status;
    status = program_file_read(text_string(&path), &data, &why);
    if (status == STATUS_BAD_DATA && options->skip_bad) {
        status = string_list_add(&archive->left_out, name, error);
        return status == STATUS_OK ? string_list_add(&archive->left_out, why.cause, error) : status;
    }
    if (status != STATUS_OK)
        return error_set(error, status, why.remedy, "%s", why.cause);
    if (!is_wanted(options, &data))
        return STATUS_OK;
    archive->data[archive->count] = data;
    data = (struct program_data){0};
    archive->count++;
    return program_analyze(&archive->data[archive->count - 1], &archive->results[archive->count - 1], error);
}

enum status program_archive_read(const struct program_archive_options *options,
                                 struct program_archive *ret_archive, struct error *error)
{
    CLEANUP(program_archive_release) struct program_archive archive = {0};
    CLEANUP(string_list_release) struct string_list names = {0};
    enum status status = file_list_names(options->directory, &names, error);
    archive.data = calloc(names.count + 1, sizeof *archive.data);
    archive.results = calloc(names.count + 1, sizeof *archive.results);
    if (status == STATUS_OK && (!archive.data || !archive.results))
        return error_set_no_memory(error);
    for (size_t i = 0; i < names.count && status == STATUS_OK; i++)
        if (program_file_is_named(names.items[i]))
            status = read_one(options, names.items[i], &archive, error);
    if (status != STATUS_OK)
        return status;
    *ret_archive = archive;
    archive = (struct program_archive){0};
    return STATUS_OK;
}

enum status program_archive_write_stats(const struct program_archive *archive, const char *path,
                                        struct error *error)
{
    CLEANUP(text_release) struct text text = {0};
    for (size_t i = 0; i < archive->count; i++)
        program_results_append_csv(&text, &archive->results[i], i == 0);
    enum status status = text_check(&text, error);
    return status == STATUS_OK ? file_write(path, text_string(&text), text.length, error) : status;
}
