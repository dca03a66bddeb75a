// Where facts are read from and where they go. Inside this module alone.
#ifndef ENVIRONMENT_SOURCE_H
#define ENVIRONMENT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/facts.h"
#include "base/text.h"

// `root` is put before every path: "" on the real machine, a folder that holds proc/, sys/ and etc/ in tests.
struct source {
    const char *root;
    struct facts *facts;
};

enum {
    LINE_BYTES = 4096,          // longer lines are cut
    FILE_LIMIT_BYTES = 1 << 20, // longer files are cut
};

// Reads the file from its start, at most `limit_bytes` of it, into an empty text. False when it cannot be
// read. The path is formatted as by printf.
bool source_read(const struct source *source, struct text *ret_content, size_t limit_bytes,
                 const char *path_format, ...) PRINTF_LIKE(4, 5);

// The file's first line up to a zero byte, without the white space around it. False, with an empty line, when
// there is none or nothing in it.
bool source_line(const struct source *source, char ret_line[LINE_BYTES], const char *path_format, ...)
    PRINTF_LIKE(3, 4);

// The first line, when it is a decimal number and nothing else.
bool source_number(const struct source *source, uint64_t *ret_number, const char *path_format, ...)
    PRINTF_LIKE(3, 4);

bool source_exists(const struct source *source, const char *path);

// The names in the folder that begin with `prefix`, in the order of strcmp with numbers by their value
// ("cpu2" before "cpu10"); none when there is no such folder. An empty list is filled in.
void source_list(const struct source *source, const char *folder, const char *prefix,
                 struct string_list *ret_names);

// Sets the fact to the file's first line, if there is one.
void source_fact(const struct source *source, const char *key, const char *path_format, ...)
    PRINTF_LIKE(3, 4);

// Sets the fact to the word in brackets in `line`: "always [madvise] never".
void source_choice_fact(const struct source *source, const char *key, const char *path);

// The word in brackets, cut out of `line`; NULL when there is none.
char *chosen_word(char *line);

// The value of the first "name: value" line in the content, spaces and tabs around name and value left out,
// cut at LINE_BYTES. False, with an empty value, when there is none.
bool find_value(const struct text *content, const char *name, char ret_value[LINE_BYTES]);

// As find_value, when the value begins with a decimal number; what follows it ("kB") is ignored.
bool find_number(const struct text *content, const char *name, uint64_t *ret_number);

// The number after "name " at the start of a line, the form of /proc/vmstat and cpu.stat.
bool find_counter(const struct text *content, const char *name, uint64_t *ret_number);

// Reads a decimal number at the start of `string`; false when there is none or it does not fit. `ret_end` may
// be NULL.
bool read_number(const char *string, uint64_t *ret_number, const char **ret_end);

#endif
