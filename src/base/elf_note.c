#include "base/elf_note.h"

#include <stdint.h>
#include <string.h>

enum { NOTE_HEADER_BYTES = 12, NOTE_GNU_BUILD_ID = 3 };

// `length` rounded up to the alignment, or SIZE_MAX when that is more than there could be.
static size_t padded(uint64_t length, size_t alignment)
{
    uint64_t whole = (length + alignment - 1) / alignment * alignment;
    return whole > SIZE_MAX / 2 ? SIZE_MAX / 2 : (size_t)whole;
}

static void to_hexadecimal(const unsigned char *bytes, size_t count, char *ret_text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        ret_text[2 * i] = digits[bytes[i] >> 4];
        ret_text[2 * i + 1] = digits[bytes[i] & 15];
    }
    ret_text[2 * count] = '\0';
}

bool elf_note_build_id(const void *notes, size_t length, size_t alignment, char ret_build_id[BUILD_ID_BYTES])
{
    const unsigned char *bytes = notes;
    if (alignment != 8)
        alignment = 4;
    for (size_t position = 0; position <= length && length - position >= NOTE_HEADER_BYTES;) {
        uint32_t header[3]; // length of the name, length of the content, type
        memcpy(header, bytes + position, sizeof header);
        size_t left = length - position - NOTE_HEADER_BYTES;
        size_t name_length = padded(header[0], 4), content_length = padded(header[1], alignment);
        if (alignment == 8) // the name ends where the content is aligned again
            name_length = padded((uint64_t)name_length + NOTE_HEADER_BYTES, 8) - NOTE_HEADER_BYTES;
        if (name_length > left || header[1] > left - name_length)
            return false;
        const unsigned char *name = bytes + position + NOTE_HEADER_BYTES, *content = name + name_length;
        bool is_build_id = header[2] == NOTE_GNU_BUILD_ID && header[0] == 4 && memcmp(name, "GNU", 4) == 0;
        if (is_build_id && header[1] > 0 && header[1] <= (BUILD_ID_BYTES - 1) / 2) {
            to_hexadecimal(content, header[1], ret_build_id);
            return true;
        }
        if (content_length > left - name_length)
            return false;
        position += NOTE_HEADER_BYTES + name_length + content_length;
    }
    return false;
}
