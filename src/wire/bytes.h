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

// Likewise one value of another kind of measurement. Its metric goes by name, so that a table with more rows
// reads what one with fewer wrote.
enum { METRIC_NAME_BYTES = 24, VALUE_BYTES = 2 * METRIC_NAME_BYTES + 4 + 4 + 8 + ABSENCE_BYTES };
void put_value(struct byte_writer *writer, const struct measured_value *value);

// False when this build does not know the metric.
bool get_value(struct byte_reader *reader, struct measured_value *ret_value);

// A double as its 8 bytes.
void put_real(struct byte_writer *writer, double value);
double get_real(struct byte_reader *reader);

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
