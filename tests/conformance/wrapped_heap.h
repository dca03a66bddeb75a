// The heap between the strategies and the malloc underneath: the linker sends the malloc family of all that
// is linked through it (--wrap). It knows every block that is live, and ends the test when one is freed that
// is not.
#ifndef WRAPPED_HEAP_H
#define WRAPPED_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// From now on nothing may be freed that was given before, nor by the C library's own functions.
void wrapped_heap_watch(void);

// Calls so far, and blocks that are live.
uint64_t wrapped_heap_calls(void);
size_t wrapped_heap_live_blocks(void);

// Whether these bytes lie in one live block.
bool wrapped_heap_holds(const void *object, size_t bytes);

#endif
