// Keeps the optimiser from deleting or moving what is measured. gcc and clang know malloc and free: they
// remove a pair whose object nobody looks at, so every pointer that is handed out passes through a barrier.
#ifndef TIMING_BARRIER_H
#define TIMING_BARRIER_H

#define ALWAYS_INLINE static inline __attribute__((always_inline, unused))

// Returns `pointer`, of which the compiler now knows nothing; all memory counts as read and written. Costs no
// instruction.
ALWAYS_INLINE void *barrier_pointer(void *pointer)
{
    __asm__ volatile("" : "+r"(pointer) : : "memory");
    return pointer;
}

// All memory counts as read and written here.
ALWAYS_INLINE void barrier_memory(void)
{
    __asm__ volatile("" : : : "memory");
}

#endif
