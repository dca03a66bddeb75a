// What journals are made of: frames, which a torn or damaged one shows as such, texts and facts inside of
// them, and a file that they are appended to.
//
// A frame is the length of its content (4 bytes), a checksum of it (4 bytes), the content.
#ifndef RUNNER_FRAMES_H
#define RUNNER_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/facts.h"
#include "base/text.h"
#include "wire/bytes.h"

enum {
    FRAME_OVERHEAD = 8, // length and checksum
    FRAME_MAX_TEXT_BYTES = 65536,
    FRAME_MAX_FACTS = 256,
};

struct byte_writer frame_begin(uint8_t *bytes, size_t capacity);

// Fills in length and checksum; returns the frame's whole length.
size_t frame_end(struct byte_writer *writer);

// Opens the frame at `*position` and moves past it; false when it is torn or damaged.
bool frame_next(const uint8_t *bytes, size_t length, size_t *position, struct byte_reader *ret_content);

// A text with its length before it: 4 bytes more than the text.
void put_text(struct byte_writer *writer, const char *text);

// Replaces `ret_text`. False when there is no such text, or it has more than `max_bytes`.
bool get_long_text(struct byte_reader *reader, size_t max_bytes, struct text *ret_text);

// Facts, and the bytes that they take.
size_t facts_bytes(const struct facts *facts);
void put_facts(struct byte_writer *writer, const struct facts *facts);

// Adds them to `facts`. False when the bytes are none.
bool get_facts(struct byte_reader *reader, struct facts *facts);

// A file that grows frame by frame.
struct frame_file {
    int descriptor;
    char path[4096];
};

#define FRAME_FILE_CLOSED ((struct frame_file){.descriptor = -1})

// Opens it for appending; `replace`: empty, created where it is missing.
MUST_CHECK enum status frame_file_open(struct frame_file *ret_file, const char *path, bool replace,
                                       struct error *error);

// Cuts it after `length` bytes.
MUST_CHECK enum status frame_file_cut(struct frame_file *file, size_t length, struct error *error);

// Appends the bytes; `synced`: they are on the disk when it returns. A closed file takes them and keeps
// nothing.
MUST_CHECK enum status frame_file_append(struct frame_file *file, const uint8_t *bytes, size_t length,
                                         bool synced, struct error *error);
void frame_file_close(struct frame_file *file);

// The whole file, for frame_next. The errors tell how to start anew.
MUST_CHECK enum status frame_file_read(const char *path, struct text *ret_bytes, struct error *error);

// The remedy for a journal that cannot be used.
extern const char journal_remedy_start_anew[];

// STATUS_BAD_DATA with what is wrong, and that remedy.
enum status journal_is_bad(const char *path, const char *what, struct error *error);

// How the header of a journal begins.
enum { JOURNAL_MAGIC_BYTES = 8, JOURNAL_BEGIN_BYTES = JOURNAL_MAGIC_BYTES + 2 };
void put_journal_begin(struct byte_writer *writer, const char magic[JOURNAL_MAGIC_BYTES], uint16_t version);

// STATUS_BAD_DATA when it begins as that of another program or of another version.
MUST_CHECK enum status get_journal_begin(struct byte_reader *reader, const char magic[JOURNAL_MAGIC_BYTES],
                                         uint16_t version, const char *path, struct error *error);

#endif
