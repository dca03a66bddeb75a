#include "commands/private.h"

#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "commands/program_options.h"
#include "commands/progress.h"
#include "program/data.h"
#include "results/run_files.h"

enum { NEEDED_BYTES = 16 << 20 };

void program_files_release(struct program_files *files)
{
    text_release(&files->result);
    text_release(&files->journal);
    output_lock_release(&files->lock);
}

void program_resume_command_append(struct text *text, const struct program_file_options *options)
{
    text_append_format(text, "memalloc-bench program --name %s --resume", options->name);
    if (strcmp(options->directory, program_option_rows[PROGRAM_OPTION_OUTPUT_DIR].default_text) != 0) {
        text_append(text, " --output-dir=");
        text_append_shell_word(text, options->directory);
    }
    if (options->force)
        text_append(text, " --force");
}

static bool exists(const struct text *path)
{
    struct stat information;
    return lstat(text_string(path), &information) == 0;
}

static enum status check_existing(const struct program_file_options *options,
                                  const struct program_files *files, struct error *error)
{
    CLEANUP(text_release) struct text remedy = {0};
    struct program_file_options going_on = *options;
    bool journal = exists(&files->journal), result = exists(&files->result);
    if (options->resume && !journal)
        return error_set(error, STATUS_USAGE, "Start it without --resume.",
                         "there is no interrupted run of %s: no file %s", options->name,
                         text_string(&files->journal));
    if (options->force)
        return STATUS_OK;
    going_on.force = result;
    if (journal && !options->resume) {
        text_append(&remedy, "Continue it: ");
        program_resume_command_append(&remedy, &going_on);
        text_append(&remedy, "; or start again with --force.");
        return error_set(error, STATUS_USAGE, text_string(&remedy), "an interrupted run of %s is kept in %s",
                         options->name, text_string(&files->journal));
    }
    if (result)
        return error_set(error, STATUS_USAGE,
                         "Replace it with --force, or choose another --name or --output-dir.",
                         "a result of %s already exists: %s", options->name, text_string(&files->result));
    return STATUS_OK;
}

enum status program_files_claim(const struct program_file_options *options, struct program_files *files,
                                struct error *error)
{
    program_file_path(&files->result, options->directory, options->name);
    text_append_format(&files->journal, "%s/program_%s.journal", options->directory, options->name);
    text_append_format(&files->lock.path, "%s/program_%s.lock", options->directory, options->name);
    enum status status = text_check(&files->result, error);
    if (status == STATUS_OK)
        status = text_check(&files->journal, error);
    if (status == STATUS_OK)
        status = text_check(&files->lock.path, error);
    const struct output_claim claim = {.directory = options->directory,
                                       .name = options->name,
                                       .other_name = "--name",
                                       .journal = text_string(&files->journal),
                                       .resume = options->resume};
    if (status == STATUS_OK)
        status = output_lock_take(&claim, &files->lock, error);
    if (status == STATUS_OK && files->lock.cannot_be_locked && !options->quiet)
        tell_that_nothing_locks(options->directory, options->name);
    if (status == STATUS_OK)
        status = check_existing(options, files, error);
    return status == STATUS_OK ? output_directory_check(options->directory, NEEDED_BYTES, error) : status;
}
