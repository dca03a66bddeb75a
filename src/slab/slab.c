// What moves the block, and what is not called per element. See struct slab in the header for the data
// structure: one block holds the elements and, behind them, a link per key. The list of vacant keys lives in
// the links and not in the vacant elements (as it would in the classic free list), so that elements of any
// size need no padding, occupied and vacant keys can be told apart, and walking the list touches four bytes
// per key.
#include "slab.h"

#include <string.h>

// Where the links of `capacity` elements, at least 1, begin and how many bytes the block has. False when that
// is too much.
static inline bool compute_layout(size_t capacity, size_t element_size, size_t *ret_links_offset,
                                  size_t *ret_bytes)
{
    size_t links_offset, bytes;
    if (capacity > SLAB_CAPACITY_MAX ||
        __builtin_mul_overflow(capacity - 1, slab_stride(element_size), &links_offset) ||
        __builtin_add_overflow(links_offset, element_size, &links_offset) ||
        __builtin_add_overflow(links_offset, sizeof(uint32_t) - 1, &links_offset))
        return false;
    links_offset &= ~(sizeof(uint32_t) - 1);
    if (__builtin_mul_overflow(capacity, sizeof(uint32_t), &bytes) ||
        __builtin_add_overflow(bytes, links_offset, &bytes) || bytes > PTRDIFF_MAX)
        return false;
    *ret_links_offset = links_offset;
    *ret_bytes = bytes;
    return true;
}

static void mark_occupied(uint32_t *links, size_t count)
{
    for (size_t i = 0; i < count; i++)
        links[i] = SLAB_OCCUPIED;
}

// Enlarges the block to `capacity` elements, more than now.
static __attribute__((noinline)) bool enlarge(struct slab *slab, size_t capacity, size_t element_size)
{
    size_t links_offset, bytes;
    if (!compute_layout(capacity, element_size, &links_offset, &bytes))
        return false;
    size_t old_links_offset = (size_t)((unsigned char *)slab->links - slab->elements);
    unsigned char *block = slab->elements ? realloc(slab->elements, bytes) : malloc(bytes);
    if (!block)
        return false;
    uint32_t *links = (void *)(block + links_offset);
    size_t kept_links = 0;
    if (slab->vacant_count > 0) { // otherwise all links are alike, and need not be moved
        kept_links = slab->used;
        memmove(links, block + old_links_offset, kept_links * sizeof *links);
    }
    mark_occupied(links + kept_links, capacity - kept_links);
    slab->elements = block;
    slab->links = links;
    slab->capacity = (uint32_t)capacity;
    return true;
}

bool slab_init_with_capacity(struct slab *slab, size_t capacity, size_t element_size)
{
    slab_init(slab);
    return capacity == 0 || enlarge(slab, capacity, element_size);
}

bool slab_allocate_first_block(struct slab *slab, size_t links_offset, size_t capacity)
{
    unsigned char *block = malloc(links_offset + capacity * sizeof(uint32_t));
    if (!block)
        return false;
    uint32_t *links = (void *)(block + links_offset);
    slab->elements = block;
    slab->links = links;
    slab->capacity = (uint32_t)capacity;
    for (size_t i = 0; i < SLAB_FIRST_CAPACITY; i++) // all links, some twice: no loop of variable length
        links[i * capacity / SLAB_FIRST_CAPACITY] = SLAB_OCCUPIED;
    return true;
}

bool slab_enlarge(struct slab *slab, size_t element_size)
{
    return slab->capacity < SLAB_CAPACITY_MAX &&
           enlarge(slab, slab_grown_capacity(slab->capacity), element_size);
}

bool slab_reserve(struct slab *slab, size_t additional, size_t element_size)
{
    size_t length = slab_length(slab);
    if (additional <= slab->capacity - length)
        return true;
    if (additional > SLAB_CAPACITY_MAX - length)
        return false;
    size_t least = slab->elements ? slab_grown_capacity(slab->capacity) : slab_first_capacity(element_size);
    size_t needed = length + additional;
    return enlarge(slab, needed > least ? needed : least, element_size);
}

bool slab_reserve_exact(struct slab *slab, size_t additional, size_t element_size)
{
    size_t length = slab_length(slab);
    if (additional <= slab->capacity - length)
        return true;
    return additional <= SLAB_CAPACITY_MAX - length && enlarge(slab, length + additional, element_size);
}

void slab_clear(struct slab *slab)
{
    if (slab->vacant_count > 0)
        mark_occupied(slab->links, slab->used);
    slab->used = 0;
    slab->vacant_count = 0;
}

// Makes the list of vacant keys anew, the lowest first, so that elements gather at low keys and the next
// shrinking finds more to give back. Sets vacant_count.
static void relink_vacant_keys(struct slab *slab)
{
    uint32_t first = 0;
    uint32_t vacant_count = 0;
    for (uint32_t key = slab->used; key-- > 0;) {
        if (slab->links[key] == SLAB_OCCUPIED)
            continue;
        slab->links[key] = first;
        first = key;
        vacant_count++;
    }
    slab->first_vacant = first;
    slab->vacant_count = vacant_count;
}

// Cuts the block behind `used`. The links move down before the block's end goes, so a heap that cannot shrink
// the block in place and has no memory to copy it leaves a slab that works in the larger block.
static void cut_block(struct slab *slab, size_t element_size)
{
    size_t links_offset, bytes;
    if (slab->used == slab->capacity)
        return;
    if (slab->used == 0) {
        slab_release(slab);
        return;
    }
    if (!compute_layout(slab->used, element_size, &links_offset, &bytes))
        return;
    memmove(slab->elements + links_offset, slab->links, slab->used * sizeof(uint32_t));
    unsigned char *block = realloc(slab->elements, bytes);
    if (block)
        slab->elements = block;
    slab->links = (void *)(slab->elements + links_offset);
    slab->capacity = slab->used;
}

void slab_shrink(struct slab *slab, size_t element_size)
{
    while (slab->used > 0 && slab->links[slab->used - 1] != SLAB_OCCUPIED)
        slab->used--;
    relink_vacant_keys(slab);
    cut_block(slab, element_size);
}

void slab_compact(struct slab *slab, size_t element_size, slab_rekey_function *rekey, void *context)
{
    uint32_t target = 0;
    for (;;) {
        while (slab->used > 0 && slab->links[slab->used - 1] != SLAB_OCCUPIED)
            slab->used--;
        while (target < slab->used && slab->links[target] == SLAB_OCCUPIED)
            target++;
        if (target >= slab->used)
            break;
        uint32_t source = slab->used - 1;
        void *element = slab_element_at(slab, source, element_size);
        if (!rekey(context, element, source, target))
            break;
        memcpy(slab_element_at(slab, target, element_size), element, element_size);
        slab->links[target] = SLAB_OCCUPIED;
        slab->used = source;
    }
    relink_vacant_keys(slab);
    cut_block(slab, element_size);
}

size_t slab_key_from(const struct slab *slab, size_t key)
{
    for (; key < slab->used; key++)
        if (slab->links[key] == SLAB_OCCUPIED)
            return key;
    return SLAB_NO_KEY;
}
