// Machines of several kinds, as the files that their kernels show.
#ifndef TESTS_MACHINES_H
#define TESTS_MACHINES_H

#include "fake_tree.h"

struct expected_fact {
    const char *key;
    const char *value; // NULL: the fact must be absent
};

struct machine {
    const char *name;
    const struct tree_file *files; // up to one without a path
    const struct expected_fact
        *facts; // of environment_read_files and _load_files("before."), up to one without a key
};

extern const struct machine machines[];
extern const size_t machine_count;

#endif
