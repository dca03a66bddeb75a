// Preloaded into a program: one of its calls to the system fails, as it would on a full disk, at a limit of
// processes or without memory. The program that is started first is the one that sees it: what it starts in
// turn runs without this library.
//
//     LD_PRELOAD=…/inject_faults.so FAULT=write:5:ENOSPC     the fifth write fails, once
//     LD_PRELOAD=…/inject_faults.so FAULT=malloc:9:ENOMEM:on the ninth allocation and all later ones fail
//     FAULT=write:5:SHORT        writes half of what it was given
//     FAULT_REACHED=FILE         is created when the fault happens
//     FAULT_CALLS=FILE           gets a line for every call: function, number, a hash of the innermost
//     callers
//
// Counted are the calls of the program itself and of DuckDB; of allocations only those of the program and of
// the C library for it. DuckDB's own are C++ exceptions in the making: some of its code for them ends in
// std::terminate, which is not ours to mend.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#pragma GCC diagnostic ignored "-Wmissing-prototypes" // the C library's own names

// The functions that can be made to fail. Allocations are one, whatever the name.
enum function {
    OPEN,
    READ,
    WRITE,
    FSYNC,
    RENAME,
    UNLINK,
    PIPE,
    POLL,
    WAITPID,
    SPAWN,
    TRUNCATE,
    MALLOC,
    FUNCTION_COUNT
};

static const char *const function_names[FUNCTION_COUNT] = {
    [OPEN] = "open",       [READ] = "read",         [WRITE] = "write",        [FSYNC] = "fsync",
    [RENAME] = "rename",   [UNLINK] = "unlink",     [PIPE] = "pipe",          [POLL] = "poll",
    [WAITPID] = "waitpid", [SPAWN] = "posix_spawn", [TRUNCATE] = "ftruncate", [MALLOC] = "malloc",
};

static const struct {
    const char *name;
    int number;
} errors[] = {
    {"ENOSPC", ENOSPC}, {"EIO", EIO},       {"EAGAIN", EAGAIN}, {"ENOMEM", ENOMEM}, {"EINTR", EINTR},
    {"EMFILE", EMFILE}, {"EACCES", EACCES}, {"EDQUOT", EDQUOT}, {"EFBIG", EFBIG},   {"SHORT", -1},
};

enum { NO_FAULT = 0, MAX_CALLS = 1 << 18, STACK_DEPTH = 8, MAX_RANGES = 16, SHORT = -1 };

struct address_range {
    uintptr_t first, end;
};

struct call {
    enum function function;
    unsigned number;
    uint64_t stack;
};

static struct {
    bool active, recording;
    enum function function;
    unsigned number;
    int error;
    bool stays;
    unsigned counts[FUNCTION_COUNT];
    struct address_range foreign[MAX_RANGES]; // whose allocations are not counted
    size_t foreign_count;
    struct call *calls;
    size_t call_count;
    char calls_path[4096], reached_path[4096];
} fault;

static __thread bool inside; // of this library: what it calls does not count

// ---- set up ----

static int add_foreign(struct dl_phdr_info *information, size_t size, void *context)
{
    static const char *const names[] = {"duckdb",   "libstdc++", "ld-linux",     "libasan",
                                        "libubsan", "libgcc",    "inject_faults"};
    (void)size;
    (void)context;
    bool is_foreign = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        is_foreign = is_foreign || strstr(information->dlpi_name, names[i]);
    for (int i = 0; is_foreign && i < information->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &information->dlpi_phdr[i];
        if (header->p_type != PT_LOAD || !(header->p_flags & PF_X) || fault.foreign_count == MAX_RANGES)
            continue;
        uintptr_t first = information->dlpi_addr + header->p_vaddr;
        fault.foreign[fault.foreign_count++] = (struct address_range){first, first + header->p_memsz};
    }
    return 0;
}

static void refuse(const char *value)
{
    dprintf(STDERR_FILENO, "inject_faults: FAULT=%s makes no sense\n", value);
    _exit(99);
}

static void parse_fault(const char *value)
{
    char function[32], error[32], stays[4] = "";
    if (sscanf(value, "%31[a-z_]:%u:%31[A-Z]:%3s", function, &fault.number, error, stays) < 3)
        refuse(value);
    fault.function = FUNCTION_COUNT;
    for (int i = 0; i < FUNCTION_COUNT; i++)
        if (strcmp(function, function_names[i]) == 0)
            fault.function = (enum function)i;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (strcmp(error, errors[i].name) == 0)
            fault.error = errors[i].number;
    fault.stays = strcmp(stays, "on") == 0;
    if (fault.function == FUNCTION_COUNT || fault.error == NO_FAULT || fault.number == 0)
        refuse(value);
}

static void copy_variable(const char *name, char *ret_value, size_t capacity)
{
    const char *value = getenv(name);
    snprintf(ret_value, capacity, "%s", value ? value : "");
    unsetenv(name);
}

__attribute__((constructor)) static void set_up(void)
{
    inside = true;
    char value[128];
    copy_variable("FAULT", value, sizeof value);
    copy_variable("FAULT_REACHED", fault.reached_path, sizeof fault.reached_path);
    copy_variable("FAULT_CALLS", fault.calls_path, sizeof fault.calls_path);
    unsetenv("LD_PRELOAD");
    dl_iterate_phdr(add_foreign, NULL);
    if (*value)
        parse_fault(value);
    if (*fault.calls_path) {
        void *frames[STACK_DEPTH];
        backtrace(frames, STACK_DEPTH); // loads what it needs
        fault.calls = calloc(MAX_CALLS, sizeof *fault.calls);
        fault.recording = fault.calls != NULL;
    }
    fault.active = *value || fault.recording;
    inside = false;
}

__attribute__((destructor)) static void write_calls(void)
{
    inside = true;
    FILE *stream = fault.recording ? fopen(fault.calls_path, "w") : NULL;
    for (size_t i = 0; stream && i < fault.call_count; i++)
        fprintf(stream, "%s %u %016llx\n", function_names[fault.calls[i].function], fault.calls[i].number,
                (unsigned long long)fault.calls[i].stack);
    if (stream)
        fclose(stream);
}

// ---- counting ----

static bool is_foreign(const void *caller)
{
    for (size_t i = 0; i < fault.foreign_count; i++)
        if ((uintptr_t)caller >= fault.foreign[i].first && (uintptr_t)caller < fault.foreign[i].end)
            return true;
    return false;
}

static void record(enum function function, unsigned number)
{
    void *frames[STACK_DEPTH];
    int depth = backtrace(frames, STACK_DEPTH);
    uint64_t hash = 0xcbf29ce484222325u;
    for (int i = 2; i < depth; i++) { // not this function and its caller
        Dl_info module = {0};         // since every start loads them elsewhere
        uintptr_t base = dladdr(frames[i], &module) ? (uintptr_t)module.dli_fbase : 0;
        hash = (hash ^ ((uintptr_t)frames[i] - base)) * 0x100000001b3u;
    }
    if (fault.call_count < MAX_CALLS)
        fault.calls[fault.call_count++] = (struct call){function, number, hash};
}

// Counts a call. Returns the error that it is to fail with, or NO_FAULT.
static int next_call(enum function function)
{
    if (!fault.active || inside)
        return NO_FAULT;
    inside = true;
    unsigned number = __atomic_add_fetch(&fault.counts[function], 1, __ATOMIC_RELAXED);
    if (fault.recording)
        record(function, number);
    bool fails = fault.error != NO_FAULT && function == fault.function &&
                 (number == fault.number || (fault.stays && number > fault.number));
    if (fails && number == fault.number && *fault.reached_path)
        syscall(SYS_close, syscall(SYS_openat, AT_FDCWD, fault.reached_path, O_CREAT | O_WRONLY, 0666));
    inside = false;
    return fails ? fault.error : NO_FAULT;
}

// The function that would have been called without this library.
#define REAL(name)                                                                                           \
    static __typeof__(&name) real;                                                                           \
    if (!real)                                                                                               \
    real = (__typeof__(&name))(uintptr_t)dlsym(RTLD_NEXT, #name)

#define FAIL_ON_FAULT(function, value)                                                                       \
    do {                                                                                                     \
        int error_number = next_call(function);                                                              \
        if (error_number > 0) {                                                                              \
            errno = error_number;                                                                            \
            return value;                                                                                    \
        }                                                                                                    \
    } while (0)

// ---- the functions ----

static mode_t mode_of(int flags, va_list arguments)
{
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
    REAL(open);
    FAIL_ON_FAULT(OPEN, -1);
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    return real(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    REAL(open64);
    FAIL_ON_FAULT(OPEN, -1);
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    return real(path, flags, mode);
}

FILE *fopen(const char *path, const char *mode)
{
    REAL(fopen);
    FAIL_ON_FAULT(OPEN, NULL);
    return real(path, mode);
}

ssize_t read(int descriptor, void *buffer, size_t size)
{
    REAL(read);
    FAIL_ON_FAULT(READ, -1);
    return real(descriptor, buffer, size);
}

ssize_t write(int descriptor, const void *buffer, size_t size)
{
    REAL(write);
    int error_number = next_call(WRITE);
    if (error_number == SHORT && size > 1)
        size /= 2;
    if (error_number > 0) {
        errno = error_number;
        return -1;
    }
    return real(descriptor, buffer, size);
}

ssize_t pwrite(int descriptor, const void *buffer, size_t size, off_t offset)
{
    REAL(pwrite);
    int error_number = next_call(WRITE);
    if (error_number == SHORT && size > 1)
        size /= 2;
    if (error_number > 0) {
        errno = error_number;
        return -1;
    }
    return real(descriptor, buffer, size, offset);
}

int fsync(int descriptor)
{
    REAL(fsync);
    FAIL_ON_FAULT(FSYNC, -1);
    return real(descriptor);
}

int rename(const char *from, const char *to)
{
    REAL(rename);
    FAIL_ON_FAULT(RENAME, -1);
    return real(from, to);
}

int unlink(const char *path)
{
    REAL(unlink);
    FAIL_ON_FAULT(UNLINK, -1);
    return real(path);
}

int ftruncate(int descriptor, off_t length)
{
    REAL(ftruncate);
    FAIL_ON_FAULT(TRUNCATE, -1);
    return real(descriptor, length);
}

int pipe(int ends[2])
{
    REAL(pipe);
    FAIL_ON_FAULT(PIPE, -1);
    return real(ends);
}

int poll(struct pollfd *watched, nfds_t count, int longest_ms)
{
    REAL(poll);
    FAIL_ON_FAULT(POLL, -1);
    return real(watched, count, longest_ms);
}

pid_t waitpid(pid_t pid, int *ret_status, int options)
{
    REAL(waitpid);
    FAIL_ON_FAULT(WAITPID, -1);
    return real(pid, ret_status, options);
}

int posix_spawn(pid_t *ret_pid, const char *path, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[])
{
    REAL(posix_spawn);
    int error_number = next_call(SPAWN);
    return error_number > 0 ? error_number : real(ret_pid, path, actions, attributes, arguments, environment);
}

void *malloc(size_t size)
{
    REAL(malloc);
    if (fault.active && !is_foreign(__builtin_return_address(0)))
        FAIL_ON_FAULT(MALLOC, NULL);
    return real(size);
}

void *calloc(size_t count, size_t size)
{
    REAL(calloc);
    if (fault.active && !is_foreign(__builtin_return_address(0)))
        FAIL_ON_FAULT(MALLOC, NULL);
    return real(count, size);
}

void *realloc(void *pointer, size_t size)
{
    REAL(realloc);
    if (fault.active && !is_foreign(__builtin_return_address(0)))
        FAIL_ON_FAULT(MALLOC, NULL);
    return real(pointer, size);
}
