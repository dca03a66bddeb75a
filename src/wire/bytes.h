// Little-endian values in a byte buffer, one after the other, and a checksum over them. Writing past the end
// or reading past it sets `overrun` instead of touching memory.
#ifndef WIRE_BYTES_H
#define WIRE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "wire/record.h"

struct byte_writer {
    uint8_t *bytes;
    size_t capacity;
    size_t position;
    bool overrun;
};

struct byte_reader {
    const uint8_t *bytes;
    size_t length;
    size_t position;
    bool overrun;
};

void put_bytes(struct byte_writer *writer, const void *bytes, size_t count);
void put_number(struct byte_writer *writer, uint64_t value, int byte_count); // 1 to 8 bytes
void get_bytes(struct byte_reader *reader, void *ret_bytes, size_t count);   // zeroes after an overrun
uint64_t get_number(struct byte_reader *reader, int byte_count);

// One trial in the form that both the messages and the journal use.
enum { TRIAL_BYTES = 4 + 4 + 4 + 1 + 12 * 8 };
void put_trial(struct byte_writer *writer, const struct trial *trial);
void get_trial(struct byte_reader *reader, struct trial *ret_trial);

// Likewise a census.
enum {
    CENSUS_BYTES = 4 + 1 + 4 + 3 * 8 + 4 + HARDWARE_COUNTER_COUNT * 8 + 1 + MEMORY_CALL_COUNT * 8 +
                   2 * CENSUS_REASON_BYTES
};
void put_census(struct byte_writer *writer, const struct census *census);
void get_census(struct byte_reader *reader, struct census *ret_census);

// Fixed-width text: terminated in any case, control characters shown as '?'.
void get_text(struct byte_reader *reader, char *ret_text, size_t capacity);

// What a process says of its heap before its first object, likewise.
enum { HEAP_IDENTITY_BYTES = 256 + 65 + 16 + 1 };
struct heap_proof;
void put_heap_identity(struct byte_writer *writer, const struct heap_proof *heap);
void get_heap_identity(struct byte_reader *reader, struct heap_proof *ret_heap);

// CRC-32 as in IEEE 802.3 (zlib's crc32).
uint32_t checksum(const uint8_t *bytes, size_t count);

#endif
