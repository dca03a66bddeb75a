#include "frames.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "os/file_lock.h"

enum { MAX_FILE_BYTES = 1 << 30, MAX_KEY_BYTES = 256 };

const char journal_remedy_start_anew[] = "Start the run again with --force, or choose another --output-dir.";

static const char remedy_unreadable[] =
    "Fix what keeps it from being read and try again, or start the run again with --force.";

enum status journal_is_bad(const char *path, const char *what, struct error *error)
{
    return error_set(error, STATUS_BAD_DATA, journal_remedy_start_anew,
                     "%s is not a journal of this program: %s", path, what);
}

void put_journal_begin(struct byte_writer *writer, const char magic[JOURNAL_MAGIC_BYTES], uint16_t version)
{
    put_bytes(writer, magic, JOURNAL_MAGIC_BYTES);
    put_number(writer, version, 2);
}

enum status get_journal_begin(struct byte_reader *reader, const char magic[JOURNAL_MAGIC_BYTES],
                              uint16_t version, const char *path, struct error *error)
{
    char found[JOURNAL_MAGIC_BYTES];
    get_bytes(reader, found, sizeof found);
    if (memcmp(found, magic, sizeof found) != 0)
        return journal_is_bad(path, "its header is another program's", error);
    uint64_t found_version = get_number(reader, 2);
    if (found_version == version)
        return STATUS_OK;
    return error_set(
        error, STATUS_BAD_DATA,
        "Continue with the version of the program that started the run, or start again with --force.",
        "%s was written by another version of this program, in journal format %" PRIu64
        "; this one reads only format %d",
        path, found_version, version);
}

// ---- frames ----

struct byte_writer frame_begin(uint8_t *bytes, size_t capacity)
{
    return (struct byte_writer){.bytes = bytes, .capacity = capacity, .position = FRAME_OVERHEAD};
}

size_t frame_end(struct byte_writer *writer)
{
    size_t content = writer->position - FRAME_OVERHEAD;
    struct byte_writer head = {.bytes = writer->bytes, .capacity = FRAME_OVERHEAD};
    put_number(&head, content, 4);
    put_number(&head, checksum(writer->bytes + FRAME_OVERHEAD, content), 4);
    return writer->position;
}

bool frame_next(const uint8_t *bytes, size_t length, size_t *position, struct byte_reader *ret_content)
{
    struct byte_reader reader = {.bytes = bytes + *position, .length = length - *position};
    size_t content = (size_t)get_number(&reader, 4);
    uint32_t expected = (uint32_t)get_number(&reader, 4);
    if (reader.overrun || content == 0 || content > reader.length - FRAME_OVERHEAD)
        return false; // zeros are what some file systems leave of a write that a crash cut off
    if (checksum(reader.bytes + FRAME_OVERHEAD, content) != expected)
        return false;
    *ret_content = (struct byte_reader){.bytes = reader.bytes + FRAME_OVERHEAD, .length = content};
    *position += FRAME_OVERHEAD + content;
    return true;
}

// ---- what is inside ----

void put_text(struct byte_writer *writer, const char *text)
{
    put_number(writer, strlen(text), 4);
    put_bytes(writer, text, strlen(text));
}

bool get_long_text(struct byte_reader *reader, size_t max_bytes, struct text *ret_text)
{
    size_t length = (size_t)get_number(reader, 4);
    if (reader->overrun || length > max_bytes || length > reader->length - reader->position)
        return false;
    text_clear(ret_text);
    text_append_bytes(ret_text, reader->bytes + reader->position, length);
    reader->position += length;
    return true;
}

size_t facts_bytes(const struct facts *facts)
{
    size_t bytes = 2;
    for (size_t i = 0; i < facts->count; i++)
        bytes += 4 + strlen(facts->items[i].key) + 4 + strlen(facts->items[i].value);
    return bytes;
}

void put_facts(struct byte_writer *writer, const struct facts *facts)
{
    put_number(writer, facts->count, 2);
    for (size_t i = 0; i < facts->count; i++) {
        put_text(writer, facts->items[i].key);
        put_text(writer, facts->items[i].value);
    }
}

bool get_facts(struct byte_reader *reader, struct facts *facts)
{
    CLEANUP(text_release) struct text key = {0}, value = {0};
    uint64_t count = get_number(reader, 2);
    bool fits = !reader->overrun && count <= FRAME_MAX_FACTS;
    for (uint64_t i = 0; i < count && fits; i++) {
        fits =
            get_long_text(reader, MAX_KEY_BYTES, &key) && get_long_text(reader, FRAME_MAX_TEXT_BYTES, &value);
        if (fits)
            facts_set(facts, text_string(&key), text_string(&value));
    }
    return fits;
}

// ---- the file ----

enum status frame_file_open(struct frame_file *ret_file, const char *path, bool replace, struct error *error)
{
    int flags = O_WRONLY | O_APPEND | O_CLOEXEC | (replace ? O_CREAT : 0);
    struct frame_file file = {.descriptor = open(path, flags, 0666)};
    if (file.descriptor >= 0 && file_lock_take_open(file.descriptor) == FILE_LOCK_HELD) {
        close(file.descriptor);
        return error_set(error, STATUS_ENVIRONMENT,
                         "Wait until it has finished, or name another --output-dir.",
                         "another run writes the journal %s", path);
    }
    if (file.descriptor < 0 || (replace && ftruncate(file.descriptor, 0) != 0))
        return error_set_errno(error, STATUS_ENVIRONMENT, errno,
                               "Choose an --output-dir that you may write to.", "cannot open the journal %s",
                               path);
    size_t length = strlen(path);
    if (length >= sizeof file.path)
        length = sizeof file.path - 1;
    memcpy(file.path, path, length);
    *ret_file = file;
    return STATUS_OK;
}

enum status frame_file_cut(struct frame_file *file, size_t length, struct error *error)
{
    if (ftruncate(file->descriptor, (off_t)length) == 0)
        return STATUS_OK;
    return error_set_errno(error, STATUS_ENVIRONMENT, errno, journal_remedy_start_anew, "cannot truncate %s",
                           file->path);
}

enum status frame_file_append(struct frame_file *file, const uint8_t *bytes, size_t length, bool synced,
                              struct error *error)
{
    if (file->descriptor < 0) // closed
        return STATUS_OK;
    if (!file_write_all(file->descriptor, bytes, length))
        return error_set_errno(
            error, STATUS_ENVIRONMENT, errno,
            "Free some space, then continue with --resume: what was measured so far is kept.",
            "cannot write the journal %s", file->path);
    if (synced && fsync(file->descriptor) != 0 && errno != EINVAL)
        return error_set_errno(error, STATUS_ENVIRONMENT, errno,
                               "Free some space, then continue with --resume.",
                               "cannot sync the journal %s to disk", file->path);
    return STATUS_OK;
}

void frame_file_close(struct frame_file *file)
{
    close_descriptor(&file->descriptor);
    file->descriptor = -1;
}

enum status frame_file_read(const char *path, struct text *ret_bytes, struct error *error)
{
    enum status status = file_read(path, MAX_FILE_BYTES, ret_bytes, error);
    if (status != STATUS_OK && error)
        snprintf(error->remedy, sizeof error->remedy, "%s", remedy_unreadable);
    return status;
}
