// Inputs that a reader takes from files: a folder of their own, and one or two files in it.
#ifndef FUZZ_FILES_H
#define FUZZ_FILES_H

#include <stddef.h>
#include <stdint.h>

// A new folder; the template is changed to its name. Ends the program when there can be none.
void make_folder(char template[]);

// An input is a byte and the file `first`; after the byte `pair`, four bytes of length (little-endian), the
// first file of that length and the file `second`. `size` is at least 2.
void write_files(const char *folder, const uint8_t *data, size_t size, char pair, const char *first,
                 const char *second);

// A missing file is fine.
void remove_file(const char *folder, const char *name);

#endif
