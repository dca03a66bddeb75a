// Which malloc implementations this machine has. Files are read, never loaded: a library that crashes at load
// would take the driver along. Proof of which one served a process comes from that process
// (worker/heap_proof.c).
#ifndef HEAPS_HEAPS_H
#define HEAPS_HEAPS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/elf_note.h"
#include "base/text.h"

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

// A way to tune the C library's own.
struct heap_variant {
    const char *name;
    const char *tunables;
    const char *summary;
};

enum {
    HEAP_VARIANT_COUNT = 0
#define HEAP_VARIANT(name, tunables, summary) +1
#include "heaps/variants.def"
#undef HEAP_VARIANT
};

// The rows of variants.def; the first is that of HEAP_PINNED_NAME.
extern const struct heap_variant heap_variants[HEAP_VARIANT_COUNT];

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
// stands for the root. False when there is none. Files of its names that come before and are no heap of that
// row are appended to `passed_over`, which may be NULL: a line each, "PATH: why".
bool heap_locate(const struct heap *heap, const char *root, struct heap_file *ret_file,
                 struct text *passed_over);

// Appends the same lines for a library as a plan names it: none when it was not found by a row's names.
void heap_passed_over(const char *library, struct text *passed_over);

// Whether the file at `path` is a library that can be preloaded as a heap. False with a reason for a person
// in `ret_problem` (one line, no full stop): missing, not a shared object, of another architecture, without
// malloc or free, or a path that the dynamic linker cannot be given.
bool heap_examine(const char *path, struct heap_file *ret_file, char ret_problem[HEAP_PROBLEM_BYTES]);

// Whether the dynamic linker can be given a library of that path in one way or the other. False with the
// reason, as of heap_examine.
bool heap_path_fits(const char *path, char ret_problem[HEAP_PROBLEM_BYTES]);

// Whether the dynamic linker can be given the library by its name alone, to be searched for in its folder,
// and not by its path: the list that it takes is one that spaces separate.
bool heap_needs_search(const char *path);

// As heap_examine for a library as a plan names it: a path, or a row's name after '?' for one that was not
// found, so that its cells can say so.
bool heap_examine_planned(const char *library, struct heap_file *ret_file,
                          char ret_problem[HEAP_PROBLEM_BYTES]);

// The build id of a program's or library's file, of its first bytes: 64 KiB hold what tells. False when there
// is none. Any bytes are accepted.
bool heap_build_id(const void *bytes, size_t length, char ret_build_id[BUILD_ID_BYTES]);

// Whether the program or library at `path` itself defines and exports the function; true as well when it has
// no table that would tell, false when it cannot be read or is no 64-bit object.
bool heap_exports(const char *path, const char *function);

// The dynamic linker that a program names, by its first bytes: 64 KiB hold what tells. False when it names
// none, as a static program does. Any bytes are accepted.
bool heap_interpreter(const void *bytes, size_t length, char ret_path[HEAP_FILE_BYTES]);

// Fills in version and package of the file at `file->path`, by the package manager's own files below `root`.
void heap_find_version(const char *root, const char *owners, struct heap_file *file);

// Whether a word has the form glibc.NAMESPACE.NAME=VALUE of glibc's manual.
bool heap_tunable_has_form(const char *word);

// What is wrong with a tunable: the cause for a sentence, and the sentence that fixes it.
struct tunable_problem {
    char what[HEAP_PROBLEM_BYTES];
    char remedy[HEAP_PROBLEM_BYTES];
};

// Whether the C library of that worker takes the tunables ("NAME=VALUE:…", each of the form above): the
// dynamic linker that the worker names is asked. False when a name is unknown to it, a value is no number or
// out of range, or one is given twice. True where it cannot be asked: a worker that is a script or static,
// another C library, glibc before 2.33.
bool heap_tunables_are_taken(const char *worker, const char *tunables, struct tunable_problem *ret_problem);

// Appends what the worker's own C library must show once the tunables are in force, as the dynamic linker
// lists it: "LOADER NUMBER=VALUE NUMBER=VALUE…", numbers as of os_tunable_value. Nothing where it cannot be
// asked.
void heap_tunables_expect(const char *worker, const char *tunables, struct text *ret_expected);

// Whether malloc's tunables can be given to this program's C library.
bool heap_has_tunables(void);

#endif
