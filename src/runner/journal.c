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
#include "runner/runner.h"
#include "wire/bytes.h"

enum {
    JOURNAL_VERSION = 4,
    NAME_BYTES = 32,
    FRAME_OVERHEAD = 8, // length and checksum
    HEAP_BYTES = HEAP_NAME_BYTES + HEAP_LIBRARY_BYTES + HEAP_TUNABLES_BYTES,
    HEADER_CAPACITY = 64 + (STRATEGY_COUNT + PATTERN_COUNT + 1) * NAME_BYTES + SIZE_COUNT * 4 +
                      MOST_HEAPS * HEAP_BYTES + MOST_LIVE_COUNTS * 4,
    RECORD_BYTES = 1 + 4 + 4 + PROCESS_REASON_BYTES + 8 * 8 + HEAP_IDENTITY_BYTES + 4 + 4 + 8 + 4,
    MOST_JOURNAL_BYTES = 1 << 30,
};

enum entry_kind { ENTRY_PROCESS, ENTRY_CENSUS };

static const char magic[8] = "MBJOURNL";
static const char remedy_unreadable[] =
    "Mend what keeps it from being read and try again, or start the run anew with --force.";
static const char remedy_start_anew[] = "Start the run anew with --force, or name another --output-dir.";

static enum status bad_journal(const char *path, const char *what, struct error *error)
{
    return error_set(error, STATUS_BAD_DATA, remedy_start_anew, "%s is no journal of this program: %s", path,
                     what);
}

// ---- frames ----

static struct byte_writer begin_frame(uint8_t *bytes, size_t capacity)
{
    return (struct byte_writer){.bytes = bytes, .capacity = capacity, .position = FRAME_OVERHEAD};
}

// Fills in length and checksum; returns the frame's whole length.
static size_t end_frame(struct byte_writer *writer)
{
    size_t content = writer->position - FRAME_OVERHEAD;
    struct byte_writer head = {.bytes = writer->bytes, .capacity = FRAME_OVERHEAD};
    put_number(&head, content, 4);
    put_number(&head, checksum(writer->bytes + FRAME_OVERHEAD, content), 4);
    return writer->position;
}

// Opens the frame at `*position` and moves past it; false when it is torn.
static bool next_frame(const uint8_t *bytes, size_t length, size_t *position, struct byte_reader *ret_content)
{
    struct byte_reader reader = {.bytes = bytes + *position, .length = length - *position};
    size_t content = (size_t)get_number(&reader, 4);
    uint32_t expected = (uint32_t)get_number(&reader, 4);
    if (reader.overrun || content > reader.length - FRAME_OVERHEAD)
        return false;
    if (checksum(reader.bytes + FRAME_OVERHEAD, content) != expected)
        return false;
    *ret_content = (struct byte_reader){.bytes = reader.bytes + FRAME_OVERHEAD, .length = content};
    *position += FRAME_OVERHEAD + content;
    return true;
}

// ---- the header ----

static void put_name(struct byte_writer *writer, const char *name)
{
    char bytes[NAME_BYTES] = {0};
    memcpy(bytes, name, strlen(name) < NAME_BYTES - 1 ? strlen(name) : NAME_BYTES - 1);
    put_bytes(writer, bytes, NAME_BYTES);
}

static void put_request(struct byte_writer *writer, const struct plan_request *request)
{
    uint32_t strategy_total = 0, pattern_total = 0, size_total = 0;
    for (int i = 0; i < STRATEGY_COUNT; i++)
        strategy_total += request->strategies[i];
    for (int i = 0; i < PATTERN_COUNT; i++)
        pattern_total += request->patterns[i];
    for (int i = 0; i < SIZE_COUNT; i++)
        size_total += request->sizes[i];
    put_number(writer, strategy_total, 2);
    for (int i = 0; i < STRATEGY_COUNT; i++)
        if (request->strategies[i])
            put_name(writer, strategies[i].name);
    put_number(writer, pattern_total, 2);
    for (int i = 0; i < PATTERN_COUNT; i++)
        if (request->patterns[i])
            put_name(writer, patterns[i].name);
    put_number(writer, size_total, 2);
    for (int i = 0; i < SIZE_COUNT; i++)
        if (request->sizes[i])
            put_number(writer, object_sizes[i], 4);
    put_number(writer, request->iterations, 4);
    put_number(writer, request->processes, 4);
    put_number(writer, request->seed, 8);
    put_name(writer, touches[request->touch].name);
    put_number(writer, request->heap_count, 2);
    for (uint32_t i = 0; i < request->heap_count; i++) {
        put_bytes(writer, request->heaps[i].name, HEAP_NAME_BYTES);
        put_bytes(writer, request->heaps[i].library, HEAP_LIBRARY_BYTES);
        put_bytes(writer, request->heaps[i].tunables, HEAP_TUNABLES_BYTES);
    }
    put_number(writer, request->live_count, 2);
    for (uint32_t i = 0; i < request->live_count; i++)
        put_number(writer, request->live_objects[i], 4);
    put_number(writer, request->traverse, 1);
}

static void get_terminated(struct byte_reader *reader, char *ret_text, size_t capacity)
{
    get_bytes(reader, ret_text, capacity);
    ret_text[capacity - 1] = '\0';
}

// The axes beyond strategy, pattern and size. False when they are not of this build's making.
static bool get_axes(struct byte_reader *reader, struct plan_request *request)
{
    char name[NAME_BYTES];
    get_terminated(reader, name, sizeof name);
    const struct pattern *touch = touch_find(name);
    request->heap_count = (uint32_t)get_number(reader, 2);
    if (!touch || request->heap_count > MOST_HEAPS)
        return false;
    request->touch = (enum touch)(touch - touches);
    for (uint32_t i = 0; i < request->heap_count; i++) {
        get_terminated(reader, request->heaps[i].name, HEAP_NAME_BYTES);
        get_terminated(reader, request->heaps[i].library, HEAP_LIBRARY_BYTES);
        get_terminated(reader, request->heaps[i].tunables, HEAP_TUNABLES_BYTES);
    }
    request->live_count = (uint32_t)get_number(reader, 2);
    if (request->live_count > MOST_LIVE_COUNTS)
        return false;
    for (uint32_t i = 0; i < request->live_count; i++)
        request->live_objects[i] = (uint32_t)get_number(reader, 4);
    request->traverse = get_number(reader, 1) != 0;
    return true;
}

// False when the journal names something that this build does not know.
static bool get_request(struct byte_reader *reader, struct plan_request *ret_request)
{
    struct plan_request request = {0};
    bool known = true;
    char name[NAME_BYTES];
    for (uint64_t left = get_number(reader, 2); left > 0 && !reader->overrun; left--) {
        get_terminated(reader, name, sizeof name);
        const struct strategy *strategy = strategy_find(name);
        known = known && strategy;
        if (strategy)
            request.strategies[strategy - strategies] = true;
    }
    for (uint64_t left = get_number(reader, 2); left > 0 && !reader->overrun; left--) {
        get_terminated(reader, name, sizeof name);
        const struct pattern *pattern = pattern_find(name);
        known = known && pattern;
        if (pattern)
            request.patterns[pattern - patterns] = true;
    }
    for (uint64_t left = get_number(reader, 2); left > 0 && !reader->overrun; left--) {
        int index = size_index((uint32_t)get_number(reader, 4));
        known = known && index >= 0;
        if (index >= 0)
            request.sizes[index] = true;
    }
    request.iterations = (uint32_t)get_number(reader, 4);
    request.processes = (uint32_t)get_number(reader, 4);
    request.seed = get_number(reader, 8);
    known = known && get_axes(reader, &request);
    *ret_request = request;
    return known && !reader->overrun;
}

static size_t encode_header(const struct plan *plan, uint8_t bytes[HEADER_CAPACITY])
{
    struct byte_writer writer = begin_frame(bytes, HEADER_CAPACITY);
    put_bytes(&writer, magic, sizeof magic);
    put_number(&writer, JOURNAL_VERSION, 2);
    put_number(&writer, plan->fingerprint, 8);
    put_request(&writer, &plan->request);
    return end_frame(&writer);
}

// ---- entries ----

static size_t encode_record(const struct process_record *record, uint8_t *bytes, size_t capacity)
{
    struct byte_writer writer = begin_frame(bytes, capacity);
    put_number(&writer, ENTRY_PROCESS, 1);
    put_number(&writer, record->plan_order, 4);
    put_number(&writer, record->outcome, 4);
    put_bytes(&writer, record->reason, PROCESS_REASON_BYTES);
    put_number(&writer, record->cold_start_ns, 8);
    put_number(&writer, record->floor_ns, 8);
    put_number(&writer, record->resident_bytes, 8);
    put_number(&writer, record->steal_ticks, 8);
    put_number(&writer, record->warmup_batches, 8);
    put_number(&writer, record->traversal.fresh_ns, 8);
    put_number(&writer, record->traversal.aged_ns, 8);
    put_number(&writer, record->traversal.objects, 8);
    put_heap_identity(&writer, &record->heap);
    put_number(&writer, record->heap.probes, 4);
    put_number(&writer, record->heap.probes_served, 4);
    put_number(&writer, record->heap.c_library_bytes, 8);
    put_number(&writer, record->trial_count, 4);
    for (size_t i = 0; i < record->trial_count; i++)
        put_trial(&writer, &record->trials[i]);
    return end_frame(&writer);
}

static enum status decode_record(struct byte_reader *reader, const char *path,
                                 struct process_record *ret_record, struct error *error)
{
    struct process_record record = {0};
    record.plan_order = (uint32_t)get_number(reader, 4);
    uint64_t outcome = get_number(reader, 4);
    get_bytes(reader, record.reason, PROCESS_REASON_BYTES);
    record.reason[PROCESS_REASON_BYTES - 1] = '\0';
    record.cold_start_ns = get_number(reader, 8);
    record.floor_ns = get_number(reader, 8);
    record.resident_bytes = get_number(reader, 8);
    record.steal_ticks = get_number(reader, 8);
    record.warmup_batches = (uint32_t)get_number(reader, 8);
    record.traversal.fresh_ns = get_number(reader, 8);
    record.traversal.aged_ns = get_number(reader, 8);
    record.traversal.objects = get_number(reader, 8);
    get_heap_identity(reader, &record.heap);
    record.heap.probes = (uint32_t)get_number(reader, 4);
    record.heap.probes_served = (uint32_t)get_number(reader, 4);
    record.heap.c_library_bytes = get_number(reader, 8);
    record.trial_count = (size_t)get_number(reader, 4);
    if (reader->overrun || outcome >= OUTCOME_COUNT ||
        record.trial_count * (size_t)TRIAL_BYTES != reader->length - reader->position)
        return bad_journal(path, "an entry has impossible values", error);
    record.outcome = (enum outcome)outcome;
    record.trials = calloc(record.trial_count ? record.trial_count : 1, sizeof *record.trials);
    if (!record.trials)
        return error_set_no_memory(error);
    for (size_t i = 0; i < record.trial_count; i++)
        get_trial(reader, &record.trials[i]);
    *ret_record = record;
    return STATUS_OK;
}

// Makes room for one more in an array that doubles: whenever `count` is a power of two or zero.
static bool make_room(void **array, size_t count, size_t element_bytes)
{
    if (count & (count - 1))
        return true;
    void *larger = realloc(*array, (count ? count * 2 : 1) * element_bytes);
    if (larger)
        *array = larger;
    return larger != NULL;
}

static enum status add_census(struct journal_content *content, struct byte_reader *reader, const char *path,
                              struct error *error)
{
    void *censuses = content->censuses;
    if (!make_room(&censuses, content->census_count, sizeof *content->censuses))
        return error_set_no_memory(error);
    content->censuses = censuses;
    struct census *census = &content->censuses[content->census_count];
    get_census(reader, census);
    if (reader->overrun || reader->position != reader->length)
        return bad_journal(path, "an entry has impossible values", error);
    content->census_count++;
    return STATUS_OK;
}

static enum status add_entry(struct journal_content *content, struct byte_reader *reader, const char *path,
                             struct error *error)
{
    uint64_t kind = get_number(reader, 1);
    if (kind == ENTRY_CENSUS)
        return add_census(content, reader, path, error);
    if (kind != ENTRY_PROCESS)
        return bad_journal(path, "an entry is of an unknown kind", error);
    void *records = content->records;
    if (!make_room(&records, content->count, sizeof *content->records))
        return error_set_no_memory(error);
    content->records = records;
    enum status status = decode_record(reader, path, &content->records[content->count], error);
    if (status == STATUS_OK)
        content->count++;
    return status;
}

enum status journal_decode(const uint8_t *bytes, size_t length, const char *path,
                           struct journal_content *ret_content, struct error *error)
{
    struct journal_content content = {0};
    struct byte_reader reader;
    char found[sizeof magic];
    size_t position = 0;
    if (!next_frame(bytes, length, &position, &reader))
        return bad_journal(path, "its header is cut off or damaged", error);
    get_bytes(&reader, found, sizeof found);
    if (memcmp(found, magic, sizeof magic) != 0)
        return bad_journal(path, "its header is another program's", error);
    if (get_number(&reader, 2) != JOURNAL_VERSION)
        return bad_journal(path, "it is of another version", error);
    content.fingerprint = get_number(&reader, 8);
    if (!get_request(&reader, &content.request))
        return bad_journal(path, "it names allocators, patterns or sizes unknown here", error);
    enum status status = STATUS_OK;
    content.valid_bytes = position;
    while (status == STATUS_OK && next_frame(bytes, length, &position, &reader)) {
        status = add_entry(&content, &reader, path, error);
        content.valid_bytes = position;
    }
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
    *content = (struct journal_content){0};
}

// ---- the file ----

static enum status write_whole(struct journal *journal, const uint8_t *bytes, size_t length,
                               struct error *error)
{
    if (journal->descriptor < 0) // closed
        return STATUS_OK;
    for (size_t written = 0; written < length;) {
        ssize_t count = write(journal->descriptor, bytes + written, length - written);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return error_set_errno(
                error, STATUS_ENVIRONMENT, errno,
                "Free some space, then go on with --resume: what was measured so far is kept.",
                "cannot write the journal %s", journal->path);
        written += (size_t)count;
    }
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
                           struct error *error)
{
    struct journal journal = JOURNAL_CLOSED;
    uint8_t header[HEADER_CAPACITY];
    size_t length = encode_header(plan, header);
    enum status status = open_file(&journal, path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, error);
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
                           struct journal_content *ret_content, struct error *error)
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
    size_t capacity = FRAME_OVERHEAD + RECORD_BYTES + record->trial_count * TRIAL_BYTES;
    CLEANUP(free_pointer) uint8_t *bytes = malloc(capacity);
    if (!bytes)
        return error_set_no_memory(error);
    return write_synced(journal, bytes, encode_record(record, bytes, capacity), error);
}

enum status journal_append_census(struct journal *journal, const struct census *census, struct error *error)
{
    uint8_t bytes[FRAME_OVERHEAD + 1 + CENSUS_BYTES];
    struct byte_writer writer = begin_frame(bytes, sizeof bytes);
    put_number(&writer, ENTRY_CENSUS, 1);
    put_census(&writer, census);
    return write_whole(journal, bytes, end_frame(&writer), error);
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
