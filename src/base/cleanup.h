// The one cleanup idiom: a variable is released when its scope ends.
//
//     CLEANUP(text_release) struct text path = {0};
//
// The release function takes a pointer to the variable and accepts a zeroed one.
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(function) __attribute__((cleanup(function)))
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

// For `CLEANUP(free_pointer) char *name = NULL;` and the like: frees what the pointer points to.
static inline void free_pointer(void *pointer_to_pointer)
{
    free(*(void **)pointer_to_pointer);
}

// For `CLEANUP(close_descriptor) int descriptor = -1;`
static inline void close_descriptor(const int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
}

// For `CLEANUP(close_stream) FILE *stream = NULL;`: for streams that were read; check fclose after writing.
static inline void close_stream(FILE **stream)
{
    if (*stream)
        fclose(*stream);
}

#endif
