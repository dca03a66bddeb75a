// A heap whose constructor gives up.
#include <stdlib.h>

void *malloc(size_t size)
{
    (void)size;
    return NULL;
}

void free(void *pointer)
{
    (void)pointer;
}

__attribute__((constructor)) static void give_up(void)
{
    abort();
}
