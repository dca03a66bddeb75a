// Between the files of this folder.
#ifndef HEAPS_PRIVATE_H
#define HEAPS_PRIVATE_H

#include "base/text.h"
#include "heaps/heaps.h"

enum { MAX_LIBRARY_BYTES = 256 << 20 };

// As heap_examine; in addition the library must export `symbol`.
bool library_read(const char *path, const char *symbol, struct heap_file *ret_file,
                  char ret_problem[HEAP_PROBLEM_BYTES]);

// The same for the bytes of a file: any are accepted. `own` is the start of a program of this machine, at
// least ELF_IDENTITY_BYTES long, to compare the architecture with.
enum { ELF_IDENTITY_BYTES = 20 };
bool library_parse(const unsigned char *bytes, size_t length, const unsigned char *own, const char *symbol,
                   char ret_build_id[BUILD_ID_BYTES], char ret_problem[HEAP_PROBLEM_BYTES]);

// The dynamic linker that a program names, by its bytes or by its file; false when it names none. Any bytes
// are accepted.
bool library_interpreter(const void *bytes, size_t length, char ret_path[HEAP_FILE_BYTES]);
bool loader_of(const char *program, char ret_path[HEAP_FILE_BYTES]);

// What a dynamic linker is asked. `variables` are its whole environment, NAME=VALUE.
struct loader_question {
    const char *option;
    const char *program; // that the option is about; NULL: none
    const char *variables[3];
    bool is_debug; // the answer is what LD_DEBUG has it say on standard error, however it ends
};

// Appends what the dynamic linker answers. False when it does not answer or ends badly.
bool loader_ask(const char *loader, const struct loader_question *question, struct text *ret_answer);

// The folders that the dynamic linker looks through for LD_LIBRARY_PATH=`folders`, in its order: with those
// that it adds by itself, and "$ORIGIN" and the like replaced. "" is the current one. False when it does not
// tell; some may have been added then.
bool loader_search_path(const char *folders, struct string_list *ret_folders);

#endif
