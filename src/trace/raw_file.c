// A recording is read through a mapping: it may be larger than memory. Nothing in it is trusted.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "private.h"

void raw_file_release(struct raw_file *file)
{
    if (file->bytes)
        munmap((void *)(uintptr_t)file->bytes, file->length);
    free(file->parts);
    free(file->maps);
    free(file->paths);
    *file = (struct raw_file){0};
}

// ---- words ----

static bool has_words(const uint64_t *words, const uint64_t *end, size_t count)
{
    return (size_t)(end - words) >= count;
}

static enum raw_operation operation_of(uint64_t word)
{
    return (enum raw_operation)(word >> RAW_ADDRESS_BITS & ((1 << RAW_OPERATION_BITS) - 1));
}

// Words after the first two of an event.
static const uint64_t *take_rest(const uint64_t *words, const uint64_t *end, struct raw_event *event)
{
    if (event->size == RAW_SIZE_FOLLOWS) {
        if (!has_words(words, end, 1))
            return NULL;
        event->size = *words++;
    }
    if (raw_has_alignment(event->operation)) {
        if (!has_words(words, end, 1))
            return NULL;
        event->alignment = *words++;
    }
    event->frames = words;
    while (words < end && operation_of(*words) == RAW_FRAME)
        words++;
    event->frame_count = (uint32_t)(words - event->frames);
    return event->frame_count <= RAW_MAX_FRAMES ? words : NULL;
}

bool raw_next(const uint64_t **words, const uint64_t *end, uint64_t *ticks, struct raw_event *ret_event)
{
    const uint64_t *at = *words;
    struct raw_event event = {0};
    uint64_t now = *ticks;
    while (at < end && operation_of(*at) == RAW_LATER)
        now += *at++ & raw_address_mask;
    if (at == end) {
        *words = end;
        return false;
    }
    event.operation = operation_of(*at);
    if (event.operation < RAW_MALLOC || event.operation >= RAW_OPERATION_COUNT || !has_words(at, end, 2))
        return false;
    event.object = at[0] & raw_address_mask;
    event.size = at[0] >> RAW_SIZE_SHIFT;
    event.site = at[1] & raw_address_mask;
    event.ticks = now + (at[1] >> RAW_ADDRESS_BITS);
    at = take_rest(at + 2, end, &event);
    if (!at)
        return false;
    *words = at;
    *ticks = event.ticks;
    *ret_event = event;
    return true;
}

// ---- chunks ----

static enum status damaged(const struct raw_file *file, const void *at, struct error *error)
{
    return error_set(error, STATUS_BAD_DATA, "Record the program again.",
                     "the recording is damaged at its byte %zu",
                     (size_t)((const unsigned char *)at - file->bytes));
}

static bool add_part(struct raw_file *file, const struct raw_part *part)
{
    if (file->part_count == file->part_capacity) {
        size_t capacity = file->part_capacity ? file->part_capacity * 2 : 64;
        struct raw_part *parts = realloc(file->parts, capacity * sizeof *parts);
        if (!parts)
            return false;
        file->parts = parts;
        file->part_capacity = capacity;
    }
    file->parts[file->part_count++] = *part;
    return true;
}

static enum status read_events(struct raw_file *file, const uint64_t *words, const uint64_t *end,
                               struct error *error)
{
    struct raw_event event;
    while (words < end) {
        if (operation_of(*words) != RAW_THREAD || !has_words(words, end, 2) ||
            (*words & raw_address_mask) >= RAW_MAX_THREADS)
            return damaged(file, words, error);
        struct raw_part part = {words + 2, NULL, words[1], (uint32_t)(*words & raw_address_mask)};
        uint64_t ticks = part.first_ticks;
        words += 2;
        while (raw_next(&words, end, &ticks, &event))
            file->event_count++;
        if (words < end && operation_of(*words) != RAW_THREAD)
            return damaged(file, words, error);
        part.end = words;
        if (part.end > part.begin && !add_part(file, &part))
            return error_set_no_memory(error);
    }
    return STATUS_OK;
}

static bool add_map(struct raw_file *file, const struct raw_map *map, const char *path)
{
    if (file->map_count == file->map_capacity) {
        size_t capacity = file->map_capacity ? file->map_capacity * 2 : 64;
        struct raw_map *maps = realloc(file->maps, capacity * sizeof *maps);
        if (maps)
            file->maps = maps;
        const char **paths = realloc(file->paths, capacity * sizeof *paths);
        if (paths)
            file->paths = paths;
        if (!maps || !paths)
            return false;
        file->map_capacity = capacity;
    }
    file->maps[file->map_count] = *map;
    file->paths[file->map_count++] = path;
    return true;
}

static enum status read_maps(struct raw_file *file, const unsigned char *at, const unsigned char *end,
                             struct error *error)
{
    struct raw_map map;
    while (at < end) {
        if ((size_t)(end - at) < sizeof map)
            return damaged(file, at, error);
        memcpy(&map, at, sizeof map);
        at += sizeof map;
        if (map.path_bytes == 0 || map.path_bytes % 8 || map.path_bytes > (size_t)(end - at) ||
            !memchr(at, '\0', map.path_bytes) || map.end < map.begin)
            return damaged(file, at - sizeof map, error);
        if (!add_map(file, &map, (const char *)at))
            return error_set_no_memory(error);
        at += map.path_bytes;
    }
    return STATUS_OK;
}

static size_t offset_of(uint64_t number)
{
    return RAW_HEADER_BYTES + (size_t)number * RAW_CHUNK_BYTES;
}

// False where nothing was written.
static bool read_chunk_header(const struct raw_file *file, uint64_t number, struct raw_chunk *ret_chunk)
{
    if (number >= (file->length - RAW_HEADER_BYTES) / RAW_CHUNK_BYTES + 1 ||
        offset_of(number) + RAW_CHUNK_HEADER_BYTES > file->length)
        return false;
    memcpy(ret_chunk, file->bytes + offset_of(number), sizeof *ret_chunk);
    return ret_chunk->magic == raw_chunk_magic;
}

static enum status read_chunk(struct raw_file *file, uint64_t number, struct error *error)
{
    struct raw_chunk chunk, slot;
    const unsigned char *at = file->bytes + offset_of(number);
    if (!read_chunk_header(file, number, &chunk))
        return STATUS_OK;
    if (chunk.slot != number && read_chunk_header(file, chunk.slot, &slot) && slot.sequence == chunk.sequence)
        return STATUS_OK; // it was killed while it copied
    if (chunk.used_bytes < RAW_CHUNK_HEADER_BYTES || chunk.used_bytes > RAW_CHUNK_BYTES ||
        chunk.used_bytes % 8 || chunk.used_bytes > file->length - offset_of(number))
        return damaged(file, at, error);
    const unsigned char *begin = at + RAW_CHUNK_HEADER_BYTES, *end = at + chunk.used_bytes;
    if (chunk.kind == RAW_MAPS)
        return read_maps(file, begin, end, error);
    if (chunk.kind != RAW_EVENTS)
        return damaged(file, at, error);
    file->event_bytes += (uint64_t)(end - begin);
    return read_events(file, (const uint64_t *)(const void *)begin, (const uint64_t *)(const void *)end,
                       error);
}

static int compare_parts(const void *a, const void *b)
{
    const struct raw_part *first = a, *second = b;
    if (first->first_ticks != second->first_ticks)
        return first->first_ticks < second->first_ticks ? -1 : 1;
    return first->begin < second->begin ? -1 : first->begin > second->begin;
}

// ---- the file ----

static enum status map_file(const char *path, struct raw_file *file, struct error *error)
{
    struct stat information;
    CLEANUP(close_descriptor) int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || fstat(descriptor, &information) != 0)
        return error_set_errno(error, STATUS_ENVIRONMENT, errno, "Check its permissions.", "cannot read %s",
                               path);
    if (information.st_size < RAW_HEADER_BYTES)
        return error_set(error, STATUS_BAD_DATA, "Record the program again.",
                         "%s is not a recording: it is too short", path);
    void *mapped = mmap(NULL, (size_t)information.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (mapped == MAP_FAILED)
        return error_set_errno(error, STATUS_ENVIRONMENT, errno, NULL, "cannot map %s", path);
    file->bytes = mapped;
    file->length = (size_t)information.st_size;
    return STATUS_OK;
}

static enum status check_header(struct raw_file *file, const char *path, struct error *error)
{
    memcpy(&file->header, file->bytes, sizeof file->header);
    if (file->header.magic != raw_magic || file->header.version != RAW_VERSION)
        return error_set(error, STATUS_BAD_DATA, "Record the program again, with the recorder of this build.",
                         "%s is not a recording of this version", path);
    file->header.program[sizeof file->header.program - 1] = '\0';
    if (file->header.command_line_bytes > sizeof file->header.command_line)
        file->header.command_line_bytes = sizeof file->header.command_line;
    return STATUS_OK;
}

enum status raw_file_open(const char *path, struct raw_file *ret_file, struct error *error)
{
    CLEANUP(raw_file_release) struct raw_file file = {0};
    enum status status = map_file(path, &file, error);
    if (status == STATUS_OK && file.bytes)
        status = check_header(&file, path, error);
    const uint64_t most = status == STATUS_OK ? (file.length - RAW_HEADER_BYTES) / RAW_CHUNK_BYTES + 1 : 0;
    for (uint64_t i = 0; status == STATUS_OK && i < file.header.chunks && i < most; i++)
        status = read_chunk(&file, i, error);
    if (status != STATUS_OK)
        return status;
    if (file.part_count)
        qsort(file.parts, file.part_count, sizeof *file.parts, compare_parts);
    *ret_file = file;
    file = (struct raw_file){0};
    return STATUS_OK;
}
