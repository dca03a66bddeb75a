#include "litter/litter.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "timing/barrier.h"

const struct litter_class litter_classes[LITTER_CLASSES] = {
    {16, 15}, {32, 25}, {48, 15}, {64, 13}, {96, 10}, {128, 8}, {256, 7}, {512, 3}, {1024, 2}, {4096, 2}};

static uint64_t draw_typical_size(void *context, struct random *random)
{
    (void)context;
    uint32_t percent = random_below(random, 100), least = LITTER_LEAST_BYTES;
    size_t class = 0;
    while (class + 1 < LITTER_CLASSES && percent >= litter_classes[class].percent) {
        percent -= litter_classes[class].percent;
        least = litter_classes[class ++].most_bytes + 1;
    }
    return least + random_below(random, litter_classes[class].most_bytes - least + 1);
}

struct littered_object {
    void *address;
    uint64_t size;
};

// Writes the objects, since pages that nobody touches are none.
static enum litter_result allocate(const struct litter_request *request, struct random *random,
                                   struct littered_object *objects, struct litter *litter)
{
    litter_size_function *draw = request->draw_size ? request->draw_size : draw_typical_size;
    while (litter->bytes < request->bytes) {
        uint64_t size = draw(request->context, random);
        if (size < LITTER_LEAST_BYTES)
            size = LITTER_LEAST_BYTES;
        void *object = barrier_pointer(malloc(size));
        if (!object)
            return LITTER_NO_MEMORY;
        memset(object, 1, size);
        objects[litter->objects++] = (struct littered_object){object, size};
        litter->bytes += size;
    }
    return LITTER_DONE;
}

enum litter_result litter_heap(const struct litter_request *request, struct litter *ret_litter)
{
    *ret_litter = (struct litter){0};
    const size_t room = (size_t)(request->bytes / LITTER_LEAST_BYTES + 1) * sizeof(struct littered_object);
    struct littered_object *objects = // touched as far as needed
        mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (objects == MAP_FAILED)
        return LITTER_NO_HARNESS_MEMORY;
    struct random random;
    random_seed(&random, request->seed);
    enum litter_result result = allocate(request, &random, objects, ret_litter);
    random_shuffle(&random, objects, ret_litter->objects, sizeof *objects);
    for (size_t i = 0; i < ret_litter->objects; i++)
        if (i % LITTER_LEFT_ONE_IN != 0 || result != LITTER_DONE) {
            free(objects[i].address);
        } else {
            ret_litter->left++;
            ret_litter->left_bytes += objects[i].size;
        }
    munmap(objects, room);
    return result;
}
