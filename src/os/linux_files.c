#include "os/private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "os/os.h"

// A file read byte by byte through a small buffer, because /proc/stat of a large machine is longer than any
// line of it that we need.
struct stream {
    int descriptor;
    size_t position;
    size_t length;
    char buffer[1024];
};

static int next_byte(struct stream *stream)
{
    if (stream->position == stream->length) {
        ssize_t length;
        do
            length = read(stream->descriptor, stream->buffer, sizeof stream->buffer);
        while (length < 0 && errno == EINTR);
        if (length <= 0)
            return EOF;
        stream->length = (size_t)length;
        stream->position = 0;
    }
    return (unsigned char)stream->buffer[stream->position++];
}

// Leaves the stream behind `name` and the space after it, on the first line that begins with them.
static bool find_line(struct stream *stream, const char *name)
{
    if (!*name)
        return true;
    for (;;) {
        const char *expected = name;
        int byte = next_byte(stream);
        while (*expected && byte == (unsigned char)*expected) {
            expected++;
            byte = next_byte(stream);
        }
        if (!*expected && byte == ' ')
            return true;
        while (byte != EOF && byte != '\n')
            byte = next_byte(stream);
        if (byte == EOF)
            return false;
    }
}

static size_t read_line_of_numbers(struct stream *stream, uint64_t *ret_numbers, size_t capacity)
{
    size_t count = 0;
    int byte = next_byte(stream);
    while (count < capacity) {
        while (byte == ' ' || byte == '\t')
            byte = next_byte(stream);
        if (byte < '0' || byte > '9')
            break;
        uint64_t number = 0;
        for (; byte >= '0' && byte <= '9'; byte = next_byte(stream))
            number = number * 10 + (uint64_t)(byte - '0');
        ret_numbers[count++] = number;
    }
    return count;
}

size_t linux_read_numbers(const char *path, const char *name, uint64_t *ret_numbers, size_t capacity)
{
    struct stream stream = {.descriptor = open(path, O_RDONLY | O_CLOEXEC)};
    if (stream.descriptor < 0)
        return 0;
    size_t count = find_line(&stream, name) ? read_line_of_numbers(&stream, ret_numbers, capacity) : 0;
    close(stream.descriptor);
    return count;
}

// The file's first bytes as a string; false when it cannot be read or is empty.
static bool read_start(const char *folder, const char *name, char *ret_text, size_t capacity)
{
    char path[64];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return false;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    ssize_t length = read(descriptor, ret_text, capacity - 1);
    close(descriptor);
    if (length <= 0)
        return false;
    ret_text[length] = '\0';
    return true;
}

// A frozen process looks as if it slept ("S" in cgroup v2, "D" in v1): where in the kernel it sleeps tells.
bool linux_process_is_stopped(const char *folder)
{
    static const char *const freezers[] = {"__refrigerator", "do_freezer_trap", "get_signal"};
    char text[1024];
    if (!read_start(folder, "stat", text, sizeof text))
        return false;
    const char *name_end = strrchr(text, ')'); // the name may hold anything
    if (!name_end || strlen(name_end) < 3)
        return false;
    if (name_end[2] == 'T')
        return true;
    if (!strchr("SD", name_end[2]) || !read_start(folder, "wchan", text, sizeof text))
        return false;
    for (size_t i = 0; i < COUNT_OF(freezers); i++)
        if (strcmp(text, freezers[i]) == 0)
            return true;
    return false;
}

bool linux_cpu_idle_ticks(const char *path, uint32_t cpu, uint64_t *ret_idle, uint64_t *ret_total)
{
    char name[16] = "cpu";
    if (cpu != OS_ALL_CPUS)
        snprintf(name, sizeof name, "cpu%u", cpu);
    uint64_t ticks[CPU_TICKS_COUNT];
    size_t count = linux_read_numbers(path, name, ticks, CPU_TICKS_COUNT);
    if (count <= CPU_TICKS_IDLE)
        return false;
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += ticks[i];
    *ret_idle = ticks[CPU_TICKS_IDLE] + (count > CPU_TICKS_IO_WAIT ? ticks[CPU_TICKS_IO_WAIT] : 0);
    *ret_total = total;
    return true;
}

// The number of the column of that CPU, from the line "CPU0 CPU1 …" with one word for each CPU that is
// online; -1 when it has none.
static int find_column(struct stream *stream, uint32_t cpu)
{
    int column = 0, found = -1;
    for (int byte = next_byte(stream); byte != EOF && byte != '\n'; byte = next_byte(stream)) {
        if (byte < '0' || byte > '9')
            continue;
        uint64_t number = 0;
        for (; byte >= '0' && byte <= '9'; byte = next_byte(stream))
            number = number * 10 + (uint64_t)(byte - '0');
        if (number == cpu)
            found = column;
        column++;
        if (byte == '\n' || byte == EOF)
            break;
    }
    return found;
}

// Adds what the next line has in that column behind its name. False at the end of the file.
static bool add_column(struct stream *stream, int column, uint64_t *sum)
{
    int byte = next_byte(stream), at = 0;
    if (byte == EOF)
        return false;
    while (byte != ':' && byte != '\n' && byte != EOF)
        byte = next_byte(stream);
    while (byte != '\n' && byte != EOF) {
        byte = next_byte(stream);
        if (byte == ' ')
            continue;
        if (byte < '0' || byte > '9')
            break; // the interrupt's name and its device
        uint64_t number = 0;
        for (; byte >= '0' && byte <= '9'; byte = next_byte(stream))
            number = number * 10 + (uint64_t)(byte - '0');
        *sum += at++ == column ? number : 0;
    }
    while (byte != '\n' && byte != EOF)
        byte = next_byte(stream);
    return true;
}

int64_t linux_interrupts_of_cpu(const char *path, uint32_t cpu)
{
    struct stream stream = {.descriptor = open(path, O_RDONLY | O_CLOEXEC)};
    if (stream.descriptor < 0)
        return -1;
    uint64_t sum = 0;
    int column = find_column(&stream, cpu);
    while (column >= 0 && add_column(&stream, column, &sum))
        continue;
    close(stream.descriptor);
    return column >= 0 ? (int64_t)sum : -1;
}
