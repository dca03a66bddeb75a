// A program that is not position-independent and takes malloc's address: the linker gives it a place of its
// own, through which calls go on to whoever serves.
#include <stdlib.h>

static void *(*volatile allocate)(size_t) = malloc;

int main(void)
{
    void *object = allocate(100);
    free(object);
    return object ? 0 : 1;
}
