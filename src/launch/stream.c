// The hash takes 8 bytes at a time: each is mixed in by a multiplication with the odd constant of splitmix64
// (Steele, Lea, Flood, OOPSLA 2014), whose finaliser ends it. A program that writes gigabytes should not wait
// for it.
#include <stdlib.h>
#include <string.h>

#include "private.h"

void tail_release(struct tail *tail)
{
    free(tail->bytes);
    *tail = (struct tail){0};
}

void tail_append(struct tail *tail, const char *bytes, size_t length)
{
    if (tail->limit && !tail->bytes)
        tail->bytes = malloc(2 * tail->limit);
    if (!tail->limit || !tail->bytes)
        return;
    if (length >= tail->limit) {
        tail->was_cut = tail->was_cut || tail->length > 0 || length > tail->limit;
        memcpy(tail->bytes, bytes + length - tail->limit, tail->limit);
        tail->length = tail->limit;
        return;
    }
    if (tail->length + length > 2 * tail->limit) {
        size_t kept = tail->limit - length;
        memmove(tail->bytes, tail->bytes + tail->length - kept, kept);
        tail->length = kept;
        tail->was_cut = true;
    }
    memcpy(tail->bytes + tail->length, bytes, length);
    tail->length += length;
}

const char *tail_bytes(const struct tail *tail, size_t *ret_length)
{
    size_t length = tail->length < tail->limit ? tail->length : tail->limit;
    *ret_length = length;
    return tail->bytes ? tail->bytes + tail->length - length : "";
}

static uint64_t mix(uint64_t state, uint64_t word)
{
    state = (state ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return state ^ state >> 32;
}

void stream_hash_add(struct stream_hash *hash, const char *bytes, size_t length)
{
    size_t at = 0;
    for (; at < length && (hash->length & 7); at++, hash->length++) {
        hash->pending |= (uint64_t)(unsigned char)bytes[at] << 8 * (hash->length & 7);
        if ((hash->length & 7) == 7) {
            hash->state = mix(hash->state, hash->pending);
            hash->pending = 0;
        }
    }
    for (; at + 8 <= length; at += 8, hash->length += 8) {
        uint64_t word;
        memcpy(&word, bytes + at, sizeof word);
        hash->state = mix(hash->state, word);
    }
    for (; at < length; at++, hash->length++)
        hash->pending |= (uint64_t)(unsigned char)bytes[at] << 8 * (hash->length & 7);
}

uint64_t stream_hash_value(const struct stream_hash *hash)
{
    uint64_t value = mix(mix(hash->state, hash->pending), hash->length);
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}
