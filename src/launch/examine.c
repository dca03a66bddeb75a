// What can be known of a program's file without starting it. The dynamic linker preloads nothing into a
// program that names no dynamic linker, into one of another architecture, and into one that runs with more
// rights than its starter's. A heap that a program has inside shows by the messages that it could print.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "heaps/heaps.h"
#include "os/os.h"
#include "os/processes.h"
#include "private.h"

enum { HEAD_BYTES = 64 << 10, MAX_INTERPRETERS = 5 };

static size_t read_head(const char *path, char *ret_bytes, size_t capacity)
{
    CLEANUP(close_descriptor) int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    size_t length = 0;
    while (descriptor >= 0 && length < capacity) {
        ssize_t got = read(descriptor, ret_bytes + length, capacity - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        length += (size_t)got;
    }
    return length;
}

bool examine_interpreter(const char *path, char ret_interpreter[LAUNCH_PATH_BYTES])
{
    char line[LAUNCH_PATH_BYTES + 2];
    size_t length = read_head(path, line, sizeof line - 1);
    line[length] = '\0';
    if (strncmp(line, "#!", 2) != 0)
        return false;
    const char *begin = line + 2 + strspn(line + 2, " \t");
    int word = (int)strcspn(begin, " \t\r\n");
    if (word == 0)
        return false;
    // A '\r' belongs to the name: it is what makes a script of another system fail.
    word += begin[word] == '\r';
    snprintf(ret_interpreter, LAUNCH_PATH_BYTES, "%.*s", word, begin);
    return true;
}

// Whether the class, the byte order and the machine are this program's own: bytes 4 to 5 and 18 to 19 of an
// ELF file.
static bool is_of_this_machine(const char *head)
{
    char path[4096], own[20];
    return !os_executable_path(path, sizeof path) || read_head(path, own, sizeof own) < sizeof own ||
           (memcmp(head + 4, own + 4, 2) == 0 && memcmp(head + 18, own + 18, 2) == 0);
}

static enum launch_service service_of_file(const char *path)
{
    char head[HEAD_BYTES], loader[HEAP_FILE_BYTES];
    size_t length = read_head(path, head, sizeof head);
    if (length >= 64 && memcmp(head, "\177ELF", 4) == 0) {
        if (!is_of_this_machine(head))
            return LAUNCH_UNSERVED_FORMAT;
        if (!heap_interpreter(head, length, loader))
            return LAUNCH_UNSERVED_STATIC;
    }
    return os_file_gives_rights(path) ? LAUNCH_UNSERVED_SECURE : LAUNCH_SERVED;
}

enum launch_service examine_service(const char *path, char ret_program[LAUNCH_PATH_BYTES])
{
    char program[LAUNCH_PATH_BYTES], interpreter[LAUNCH_PATH_BYTES];
    snprintf(program, sizeof program, "%s", path);
    for (int i = 0; i < MAX_INTERPRETERS && examine_interpreter(program, interpreter); i++)
        memcpy(program, interpreter, sizeof program);
    memcpy(ret_program, program, sizeof program);
    return service_of_file(program);
}

static bool has_mark(const char *bytes, size_t length, const char *mark)
{
    const size_t mark_length = strlen(mark);
    const char *end = bytes + length;
    while ((size_t)(end - bytes) >= mark_length) {
        const char *found = memchr(bytes, mark[0], (size_t)(end - bytes) - mark_length + 1);
        if (!found)
            return false;
        if (memcmp(found, mark, mark_length) == 0)
            return true;
        bytes = found + 1;
    }
    return false;
}

static void find_marks(const char *bytes, size_t length, char ret_name[64])
{
    static const struct {
        const char *name, *mark;
    } own_heaps[] = {
#define OWN_HEAP(name, mark) {name, mark},
#include "launch/own_heaps.def"
#undef OWN_HEAP
    };
    for (size_t i = 0; i < COUNT_OF(own_heaps); i++)
        if (has_mark(bytes, length, own_heaps[i].mark)) {
            snprintf(ret_name, 64, "%s", own_heaps[i].name);
            return;
        }
}

bool launch_examine(const char *path, struct launch_program *ret_program)
{
    struct launch_program found = {0};
    char program[LAUNCH_PATH_BYTES];
    struct stat information;
    found.service = examine_service(path, program);
    CLEANUP(close_descriptor) int descriptor = open(program, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || fstat(descriptor, &information) != 0 || information.st_size <= 0)
        return false;
    size_t length = (size_t)information.st_size;
    void *bytes = mmap(NULL, length, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (bytes == MAP_FAILED)
        return false;
    find_marks(bytes, length, found.own_heap);
    munmap(bytes, length);
    *ret_program = found;
    return true;
}
