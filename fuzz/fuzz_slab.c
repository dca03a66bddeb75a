// Bytes as operations on a slab and its model; see slab_exercise.h.
#include <stddef.h>
#include <stdint.h>

#include "../tests/unit/slab_exercise.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct slab_exercise_report report = {0};
    slab_exercise(bytes, length, &report);
    return 0;
}
