// A program that defines malloc itself, as one with a static jemalloc does.
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static char pool[1 << 20];
static size_t used;

void *malloc(size_t size)
{
    size_t place = used;
    used += (size + 15) / 16 * 16;
    return used <= sizeof pool ? pool + place : NULL;
}

void free(void *pointer)
{
    (void)pointer;
}

void *calloc(size_t count, size_t size)
{
    return malloc(count * size);
}

void *realloc(void *pointer, size_t size)
{
    void *larger = malloc(size);
    return larger && pointer ? memmove(larger, pointer, size) : larger;
}

int main(void)
{
    char *volatile object = malloc(100);
    return object ? 0 : 1;
}
