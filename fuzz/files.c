#include "files.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"

void make_folder(char template[])
{
    if (!mkdtemp(template))
        abort();
}

static void write_one(const char *folder, const char *name, const uint8_t *data, size_t size)
{
    CLEANUP(text_release) struct text path = {0};
    text_append_format(&path, "%s/%s", folder, name);
    if (file_write(text_string(&path), data, size, NULL) != STATUS_OK)
        abort();
}

void remove_file(const char *folder, const char *name)
{
    CLEANUP(text_release) struct text path = {0};
    text_append_format(&path, "%s/%s", folder, name);
    unlink(text_string(&path));
}

void write_files(const char *folder, const uint8_t *data, size_t size, char pair, const char *first,
                 const char *second)
{
    const uint8_t *content = data + 1;
    size_t content_size = size - 1;
    if (data[0] == (uint8_t)pair && size > 5) {
        uint32_t length =
            data[1] | (uint32_t)data[2] << 8 | (uint32_t)data[3] << 16 | (uint32_t)data[4] << 24;
        content = data + 5;
        content_size = length < size - 5 ? length : size - 5;
        write_one(folder, second, content + content_size, size - 5 - content_size);
    }
    write_one(folder, first, content, content_size);
}
