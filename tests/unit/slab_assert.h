// What the tests of the slab share: the element sizes, and insertion and comparison with assertions.
#ifndef SLAB_ASSERT_H
#define SLAB_ASSERT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "slab/slab.h"

static const size_t element_sizes[] = {1, 8, 12, 24, 100, 1024, 4096};

// Inserts an element whose bytes all are `fill` and asserts its key.
static inline void insert(struct slab *slab, size_t element_size, size_t expected_key, int fill)
{
    size_t key = SIZE_MAX;
    assert_int_equal(slab_next_key(slab), expected_key);
    void *element = slab_insert(slab, &key, element_size);
    assert_non_null(element);
    assert_int_equal(key, expected_key);
    memset(element, fill, element_size);
}

static inline void assert_filled(const void *element, size_t element_size, int fill)
{
    assert_non_null(element);
    for (size_t i = 0; i < element_size; i++)
        assert_int_equal(((const unsigned char *)element)[i], fill);
}

#endif
