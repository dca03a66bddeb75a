// The build id in the notes of an ELF file: the linker's fingerprint of the file's content, the same in the
// file and in memory after it was loaded. Layout: System V ABI, "Note Section"; the type is that of GNU ld's
// --build-id.
#ifndef BASE_ELF_NOTE_H
#define BASE_ELF_NOTE_H

#include <stdbool.h>
#include <stddef.h>

enum { BUILD_ID_BYTES = 65 }; // as text: up to 32 bytes in hexadecimal, and the zero

// Looks for the build id among the notes of one segment, of the machine's own byte order, padded to
// `alignment` (4 or 8; anything else is taken as 4). Any bytes are accepted. False, with `ret_build_id`
// untouched, when there is none.
bool elf_note_build_id(const void *notes, size_t length, size_t alignment, char ret_build_id[BUILD_ID_BYTES]);

#endif
