// A heap whose functions may be called from signal handlers: it gives addresses out once, and takes none
// back.
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum { HEADER = 16 };
static const size_t all = (size_t)4 << 30;
static char *begin;
static size_t used;

void *malloc(size_t size)
{
    if (!begin) {
        void *mapped =
            mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (mapped == MAP_FAILED)
            return NULL;
        begin = mapped;
    }
    size_t bytes = HEADER + ((size + 15) & ~(size_t)15);
    size_t at = __atomic_fetch_add(&used, bytes, __ATOMIC_RELAXED);
    if (size > all || at + bytes > all) {
        errno = ENOMEM;
        return NULL;
    }
    memcpy(begin + at, &size, sizeof size);
    return begin + at + HEADER;
}

void free(void *object)
{
    (void)object;
}

void *calloc(size_t count, size_t size)
{
    return malloc(count * size);
}

void *realloc(void *object, size_t size)
{
    size_t before = 0;
    void *moved = malloc(size);
    if (object)
        memcpy(&before, (char *)object - HEADER, sizeof before);
    if (moved && object)
        memcpy(moved, object, before < size ? before : size);
    return moved;
}
