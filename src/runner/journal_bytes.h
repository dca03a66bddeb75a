// The journal's bytes: frames, the header and the entries. Private to the journal.
//
// The first frame (frames.h) is the header; every other one is an entry.
#ifndef RUNNER_JOURNAL_BYTES_H
#define RUNNER_JOURNAL_BYTES_H

#include <stddef.h>
#include <stdint.h>

#include "runner/frames.h"
#include "runner/journal.h"

enum {
    JOURNAL_RECORD_BYTES = // without its trials and values
    1 + 4 + 4 + PROCESS_REASON_BYTES + 5 * 8 + HEAP_IDENTITY_BYTES + 4 + 4 + 8 + 4 + 4,
    JOURNAL_MEASUREMENT_BYTES = // likewise without its values
    1 + 4 + METRIC_NAME_BYTES + 4 + PROCESS_REASON_BYTES + 4,
};

// The header's frame, owned by the caller.
MUST_CHECK enum status journal_encode_header(const struct plan *plan, const struct facts *provenance,
                                             uint8_t **ret_bytes, size_t *ret_length, struct error *error);

// Fills in what a header says. On failure the content is to be released.
MUST_CHECK enum status journal_decode_header(struct byte_reader *reader, const char *path,
                                             struct journal_content *content, struct error *error);

// An entry's frame; returns its length. There is room for JOURNAL_RECORD_BYTES or JOURNAL_MEASUREMENT_BYTES,
// the trials and values, and FRAME_OVERHEAD.
size_t journal_encode_record(const struct process_record *record, uint8_t *bytes, size_t capacity);
size_t journal_encode_measurement(const struct measurement_record *record, uint8_t *bytes, size_t capacity);

// Adds what an entry says to the content.
MUST_CHECK enum status journal_add_entry(struct journal_content *content, struct byte_reader *reader,
                                         const char *path, struct error *error);

#endif
