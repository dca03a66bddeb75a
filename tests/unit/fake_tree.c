#define _GNU_SOURCE // nftw
#include "fake_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void fake_tree_make(struct fake_tree *ret_tree)
{
    snprintf(ret_tree->root, sizeof ret_tree->root, "fake_tree_XXXXXX");
    assert_non_null(mkdtemp(ret_tree->root));
}

void fake_tree_write(const struct fake_tree *tree, const char *path, const void *content, size_t length)
{
    char full_path[512];
    int path_length = snprintf(full_path, sizeof full_path, "%s%s", tree->root, path);
    assert_in_range(path_length, 1, sizeof full_path - 1);
    for (char *slash = strchr(full_path, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(full_path, 0777);
        *slash = '/';
    }
    FILE *stream = fopen(full_path, "w");
    assert_non_null(stream);
    assert_int_equal(fwrite(content, 1, length, stream), length);
    assert_int_equal(fclose(stream), 0);
}

void fake_tree_add(const struct fake_tree *tree, const struct tree_file *files)
{
    for (; files->path; files++)
        fake_tree_write(tree, files->path, files->content, strlen(files->content));
}

static int remove_entry(const char *path, const struct stat *information, int type, struct FTW *position)
{
    (void)information;
    (void)type;
    (void)position;
    return remove(path);
}

void fake_tree_release(struct fake_tree *tree)
{
    nftw(tree->root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
