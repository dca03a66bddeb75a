// A library's file, read without loading it. Layouts: System V ABI, "ELF Header", "Program Header", "Section
// Header" and "Symbol Table", of 64-bit objects in the machine's byte order. Every offset comes from the file
// and is checked before it is used.
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "os/os.h"
#include "private.h"

enum {
    IDENT_CLASS = 4,
    CLASS_64 = 2,
    TYPE_SHARED = 3,
    SEGMENT_LOAD = 1,
    SEGMENT_INTERPRETER = 3,
    SEGMENT_NOTE = 4,
    SECTION_DYNAMIC_SYMBOLS = 11,
    SYMBOL_BYTES = 24,
    SEGMENT_BYTES = 56,
    SECTION_BYTES = 64,
    SYMBOL_FUNCTION = 2,
    SYMBOL_INDIRECT_FUNCTION = 10,
};

struct image {
    const unsigned char *bytes;
    size_t length;
};

// The part [offset, offset + length) of the image, or NULL when it is not within.
static const unsigned char *part(const struct image *image, uint64_t offset, uint64_t length)
{
    return offset <= image->length && length <= image->length - offset ? image->bytes + offset : NULL;
}

// A number of `byte_count` (2, 4, 8) bytes; 0 when it is not within the image.
static uint64_t number_at(const struct image *image, uint64_t offset, size_t byte_count)
{
    const unsigned char *bytes = part(image, offset, byte_count);
    uint64_t wide = 0;
    uint32_t middle = 0;
    uint16_t narrow = 0;
    if (!bytes)
        return 0;
    if (byte_count == 8)
        return memcpy(&wide, bytes, 8), wide;
    if (byte_count == 4)
        return memcpy(&middle, bytes, 4), middle;
    return memcpy(&narrow, bytes, 2), narrow;
}

static bool find_build_id(const struct image *image, char ret_build_id[BUILD_ID_BYTES])
{
    uint64_t table = number_at(image, 32, 8), size = number_at(image, 54, 2), count = number_at(image, 56, 2);
    for (uint64_t i = 0; i < count && size >= SEGMENT_BYTES; i++) {
        const unsigned char *segment = part(image, table + i * size, SEGMENT_BYTES);
        if (!segment)
            return false;
        uint64_t at = table + i * size;
        uint64_t length = number_at(image, at + 32, 8);
        const unsigned char *notes = part(image, number_at(image, at + 8, 8), length);
        if (number_at(image, at, 4) == SEGMENT_NOTE && notes &&
            elf_note_build_id(notes, (size_t)length, (size_t)number_at(image, at + 48, 8), ret_build_id))
            return true;
    }
    return false;
}

bool heap_build_id(const void *bytes, size_t length, char ret_build_id[BUILD_ID_BYTES])
{
    const struct image image = {bytes, length};
    return length >= 64 && memcmp(bytes, "\177ELF", 4) == 0 && image.bytes[IDENT_CLASS] == CLASS_64 &&
           find_build_id(&image, ret_build_id);
}

bool library_interpreter(const void *bytes, size_t length, char ret_path[HEAP_FILE_BYTES])
{
    const struct image image = {bytes, length};
    if (length < 64 || memcmp(bytes, "\177ELF", 4) != 0 || image.bytes[IDENT_CLASS] != CLASS_64)
        return false;
    uint64_t table = number_at(&image, 32, 8), size = number_at(&image, 54, 2),
             count = number_at(&image, 56, 2);
    for (uint64_t i = 0; i < count && part(&image, table + i * size, SEGMENT_BYTES); i++) {
        uint64_t at = table + i * size, path_length = number_at(&image, at + 32, 8);
        const unsigned char *path = part(&image, number_at(&image, at + 8, 8), path_length);
        if (number_at(&image, at, 4) != SEGMENT_INTERPRETER)
            continue;
        if (!path || path_length < 2 || path_length > HEAP_FILE_BYTES || path[path_length - 1] != '\0')
            return false;
        memcpy(ret_path, path, (size_t)path_length);
        return true;
    }
    return false;
}

bool heap_interpreter(const void *bytes, size_t length, char ret_path[HEAP_FILE_BYTES])
{
    return library_interpreter(bytes, length, ret_path);
}

// Whether everything that would be loaded is in the file: a shorter one is killed when it touches the rest.
static bool is_whole(const struct image *image)
{
    uint64_t table = number_at(image, 32, 8), size = number_at(image, 54, 2), count = number_at(image, 56, 2);
    if (count == 0 || size < SEGMENT_BYTES)
        return false;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t at = table + i * size;
        if (!part(image, at, SEGMENT_BYTES))
            return false;
        bool is_loaded = number_at(image, at, 4) == SEGMENT_LOAD;
        if (is_loaded && !part(image, number_at(image, at + 8, 8), number_at(image, at + 32, 8)))
            return false;
    }
    return true;
}

struct section {
    uint64_t type, offset, length, link;
};

static bool read_section(const struct image *image, uint64_t index, struct section *ret_section)
{
    uint64_t table = number_at(image, 40, 8), size = number_at(image, 58, 2);
    if (index >= number_at(image, 60, 2) || size < SECTION_BYTES ||
        !part(image, table + index * size, SECTION_BYTES))
        return false;
    uint64_t at = table + index * size;
    *ret_section = (struct section){number_at(image, at + 4, 4), number_at(image, at + 24, 8),
                                    number_at(image, at + 32, 8), number_at(image, at + 40, 4)};
    return true;
}

// Whether the string at that place of the section is `word`.
static bool is_word(const struct image *image, const struct section *strings, uint64_t place,
                    const char *word)
{
    size_t length = strlen(word) + 1;
    if (place > strings->length || length > strings->length - place)
        return false;
    const unsigned char *found = part(image, strings->offset + place, length);
    return found && memcmp(found, word, length) == 0;
}

static bool section_exports(const struct image *image, const struct section *symbols, const char *word)
{
    struct section strings;
    if (!part(image, symbols->offset, symbols->length) || !read_section(image, symbols->link, &strings) ||
        !part(image, strings.offset, strings.length))
        return false;
    for (uint64_t i = 0; i < symbols->length / SYMBOL_BYTES; i++) {
        uint64_t at = symbols->offset + i * SYMBOL_BYTES;
        unsigned char info = image->bytes[at + 4], type = info & 15;
        bool defined = number_at(image, at + 6, 2) != 0 && info >> 4 != 0;
        if (defined && (type == SYMBOL_FUNCTION || type == SYMBOL_INDIRECT_FUNCTION) &&
            is_word(image, &strings, number_at(image, at, 4), word))
            return true;
    }
    return false;
}

// Whether the file exports the function. One without a section table does not tell: then yes, and the proof
// decides.
static bool exports(const struct image *image, const char *function)
{
    struct section section;
    bool has_symbols = false;
    for (uint64_t i = 0; read_section(image, i, &section); i++) {
        if (section.type != SECTION_DYNAMIC_SYMBOLS)
            continue;
        has_symbols = true;
        if (section_exports(image, &section, function))
            return true;
    }
    return !has_symbols;
}

bool heap_exports(const char *path, const char *function)
{
    CLEANUP(text_release) struct text content = {0};
    if (file_read(path, MAX_LIBRARY_BYTES, &content, NULL) != STATUS_OK)
        return false;
    const struct image image = {(const unsigned char *)text_string(&content), content.length};
    return image.length >= 64 && memcmp(image.bytes, "\177ELF", 4) == 0 &&
           image.bytes[IDENT_CLASS] == CLASS_64 && exports(&image, function);
}

static bool refuse(char ret_problem[HEAP_PROBLEM_BYTES], const char *problem)
{
    snprintf(ret_problem, HEAP_PROBLEM_BYTES, "%s", problem);
    return false;
}

bool library_parse(const unsigned char *bytes, size_t length, const unsigned char *own, const char *symbol,
                   char ret_build_id[BUILD_ID_BYTES], char ret_problem[HEAP_PROBLEM_BYTES])
{
    struct image image = {bytes, length};
    if (length < 64 || memcmp(bytes, "\177ELF", 4) != 0)
        return refuse(ret_problem, "it is not a shared object");
    if (memcmp(bytes + IDENT_CLASS, own + IDENT_CLASS, 2) != 0 || memcmp(bytes + 18, own + 18, 2) != 0 ||
        bytes[IDENT_CLASS] != CLASS_64)
        return refuse(ret_problem, "it is for another architecture");
    if (number_at(&image, 16, 2) != TYPE_SHARED)
        return refuse(ret_problem, "it is a program or an object file, not a shared object");
    if (!is_whole(&image))
        return refuse(ret_problem, "it is cut off or damaged");
    static const char *const needed[] = {"malloc", "free"};
    for (size_t i = 0; i < 2; i++)
        if (!exports(&image, needed[i])) {
            snprintf(ret_problem, HEAP_PROBLEM_BYTES, "it exports no %s", needed[i]);
            return false;
        }
    if (!exports(&image, symbol)) {
        snprintf(ret_problem, HEAP_PROBLEM_BYTES, "it exports no %s", symbol);
        return false;
    }
    ret_build_id[0] = '\0';
    find_build_id(&image, ret_build_id);
    return true;
}

#ifdef __APPLE__
static const char separators[] = ":";
#else
static const char separators[] = " ";
#endif

bool heap_needs_search(const char *path)
{
    return *separators == ' ' && strchr(path, ' ');
}

// '$' begins a substitution when one of these words follows it.
static bool has_substitution(const char *path)
{
    static const char *const words[] = {"ORIGIN", "LIB", "PLATFORM"};
    for (const char *dollar = strchr(path, '$'); dollar; dollar = strchr(dollar + 1, '$'))
        for (size_t i = 0; i < COUNT_OF(words); i++)
            if (strncmp(dollar + 1 + (dollar[1] == '{'), words[i], strlen(words[i])) == 0)
                return true;
    return false;
}

// LD_PRELOAD is a list that spaces and colons separate, LD_LIBRARY_PATH one of colons and semicolons
// (ld.so(8)).
bool heap_path_fits(const char *path, char ret_problem[HEAP_PROBLEM_BYTES])
{
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    bool fits = !strchr(path, ':') && !has_substitution(path);
    if (heap_needs_search(path))
        fits = fits && !strchr(name, ' ') && !strchr(path, ';');
    for (const char *c = path; *c; c++)
        fits = fits && (unsigned char)*c >= 0x20 && *c != 0x7f;
    if (strlen(path) >= HEAP_FILE_BYTES)
        return refuse(ret_problem, "its path is too long; name a link with a shorter path");
    if (!fits)
        return refuse(ret_problem,
                      "its path contains a ':', a '$', a control character or, in the file's name, a "
                      "space, which the dynamic linker cannot be given; name a link without");
    return true;
}

#ifndef __APPLE__
static bool own_identity(unsigned char ret_bytes[ELF_IDENTITY_BYTES])
{
    char path[4096];
    CLEANUP(close_stream) FILE *program = os_executable_path(path, sizeof path) ? fopen(path, "rb") : NULL;
    return program && fread(ret_bytes, 1, ELF_IDENTITY_BYTES, program) == ELF_IDENTITY_BYTES;
}
#endif

bool library_read(const char *path, const char *symbol, struct heap_file *ret_file,
                  char ret_problem[HEAP_PROBLEM_BYTES])
{
    struct heap_file file = {0};
    struct stat information;
    if (!heap_path_fits(path, ret_problem))
        return false;
    if (stat(path, &information) != 0) {
        snprintf(ret_problem, HEAP_PROBLEM_BYTES, "%.100s: %s", path, strerror(errno));
        return false;
    }
    if (!S_ISREG(information.st_mode))
        return refuse(ret_problem, "it is not a file");
    snprintf(file.path, sizeof file.path, "%s", path);
#ifndef __APPLE__ // there the worker's proof alone decides
    CLEANUP(text_release) struct text content = {0};
    unsigned char own[ELF_IDENTITY_BYTES];
    if (file_read(path, MAX_LIBRARY_BYTES, &content, NULL) != STATUS_OK)
        return refuse(ret_problem, "it cannot be read");
    if (!own_identity(own))
        return refuse(ret_problem, "this program cannot read its own file to compare with");
    if (!library_parse((const unsigned char *)text_string(&content), content.length, own, symbol,
                       file.build_id, ret_problem))
        return false;
#else
    (void)symbol;
#endif
    *ret_file = file;
    return true;
}
