// What is not called per element. The capacity of the slabs below is never exceeded, so slab_insert() never
// moves their block.
#include "slab_shared.h"

// ---- one thread inserts, any thread removes ----

bool slab_owner_init(struct slab_owner *owner, size_t capacity, size_t element_size)
{
    *owner = (struct slab_owner){.capacity = capacity};
    atomic_init(&owner->first_returned, SLAB_NONE_RETURNED);
    if (capacity == 0 || !slab_init_with_capacity(&owner->slab, capacity, element_size))
        return false;
    owner->elements = owner->slab.elements;
    owner->returned_links = malloc(capacity * sizeof *owner->returned_links);
    if (!owner->returned_links) {
        slab_release(&owner->slab);
        return false;
    }
    for (size_t key = 0; key < capacity; key++)
        atomic_init(&owner->returned_links[key], SLAB_NONE_RETURNED);
    return true;
}

void slab_owner_release(struct slab_owner *owner)
{
    free(owner->returned_links);
    slab_release(&owner->slab);
    owner->returned_links = NULL;
}

// Of an element that is removed the place is not needed, so its size does not matter here.
bool slab_owner_collect(struct slab_owner *owner)
{
    uint32_t key = atomic_exchange_explicit(&owner->first_returned, SLAB_NONE_RETURNED, memory_order_acquire);
    if (key == SLAB_NONE_RETURNED)
        return false;
    while (key != SLAB_NONE_RETURNED) {
        uint32_t next = atomic_load_explicit(&owner->returned_links[key], memory_order_relaxed);
        (void)slab_remove(&owner->slab, key, 1);
        key = next;
    }
    return true;
}

// ---- one slab, one mutex ----

bool slab_locked_init(struct slab_locked *locked, size_t capacity, size_t element_size)
{
    if (capacity == 0 || !slab_init_with_capacity(&locked->slab, capacity, element_size))
        return false;
    if (pthread_mutex_init(&locked->lock, NULL) == 0)
        return true;
    slab_release(&locked->slab);
    return false;
}

void slab_locked_release(struct slab_locked *locked)
{
    pthread_mutex_destroy(&locked->lock);
    slab_release(&locked->slab);
}

// ---- several slabs, a mutex each ----

uint32_t slab_thread_number(void)
{
    static _Atomic(uint32_t) numbers;
    static _Thread_local uint32_t number_and_one; // 0: it has none yet
    if (SLAB_UNLIKELY(number_and_one == 0))
        number_and_one = atomic_fetch_add_explicit(&numbers, 1, memory_order_relaxed) + 1;
    return number_and_one - 1;
}

bool slab_sharded_init(struct slab_sharded *sharded, size_t shard_count, size_t capacity, size_t element_size)
{
    *sharded = (struct slab_sharded){0};
    if (shard_count == 0 || shard_count > SLAB_MAX_SHARDS)
        return false;
    while ((size_t)1 << sharded->shard_bits < shard_count)
        sharded->shard_bits++;
    const size_t count = (size_t)1 << sharded->shard_bits;
    if (capacity > SLAB_CAPACITY_MAX >> sharded->shard_bits)
        return false;
    struct slab_shard *shards = malloc(count * sizeof *shards);
    size_t made = 0;
    while (shards && made < count && slab_locked_init(&shards[made].locked, capacity, element_size))
        made++;
    if (shards && made == count) {
        sharded->shards = shards;
        return true;
    }
    while (made > 0)
        slab_locked_release(&shards[--made].locked);
    free(shards);
    return false;
}

void slab_sharded_release(struct slab_sharded *sharded)
{
    for (size_t i = 0; sharded->shards && i < (size_t)1 << sharded->shard_bits; i++)
        slab_locked_release(&sharded->shards[i].locked);
    free(sharded->shards);
    *sharded = (struct slab_sharded){0};
}
