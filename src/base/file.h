// Whole files, and outputs that are replaced whole or not at all.
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"

// Appends the file's content to `ret_content`. Files under /proc and /sys are read to their end.
// `limit_bytes`: a larger file is an error. On failure `ret_content` is untouched.
MUST_CHECK enum status file_read(const char *path, size_t limit_bytes, struct text *ret_content,
                                 struct error *error);

// Creates the directory and its missing parents (mode 0777 less the umask). An existing directory is fine.
MUST_CHECK enum status file_make_directory(const char *path, struct error *error);

// Appends the names in a directory, sorted by bytes, without "." and ".."; none when it cannot be read.
MUST_CHECK enum status file_list_names(const char *directory, struct string_list *ret_names,
                                       struct error *error);

// Writes all of it to the open file, however many writes that takes. False with errno.
MUST_CHECK bool file_write_all(int descriptor, const void *bytes, size_t length);

// An output file while it is written under another name in the same directory:
//     file_replacement_begin → write to `temporary_path` by any means → file_replacement_commit
// Begin creates the temporary file, empty, so that a place that cannot be written to is known at once; commit
// syncs file and directory and renames; release without commit removes the temporary file. Errors name the
// final path, since users do not know the temporary one.
struct file_replacement {
    struct text final_path;
    struct text temporary_path;
    int committed;
};

MUST_CHECK enum status file_replacement_begin(struct file_replacement *replacement, const char *final_path,
                                              struct error *error);
MUST_CHECK enum status file_replacement_commit(struct file_replacement *replacement, struct error *error);
void file_replacement_release(struct file_replacement *replacement);

// Writes `length` bytes as the whole content of `path`, through a replacement.
MUST_CHECK enum status file_write(const char *path, const void *bytes, size_t length, struct error *error);

#endif
