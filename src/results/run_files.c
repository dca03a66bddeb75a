#include "results/run_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "results/results.h"

void run_files_release(struct run_files *files)
{
    if (!files)
        return;
    text_release(&files->benchmark);
    text_release(&files->details);
    text_release(&files->measurements);
    text_release(&files->journal);
    output_lock_release(&files->lock);
}

enum status run_files_name(const struct run_files_request *request, struct run_files *ret_files,
                           struct error *error)
{
    enum status status = results_paths(request->output_directory, request->platform, &ret_files->benchmark,
                                       &ret_files->details, error);
    if (status == STATUS_OK)
        status = results_measurements_path(request->output_directory, request->platform,
                                           &ret_files->measurements, error);
    text_append_format(&ret_files->journal, "%s/benchmark_%s.journal", request->output_directory,
                       request->platform);
    text_append_format(&ret_files->lock.path, "%s/benchmark_%s.lock", request->output_directory,
                       request->platform);
    if (status == STATUS_OK)
        status = text_check(&ret_files->journal, error);
    return status == STATUS_OK ? text_check(&ret_files->lock.path, error) : status;
}

void resume_command_append(struct text *text, const struct run_files_request *request, bool replace)
{
    text_append_format(text, "memalloc-bench run %s --resume", request->platform);
    if (request->finish)
        text_append(text, " --finish");
    if (strcmp(request->output_directory, RESULTS_DEFAULT_DIRECTORY) != 0) {
        text_append(text, " --output-dir=");
        text_append_shell_word(text, request->output_directory);
    }
    if (replace)
        text_append(text, " --force");
}

static bool exists(const struct text *path)
{
    struct stat information;
    return lstat(text_string(path), &information) == 0;
}

bool run_files_have_journal(const struct run_files *files)
{
    struct stat information;
    return lstat(text_string(&files->journal), &information) == 0 && information.st_size > 0;
}

static enum status journal_exists(const struct run_files_request *request, const struct run_files *files,
                                  bool has_results, struct error *error)
{
    CLEANUP(text_release) struct text remedy = {0};
    text_append(&remedy, "Continue it: ");
    resume_command_append(&remedy, request, has_results);
    text_append(&remedy, "; or start again with --force.");
    return error_set(error, STATUS_USAGE, text_string(&remedy), "an interrupted run of %s is kept in %s",
                     request->platform, text_string(&files->journal));
}

static enum status results_exist(const struct run_files_request *request, const struct text *result,
                                 struct error *error)
{
    CLEANUP(text_release) struct text remedy = {0};
    if (request->resume) {
        text_append(&remedy, "Replace them by those of the interrupted run: ");
        resume_command_append(&remedy, request, true);
    } else {
        text_append(&remedy, "Replace them with --force, or choose another platform name or --output-dir.");
    }
    return error_set(error, STATUS_USAGE, text_string(&remedy), "results of %s already exist: %s",
                     request->platform, text_string(result));
}

static enum status check_existing(const struct run_files_request *request, const struct run_files *files,
                                  struct error *error)
{
    bool journal = run_files_have_journal(files);
    if (request->resume && !journal)
        return error_set(error, STATUS_USAGE, "Start it without --resume.",
                         exists(&files->journal)
                             ? "the interrupted run of %s has measured nothing: the file %s is empty"
                             : "there is no interrupted run of %s: no file %s",
                         request->platform, text_string(&files->journal));
    const struct text *result = exists(&files->benchmark)      ? &files->benchmark
                                : exists(&files->details)      ? &files->details
                                : exists(&files->measurements) ? &files->measurements
                                                               : NULL;
    if (request->force)
        return STATUS_OK;
    if (journal && !request->resume)
        return journal_exists(request, files, result != NULL, error);
    return result ? results_exist(request, result, error) : STATUS_OK;
}

enum status run_files_claim(const struct run_files_request *request, struct run_files *files,
                            struct error *error)
{
    const struct output_claim claim = {.directory = request->output_directory,
                                       .name = request->platform,
                                       .other_name = "platform name",
                                       .journal = text_string(&files->journal),
                                       .resume = request->resume};
    enum status status = output_lock_take(&claim, &files->lock, error);
    return status == STATUS_OK ? check_existing(request, files, error) : status;
}

uint64_t run_files_needed_bytes(uint64_t process_count, uint64_t trial_count)
{
    // A journal's record of a process and of a trial, twice over for the Parquet files, and room for their
    // metadata.
    return 2 * (process_count * 1024 + trial_count * 256) + 1024 * 1024;
}

// Writes a little, since a quota or a full disk does not show before.
static enum status try_writing(const char *directory, struct error *error)
{
    static const char remedy[] = "Free some space or name another directory with --output-dir.";
    static const char zeros[65536];
    CLEANUP(text_release) struct text path = {0};
    text_append_format(&path, "%s/.memalloc-bench.%ld.probe", directory, (long)getpid());
    if (text_check(&path, error) != STATUS_OK)
        return STATUS_NO_MEMORY;
    CLEANUP(close_descriptor)
    int descriptor = open(text_string(&path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return error_set_errno(error, STATUS_ENVIRONMENT, errno, remedy_not_writable,
                               "cannot write to the directory %s", directory);
    ssize_t written = write(descriptor, zeros, sizeof zeros);
    int write_errno = written < 0 ? errno : ENOSPC;
    if (written == (ssize_t)sizeof zeros && fsync(descriptor) != 0) {
        write_errno = errno;
        written = -1;
    }
    unlink(text_string(&path));
    if (written != (ssize_t)sizeof zeros)
        return error_set_errno(error, STATUS_ENVIRONMENT, write_errno, remedy,
                               "cannot write to the directory %s", directory);
    return STATUS_OK;
}

enum status output_directory_check(const char *directory, uint64_t needed_bytes, struct error *error)
{
    enum status status = file_make_directory(directory, error);
    if (status == STATUS_OK)
        status = try_writing(directory, error);
    if (status != STATUS_OK)
        return status;
    struct statvfs space;
    if (statvfs(directory, &space) != 0 || space.f_frsize == 0)
        return STATUS_OK; // not known
    uint64_t blocks_needed = needed_bytes / space.f_frsize + 1;
    if (space.f_bavail >= blocks_needed)
        return STATUS_OK;
    return error_set(error, STATUS_ENVIRONMENT,
                     "Free some space or name another directory with --output-dir.",
                     "the directory %s has room for %llu MiB, the run needs up to %llu MiB", directory,
                     (unsigned long long)(space.f_bavail * (uint64_t)space.f_frsize >> 20),
                     (unsigned long long)(needed_bytes >> 20) + 1);
}
