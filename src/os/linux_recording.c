// For the recorder; see the header.
#define _GNU_SOURCE // fallocate, MADV_WIPEONFORK
#include "os/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

bool os_wipe_in_children(void *pages, size_t bytes)
{
    return madvise(pages, bytes, MADV_WIPEONFORK) == 0;
}

static bool is_within_limit(uint64_t end)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || end <= limit.rlim_cur;
}

int os_write_at(int descriptor, const void *bytes, size_t length, uint64_t offset)
{
    if (!is_within_limit(offset + length))
        return EFBIG;
    while (length > 0) {
        ssize_t written = pwrite(descriptor, bytes, length, (off_t)offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? errno : ENOSPC;
        bytes = (const char *)bytes + written;
        length -= (size_t)written;
        offset += (uint64_t)written;
    }
    return 0;
}

int os_reserve(int descriptor, uint64_t offset, size_t bytes)
{
    static const char zeros[4096];
    int result;
    if (!is_within_limit(offset + bytes))
        return EFBIG;
    do
        result = fallocate(descriptor, 0, (off_t)offset, (off_t)bytes);
    while (result != 0 && errno == EINTR);
    if (result == 0)
        return 0;
    if (errno != EOPNOTSUPP && errno != ENOSYS)
        return errno;
    for (size_t done = 0; done < bytes; done += sizeof zeros) { // a file system that cannot promise room
        int error_number = os_write_at(descriptor, zeros, sizeof zeros, offset + done);
        if (error_number)
            return error_number;
    }
    return 0;
}

static ssize_t read_some(int descriptor, char *buffer, size_t capacity)
{
    ssize_t got;
    do
        got = read(descriptor, buffer, capacity);
    while (got < 0 && errno == EINTR);
    return got;
}

size_t os_command_line(char *buffer, size_t capacity)
{
    size_t length = 0;
    ssize_t got = 1;
    int descriptor = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return 0;
    while (length < capacity && got > 0) {
        got = read_some(descriptor, buffer + length, capacity - length);
        length += got > 0 ? (size_t)got : 0;
    }
    close(descriptor);
    return length;
}

// The bytes of /proc/self/environ one after the other; -1 at the end.
struct byte_stream {
    int descriptor;
    char bytes[1024];
    size_t at, length;
};

static int next_byte(struct byte_stream *stream)
{
    if (stream->at == stream->length) {
        ssize_t got = read_some(stream->descriptor, stream->bytes, sizeof stream->bytes);
        if (got <= 0)
            return -1;
        stream->at = 0;
        stream->length = (size_t)got;
    }
    return (unsigned char)stream->bytes[stream->at++];
}

// Takes one NAME=VALUE with its zero byte. False at the end of all.
static bool take_variable(struct byte_stream *stream, const char *name, char *value, size_t capacity,
                          bool *ret_found)
{
    const size_t name_length = strlen(name);
    size_t length = 0;
    bool fits = true;
    for (;; length++) {
        int byte = next_byte(stream);
        if (byte < 0)
            return false;
        const char wanted = length < name_length ? name[length] : '=';
        if (length <= name_length)
            fits = fits && byte == wanted;
        else if (length - name_length - 1 < capacity)
            value[length - name_length - 1] = (char)byte;
        if (byte == 0)
            break;
    }
    *ret_found = fits && length > name_length && length - name_length <= capacity;
    return true;
}

bool os_first_variable(const char *name, char *ret_value, size_t capacity)
{
    struct byte_stream stream = {.descriptor = open("/proc/self/environ", O_RDONLY | O_CLOEXEC)};
    bool found = false;
    if (stream.descriptor < 0)
        return false;
    while (!found && take_variable(&stream, name, ret_value, capacity, &found))
        continue;
    close(stream.descriptor);
    return found;
}

// ---- maps ----

static const char *take_number(const char *text, unsigned base, uint64_t *ret_number)
{
    uint64_t number = 0;
    for (;; text++) {
        unsigned digit;
        if (*text >= '0' && *text <= '9')
            digit = (unsigned)(*text - '0');
        else if (base == 16 && *text >= 'a' && *text <= 'f')
            digit = (unsigned)(*text - 'a') + 10;
        else
            break;
        number = number * base + digit;
    }
    *ret_number = number;
    return text;
}

// "BEGIN-END rwxp OFFSET MAJOR:MINOR INODE   PATH": false for one that is not executable.
static bool parse_map(const char *line, struct os_map *ret_map)
{
    uint64_t ignored;
    line = take_number(line, 16, &ret_map->begin);
    line = take_number(line + (*line == '-'), 16, &ret_map->end);
    if (strlen(line) < 6 || line[3] != 'x')
        return false;
    line = take_number(line + 6, 16, &ret_map->file_offset);
    line = take_number(line + (*line == ' '), 16, &ignored);
    line = take_number(line + (*line == ':'), 16, &ignored);
    line = take_number(line + (*line == ' '), 10, &ret_map->inode);
    while (*line == ' ')
        line++;
    ret_map->path = line;
    return true;
}

bool os_executable_maps(void (*take)(void *context, const struct os_map *map), void *context)
{
    char buffer[8192]; // longer than any line: a path has 4096 bytes
    size_t length = 0;
    int descriptor = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    for (;;) {
        ssize_t got = read_some(descriptor, buffer + length, sizeof buffer - 1 - length);
        if (got <= 0)
            break;
        length += (size_t)got;
        char *line = buffer, *end;
        while ((end = memchr(line, '\n', length - (size_t)(line - buffer)))) {
            struct os_map map;
            *end = '\0';
            if (parse_map(line, &map))
                take(context, &map);
            line = end + 1;
        }
        length -= (size_t)(line - buffer);
        memmove(buffer, line, length);
        if (length == sizeof buffer - 1)
            length = 0; // no such line exists
    }
    close(descriptor);
    return true;
}
