// One object of a slab: what slab_cold and slab_warm share. The object is built in place and read in place;
// its handle is the slab's key.
#ifndef STRATEGIES_SLAB_OBJECTS_H
#define STRATEGIES_SLAB_OBJECTS_H

#include "patterns/payload.h"
#include "slab/slab.h"

ALWAYS_INLINE bool slab_object_allocate(struct slab *slab, size_t object_bytes, uint64_t word,
                                        size_t *ret_handle)
{
    size_t key;
    void *object = slab_insert(slab, &key, object_bytes);
    if (__builtin_expect(!object, 0))
        return false;
    payload_write(object, object_bytes, word);
    *ret_handle = key;
    return true;
}

// A key that the slab does not hold gives all bits set, which no payload is: the cell then fails as corrupt.
ALWAYS_INLINE uint64_t slab_object_deallocate(struct slab *slab, size_t object_bytes, size_t handle)
{
    void *object = slab_remove(slab, handle, object_bytes);
    return __builtin_expect(!object, 0) ? UINT64_MAX : payload_read(object, object_bytes);
}

#endif
