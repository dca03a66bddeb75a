// What the dynamic linker has loaded: whose function is called, and which file that is.
#define _GNU_SOURCE // dl_iterate_phdr, RTLD_DEFAULT
#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <malloc.h>
#include <string.h>

#include "os/os.h"

struct search {
    uintptr_t address;
    char build_id[BUILD_ID_BYTES];
    bool found;
};

static bool holds(const struct dl_phdr_info *file, uintptr_t address)
{
    for (int i = 0; i < file->dlpi_phnum; i++) {
        uintptr_t begin = (uintptr_t)file->dlpi_addr + (uintptr_t)file->dlpi_phdr[i].p_vaddr;
        if (file->dlpi_phdr[i].p_type == PT_LOAD && address >= begin &&
            address - begin < file->dlpi_phdr[i].p_memsz)
            return true;
    }
    return false;
}

static int look_into(struct dl_phdr_info *file, size_t size, void *context)
{
    (void)size;
    struct search *search = context;
    if (!holds(file, search->address))
        return 0;
    for (int i = 0; i < file->dlpi_phnum && !search->found; i++) {
        const ElfW(Phdr) *segment = &file->dlpi_phdr[i];
        uintptr_t notes = (uintptr_t)file->dlpi_addr + (uintptr_t)segment->p_vaddr;
        if (segment->p_type == PT_NOTE)
            search->found = elf_note_build_id((const void *)notes, (size_t)segment->p_memsz,
                                              (size_t)segment->p_align, search->build_id);
    }
    return 1;
}

bool os_build_id(const void *address, char ret_build_id[BUILD_ID_BYTES])
{
    struct search search = {.address = (uintptr_t)address};
    dl_iterate_phdr(look_into, &search);
    if (search.found)
        memcpy(ret_build_id, search.build_id, sizeof search.build_id);
    return search.found;
}

// The program is the first that is gone through.
static int look_into_program(struct dl_phdr_info *file, size_t size, void *context)
{
    (void)size;
    struct search *search = context;
    search->found = holds(file, search->address);
    return 1;
}

bool os_is_of_program(const void *address)
{
    struct search search = {.address = (uintptr_t)address};
    dl_iterate_phdr(look_into_program, &search);
    return search.found;
}

void *os_find_function(const char *name)
{
    return dlsym(RTLD_DEFAULT, name);
}

#ifdef __GLIBC__
bool os_has_tunables(void)
{
    return true;
}

// The function is the one by which malloc itself reads its tunables: private to the C library, the same since
// there are tunables, and asked for by name, so that it may be gone. It writes 4 or 8 bytes, or for a word a
// pointer and a length.
bool os_tunable_value(const char *loader, uint32_t number, uint64_t *ret_value)
{
    void (*read_tunable)(unsigned int number, void *value, void (*callback)(void *value));
    uint64_t value[4] = {0};
    char path[PATH_MAX];
    void *function = dlsym(RTLD_DEFAULT, "__tunable_get_val");
    if (!function || !os_describe_address(function, path, sizeof path) || strcmp(path, loader) != 0)
        return false;
    memcpy(&read_tunable, &function, sizeof read_tunable);
    read_tunable(number, value, NULL);
    *ret_value = value[0];
    return true;
}

// A heap under test may export its own mallinfo: the C library's is looked up by the library's name.
bool os_c_library_heap(struct os_heap_books *ret_books)
{
    void *library = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
    if (!library)
        return false;
#if __GLIBC_PREREQ(2, 33)
    struct mallinfo2 (*read_books)(void);
    void *function = dlsym(library, "mallinfo2");
#else
    struct mallinfo (*read_books)(void);
    void *function = dlsym(library, "mallinfo");
#endif
    if (function) {
        memcpy(&read_books, &function, sizeof read_books);
        const uint64_t mapped_bytes = (uint64_t)read_books().hblkhd; // objects with a mapping of their own
        ret_books->taken_bytes = (uint64_t)read_books().arena + mapped_bytes;
        ret_books->used_bytes = (uint64_t)read_books().uordblks + mapped_bytes;
    }
    dlclose(library);
    return function != NULL;
}
#else
bool os_has_tunables(void)
{
    return false;
}

bool os_tunable_value(const char *loader, uint32_t number, uint64_t *ret_value)
{
    (void)loader;
    (void)number;
    (void)ret_value;
    return false;
}

bool os_c_library_heap(struct os_heap_books *ret_books)
{
    (void)ret_books;
    return false;
}
#endif
