// The file is opened anew for each chunk, by its name: programs close descriptors that they do not know, and
// a number that was kept could be somebody else's file by then.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "os/os.h"
#include "os/recording.h"
#include "private.h"

extern char **environ;

enum { MAX_PATH_BYTES = 4096 };
static char path[MAX_PATH_BYTES];

static void stop(int error_number)
{
    uint32_t nobody = 0;
    if (!__atomic_compare_exchange_n(&recording.is_stopped, &nobody, 1, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE))
        return;
    recording.header->error_number = error_number;
    recording_renew(); // all threads see it at their next event
}

static uint64_t offset_of(uint64_t number)
{
    return RAW_HEADER_BYTES + number * RAW_CHUNK_BYTES;
}

static void *map_part(int descriptor, uint64_t offset, size_t bytes, int *ret_error_number)
{
    *ret_error_number = os_reserve(descriptor, offset, bytes);
    if (*ret_error_number)
        return NULL;
    void *mapped = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, (off_t)offset);
    if (mapped != MAP_FAILED)
        return mapped;
    *ret_error_number = errno;
    return NULL;
}

struct raw_chunk *file_new_chunk(enum raw_chunk_kind kind)
{
    int error_number = 0;
    struct raw_chunk *chunk = NULL;
    int descriptor = open(path, O_RDWR | O_CLOEXEC);
    if (descriptor >= 0) {
        const uint64_t number = __atomic_fetch_add(&recording.header->chunks, 1, __ATOMIC_RELAXED);
        chunk = map_part(descriptor, offset_of(number), RAW_CHUNK_BYTES, &error_number);
        if (chunk)
            *chunk = (struct raw_chunk){.magic = raw_chunk_magic,
                                        .kind = (uint32_t)kind,
                                        .slot = (uint32_t)number,
                                        .used_bytes = RAW_CHUNK_HEADER_BYTES};
        close(descriptor);
    } else {
        error_number = errno;
    }
    if (!chunk)
        stop(error_number);
    return chunk;
}

bool file_copy_chunk(struct raw_chunk *chunk)
{
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) {
        stop(errno);
        return false;
    }
    const uint64_t number = __atomic_fetch_add(&recording.header->chunks, 1, __ATOMIC_RELAXED);
    const int error_number = os_write_at(descriptor, chunk, (size_t)chunk->used_bytes, offset_of(number));
    close(descriptor);
    if (error_number) {
        stop(error_number);
        return false;
    }
    // In this order: until the sequence has changed this chunk counts, and it is whole; then the copy does.
    __atomic_store_n(&chunk->sequence, chunk->sequence + 1, __ATOMIC_RELEASE);
    __atomic_store_n(&chunk->used_bytes, RAW_CHUNK_HEADER_BYTES, __ATOMIC_RELEASE);
    return true;
}

// ---- beginning ----

// Before the C library is ready it knows no environment.
static const char *find_variable(char *buffer, size_t capacity)
{
    if (!environ)
        return os_first_variable(RECORDER_VARIABLE, buffer, capacity) ? buffer : NULL;
    const size_t length = sizeof RECORDER_VARIABLE - 1;
    for (char **variable = environ; variable && *variable; variable++)
        if (strncmp(*variable, RECORDER_VARIABLE, length) == 0 && (*variable)[length] == '=')
            return *variable + length + 1;
    return NULL;
}

// The number behind the last ':' before `end`; moves `end` there.
static bool take_number(const char *text, const char **end, uint64_t *ret_number)
{
    const char *begin = *end;
    uint64_t number = 0;
    while (begin > text && begin[-1] >= '0' && begin[-1] <= '9')
        begin--;
    if (begin == text || begin == *end || begin[-1] != ':')
        return false;
    for (const char *digit = begin; digit < *end; digit++)
        number = number * 10 + (uint64_t)(*digit - '0');
    *end = begin - 1;
    *ret_number = number;
    return true;
}

static char *append_number(char *end, uint64_t number)
{
    char digits[20];
    size_t count = 0;
    do
        digits[count++] = (char)('0' + number % 10);
    while (number /= 10);
    while (count > 0)
        *end++ = digits[--count];
    return end;
}

// FOLDER/TICKS-PID.raw: the names sort by the order of beginning.
static bool make_path(const char *folder, size_t length, uint64_t ticks)
{
    if (length == 0 || length + 64 > sizeof path)
        return false;
    memcpy(path, folder, length);
    char *end = path + length;
    *end++ = '/';
    for (uint64_t scale = 1000000000000000000u; scale > ticks && scale > 1; scale /= 10)
        *end++ = '0';
    end = append_number(end, ticks);
    *end++ = '-';
    end = append_number(end, (uint64_t)getpid());
    memcpy(end, RAW_SUFFIX, sizeof RAW_SUFFIX);
    return true;
}

static struct raw_header *create_file(void)
{
    int error_number;
    int descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return NULL;
    struct raw_header *header = map_part(descriptor, 0, RAW_HEADER_BYTES, &error_number);
    close(descriptor);
    return header;
}

static void fill_header(struct raw_header *header, uint64_t multiplier, uint64_t frames, uint64_t ticks)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    header->version = RAW_VERSION;
    header->frames = frames < RAW_MAX_FRAMES ? (uint32_t)frames : RAW_MAX_FRAMES;
    header->multiplier = multiplier;
    header->begin_ticks = ticks;
    header->begin_realtime_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    header->process = (int32_t)getpid();
    header->parent = (int32_t)getppid();
    (void)os_executable_path(header->program, sizeof header->program);
    header->command_line_bytes = (uint32_t)os_command_line(header->command_line, sizeof header->command_line);
    __atomic_store_n(&header->magic, raw_magic, __ATOMIC_RELEASE);
}

bool recording_begin(void)
{
    uint64_t frames, multiplier;
    char buffer[MAX_PATH_BYTES];
    const char *variable = find_variable(buffer, sizeof buffer);
    const char *end = variable ? variable + strlen(variable) : NULL;
    if (!variable || !take_number(variable, &end, &frames) || !take_number(variable, &end, &multiplier))
        return false;
    recording.counts_ticks = multiplier != 0;
    const uint64_t ticks = ticks_now();
    if (!make_path(variable, (size_t)(end - variable), ticks))
        return false;
    struct raw_header *header = create_file();
    if (!header)
        return false;
    fill_header(header, multiplier, frames, ticks);
    recording.header = header;
    recording.frames = header->frames;
    return true;
}
