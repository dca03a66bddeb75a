#include "results/output_lock.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "os/file_lock.h"

const char remedy_not_writable[] = "Name a directory that you may write to with --output-dir.";

static bool exists(const struct text *path)
{
    struct stat information;
    return lstat(text_string(path), &information) == 0;
}

static enum status goes_on_already(const struct output_claim *claim, const struct file_lock_owner *owner,
                                   struct error *error)
{
    CLEANUP(text_release) struct text process = {0}, remedy = {0};
    text_append(&process, "another process");
    if (owner->pid > 0)
        text_append_format(&process, ", number %ld", (long)owner->pid);
    if (*owner->host)
        text_append_format(&process, " on the machine %s", owner->host);
    text_append(&remedy, "Wait until it has finished");
    if (owner->pid > 0 && !*owner->host)
        text_append_format(&remedy, ", end it with: kill %ld", (long)owner->pid);
    text_append_format(&remedy, "; or choose another %s or --output-dir.", claim->other_name);
    return error_set(error, STATUS_ENVIRONMENT, text_string(&remedy), "a run of %s into %s is active in %s",
                     claim->name, claim->directory, text_string(&process));
}

static enum status cannot_lock(const struct output_claim *claim, const struct output_lock *lock,
                               int error_number, struct error *error)
{
    static const char remedy[] = "Remove the file if no run goes on, or choose another --output-dir.";
    const char *path = text_string(&lock->path);
    if (error_number == ELOOP)
        return error_set(error, STATUS_ENVIRONMENT, remedy, "the file %s is a symbolic link", path);
    if (exists(&lock->path)) // left behind by another user, perhaps
        return error_set_errno(error, STATUS_ENVIRONMENT, error_number, remedy, "cannot open the file %s",
                               path);
    return error_set_errno(error, STATUS_ENVIRONMENT, error_number, remedy_not_writable,
                           "cannot write to the directory %s", claim->directory);
}

enum status output_lock_take(const struct output_claim *claim, struct output_lock *lock, struct error *error)
{
    struct stat information;
    if (claim->resume && stat(claim->directory, &information) != 0 && errno == ENOENT)
        return STATUS_OK; // there is nothing
    enum status status = file_make_directory(claim->directory, error);
    if (status != STATUS_OK)
        return status;
    struct file_lock_owner owner;
    switch (file_lock_take(text_string(&lock->path), &lock->descriptor, &owner)) {
    case FILE_LOCK_TAKEN:
        lock->is_locked = true;
        return file_lock_is_held(claim->journal, &owner) ? goes_on_already(claim, &owner, error) : STATUS_OK;
    case FILE_LOCK_HELD:
        return goes_on_already(claim, &owner, error);
    case FILE_LOCK_UNSUPPORTED:
        lock->cannot_be_locked = true;
        return STATUS_OK;
    case FILE_LOCK_FAILED:
        break;
    }
    return cannot_lock(claim, lock, errno, error);
}

enum status output_lock_check(const struct output_lock *lock, const char *name, struct error *error)
{
    if (!lock->is_locked || file_lock_is_in_place(text_string(&lock->path), lock->descriptor))
        return STATUS_OK;
    return error_set(
        error, STATUS_ENVIRONMENT, "See that no other run goes on, then go on with --resume.",
        "the file %s was removed while the run of %s went on, and another one may have begun since",
        text_string(&lock->path), name);
}

void output_lock_release(struct output_lock *lock)
{
    if (lock->is_locked)
        file_lock_release(text_string(&lock->path), lock->descriptor);
    lock->is_locked = false;
    text_release(&lock->path);
}
