// What the dynamic linker has loaded: whose function is called, and which file that is.
#define _GNU_SOURCE // dl_iterate_phdr, RTLD_DEFAULT
#include <dlfcn.h>
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

void *os_find_function(const char *name)
{
    return dlsym(RTLD_DEFAULT, name);
}

#ifdef __GLIBC__
// A heap under test may export a mallinfo of its own: the C library's is asked for by the library's name.
bool os_c_library_heap_bytes(uint64_t *ret_bytes)
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
        *ret_bytes = (uint64_t)read_books().uordblks + (uint64_t)read_books().hblkhd;
    }
    dlclose(library);
    return function != NULL;
}
#else
bool os_c_library_heap_bytes(uint64_t *ret_bytes)
{
    (void)ret_bytes;
    return false;
}
#endif
