// Folders with files of known content, standing for /proc, /sys and /etc of some machine.
#ifndef TESTS_FAKE_TREE_H
#define TESTS_FAKE_TREE_H

#include <stddef.h>

struct tree_file {
    const char *path; // from the tree's root: "/proc/cpuinfo"
    const char *content;
};

struct fake_tree {
    char root[64];
};

// Makes a new folder in the working folder. The test fails when it can't.
void fake_tree_make(struct fake_tree *ret_tree);

// Adds a file and the folders above it, or replaces the file.
void fake_tree_write(const struct fake_tree *tree, const char *path, const void *content, size_t length);

// Adds files up to one without a path.
void fake_tree_add(const struct fake_tree *tree, const struct tree_file *files);

// Removes all of it.
void fake_tree_release(struct fake_tree *tree);

#endif
