// What the witness writes, and how it is read back. The witness is a library that is preloaded into every
// process of a tree; it says who it is in and which file holds the malloc that is called there: when it is
// loaded, which is after the heap's own constructors, and when the process ends by itself. It also says which
// programs the process starts: one that then reports nothing has not loaded it.
#ifndef WITNESS_WITNESS_H
#define WITNESS_WITNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

// The variable that names the file to which the witness appends. Each report is one write.
#define WITNESS_FILE_NAME "MEMALLOC_BENCH_WITNESS"

enum { WITNESS_PATH_BYTES = 320, WITNESS_MAGIC = 0x5769744e };

enum witness_moment {
    WITNESS_BEGIN = 1, // of a program: once after each exec
    WITNESS_END,       // of a process: exit(), a return from main, _exit()
    WITNESS_EXEC,      // the process is about to become the program `malloc_in`, unless that fails
    WITNESS_SPAWN,     // process `pid` was started as the program `malloc_in`
};

enum { WITNESS_MALLOC_IS_C_LIBRARYS = 1 }; // of `flags`: malloc_after is in the file of the other functions

// A path that is unknown or too long is empty.
struct witness_report {
    uint32_t magic;
    uint16_t moment;
    uint16_t flags;
    int32_t pid;
    int32_t parent;
    uint64_t user_ns;                   // CPU time of the process in user mode until then
    char program[WITNESS_PATH_BYTES];   // that the process runs
    char malloc_in[WITNESS_PATH_BYTES]; // the file that holds malloc, the program included; of a program that
                                        // is started its file or name, as it was given
    char malloc_after[WITNESS_PATH_BYTES]; // the same without the program: it may hold no more than the place
                                           // through which it calls malloc, with an address of its own
};

// Reads the reports in the order in which they were written. `ret_reports` is freed by the caller. A rest
// that is no report (the disk was full) is left out. STATUS_ENVIRONMENT when the file cannot be read.
MUST_CHECK enum status witness_read(const char *path, struct witness_report **ret_reports, size_t *ret_count,
                                    struct error *error);

#endif
