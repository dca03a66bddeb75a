// Between the files of this folder.
#ifndef HEAPS_PRIVATE_H
#define HEAPS_PRIVATE_H

#include "heaps/heaps.h"

enum { MOST_LIBRARY_BYTES = 256 << 20 };

// As heap_examine; in addition the library must export `symbol`.
bool library_read(const char *path, const char *symbol, struct heap_file *ret_file,
                  char ret_problem[HEAP_PROBLEM_BYTES]);

// The same for the bytes of a file: any are accepted. `own` is the start of a program of this machine, at
// least ELF_IDENTITY_BYTES long, to compare the architecture with.
enum { ELF_IDENTITY_BYTES = 20 };
bool library_parse(const unsigned char *bytes, size_t length, const unsigned char *own, const char *symbol,
                   char ret_build_id[BUILD_ID_BYTES], char ret_problem[HEAP_PROBLEM_BYTES]);

#endif
