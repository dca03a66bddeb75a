// Slabs for elements that threads hand to each other: a layer over slab.h, of which it is an optional part.
// Needs slab_shared.c, C11 atomics and POSIX threads. There are three forms, with the same promises:
//
//     struct slab_owner    one thread inserts, any thread removes. The one that inserts pays almost nothing
//     for the
//                          others: what they remove comes back by a list that needs no lock.
//     struct slab_locked   any thread inserts and removes, behind one mutex.
//     struct slab_sharded  several slabs with a mutex each; threads insert into different ones.
//
// All have a capacity that is given when they are made and never grow: an element stays where it is, so a
// thread may use one without a lock while others insert and remove. A thread that gets a key from another may
// use it when the key was passed on in a way that orders memory: under a mutex, by a release store that an
// acquire load sees, by joining a thread.
//
//     struct slab_owner owner; // of this thread
//     if (!slab_owner_init(&owner, 1000, sizeof(struct job)))
//         ...
//     size_t key;
//     struct job *job = slab_owner_insert(&owner, &key, sizeof *job); // NULL: full
//     ... // the key goes to another thread, which says when it is done:
//     struct job *job = slab_owner_get(&owner, key, sizeof *job);
//     slab_owner_return(&owner, key);
//
// Unlike those of slab.h, these functions believe their caller: a key must be that of an element which nobody
// else removes at the same time. The element size must be the same, and at least 1, in all calls for one
// slab.
#ifndef SLAB_SHARED_H
#define SLAB_SHARED_H

#include <pthread.h>
#include <stdatomic.h>

#include "slab.h"

// What one thread writes all the time and another reads is so many bytes apart: a line of the cache has one
// owner at a time.
enum { SLAB_LINE_BYTES = 64 };

// ---- one thread inserts, any thread removes ----

#define SLAB_NONE_RETURNED UINT32_MAX // no key; ends the list

// The fields are the library's own. The keys that other threads removed form a list of their own, the last
// one first, which others only add to and the owner only takes as a whole: so nothing that was seen at its
// head can have left and come back in the meantime.
struct slab_owner {
    // Written by nobody after slab_owner_init.
    unsigned char *elements;
    _Atomic(uint32_t) *returned_links; // by key, of those in the list: the key returned before
    size_t capacity;
    unsigned char apart[SLAB_LINE_BYTES];
    struct slab slab; // the owner's; it counts elements that were returned and not taken yet
    unsigned char apart_too[SLAB_LINE_BYTES];
    _Atomic(uint32_t) first_returned; // or SLAB_NONE_RETURNED
};

// Makes a slab with room for `capacity` elements, at least 1; two calls of malloc. False, and nothing to
// release, when there is no memory or capacity > SLAB_CAPACITY_MAX. The thread that inserts is the owner from
// then on; who makes the slab may be another one.
SLAB_MUST_CHECK bool slab_owner_init(struct slab_owner *owner, size_t capacity, size_t element_size);

// Frees the memory. No thread may use the slab or its elements any more.
void slab_owner_release(struct slab_owner *owner);

// The out-of-line part of slab_owner_insert: takes the list of the returned keys and removes their elements.
// False when it was empty.
bool slab_owner_collect(struct slab_owner *owner);

// For the owner: adds an element, stores its key and returns it, for the caller to fill. Looks for returned
// elements when no room is left, so that a list is taken rarely and is long. NULL, with `ret_key` untouched,
// when `capacity` elements are there.
SLAB_INLINE void *slab_owner_insert(struct slab_owner *owner, size_t *ret_key, size_t element_size)
{
    struct slab *slab = &owner->slab;
    if (SLAB_UNLIKELY(slab_length(slab) == slab_capacity(slab)) && !slab_owner_collect(owner))
        return NULL;
    return slab_insert(slab, ret_key, element_size);
}

// For the owner: removes the element and returns it; its bytes can be read until the next insertion.
SLAB_INLINE void *slab_owner_remove(struct slab_owner *owner, size_t key, size_t element_size)
{
    return slab_remove(&owner->slab, key, element_size);
}

// For any thread: the element.
SLAB_INLINE void *slab_owner_get(const struct slab_owner *owner, size_t key, size_t element_size)
{
    return owner->elements + key * slab_stride(element_size);
}

// For any thread, as a rule not the owner: removes the element, which nobody may read afterwards. Never
// waits.
SLAB_INLINE void slab_owner_return(struct slab_owner *owner, size_t key)
{
    uint32_t first = atomic_load_explicit(&owner->first_returned, memory_order_relaxed);
    do
        atomic_store_explicit(&owner->returned_links[key], first, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&owner->first_returned, &first, (uint32_t)key,
                                                  memory_order_release, memory_order_relaxed));
}

// For the owner: the number of elements, of those that others returned only what was not taken yet.
SLAB_INLINE size_t slab_owner_length(const struct slab_owner *owner)
{
    return slab_length(&owner->slab);
}

// ---- one slab, one mutex ----

// The fields are the library's own.
struct slab_locked {
    pthread_mutex_t lock;
    struct slab slab;
};

// Makes a slab with room for `capacity` elements, at least 1, in one call of malloc. False, and nothing to
// release, when there is no memory, the system gives no mutex, or capacity > SLAB_CAPACITY_MAX.
SLAB_MUST_CHECK bool slab_locked_init(struct slab_locked *locked, size_t capacity, size_t element_size);

// Frees the memory. No thread may use the slab or its elements any more.
void slab_locked_release(struct slab_locked *locked);

// Adds an element, stores its key and returns it, for the caller to fill. NULL, with `ret_key` untouched,
// when `capacity` elements are there.
SLAB_INLINE void *slab_locked_insert(struct slab_locked *locked, size_t *ret_key, size_t element_size)
{
    struct slab *slab = &locked->slab;
    void *element = NULL;
    pthread_mutex_lock(&locked->lock);
    if (SLAB_LIKELY(slab_length(slab) < slab_capacity(slab)))
        element = slab_insert(slab, ret_key, element_size);
    pthread_mutex_unlock(&locked->lock);
    return element;
}

// The element, without the lock: it does not move.
SLAB_INLINE void *slab_locked_get(const struct slab_locked *locked, size_t key, size_t element_size)
{
    return slab_element_at(&locked->slab, key, element_size);
}

// Removes the element, which nobody may read afterwards. False when no element has this key.
SLAB_INLINE bool slab_locked_remove(struct slab_locked *locked, size_t key, size_t element_size)
{
    pthread_mutex_lock(&locked->lock);
    bool removed = slab_remove(&locked->slab, key, element_size) != NULL;
    pthread_mutex_unlock(&locked->lock);
    return removed;
}

// ---- several slabs, a mutex each ----

enum { SLAB_MAX_SHARDS = 256 };

struct slab_shard {
    struct slab_locked locked;
    unsigned char apart[SLAB_LINE_BYTES];
};

// The fields are the library's own. A key is that of the shard's slab, times the number of shards, and the
// shard.
struct slab_sharded {
    struct slab_shard *shards;
    uint32_t shard_bits; // there are 1 << shard_bits
};

// Makes `shard_count` slabs, rounded up to a power of two and at most SLAB_MAX_SHARDS, with room for
// `capacity` elements each; a call of malloc for each and one more. False, and nothing to release, when there
// is no memory or capacity is out of range.
SLAB_MUST_CHECK bool slab_sharded_init(struct slab_sharded *sharded, size_t shard_count, size_t capacity,
                                       size_t element_size);

// Frees the memory. No thread may use the slab or its elements any more.
void slab_sharded_release(struct slab_sharded *sharded);

// A number for the calling thread, the same in all its calls: 0 for the first thread that asks, then 1, 2, …
uint32_t slab_thread_number(void);

// Adds an element to the calling thread's shard, or to the next one that has room, stores its key and returns
// it, for the caller to fill. NULL, with `ret_key` untouched, when all shards are full.
SLAB_INLINE void *slab_sharded_insert(struct slab_sharded *sharded, size_t *ret_key, size_t element_size)
{
    const uint32_t count = UINT32_C(1) << sharded->shard_bits, first = slab_thread_number();
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t shard = (first + i) & (count - 1);
        size_t key;
        void *element = slab_locked_insert(&sharded->shards[shard].locked, &key, element_size);
        if (SLAB_LIKELY(element != NULL)) {
            *ret_key = key << sharded->shard_bits | shard;
            return element;
        }
    }
    return NULL;
}

// The slab that has the element of that key.
SLAB_INLINE struct slab_locked *slab_sharded_shard(const struct slab_sharded *sharded, size_t key)
{
    return &sharded->shards[key & ((UINT32_C(1) << sharded->shard_bits) - 1)].locked;
}

// The element, without a lock: it does not move.
SLAB_INLINE void *slab_sharded_get(const struct slab_sharded *sharded, size_t key, size_t element_size)
{
    return slab_locked_get(slab_sharded_shard(sharded, key), key >> sharded->shard_bits, element_size);
}

// Removes the element, which nobody may read afterwards. False when no element has this key.
SLAB_INLINE bool slab_sharded_remove(struct slab_sharded *sharded, size_t key, size_t element_size)
{
    return slab_locked_remove(slab_sharded_shard(sharded, key), key >> sharded->shard_bits, element_size);
}

#endif
