// Which malloc implementations this machine has. Files are read, never loaded: a library that crashes at load
// would take the driver along. Proof of which one served a process comes from that process
// (worker/heap_proof.h).
#ifndef HEAPS_HEAPS_H
#define HEAPS_HEAPS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/elf_note.h"

enum {
    HEAP_FILE_BYTES = 256, // of a library's path
    HEAP_VERSION_BYTES = 64,
    HEAP_PROBLEM_BYTES = 160,
};

// glibc's own initial thresholds, fixed: naming either one ends their movement (mallopt(3)).
#define HEAP_PINNED_NAME "system:pinned"
#define HEAP_PINNED_TUNABLES "glibc.malloc.mmap_threshold=131072:glibc.malloc.trim_threshold=131072"

struct heap {
    const char *name;
    const char *files;
    const char *symbol;
    const char *owners;
    const char *package;
    const char *summary;
};

enum {
    HEAP_COUNT = 0
#define HEAP(name, files, symbol, owners, package, summary) +1
#include "heaps/heaps.def"
#undef HEAP
};

// The rows of heaps.def; the first is the C library's own.
extern const struct heap heaps[HEAP_COUNT];

// The row of that name, or NULL.
const struct heap *heap_find(const char *name);

struct heap_file {
    char path[HEAP_FILE_BYTES];
    char build_id[BUILD_ID_BYTES];    // empty when it has none
    char version[HEAP_VERSION_BYTES]; // of the package, or from the file's name; empty when unknown
    char package[HEAP_VERSION_BYTES]; // that holds it; empty when unknown
};

// Finds the row's library in the directories of LD_LIBRARY_PATH (DYLD_LIBRARY_PATH on macOS), then where
// Debian, Ubuntu, Fedora, Arch and Homebrew put libraries and in the directories of ld.so.conf, of files that
// can be loaded by this program and export what the row says. `root` is "" or, for tests, a directory that
// stands for the root. False when there is none.
bool heap_locate(const struct heap *heap, const char *root, struct heap_file *ret_file);

// Whether the file at `path` is a library that can be preloaded as a heap. False with a reason for a person
// in `ret_problem` (one line, no full stop): missing, not a shared object, of another architecture, without
// malloc or free, or a path that the dynamic linker cannot be given.
bool heap_examine(const char *path, struct heap_file *ret_file, char ret_problem[HEAP_PROBLEM_BYTES]);

// As heap_examine for a library as a plan names it: a path, or a row's name after '?' for one that was not
// found, so that its cells can say so.
bool heap_examine_planned(const char *library, struct heap_file *ret_file,
                          char ret_problem[HEAP_PROBLEM_BYTES]);

// The build id of a program's or library's file, of its first bytes: 64 KiB hold what tells. False when there
// is none. Any bytes are accepted.
bool heap_build_id(const void *bytes, size_t length, char ret_build_id[BUILD_ID_BYTES]);

// Fills in version and package of the file at `file->path`, by the package manager's own files below `root`.
void heap_find_version(const char *root, const char *owners, struct heap_file *file);

// Whether a word has the form glibc.NAMESPACE.NAME=VALUE of glibc's manual. glibc ignores what it does not
// understand, so a slip would measure no change at all: the form, at least, can be checked.
bool heap_tunable_has_form(const char *word);

// Whether malloc's tunables can be given to this program's C library.
bool heap_has_tunables(void);

#endif
