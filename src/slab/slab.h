// A slab: storage for elements of one size, each under a small integer key that stays valid until the element
// is removed. Keys of removed elements are used again, the last removed one first. Every operation takes
// constant time, insertion amortised: the slab doubles when it is full. Needs slab.h, slab.c and GCC or
// Clang, nothing else.
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
// Elements lie next to each other in one block of memory, in the order of their keys, aligned as malloc
// aligns. Growing, reserving, shrinking and compacting may move the block: pointers into it end there, keys
// do not.
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

#define SLAB_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define SLAB_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define SLAB_MUST_CHECK __attribute__((warn_unused_result))
// Inlined also where the optimiser would not: what is paid for otherwise is the multiplication by a size that
// it then does not know.
#define SLAB_INLINE static inline __attribute__((always_inline, unused))

#define SLAB_CAPACITY_MAX ((size_t)UINT32_MAX - 1) // elements; keys are below
#define SLAB_NO_KEY SIZE_MAX                       // ends an iteration
#define SLAB_OCCUPIED UINT32_MAX                   // a link that marks its key as occupied

// The fields are the library's own. A zeroed struct is an empty slab.
//
// Every key below `used` is occupied or vacant. The vacant ones form a list, the last removed one first, that
// ends with the value of `used`; so `next_vacant` is the next insertion's key in any case, and equals `used`
// exactly when no key is vacant. The number of elements is kept as used - vacant_count, because inserting and
// removing at the end then changes no counter: a counter in memory would be the longest chain of dependent
// operations in them. The fields' order keeps apart those that one operation stores, which compilers would
// otherwise join into one store from a vector register, later than two plain ones.
struct slab {
    unsigned char *elements; // the block: `capacity` elements, then `capacity` links; NULL when capacity is 0
    uint32_t *links;         // by key: SLAB_OCCUPIED, or the next key of the list of vacant ones
    uint32_t next_vacant;
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
    return slab->next_vacant;
}

SLAB_INLINE bool slab_contains(const struct slab *slab, size_t key)
{
    return SLAB_LIKELY(key < slab->used) && slab->links[key] == SLAB_OCCUPIED;
}

// The element, or NULL when no element has this key.
SLAB_INLINE void *slab_get(const struct slab *slab, size_t key, size_t element_size)
{
    return SLAB_LIKELY(slab_contains(slab, key)) ? slab->elements + key * element_size : NULL;
}

// The key of an element of this slab, from the pointer that slab_insert or slab_get gave.
SLAB_INLINE size_t slab_key_of(const struct slab *slab, const void *element, size_t element_size)
{
    return (size_t)((const unsigned char *)element - slab->elements) / element_size;
}

// The out-of-line half of slab_insert: doubles the capacity, from 0 to 4. False when there is no memory.
SLAB_MUST_CHECK bool slab_grow(struct slab *slab, size_t element_size);

// Adds an element, stores its key and returns it, for the caller to fill: its bytes are indeterminate. NULL,
// with slab and `ret_key` untouched, when the slab must grow and there is no memory, or it has
// SLAB_CAPACITY_MAX elements.
SLAB_INLINE void *slab_insert(struct slab *slab, size_t *ret_key, size_t element_size)
{
    uint32_t key = slab->next_vacant;
    if (key == slab->used) {
        if (SLAB_UNLIKELY(key == slab->capacity) && !slab_grow(slab, element_size))
            return NULL;
        slab->next_vacant = key + 1;
        slab->used = key + 1;
    } else {
        slab->next_vacant = slab->links[key];
        slab->vacant_count--;
    }
    slab->links[key] = SLAB_OCCUPIED;
    *ret_key = key;
    return slab->elements + key * element_size;
}

// Removes the element and returns it: its bytes can be read until the next insertion or until the block
// moves. NULL, with the slab untouched, when no element has this key.
SLAB_INLINE void *slab_remove(struct slab *slab, size_t key, size_t element_size)
{
    uint32_t used = slab->used;
    if (SLAB_UNLIKELY(key >= used))
        return NULL;
    uint32_t *link = &slab->links[key];
    if (SLAB_UNLIKELY(*link != SLAB_OCCUPIED))
        return NULL;
    uint32_t next_vacant = slab->next_vacant;
    if (next_vacant == used && key + 1 == used) {
        // The last key and none vacant: as if it had never been given. The keys to come are the same as with
        // a list of this one, but a slab that is used as a stack never follows a link.
        slab->used = (uint32_t)key;
    } else {
        *link = next_vacant;
        slab->vacant_count++;
    }
    slab->next_vacant = (uint32_t)key;
    return slab->elements + key * element_size;
}

// Makes room for at least `additional` more elements than there are now; at least doubles if it must grow, so
// that many small reservations cost no more than insertions. False, with the slab untouched, when there is no
// memory or more than SLAB_CAPACITY_MAX elements would result.
SLAB_MUST_CHECK bool slab_reserve(struct slab *slab, size_t additional, size_t element_size);

// As slab_reserve, but grows to exactly what is asked for.
SLAB_MUST_CHECK bool slab_reserve_exact(struct slab *slab, size_t additional, size_t element_size);

// Removes all elements and keeps the memory. The next keys are 0, 1, 2, …
SLAB_INLINE void slab_clear(struct slab *slab)
{
    slab->next_vacant = 0;
    slab->used = 0;
    slab->vacant_count = 0;
}

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
    }                                                                                                        \
    _Static_assert(sizeof(struct name) == sizeof(struct slab), "end of SLAB_DEFINE, takes the semicolon")

#endif
