// A slab: storage for elements of one size, each under a small integer key that stays valid until the element
// is removed. Keys of removed elements are used again, the last removed one first. Inserting, finding and
// removing take constant time, inserting amortised: the slab grows at least twofold when it is full. Needs
// slab.h, slab.c and GCC or Clang, nothing else.
//
//     struct slab slab;
//     slab_init(&slab);
//     size_t key;
//     struct point *point = slab_insert(&slab, &key, sizeof *point); // NULL: out of memory
//     *point = (struct point){1, 2};
//     point = slab_get(&slab, key, sizeof *point); // NULL: no element has this key
//     slab_remove(&slab, key, sizeof *point);
//     slab_release(&slab);
//
// The element size is the last argument of whatever computes an address. It must be the same, and at least 1,
// in all calls for one slab; where it is a constant, the address arithmetic becomes a shift or a few
// additions. SLAB_DEFINE at the end of this file makes a typed slab that passes it by itself.
//
// Elements lie in one block of memory in the order of their keys, slab_stride() bytes apart, aligned as
// malloc aligns. Growing, reserving, shrinking and compacting may move the block: pointers into it end there,
// keys do not.
//
// A key that is out of range or belongs to no element is never followed: the function says so with NULL or
// false and changes nothing. Only a key that has been given away again in the meantime cannot be told from
// the old one.
//
// A slab is used by one thread at a time. It may be moved with a struct assignment if the old one is
// forgotten.
#ifndef SLAB_H
#define SLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

// Where no branch is rare these favour the list of vacant keys: it is used most where the order of operations
// cannot be predicted, and there the shortest straight code counts. A stack's branches are always predicted.
#define SLAB_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define SLAB_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define SLAB_MUST_CHECK __attribute__((warn_unused_result))
// An element's address is not NULL: so that a caller's check of the result is the check that led there, not a
// second one.
#define SLAB_ASSUME(condition)                                                                               \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            __builtin_unreachable();                                                                         \
    } while (0)
// Inlined also where the optimiser would not: what is paid for otherwise is the multiplication by a size that
// it then does not know.
#define SLAB_INLINE static inline __attribute__((always_inline, unused))

#define SLAB_CAPACITY_MAX ((size_t)UINT32_MAX - 1) // elements; keys are below
#define SLAB_NO_KEY SIZE_MAX                       // ends an iteration
#define SLAB_OCCUPIED UINT32_MAX                   // a link that says: not in the list of vacant keys

// The fields are the library's own. A zeroed struct is an empty slab.
//
// Keys from `used` on have never been given, or were given back while they were the highest. Every key below
// is occupied or vacant; the vacant ones form a list, the last removed one first. The links of all others are
// SLAB_OCCUPIED, also from `used` on: so a slab that is used as a stack writes no link at all.
//
// The number of elements is kept as used - vacant_count, because inserting and removing at the end then
// changes one field only: in memory, a counter that every operation changes would be the longest chain of
// dependent operations. The fields' order keeps apart those that one operation stores, which compilers would
// otherwise join into one store from a vector register, later than two plain ones.
struct slab {
    unsigned char *elements; // the block: `capacity` elements, then `capacity` links; NULL when capacity is 0
    uint32_t *links;         // by key: SLAB_OCCUPIED, or the vacant key after this one in the list
    uint32_t first_vacant;   // the last removed key, if vacant_count > 0
    uint32_t capacity;
    uint32_t used;
    uint32_t vacant_count;
};

// Makes an empty slab; allocates nothing.
SLAB_INLINE void slab_init(struct slab *slab)
{
    *slab = (struct slab){NULL, NULL, 0, 0, 0, 0};
}

// Makes an empty slab with room for exactly `capacity` elements in one allocation (none for 0). False, and a
// slab that is empty and usable, when there is no memory for it or capacity > SLAB_CAPACITY_MAX.
SLAB_MUST_CHECK bool slab_init_with_capacity(struct slab *slab, size_t capacity, size_t element_size);

// Frees the memory and leaves an empty, usable slab.
SLAB_INLINE void slab_release(struct slab *slab)
{
    free(slab->elements);
    slab_init(slab);
}

// The number of elements.
SLAB_INLINE size_t slab_length(const struct slab *slab)
{
    return slab->used - slab->vacant_count;
}

SLAB_INLINE bool slab_is_empty(const struct slab *slab)
{
    return slab->used == slab->vacant_count;
}

// The number of elements that the slab can hold without allocating.
SLAB_INLINE size_t slab_capacity(const struct slab *slab)
{
    return slab->capacity;
}

// The key that the next slab_insert will give, if nothing is removed, cleared, shrunk or compacted before.
SLAB_INLINE size_t slab_next_key(const struct slab *slab)
{
    return slab->vacant_count == 0 ? slab->used : slab->first_vacant;
}

SLAB_INLINE bool slab_contains(const struct slab *slab, size_t key)
{
    return SLAB_LIKELY(key < slab->used) && slab->links[key] == SLAB_OCCUPIED;
}

// The distance in bytes between the elements of neighbouring keys: the element size, but 16 bytes more for
// multiples of 256 from 512 on. Elements 256, 512, 1024, ... bytes apart begin in a quarter, an eighth, a
// sixteenth, ... of the sets of a first-level cache, and evict each other from a cache that could hold them
// all. The 16 bytes are at most a thirty-second of an element; of a smaller one they would be more.
SLAB_INLINE size_t slab_stride(size_t element_size)
{
    return element_size >= 512 && element_size % 256 == 0 ? element_size + 16 : element_size;
}

// The address of the element of an occupied key.
SLAB_INLINE void *slab_element_at(const struct slab *slab, size_t key, size_t element_size)
{
    size_t stride = slab_stride(element_size);
    if (__builtin_constant_p(stride) && stride % 16 == 0 && (stride & (stride - 1)) != 0)
        __asm__("" : "+r"(stride)); // one multiplication instead of a chain of shifts and additions
    unsigned char *element = slab->elements + key * stride;
    SLAB_ASSUME(element != NULL);
    return element;
}

// The element, or NULL when no element has this key.
SLAB_INLINE void *slab_get(const struct slab *slab, size_t key, size_t element_size)
{
    return SLAB_LIKELY(slab_contains(slab, key)) ? slab_element_at(slab, key, element_size) : NULL;
}

// The key of an element of this slab, from the pointer that slab_insert or slab_get gave.
SLAB_INLINE size_t slab_key_of(const struct slab *slab, const void *element, size_t element_size)
{
    return (size_t)((const unsigned char *)element - slab->elements) / slab_stride(element_size);
}

enum {
    SLAB_FIRST_CAPACITY = 4,
    SLAB_FIRST_BLOCK_BYTES = 1024,
    SLAB_SECOND_CAPACITY = 16,
    SLAB_THIRD_CAPACITY = 64,
};

// The capacity of the first block that an insertion allocates: 4 elements, or 2 or 1 where more would need
// over 1 KiB. Such small blocks are what heaps give and take back fastest, and many a slab never holds more
// than one element.
SLAB_INLINE size_t slab_first_capacity(size_t element_size)
{
    size_t capacity = SLAB_FIRST_CAPACITY;
    while (capacity > 1 && element_size > SLAB_FIRST_BLOCK_BYTES / capacity - sizeof(uint32_t))
        capacity /= 2;
    return capacity;
}

// The capacity that a full block of `capacity` elements grows to: four times as many up to 64, and at least
// 16; then twice as many each time, up to SLAB_CAPACITY_MAX.
SLAB_INLINE size_t slab_grown_capacity(size_t capacity)
{
    if (capacity < SLAB_SECOND_CAPACITY / 4)
        return SLAB_SECOND_CAPACITY;
    if (capacity < SLAB_THIRD_CAPACITY / 2)
        return capacity < SLAB_THIRD_CAPACITY / 4 ? capacity * 4 : SLAB_THIRD_CAPACITY;
    return capacity > SLAB_CAPACITY_MAX / 2 ? SLAB_CAPACITY_MAX : capacity * 2;
}

// The distance in bytes from the first of `capacity` elements, at least 1, to their links, which follow the
// last element without the padding of its stride: a block of one element is as small as that. Must not
// overflow.
SLAB_INLINE size_t slab_links_offset(size_t capacity, size_t element_size)
{
    const size_t alignment = sizeof(uint32_t);
    const size_t end = (capacity - 1) * slab_stride(element_size) + element_size;
    return (end + alignment - 1) / alignment * alignment;
}

// The out-of-line part of slab_insert: allocates the first block, of 1, 2 or 4 elements. Its layout is
// computed by the caller, from constants as a rule. False when there is no memory.
SLAB_MUST_CHECK bool slab_allocate_first_block(struct slab *slab, size_t links_offset, size_t capacity);

// The out-of-line part of slab_insert: enlarges a full block to 16, 64, 128, 256, … elements. False when
// there is no memory.
SLAB_MUST_CHECK bool slab_enlarge(struct slab *slab, size_t element_size);

SLAB_MUST_CHECK SLAB_INLINE bool slab_grow(struct slab *slab, size_t element_size)
{
    if (slab->capacity > 0)
        return slab_enlarge(slab, element_size);
    if (SLAB_UNLIKELY(element_size > PTRDIFF_MAX / 2))
        return false;
    const size_t capacity = slab_first_capacity(element_size);
    return slab_allocate_first_block(slab, slab_links_offset(capacity, element_size), capacity);
}

// Adds an element, stores its key and returns it, for the caller to fill: its bytes are indeterminate. NULL,
// with slab and `ret_key` untouched, when the slab must grow and there is no memory, or it has
// SLAB_CAPACITY_MAX elements.
SLAB_INLINE void *slab_insert(struct slab *slab, size_t *ret_key, size_t element_size)
{
    uint32_t key;
    uint32_t vacant_count = slab->vacant_count;
    if (SLAB_UNLIKELY(vacant_count == 0)) {
        key = slab->used;
        if (SLAB_UNLIKELY(key == slab->capacity) && !slab_grow(slab, element_size))
            return NULL;
        slab->used = key + 1;
    } else {
        key = slab->first_vacant;
        uint32_t *link = &slab->links[key];
        slab->first_vacant = *link;
        slab->vacant_count = vacant_count - 1;
        *link = SLAB_OCCUPIED;
    }
    *ret_key = key;
    return slab_element_at(slab, key, element_size);
}

// Removes the element and returns it: its bytes can be read until the next insertion or until the block
// moves. NULL, with the slab untouched, when no element has this key.
SLAB_INLINE void *slab_remove(struct slab *slab, size_t key, size_t element_size)
{
    uint32_t used = slab->used;
    if (SLAB_UNLIKELY(key >= used))
        return NULL;
    uint32_t vacant_count = slab->vacant_count;
    if (SLAB_UNLIKELY(vacant_count == 0 && key + 1 == used)) {
        slab->used = (uint32_t)key; // no link is read either: where no key is vacant, all are occupied
    } else {
        uint32_t *link = &slab->links[key];
        if (SLAB_UNLIKELY(*link != SLAB_OCCUPIED))
            return NULL;
        *link = slab->first_vacant;
        slab->first_vacant = (uint32_t)key;
        slab->vacant_count = vacant_count + 1;
    }
    return slab_element_at(slab, key, element_size);
}

// Makes room for at least `additional` more elements than there are now; at least doubles if it must grow, so
// that many small reservations cost no more than insertions. False, with the slab untouched, when there is no
// memory or more than SLAB_CAPACITY_MAX elements would result.
SLAB_MUST_CHECK bool slab_reserve(struct slab *slab, size_t additional, size_t element_size);

// As slab_reserve, but grows to exactly what is requested.
SLAB_MUST_CHECK bool slab_reserve_exact(struct slab *slab, size_t additional, size_t element_size);

// Removes all elements and keeps the memory. The next keys are 0, 1, 2, … Constant time if no key is vacant,
// otherwise four bytes are written for every key in use.
void slab_clear(struct slab *slab);

// Gives back the memory above the highest element's key; keys stay valid. Afterwards vacant keys are used
// again in ascending order. Frees everything when the slab is empty.
void slab_shrink(struct slab *slab, size_t element_size);

// Told by slab_compact that the element, still in its old place, is to move from `old_key` to `new_key`.
// False keeps it where it is and ends the compaction.
typedef bool slab_rekey_function(void *context, void *element, size_t old_key, size_t new_key);

// Moves the elements with the highest keys to the lowest vacant keys until no key below the highest is
// vacant, then shrinks. Elements before the first vacant key keep theirs.
void slab_compact(struct slab *slab, size_t element_size, slab_rekey_function *rekey, void *context);

// The lowest occupied key that is at least `key`, or SLAB_NO_KEY.
size_t slab_key_from(const struct slab *slab, size_t key);

// Runs its body for the key of every element, in ascending order. The body may remove the current element and
// any other; whether an element that it inserts is met depends on its key.
#define SLAB_FOR_EACH(key, slab)                                                                             \
    for (size_t key = slab_key_from(slab, 0); key != SLAB_NO_KEY; key = slab_key_from(slab, key + 1))

// Defines `struct name`, a slab of `type`, and its functions, each as the slab_ function of the same name:
//
//     SLAB_DEFINE(points, struct point)
//
//     struct points points;
//     points_init(&points);
//     size_t key;
//     struct point *point = points_insert(&points, &key);
//     SLAB_FOR_EACH(key, &points.slab) ... points_get(&points, key) ...
#define SLAB_DEFINE(name, type)                                                                              \
    struct name {                                                                                            \
        struct slab slab;                                                                                    \
    };                                                                                                       \
    _Static_assert(_Alignof(type) <= _Alignof(max_align_t), "malloc does not align for " #type);             \
    SLAB_INLINE void name##_init(struct name *typed)                                                         \
    {                                                                                                        \
        slab_init(&typed->slab);                                                                             \
    }                                                                                                        \
    SLAB_MUST_CHECK SLAB_INLINE bool name##_init_with_capacity(struct name *typed, size_t capacity)          \
    {                                                                                                        \
        return slab_init_with_capacity(&typed->slab, capacity, sizeof(type));                                \
    }                                                                                                        \
    SLAB_INLINE void name##_release(struct name *typed)                                                      \
    {                                                                                                        \
        slab_release(&typed->slab);                                                                          \
    }                                                                                                        \
    SLAB_INLINE size_t name##_length(const struct name *typed)                                               \
    {                                                                                                        \
        return slab_length(&typed->slab);                                                                    \
    }                                                                                                        \
    SLAB_INLINE bool name##_is_empty(const struct name *typed)                                               \
    {                                                                                                        \
        return slab_is_empty(&typed->slab);                                                                  \
    }                                                                                                        \
    SLAB_INLINE size_t name##_capacity(const struct name *typed)                                             \
    {                                                                                                        \
        return slab_capacity(&typed->slab);                                                                  \
    }                                                                                                        \
    SLAB_INLINE size_t name##_next_key(const struct name *typed)                                             \
    {                                                                                                        \
        return slab_next_key(&typed->slab);                                                                  \
    }                                                                                                        \
    SLAB_INLINE bool name##_contains(const struct name *typed, size_t key)                                   \
    {                                                                                                        \
        return slab_contains(&typed->slab, key);                                                             \
    }                                                                                                        \
    SLAB_INLINE type *name##_get(const struct name *typed, size_t key)                                       \
    {                                                                                                        \
        return (type *)slab_get(&typed->slab, key, sizeof(type));                                            \
    }                                                                                                        \
    SLAB_INLINE size_t name##_key_of(const struct name *typed, const type *element)                          \
    {                                                                                                        \
        return slab_key_of(&typed->slab, element, sizeof(type));                                             \
    }                                                                                                        \
    SLAB_INLINE type *name##_insert(struct name *typed, size_t *ret_key)                                     \
    {                                                                                                        \
        return (type *)slab_insert(&typed->slab, ret_key, sizeof(type));                                     \
    }                                                                                                        \
    SLAB_INLINE type *name##_remove(struct name *typed, size_t key)                                          \
    {                                                                                                        \
        return (type *)slab_remove(&typed->slab, key, sizeof(type));                                         \
    }                                                                                                        \
    SLAB_MUST_CHECK SLAB_INLINE bool name##_reserve(struct name *typed, size_t additional)                   \
    {                                                                                                        \
        return slab_reserve(&typed->slab, additional, sizeof(type));                                         \
    }                                                                                                        \
    SLAB_MUST_CHECK SLAB_INLINE bool name##_reserve_exact(struct name *typed, size_t additional)             \
    {                                                                                                        \
        return slab_reserve_exact(&typed->slab, additional, sizeof(type));                                   \
    }                                                                                                        \
    SLAB_INLINE void name##_clear(struct name *typed)                                                        \
    {                                                                                                        \
        slab_clear(&typed->slab);                                                                            \
    }                                                                                                        \
    SLAB_INLINE void name##_shrink(struct name *typed)                                                       \
    {                                                                                                        \
        slab_shrink(&typed->slab, sizeof(type));                                                             \
    }                                                                                                        \
    SLAB_INLINE void name##_compact(struct name *typed, slab_rekey_function *rekey, void *context)           \
    {                                                                                                        \
        slab_compact(&typed->slab, sizeof(type), rekey, context);                                            \
    }                                                                                                        \
    SLAB_INLINE size_t name##_key_from(const struct name *typed, size_t key)                                 \
    {                                                                                                        \
        return slab_key_from(&typed->slab, key);                                                             \
    }

#endif
