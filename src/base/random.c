#include "base/random.h"

#include <assert.h>
#include <string.h>

static uint64_t splitmix64(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void random_seed(struct random *random, uint64_t seed)
{
    for (int i = 0; i < 4; i++)
        random->state[i] = splitmix64(&seed);
}

uint32_t random_below(struct random *random, uint32_t bound)
{
    assert(bound >= 1);
    uint64_t product = (random_next(random) >> 32) * bound;
    if ((uint32_t)product < bound) {
        uint32_t threshold = (uint32_t)-bound % bound;
        while ((uint32_t)product < threshold)
            product = (random_next(random) >> 32) * bound;
    }
    return (uint32_t)(product >> 32);
}

double random_unit(struct random *random)
{
    return (double)(random_next(random) >> 11) * 0x1p-53;
}

void random_shuffle(struct random *random, void *elements, size_t count, size_t element_size)
{
    unsigned char swap[256];
    unsigned char *bytes = elements;
    assert(element_size <= sizeof swap && count <= UINT32_MAX);
    for (size_t i = count; i > 1; i--) {
        size_t j = random_below(random, (uint32_t)i);
        if (j == i - 1)
            continue;
        memcpy(swap, bytes + j * element_size, element_size);
        memcpy(bytes + j * element_size, bytes + (i - 1) * element_size, element_size);
        memcpy(bytes + (i - 1) * element_size, swap, element_size);
    }
}

uint64_t random_derive_seed(uint64_t seed, uint64_t index)
{
    uint64_t state = seed;
    uint64_t first = splitmix64(&state);
    state = first ^ (index * 0xd1342543de82ef95u + 0x2545f4914f6cdd1du);
    return splitmix64(&state);
}
