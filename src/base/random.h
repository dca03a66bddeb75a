// Seeded random numbers: the same seed gives the same stream on every machine.
// xoshiro256** (Blackman & Vigna, ACM TOMS 47(4), 2021), seeded by SplitMix64 as its authors recommend.
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
    uint64_t state[4];
};

void random_seed(struct random *random, uint64_t seed);

// 64 random bits; period 2^256 - 1.
static inline uint64_t random_next(struct random *random)
{
    uint64_t *s = random->state;
    uint64_t product = s[1] * 5;
    uint64_t result = ((product << 7) | (product >> 57)) * 9;
    uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = (s[3] << 45) | (s[3] >> 19);
    return result;
}

// A number in [0, bound), every one equally likely (Lemire, ACM TOMACS 29(1), 2019). bound >= 1.
uint32_t random_below(struct random *random, uint32_t bound);

// A number in [0, 1), a multiple of 2^-53.
double random_unit(struct random *random);

// Puts `count` elements of `element_size` bytes (at most 256) into random order (Fisher–Yates).
void random_shuffle(struct random *random, void *elements, size_t count, size_t element_size);

// A seed of its own for the `index`th part of something seeded with `seed`: unrelated streams for unequal
// pairs.
uint64_t random_derive_seed(uint64_t seed, uint64_t index);

#endif
