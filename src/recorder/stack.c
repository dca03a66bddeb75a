// Frame pointers are followed as long as they lead upwards within the thread's own stack, whose end is known
// without asking: the first thread's begins where the program was started, and the C library puts the others'
// own data at the end of their stacks. On a stack of any other origin only the call site is recorded. Code
// that was compiled without frame pointers ends the walk, or skips a frame.
#include "private.h"

extern void *__libc_stack_end __attribute__((weak)); // of the dynamic linker

enum { MAX_STACK_BYTES = 1 << 30 };

static uintptr_t end_of_stack(uintptr_t from)
{
    const uintptr_t own_data = (uintptr_t)__builtin_thread_pointer();
    const uintptr_t first = &__libc_stack_end ? (uintptr_t)__libc_stack_end : 0;
    if (from < own_data && own_data - from < MAX_STACK_BYTES)
        return own_data;
    if (from < first && first - from < MAX_STACK_BYTES)
        return first;
    return from;
}

size_t stack_write(uint64_t *words, void *const *frame)
{
    const uint32_t most = recording.frames;
    uintptr_t at = (uintptr_t)frame;
    const uintptr_t end = end_of_stack(at);
    size_t count = 0;
    while (count < most) {
        const uintptr_t above = *(const uintptr_t *)at;
        if (above <= at || above % sizeof(uintptr_t) || above + 2 * sizeof(uintptr_t) > end)
            break;
        const uintptr_t site = ((const uintptr_t *)above)[1];
        if (site < 4096)
            break;
        words[count++] = first_word(RAW_FRAME, site, 0);
        at = above;
    }
    return count;
}
