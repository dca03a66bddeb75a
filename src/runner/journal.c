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
#include "journal_bytes.h"
#include "provenance.h"
#include "runner/runner.h"
#include "wire/gate.h"

enum status journal_decode(const uint8_t *bytes, size_t length, const char *path,
                           struct journal_content *ret_content, struct error *error)
{
    struct journal_content content = {0};
    struct byte_reader reader;
    size_t position = 0;
    if (!frame_next(bytes, length, &position, &reader))
        return journal_is_bad(path, "its header is cut off or damaged", error);
    enum status status = journal_decode_header(&reader, path, &content, error);
    content.valid_bytes = position;
    while (status == STATUS_OK && position < length && frame_next(bytes, length, &position, &reader)) {
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
    for (size_t i = 0; i < content->measurement_count; i++)
        measurement_record_release(&content->measurements[i]);
    free(content->measurements);
    facts_release(&content->provenance);
    *content = (struct journal_content){0};
}

// ---- whether it fits ----

static bool record_fits(const struct process_record *record, const struct plan *plan, bool *has_record)
{
    if (record->plan_order >= plan->count + plan->spare_count || has_record[record->plan_order])
        return false;
    has_record[record->plan_order] = true;
    size_t planned = plan->processes[record->plan_order].trial_count;
    return record->trial_count <= planned * (1 + GATE_MAX_REPETITIONS);
}

// `has_kinds`: of each process, the kinds that were there already.
static bool measurement_fits(const struct measurement_record *record, const struct plan *plan,
                             uint32_t *has_kinds)
{
    if (record->plan_order >= plan->count ||
        !plan_measures_beside(plan, record->kind, &plan->processes[record->plan_order]) ||
        measurements_have(has_kinds[record->plan_order], record->kind))
        return false;
    has_kinds[record->plan_order] |= MEASUREMENT_BIT(record->kind);
    return true;
}

enum status journal_check(struct journal_content *content, const struct plan *plan, const char *path,
                          struct error *error)
{
    CLEANUP(free_pointer) bool *has_record = calloc(plan->count + plan->spare_count, sizeof *has_record);
    CLEANUP(free_pointer) uint32_t *has_kinds = calloc(plan->count, sizeof *has_kinds);
    if (!has_record || !has_kinds)
        return error_set_no_memory(error);
    bool fits = true;
    for (size_t i = 0; i < content->count; i++)
        fits = fits && record_fits(&content->records[i], plan, has_record);
    for (size_t i = 0; i < content->measurement_count; i++)
        fits = fits && measurement_fits(&content->measurements[i], plan, has_kinds);
    if (!fits)
        return error_set(error, STATUS_BAD_DATA, journal_remedy_start_anew,
                         "the journal %s does not fit its plan", path);
    return STATUS_OK;
}

// ---- the file ----

enum status journal_create(struct journal *ret_journal, const char *path, const struct plan *plan,
                           const struct facts *provenance, struct error *error)
{
    struct journal journal = JOURNAL_CLOSED;
    CLEANUP(free_pointer) uint8_t *header = NULL;
    size_t length = 0;
    enum status status = journal_encode_header(plan, provenance, &header, &length, error);
    if (status == STATUS_OK)
        status = frame_file_open(&journal.file, path, true, error);
    if (status == STATUS_OK)
        status = frame_file_append(&journal.file, header, length, true, error);
    if (status == STATUS_OK)
        *ret_journal = journal;
    else
        journal_close(&journal);
    return status;
}

static enum status read_any(const char *path, struct journal_content *ret_content, struct error *error)
{
    CLEANUP(text_release) struct text bytes = {0};
    enum status status = frame_file_read(path, &bytes, error);
    if (status != STATUS_OK)
        return status;
    return journal_decode((const uint8_t *)text_string(&bytes), bytes.length, path, ret_content, error);
}

// Leaves out what lies beyond the plan.
static void cut_content(struct journal_content *content, const struct plan *plan)
{
    size_t kept = 0;
    for (size_t i = 0; i < content->count; i++)
        if (content->records[i].plan_order < plan->count)
            content->records[kept++] = content->records[i];
        else
            process_record_release(&content->records[i]);
    content->count = kept;
}

enum status journal_read(const char *path, const struct plan *plan, const struct facts *provenance,
                         struct journal_content *ret_content, struct error *error)
{
    struct journal_content content = {0};
    enum status status = read_any(path, &content, error);
    if (status != STATUS_OK)
        return status;
    if (content.fingerprint != plan->fingerprint)
        status =
            error_set(error, STATUS_USAGE,
                      "Give --resume the options that the run was started with, or start again with --force.",
                      "%s belongs to a run with other options", path);
    if (status == STATUS_OK)
        status = provenance_check(&content.provenance, provenance, path, error);
    if (status == STATUS_OK && plan->cut_processes > 0)
        cut_content(&content, plan);
    if (status == STATUS_OK)
        status = journal_check(&content, plan, path, error);
    if (status == STATUS_OK)
        *ret_content = content;
    else
        journal_content_release(&content);
    return status;
}

enum status journal_resume(struct journal *ret_journal, const char *path, const struct plan *plan,
                           const struct facts *provenance, struct journal_content *ret_content,
                           struct error *error)
{
    struct journal_content content = {0};
    struct journal journal = JOURNAL_CLOSED;
    enum status status = journal_read(path, plan, provenance, &content, error);
    if (status == STATUS_OK)
        status = frame_file_open(&journal.file, path, false, error);
    if (status == STATUS_OK)
        status = frame_file_cut(&journal.file, content.valid_bytes, error);
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
    size_t capacity = FRAME_OVERHEAD + JOURNAL_RECORD_BYTES + record->trial_count * TRIAL_BYTES +
                      record->values.count * VALUE_BYTES;
    CLEANUP(free_pointer) uint8_t *bytes = malloc(capacity);
    if (!bytes)
        return error_set_no_memory(error);
    return frame_file_append(&journal->file, bytes, journal_encode_record(record, bytes, capacity), true,
                             error);
}

enum status journal_append_measurement(struct journal *journal, const struct measurement_record *record,
                                       struct error *error)
{
    size_t capacity = FRAME_OVERHEAD + JOURNAL_MEASUREMENT_BYTES + record->values.count * VALUE_BYTES;
    CLEANUP(free_pointer) uint8_t *bytes = malloc(capacity);
    if (!bytes)
        return error_set_no_memory(error);
    return frame_file_append(&journal->file, bytes, journal_encode_measurement(record, bytes, capacity),
                             false, error);
}

void journal_close(struct journal *journal)
{
    frame_file_close(&journal->file);
}

enum status runner_read_journal_request(const char *journal_path, struct plan_request *ret_request,
                                        struct facts *ret_begun, struct error *error)
{
    CLEANUP(journal_content_release) struct journal_content content = {0};
    enum status status = read_any(journal_path, &content, error);
    if (status != STATUS_OK)
        return status;
    *ret_request = content.request;
    if (ret_begun) {
        *ret_begun = content.provenance;
        content.provenance = (struct facts){0};
    }
    return STATUS_OK;
}

enum status runner_count_whole_replicates(const char *journal_path, const struct plan *plan,
                                          uint32_t *ret_replicates, struct error *error)
{
    CLEANUP(journal_content_release) struct journal_content content = {0};
    enum status status = read_any(journal_path, &content, error);
    if (status == STATUS_OK)
        status = journal_check(&content, plan, journal_path, error);
    if (status == STATUS_OK)
        status = run_whole_replicates(plan, content.records, content.count, ret_replicates, error);
    return status;
}

enum status runner_discard_journal(const char *journal_path, struct error *error)
{
    if (unlink(journal_path) != 0 && errno != ENOENT)
        return error_set_errno(error, STATUS_ENVIRONMENT, errno, "Remove it by hand: the results are stored.",
                               "cannot remove the journal %s", journal_path);
    return STATUS_OK;
}
