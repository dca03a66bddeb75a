// It is inside programs that are measured: it allocates nothing, starts no thread, leaves no descriptor open
// and changes no errno. What it needs of the environment it copies when it is loaded, since programs
// overwrite theirs to change their titles. The reports of a process are known by its number: a child that was
// forked, or shares its parent's memory (vfork), reports for itself.
#define _GNU_SOURCE // RTLD_NEXT

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "os/os.h"
#include "private.h"

static char file_path[1024];
static struct witness_report last; // all but what is of the moment
static pid_t ended;

// The file that holds `address`. Which is the program's own the dynamic linker does not say by its path.
static void describe(const void *address, const char *program, char ret_path[WITNESS_PATH_BYTES])
{
    if (os_is_of_program(address))
        memcpy(ret_path, program, WITNESS_PATH_BYTES);
    else if (!address || !os_describe_address(address, ret_path, WITNESS_PATH_BYTES))
        ret_path[0] = '\0';
}

static void look(void)
{
    char other[WITNESS_PATH_BYTES] = "";
    if (!os_executable_path(last.program, sizeof last.program))
        last.program[0] = '\0';
    describe(dlsym(RTLD_DEFAULT, "malloc"), last.program, last.malloc_in);
    describe(dlsym(RTLD_NEXT, "malloc"), last.program, last.malloc_after);
    describe(dlsym(RTLD_NEXT, "getppid"), last.program, other);
    last.magic = WITNESS_MAGIC;
    last.flags = strcmp(last.malloc_after, other) == 0 ? WITNESS_MALLOC_IS_C_LIBRARYS : 0;
}

static void write_report(const struct witness_report *report)
{
    int saved_errno = errno;
    int descriptor = open(file_path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (descriptor >= 0) {
        ssize_t written = write(descriptor, report, sizeof *report);
        (void)written; // there is nobody to tell
        close(descriptor);
    }
    errno = saved_errno;
}

static void report(enum witness_moment moment)
{
    struct rusage usage;
    struct witness_report now = last;
    now.moment = (uint16_t)moment;
    now.pid = (int32_t)getpid();
    now.parent = (int32_t)getppid();
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        now.user_ns =
            (uint64_t)usage.ru_utime.tv_sec * 1000000000u + (uint64_t)usage.ru_utime.tv_usec * 1000u;
    write_report(&now);
}

void report_start(enum witness_moment moment, pid_t pid, const char *program)
{
    struct witness_report now = last;
    if (!file_path[0] || !program || strlen(program) >= sizeof now.malloc_in)
        return;
    now.moment = (uint16_t)moment;
    now.pid = (int32_t)pid;
    memcpy(now.malloc_in, program, strlen(program) + 1);
    write_report(&now);
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv(WITNESS_FILE_NAME);
    if (!path || strlen(path) >= sizeof file_path)
        return;
    memcpy(file_path, path, strlen(path) + 1);
    look();
    report(WITNESS_BEGIN);
}

static void end(void)
{
    if (!file_path[0] || ended == getpid())
        return;
    ended = getpid();
    report(WITNESS_END);
}

__attribute__((destructor)) static void end_with_library(void)
{
    end();
}

// A program that calls _exit() runs no destructors. The C library's own calls do not come here.
__attribute__((visibility("default"))) _Noreturn void _exit(int status)
{
    end();
    _Exit(status);
}
