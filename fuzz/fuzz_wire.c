// A frame between driver and worker, in both directions: as it is, and with magic, version and checksum put
// right, so that the content behind them is reached. What is accepted must be usable and must survive the way
// back.
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/bytes.h"
#include "wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { CHECKSUM_AT = WIRE_MESSAGE_BYTES - 4, HEAD_BYTES = 6 };

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_text(const char *text, size_t capacity)
{
    require(memchr(text, '\0', capacity) != NULL);
    for (; *text; text++)
        require((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static bool decode_message(const uint8_t bytes[WIRE_MESSAGE_BYTES])
{
    struct wire_message message, again;
    uint8_t encoded[WIRE_MESSAGE_BYTES], encoded_again[WIRE_MESSAGE_BYTES];
    if (wire_decode_message(bytes, &message) != WIRE_OK)
        return false;
    if (message.kind == WIRE_KIND_END) {
        require(message.content.end.outcome < OUTCOME_COUNT);
        check_text(message.content.end.reason, sizeof message.content.end.reason);
    }
    wire_encode_message(&message, encoded);
    require(wire_decode_message(encoded, &again) == WIRE_OK);
    require(again.kind == message.kind && again.sequence == message.sequence);
    wire_encode_message(&again, encoded_again);
    require(memcmp(encoded, encoded_again, sizeof encoded) == 0);
    return true;
}

static bool decode_request(const uint8_t bytes[WIRE_REQUEST_BYTES])
{
    struct wire_request request, again;
    uint8_t encoded[WIRE_REQUEST_BYTES], encoded_again[WIRE_REQUEST_BYTES];
    if (wire_decode_request(bytes, &request) != WIRE_OK)
        return false;
    check_text(request.cell, sizeof request.cell);
    require(isfinite(request.ns_per_tick) && request.ns_per_tick > 0);
    wire_encode_request(&request, encoded);
    require(wire_decode_request(encoded, &again) == WIRE_OK);
    wire_encode_request(&again, encoded_again);
    require(memcmp(encoded, encoded_again, sizeof encoded) == 0);
    return true;
}

// Puts the beginning of a sound frame and the fitting checksum around the content.
static void seal(uint8_t bytes[WIRE_MESSAGE_BYTES], const uint8_t *sound)
{
    memcpy(bytes, sound, HEAD_BYTES);
    struct byte_writer end = {.bytes = bytes, .capacity = WIRE_MESSAGE_BYTES, .position = CHECKSUM_AT};
    put_number(&end, checksum(bytes, CHECKSUM_AT), 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    uint8_t frame[WIRE_MESSAGE_BYTES] = {0}, sound[WIRE_MESSAGE_BYTES];
    if (length)
        memcpy(frame, bytes, length < sizeof frame ? length : sizeof frame);
    bool is_message = decode_message(frame);
    require(!(decode_request(frame) && is_message));

    wire_encode_message(&(struct wire_message){.kind = WIRE_KIND_SETUP}, sound);
    seal(frame, sound);
    decode_message(frame);
    wire_encode_request(&(struct wire_request){.ns_per_tick = 1}, sound);
    seal(frame, sound);
    decode_request(frame);
    return 0;
}
