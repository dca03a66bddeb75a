// The journal of a run, as that of `run` is: a header, then an entry per process, each synced before the next
// process starts. A torn end is cut off, and what stood in it is measured again.
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "private.h"

enum { JOURNAL_VERSION = 1 };

static const char magic[JOURNAL_MAGIC_BYTES] = {'M', 'B', 'P', 'R', 'O', 'G', 'R', 'M'};

enum status program_journal_create(struct frame_file *ret_file, const char *path,
                                   const struct program_request *request, const struct facts *begun_with,
                                   struct error *error)
{
    size_t capacity =
        FRAME_OVERHEAD + JOURNAL_BEGIN_BYTES + program_request_bytes(request) + facts_bytes(begun_with);
    CLEANUP(free_pointer) uint8_t *bytes = malloc(capacity);
    struct frame_file file = FRAME_FILE_CLOSED;
    if (!bytes)
        return error_set_no_memory(error);
    struct byte_writer writer = frame_begin(bytes, capacity);
    put_journal_begin(&writer, magic, JOURNAL_VERSION);
    program_put_request(&writer, request);
    put_facts(&writer, begun_with);
    enum status status = frame_file_open(&file, path, true, error);
    if (status == STATUS_OK)
        status = frame_file_append(&file, bytes, frame_end(&writer), true, error);
    if (status == STATUS_OK)
        *ret_file = file;
    else
        frame_file_close(&file);
    return status;
}

enum status program_journal_append(struct frame_file *file, const struct program_process *process,
                                   uint32_t metric_count, struct error *error)
{
    uint8_t bytes[FRAME_OVERHEAD + PROGRAM_PROCESS_BYTES];
    struct byte_writer writer = frame_begin(bytes, sizeof bytes);
    program_put_process(&writer, process, metric_count);
    return frame_file_append(file, bytes, frame_end(&writer), true, error);
}

static enum status decode_header(struct byte_reader *reader, const char *path,
                                 struct program_journal_content *content, struct error *error)
{
    enum status status = get_journal_begin(reader, magic, JOURNAL_VERSION, path, error);
    if (status != STATUS_OK)
        return status;
    if (!program_get_request(reader, &content->request))
        return journal_is_bad(path, "it does not say what was to be measured", error);
    if (!get_facts(reader, &content->begun_with) || reader->position != reader->length)
        return journal_is_bad(path, "it does not say what the run was begun with", error);
    return facts_check(&content->begun_with, error);
}

static enum status add_process(struct byte_reader *reader, const char *path,
                               struct program_journal_content *content, struct error *error)
{
    if ((content->count & (content->count - 1)) == 0) {
        struct program_process *larger = realloc(
            content->processes, (content->count ? 2 * content->count : 1) * sizeof *content->processes);
        if (!larger)
            return error_set_no_memory(error);
        content->processes = larger;
    }
    if (!program_get_process(reader, LAUNCH_METRIC_COUNT + content->request.own_metric_count,
                             &content->processes[content->count]))
        return journal_is_bad(path, "an entry has impossible values", error);
    content->count++;
    return STATUS_OK;
}

enum status program_journal_decode(const uint8_t *bytes, size_t length, const char *path,
                                   struct program_journal_content *ret_content, struct error *error)
{
    CLEANUP(program_journal_release) struct program_journal_content content = {0};
    struct byte_reader reader;
    size_t position = 0;
    if (!frame_next(bytes, length, &position, &reader))
        return journal_is_bad(path, "its header is cut off or damaged", error);
    enum status status = decode_header(&reader, path, &content, error);
    content.valid_bytes = position;
    while (status == STATUS_OK && position < length && frame_next(bytes, length, &position, &reader)) {
        content.valid_bytes = position;
        status = add_process(&reader, path, &content, error);
    }
    content.cut_off_bytes = length - content.valid_bytes;
    if (status != STATUS_OK)
        return status;
    *ret_content = content;
    content = (struct program_journal_content){0};
    return STATUS_OK;
}

enum status program_journal_read(const char *path, struct program_journal_content *ret_content,
                                 struct error *error)
{
    CLEANUP(text_release) struct text bytes = {0};
    enum status status = frame_file_read(path, &bytes, error);
    if (status != STATUS_OK)
        return status;
    return program_journal_decode((const uint8_t *)text_string(&bytes), bytes.length, path, ret_content,
                                  error);
}

void program_journal_release(struct program_journal_content *content)
{
    program_request_release(&content->request);
    facts_release(&content->begun_with);
    free(content->processes);
    *content = (struct program_journal_content){0};
}
