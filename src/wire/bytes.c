#include "wire/bytes.h"

void put_bytes(struct byte_writer *writer, const void *bytes, size_t count)
{
    if (writer->overrun || count > writer->capacity - writer->position) {
        writer->overrun = true;
        return;
    }
    memcpy(writer->bytes + writer->position, bytes, count);
    writer->position += count;
}

void put_number(struct byte_writer *writer, uint64_t value, int byte_count)
{
    uint8_t bytes[8];
    for (int i = 0; i < byte_count; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    put_bytes(writer, bytes, (size_t)byte_count);
}

void get_bytes(struct byte_reader *reader, void *ret_bytes, size_t count)
{
    if (reader->overrun || count > reader->length - reader->position) {
        reader->overrun = true;
        memset(ret_bytes, 0, count);
        return;
    }
    memcpy(ret_bytes, reader->bytes + reader->position, count);
    reader->position += count;
}

uint64_t get_number(struct byte_reader *reader, int byte_count)
{
    uint8_t bytes[8];
    get_bytes(reader, bytes, (size_t)byte_count);
    uint64_t value = 0;
    for (int i = 0; i < byte_count; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

// Bit by bit: a few hundred bytes per worker are no reason for a table.
uint32_t checksum(const uint8_t *bytes, size_t count)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (0xedb88320u & (0u - (crc & 1u)));
    }
    return ~crc;
}
