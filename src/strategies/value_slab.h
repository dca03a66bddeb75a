// A slab that moves values in and out, as Rust's slab crate does: a vector of entries, each a tag and room
// for one value; a vacant entry keeps the key of the next vacant one in its tag. To tell what moving costs
// from what the slab costs: the slab of src/slab hands out places instead.
#ifndef STRATEGIES_VALUE_SLAB_H
#define STRATEGIES_VALUE_SLAB_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <emmintrin.h>
#endif

#include "slab/slab.h"
#include "timing/barrier.h"

// The tag has 32 bits, as the keys of src/slab, and lies before the value: a value of 12 bytes and its tag
// make 16.
#define VALUE_SLAB_OCCUPIED UINT32_MAX

// A wide load of what several narrower stores have just written waits until these are in the cache. So the
// beginning of a value is loaded by words where its fields may be that young: into the slab always, out of it
// where so small a value was perhaps inserted a moment ago. Measured, see docs/methodology.md.
enum { VALUE_SLAB_WORDS_IN_BYTES = 64, VALUE_SLAB_WORDS_OUT_BYTES = 56 };

// The words of a value of at least FROM bytes are stored in pairs, where the processor can join them: a wide
// load of what was inserted a moment ago then finds one store that has all of it. Smaller values come out by
// words.
#if defined(__x86_64__)
enum { VALUE_SLAB_PAIRS_FROM_BYTES = 64, VALUE_SLAB_PAIR_BYTES = 16 };
#endif

// The rest is copied by instructions in place, or, where it is more than so many bytes, by a call of memcpy,
// which has the means of the processor that it runs on: GCC left to itself copies some hundreds of bytes with
// an instruction (`rep movs`) that takes longer to begin than the call to return.
enum { VALUE_SLAB_INLINE_BYTES = 256 };

// Values of at least FROM bytes are aligned to so many bytes, as malloc's objects are: fewer of a copy's
// loads and stores then lie across two lines of the cache. It takes 8 bytes more for each entry, which
// smaller ones would pay for: one page fault in eight of a cold slab of 100 values of 1536 bytes.
enum { VALUE_SLAB_ALIGNED_FROM_BYTES = 2048, VALUE_SLAB_ALIGNMENT_BYTES = 16 };

// A zeroed one is empty. Keys below `used` are occupied or in the list of vacant keys.
struct value_slab {
    unsigned char *entries;
    size_t capacity;
    size_t used;
    size_t next; // the key of the next insertion: the last removed one, or `used`
};

// What a value is aligned to: a small one to the largest word that its size is a multiple of, 4 or 8 bytes.
ALWAYS_INLINE size_t value_slab_alignment(size_t value_bytes)
{
    if (value_bytes >= VALUE_SLAB_ALIGNED_FROM_BYTES)
        return VALUE_SLAB_ALIGNMENT_BYTES;
    return value_bytes % sizeof(uint64_t) == 0 ? sizeof(uint64_t) : sizeof(uint32_t);
}

// Where the value begins in its entry. The tag is at its beginning.
ALWAYS_INLINE size_t value_slab_offset(size_t value_bytes)
{
    return value_slab_alignment(value_bytes);
}

ALWAYS_INLINE size_t value_slab_stride(size_t value_bytes)
{
    const size_t alignment = value_slab_alignment(value_bytes);
    return value_slab_offset(value_bytes) + (value_bytes + alignment - 1) / alignment * alignment;
}

// False, and the slab as it was, when there is no memory.
ALWAYS_INLINE bool value_slab_set_capacity(struct value_slab *slab, size_t capacity, size_t value_bytes)
{
    size_t bytes = capacity * value_slab_stride(value_bytes);
    unsigned char *entries = slab->entries ? realloc(slab->entries, bytes) : malloc(bytes);
    if (!entries)
        return false;
    slab->entries = entries;
    slab->capacity = capacity;
    return true;
}

#if defined(__x86_64__)
// Copies two words, loaded one after the other and stored together.
ALWAYS_INLINE void value_slab_copy_pair(unsigned char *to, const unsigned char *from)
{
    __m128d pair = _mm_load_sd((const double *)(const void *)from);
    __asm__("" : "+x"(pair)); // not joined with its neighbour before it is loaded
    pair = _mm_loadh_pd(pair, (const double *)(const void *)(from + sizeof(uint64_t)));
    _mm_storeu_pd((double *)(void *)to, pair);
}
#endif

// Copies `bytes`, the first `word_bytes` of them loaded by words.
ALWAYS_INLINE void value_slab_copy(unsigned char *to, const unsigned char *from, size_t bytes,
                                   size_t word_bytes)
{
    uint64_t word;
    size_t position = 0;
#if defined(__x86_64__)
    if (bytes >= VALUE_SLAB_PAIRS_FROM_BYTES)
        for (; position < word_bytes && position + VALUE_SLAB_PAIR_BYTES <= bytes;
             position += VALUE_SLAB_PAIR_BYTES)
            value_slab_copy_pair(to + position, from + position);
#endif
    for (; position + sizeof word <= bytes && position < word_bytes; position += sizeof word) {
        memcpy(&word, from + position, sizeof word);
        __asm__("" : "+r"(word)); // not joined with its neighbours
        memcpy(to + position, &word, sizeof word);
    }
    bytes -= position;
    if (bytes > VALUE_SLAB_INLINE_BYTES)
        __asm__("" : "+r"(bytes)); // no constant any more: then it is a call
    memcpy(to + position, from + position, bytes);
}

// The first block has room for 4 entries, or for fewer where these would need more than 1 KiB; then it grows
// as the slab that hands out places, so that the two differ by the moves alone.
static __attribute__((noinline)) bool value_slab_grow(struct value_slab *slab, size_t value_bytes)
{
    if (slab->capacity == SLAB_CAPACITY_MAX) // no tag can hold a higher key
        return false;
    if (slab->capacity > 0)
        return value_slab_set_capacity(slab, slab_grown_capacity(slab->capacity), value_bytes);
    size_t capacity = SLAB_FIRST_CAPACITY;
    while (capacity > 1 && capacity * value_slab_stride(value_bytes) > SLAB_FIRST_BLOCK_BYTES)
        capacity /= 2;
    return value_slab_set_capacity(slab, capacity, value_bytes);
}

ALWAYS_INLINE void value_slab_release(struct value_slab *slab)
{
    free(slab->entries);
    *slab = (struct value_slab){0};
}

ALWAYS_INLINE unsigned char *value_slab_entry(const struct value_slab *slab, size_t key, size_t value_bytes)
{
    return slab->entries + key * value_slab_stride(value_bytes);
}

// Copies the value in. False, and the slab as it was, when there is no memory.
ALWAYS_INLINE bool value_slab_insert(struct value_slab *slab, const void *value, size_t *ret_key,
                                     size_t value_bytes)
{
    const uint32_t occupied = VALUE_SLAB_OCCUPIED;
    size_t key = slab->next;
    size_t next = key + 1;
    if (key == slab->used) {
        if (__builtin_expect(key == slab->capacity, 0) && !value_slab_grow(slab, value_bytes))
            return false;
        slab->used = key + 1;
    } else {
        uint32_t tag;
        memcpy(&tag, value_slab_entry(slab, key, value_bytes), sizeof tag);
        next = tag;
    }
    unsigned char *entry = value_slab_entry(slab, key, value_bytes);
    slab->next = next;
    memcpy(entry, &occupied, sizeof occupied);
    value_slab_copy(entry + value_slab_offset(value_bytes), value, value_bytes, VALUE_SLAB_WORDS_IN_BYTES);
    *ret_key = key;
    return true;
}

// Copies the value out. False, and nothing changed, when no value has this key.
ALWAYS_INLINE bool value_slab_remove(struct value_slab *slab, size_t key, void *ret_value, size_t value_bytes)
{
    uint32_t tag;
    if (__builtin_expect(key >= slab->used, 0))
        return false;
    unsigned char *entry = value_slab_entry(slab, key, value_bytes);
    memcpy(&tag, entry, sizeof tag);
    if (__builtin_expect(tag != VALUE_SLAB_OCCUPIED, 0))
        return false;
    tag = (uint32_t)slab->next;
    slab->next = key;
    memcpy(entry, &tag, sizeof tag);
    value_slab_copy(ret_value, entry + value_slab_offset(value_bytes), value_bytes,
                    value_bytes <= VALUE_SLAB_WORDS_OUT_BYTES ? value_bytes : 0);
    return true;
}

#endif
