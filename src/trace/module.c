// What of an ELF file is needed to name a place in it: its build id, and which addresses its bytes have. The
// form is that of the ELF specification (gABI 4.1, chapters 4 and 5), read without the system's header.
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/elf_note.h"
#include "private.h"

enum {
    HEADER_BYTES = 64,
    ENTRY_BYTES = 56,
    TYPE_LOAD = 1,
    TYPE_NOTE = 4,
    MAX_ENTRIES = 64,
    MAX_NOTE_BYTES = 4096
};

struct program_header {
    uint32_t type, flags;
    uint64_t file_offset, address, physical_address, file_bytes, memory_bytes, alignment;
};

_Static_assert(sizeof(struct program_header) == ENTRY_BYTES, "as in the file");

static bool read_at(int descriptor, uint64_t offset, void *bytes, size_t length)
{
    return pread(descriptor, bytes, length, (off_t)offset) == (ssize_t)length;
}

static void take_entry(int descriptor, const struct program_header *entry, struct module_file *module)
{
    unsigned char note[MAX_NOTE_BYTES];
    if (entry->type == TYPE_LOAD && module->segments < COUNT_OF(module->bias_bytes)) {
        module->bias_file_offset[module->segments] = entry->file_offset;
        module->bias_address[module->segments] = entry->address;
        module->bias_bytes[module->segments++] = entry->file_bytes;
    } else if (entry->type == TYPE_NOTE && !*module->build_id && entry->file_bytes <= sizeof note &&
               read_at(descriptor, entry->file_offset, note, (size_t)entry->file_bytes)) {
        (void)elf_note_build_id(note, (size_t)entry->file_bytes, (size_t)entry->alignment, module->build_id);
    }
}

bool module_read(const char *path, uint64_t inode, struct module_file *ret_module)
{
    static const unsigned char magic[] = {0x7f, 'E', 'L', 'F', 2, 1}; // 64 bits, little-endian
    unsigned char header[HEADER_BYTES];
    uint64_t table;
    uint16_t entry_bytes, entries;
    struct stat information;
    struct module_file module = {0};
    CLEANUP(close_descriptor) int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0 || fstat(descriptor, &information) != 0 || !S_ISREG(information.st_mode) ||
        (inode && (uint64_t)information.st_ino != inode) || !read_at(descriptor, 0, header, sizeof header) ||
        memcmp(header, magic, sizeof magic) != 0)
        return false;
    memcpy(&table, header + 32, sizeof table);
    memcpy(&entry_bytes, header + 54, sizeof entry_bytes);
    memcpy(&entries, header + 56, sizeof entries);
    if (entry_bytes != ENTRY_BYTES)
        return false;
    for (uint16_t i = 0; i < entries && i < MAX_ENTRIES; i++) {
        struct program_header entry;
        if (!read_at(descriptor, table + (uint64_t)i * ENTRY_BYTES, &entry, sizeof entry))
            return false;
        take_entry(descriptor, &entry, &module);
    }
    *ret_module = module;
    return true;
}

uint64_t module_address(const struct module_file *module, uint64_t file_offset)
{
    for (size_t i = 0; i < module->segments; i++)
        if (file_offset - module->bias_file_offset[i] < module->bias_bytes[i])
            return file_offset - module->bias_file_offset[i] + module->bias_address[i];
    return file_offset;
}
