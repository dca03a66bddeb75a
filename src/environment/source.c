#include "environment/private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

static const char WHITE_SPACE[] = " \t\r\n\v\f";

static void read_up_to(int descriptor, struct text *content, size_t limit_bytes)
{
    char buffer[16384];
    while (content->length < limit_bytes) {
        size_t wanted = limit_bytes - content->length;
        ssize_t length = read(descriptor, buffer, wanted < sizeof buffer ? wanted : sizeof buffer);
        if (length < 0 && errno == EINTR)
            continue;
        if (length <= 0)
            return;
        text_append_bytes(content, buffer, (size_t)length);
        if (content->failed)
            return;
    }
}

PRINTF_LIKE(4, 0)
static bool read_path(const struct source *source, struct text *ret_content, size_t limit_bytes,
                      const char *path_format, va_list arguments)
{
    CLEANUP(text_release) struct text path = {0};
    text_append(&path, source->root);
    text_append_arguments(&path, path_format, arguments);
    if (path.failed)
        return false;
    // Not to wait for a writer, should a pipe stand where a file is expected.
    CLEANUP(close_descriptor) int descriptor = open(text_string(&path), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return false;
    read_up_to(descriptor, ret_content, limit_bytes);
    return !ret_content->failed && ret_content->length > 0;
}

bool source_read(const struct source *source, struct text *ret_content, size_t limit_bytes,
                 const char *path_format, ...)
{
    va_list arguments;
    va_start(arguments, path_format);
    bool found = read_path(source, ret_content, limit_bytes, path_format, arguments);
    va_end(arguments);
    return found;
}

// Copies `length` bytes up to a zero byte, without the white space around them.
static bool copy_trimmed(const char *bytes, size_t length, char ret_line[LINE_BYTES])
{
    length = strnlen(bytes, length);
    while (length > 0 && strchr(WHITE_SPACE, bytes[0])) {
        bytes++;
        length--;
    }
    while (length > 0 && strchr(WHITE_SPACE, bytes[length - 1]))
        length--;
    if (length >= LINE_BYTES)
        length = LINE_BYTES - 1;
    memcpy(ret_line, bytes, length);
    ret_line[length] = '\0';
    return length > 0;
}

PRINTF_LIKE(3, 0)
static bool read_line(const struct source *source, char ret_line[LINE_BYTES], const char *path_format,
                      va_list arguments)
{
    CLEANUP(text_release) struct text content = {0};
    ret_line[0] = '\0';
    if (!read_path(source, &content, LINE_BYTES, path_format, arguments))
        return false;
    return copy_trimmed(content.bytes, strcspn(content.bytes, "\n"), ret_line);
}

bool source_line(const struct source *source, char ret_line[LINE_BYTES], const char *path_format, ...)
{
    va_list arguments;
    va_start(arguments, path_format);
    bool found = read_line(source, ret_line, path_format, arguments);
    va_end(arguments);
    return found;
}

bool source_number(const struct source *source, uint64_t *ret_number, const char *path_format, ...)
{
    char line[LINE_BYTES];
    va_list arguments;
    va_start(arguments, path_format);
    bool found = read_line(source, line, path_format, arguments);
    va_end(arguments);
    const char *end;
    uint64_t number;
    if (!found || !read_number(line, &number, &end) || *end)
        return false;
    *ret_number = number;
    return true;
}

bool source_exists(const struct source *source, const char *path)
{
    CLEANUP(text_release) struct text full_path = {0};
    text_append(&full_path, source->root);
    text_append(&full_path, path);
    return !full_path.failed && access(text_string(&full_path), F_OK) == 0;
}

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

static int compare_names(const void *left, const void *right)
{
    const char *a = *(const char *const *)left, *b = *(const char *const *)right;
    while (*a && *a == *b) {
        a++;
        b++;
    }
    size_t a_digits = strspn(a, "0123456789"), b_digits = strspn(b, "0123456789");
    if (is_digit(*a) && is_digit(*b) && a_digits != b_digits)
        return a_digits < b_digits ? -1 : 1;
    return (unsigned char)*a - (unsigned char)*b;
}

static void close_folder(DIR **folder)
{
    if (*folder)
        closedir(*folder);
}

void source_list(const struct source *source, const char *folder, const char *prefix,
                 struct string_list *ret_names)
{
    CLEANUP(text_release) struct text path = {0};
    text_append(&path, source->root);
    text_append(&path, folder);
    CLEANUP(close_folder) DIR *directory = path.failed ? NULL : opendir(text_string(&path));
    if (!directory)
        return;
    for (const struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        bool wanted = entry->d_name[0] != '.' && strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
        if (wanted && string_list_add(ret_names, entry->d_name, NULL) != STATUS_OK)
            source->facts->failed = 1;
    }
    if (ret_names->count > 0)
        qsort(ret_names->items, ret_names->count, sizeof *ret_names->items, compare_names);
}

void source_fact(const struct source *source, const char *key, const char *path_format, ...)
{
    char line[LINE_BYTES];
    va_list arguments;
    va_start(arguments, path_format);
    if (read_line(source, line, path_format, arguments))
        facts_set(source->facts, key, line);
    va_end(arguments);
}

void set_prefixed(struct facts *facts, const char *prefix, const char *name, const char *value_format, ...)
{
    CLEANUP(text_release) struct text key = {0};
    CLEANUP(text_release) struct text value = {0};
    text_append_format(&key, "%s%s", prefix, name);
    va_list arguments;
    va_start(arguments, value_format);
    text_append_arguments(&value, value_format, arguments);
    va_end(arguments);
    if (key.failed || value.failed)
        facts->failed = 1;
    else
        facts_set(facts, text_string(&key), text_string(&value));
}

char *chosen_word(char *line)
{
    char *start = strchr(line, '[');
    char *end = start ? strchr(start, ']') : NULL;
    if (!end || end == start + 1)
        return NULL;
    *end = '\0';
    return start + 1;
}

void source_choice_fact(const struct source *source, const char *key, const char *path)
{
    char line[LINE_BYTES];
    if (source_line(source, line, "%s", path))
        facts_set(source->facts, key, chosen_word(line));
}

bool find_value(const struct text *content, const char *name, char ret_value[LINE_BYTES])
{
    ret_value[0] = '\0';
    const char *line = text_string(content);
    size_t name_length = strlen(name);
    while (*line) {
        size_t length = strcspn(line, "\n");
        size_t indent = strspn(line, " \t");
        const char *after = line + indent + name_length;
        if (indent + name_length < length && strncmp(line + indent, name, name_length) == 0) {
            after += strspn(after, " \t");
            if (*after == ':')
                return copy_trimmed(after + 1, length - (size_t)(after + 1 - line), ret_value);
        }
        line += length;
        line += *line == '\n';
    }
    return false;
}

bool find_number(const struct text *content, const char *name, uint64_t *ret_number)
{
    char value[LINE_BYTES];
    return find_value(content, name, value) && read_number(value, ret_number, NULL);
}

bool find_counter(const struct text *content, const char *name, uint64_t *ret_number)
{
    const char *line = text_string(content);
    size_t name_length = strlen(name);
    while (*line) {
        if (strncmp(line, name, name_length) == 0 && line[name_length] == ' ')
            return read_number(line + name_length + 1, ret_number, NULL);
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return false;
}

bool read_number(const char *string, uint64_t *ret_number, const char **ret_end)
{
    if (!is_digit(*string))
        return false;
    uint64_t number = 0;
    for (; is_digit(*string); string++) {
        uint64_t digit = (uint64_t)(*string - '0');
        if (number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *ret_number = number;
    if (ret_end)
        *ret_end = string;
    return true;
}
