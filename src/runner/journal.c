#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "begun_with.h"
#include "gate/gate.h"
#include "journal_bytes.h"
#include "runner/runner.h"

enum { MOST_JOURNAL_BYTES = 1 << 30 };

static const char remedy_unreadable[] =
    "Mend what keeps it from being read and try again, or start the run anew with --force.";
static const char remedy_start_anew[] = "Start the run anew with --force, or name another --output-dir.";

enum status journal_is_bad(const char *path, const char *what, struct error *error)
{
    return error_set(error, STATUS_BAD_DATA, remedy_start_anew, "%s is no journal of this program: %s", path,
                     what);
}

enum status journal_decode(const uint8_t *bytes, size_t length, const char *path,
                           struct journal_content *ret_content, struct error *error)
{
    struct journal_content content = {0};
    struct byte_reader reader;
    size_t position = 0;
    if (!journal_next_frame(bytes, length, &position, &reader))
        return journal_is_bad(path, "its header is cut off or damaged", error);
    enum status status = journal_decode_header(&reader, path, &content, error);
    content.valid_bytes = position;
    while (status == STATUS_OK && position < length) {
        bool is_next = journal_next_frame(bytes, length, &position, &reader);
        if (!is_next && !journal_find_entry(bytes, length, &position, &reader))
            break;
        content.damaged += !is_next;
        content.valid_bytes = position;
        status = journal_add_entry(&content, &reader, path, error);
    }
    content.cut_off_bytes = length - content.valid_bytes;
    if (status == STATUS_OK)
        *ret_content = content;
    else
        journal_content_release(&content);
    return status;
}

void journal_content_release(struct journal_content *content)
{
    for (size_t i = 0; i < content->count; i++)
        process_record_release(&content->records[i]);
    free(content->records);
    free(content->censuses);
    facts_release(&content->begun_with);
    *content = (struct journal_content){0};
}

// ---- whether it fits ----

static bool record_fits(const struct process_record *record, const struct plan *plan, bool *has_record)
{
    if (record->plan_order >= plan->count || has_record[record->plan_order])
        return false;
    has_record[record->plan_order] = true;
    size_t planned = plan->processes[record->plan_order].trial_count;
    return record->trial_count <= planned * (1 + GATE_MOST_REPETITIONS);
}

static bool census_fits(const struct census *census, const struct plan *plan, bool *has_census)
{
    if (census->plan_order >= plan->count || plan->processes[census->plan_order].replicate != 0 ||
        has_census[census->plan_order])
        return false;
    has_census[census->plan_order] = true;
    return true;
}

enum status journal_check(struct journal_content *content, const struct plan *plan, const char *path,
                          struct error *error)
{
    CLEANUP(free_pointer) bool *has_record = calloc(plan->count, sizeof *has_record);
    CLEANUP(free_pointer) bool *has_census = calloc(plan->count, sizeof *has_census);
    if (!has_record || !has_census)
        return error_set_no_memory(error);
    bool fits = true;
    for (size_t i = 0; i < content->count; i++)
        fits = fits && record_fits(&content->records[i], plan, has_record);
    for (size_t i = 0; i < content->census_count; i++)
        fits = fits && census_fits(&content->censuses[i], plan, has_census);
    if (!fits)
        return error_set(error, STATUS_BAD_DATA, remedy_start_anew, "the journal %s does not fit its plan",
                         path);
    // Processes run in the order of the plan, censuses after all of them.
    size_t ran = content->census_count ? plan->count : 0;
    for (size_t i = 0; i < content->count; i++)
        ran = content->records[i].plan_order >= ran ? content->records[i].plan_order + (size_t)1 : ran;
    content->lost = ran - content->count;
    return STATUS_OK;
}

// ---- the file ----

static enum status write_whole(struct journal *journal, const uint8_t *bytes, size_t length,
                               struct error *error)
{
    if (journal->descriptor < 0) // closed
        return STATUS_OK;
    if (!file_write_all(journal->descriptor, bytes, length))
        return error_set_errno(error, STATUS_ENVIRONMENT, errno,
                               "Free some space, then go on with --resume: what was measured so far is kept.",
                               "cannot write the journal %s", journal->path);
    return STATUS_OK;
}

static enum status write_synced(struct journal *journal, const uint8_t *bytes, size_t length,
                                struct error *error)
{
    enum status status = write_whole(journal, bytes, length, error);
    if (status == STATUS_OK && journal->descriptor >= 0 && fsync(journal->descriptor) != 0 && errno != EINVAL)
        return error_set_errno(error, STATUS_ENVIRONMENT, errno, "Free some space, then go on with --resume.",
                               "cannot sync the journal %s to disk", journal->path);
    return status;
}

static enum status open_file(struct journal *ret_journal, const char *path, int flags, struct error *error)
{
    struct journal journal = {.descriptor = open(path, flags | O_CLOEXEC, 0666)};
    if (journal.descriptor < 0)
        return error_set_errno(error, STATUS_ENVIRONMENT, errno,
                               "Choose an --output-dir that you may write to.", "cannot open the journal %s",
                               path);
    size_t length = strlen(path);
    if (length >= sizeof journal.path)
        length = sizeof journal.path - 1;
    memcpy(journal.path, path, length);
    *ret_journal = journal;
    return STATUS_OK;
}

enum status journal_create(struct journal *ret_journal, const char *path, const struct plan *plan,
                           const struct facts *begun_with, struct error *error)
{
    struct journal journal = JOURNAL_CLOSED;
    CLEANUP(free_pointer) uint8_t *header = NULL;
    size_t length = 0;
    enum status status = journal_encode_header(plan, begun_with, &header, &length, error);
    if (status == STATUS_OK)
        status = open_file(&journal, path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, error);
    if (status == STATUS_OK)
        status = write_synced(&journal, header, length, error);
    if (status == STATUS_OK)
        *ret_journal = journal;
    else
        journal_close(&journal);
    return status;
}

static enum status read_journal(const char *path, struct journal_content *ret_content, struct error *error)
{
    CLEANUP(text_release) struct text bytes = {0};
    enum status status = file_read(path, MOST_JOURNAL_BYTES, &bytes, error);
    if (status != STATUS_OK && error)
        snprintf(error->remedy, sizeof error->remedy, "%s", remedy_unreadable);
    if (status != STATUS_OK)
        return status;
    return journal_decode((const uint8_t *)text_string(&bytes), bytes.length, path, ret_content, error);
}

enum status journal_resume(struct journal *ret_journal, const char *path, const struct plan *plan,
                           const struct facts *begun_with, struct journal_content *ret_content,
                           struct error *error)
{
    struct journal_content content = {0};
    enum status status = read_journal(path, &content, error);
    if (status != STATUS_OK)
        return status;
    struct journal journal = JOURNAL_CLOSED;
    if (content.fingerprint != plan->fingerprint)
        status =
            error_set(error, STATUS_USAGE,
                      "Give --resume the options that the run was started with, or start anew with --force.",
                      "%s belongs to a run with other options", path);
    if (status == STATUS_OK)
        status = begun_with_check(&content.begun_with, begun_with, path, error);
    if (status == STATUS_OK)
        status = journal_check(&content, plan, path, error);
    if (status == STATUS_OK)
        status = open_file(&journal, path, O_WRONLY | O_APPEND, error);
    if (status == STATUS_OK && ftruncate(journal.descriptor, (off_t)content.valid_bytes) != 0)
        status = error_set_errno(error, STATUS_ENVIRONMENT, errno, remedy_start_anew,
                                 "cannot cut off the torn end of %s", path);
    if (status != STATUS_OK) {
        journal_close(&journal);
        journal_content_release(&content);
        return status;
    }
    *ret_journal = journal;
    *ret_content = content;
    return STATUS_OK;
}

enum status journal_append(struct journal *journal, const struct process_record *record, struct error *error)
{
    size_t capacity = FRAME_OVERHEAD + JOURNAL_RECORD_BYTES + record->trial_count * TRIAL_BYTES;
    CLEANUP(free_pointer) uint8_t *bytes = malloc(capacity);
    if (!bytes)
        return error_set_no_memory(error);
    return write_synced(journal, bytes, journal_encode_record(record, bytes, capacity), error);
}

enum status journal_append_census(struct journal *journal, const struct census *census, struct error *error)
{
    uint8_t bytes[FRAME_OVERHEAD + JOURNAL_CENSUS_BYTES];
    return write_whole(journal, bytes, journal_encode_census(census, bytes, sizeof bytes), error);
}

void journal_close(struct journal *journal)
{
    close_descriptor(&journal->descriptor);
    journal->descriptor = -1;
}

enum status runner_read_journal_request(const char *journal_path, struct plan_request *ret_request,
                                        struct error *error)
{
    struct journal_content content = {0};
    enum status status = read_journal(journal_path, &content, error);
    if (status != STATUS_OK)
        return status;
    *ret_request = content.request;
    journal_content_release(&content);
    return STATUS_OK;
}

enum status runner_discard_journal(const char *journal_path, struct error *error)
{
    if (unlink(journal_path) != 0 && errno != ENOENT)
        return error_set_errno(error, STATUS_ENVIRONMENT, errno, "Remove it by hand: the results are stored.",
                               "cannot remove the journal %s", journal_path);
    return STATUS_OK;
}
