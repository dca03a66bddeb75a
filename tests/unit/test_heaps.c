// Libraries are read, not loaded, and any bytes are accepted: what is no heap is refused with the reason, and
// nothing is read outside of the file.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/elf_note.h"
#include "base/file.h"
#include "base/random.h"
#include "heaps/heaps.h"
#include "heaps/private.h"
#include "os/os.h"

enum { MAX_BYTES = 64 << 20 };

#ifdef __APPLE__
#define USERS_DIRECTORIES "DYLD_LIBRARY_PATH"
#else
#define USERS_DIRECTORIES "LD_LIBRARY_PATH"
#endif

// The C library itself: a shared object that exports malloc and free.
static void read_library(struct text *ret_path, struct text *ret_content)
{
    char path[4096];
    assert_true(os_describe_address(os_find_function("getppid"), path, sizeof path));
    text_append(ret_path, path);
    assert_int_equal(file_read(path, MAX_BYTES, ret_content, NULL), STATUS_OK);
    assert_true(ret_content->length > 4096);
}

static bool parse(const void *bytes, size_t length, const void *own, const char *symbol, char *ret_problem)
{
    char build_id[BUILD_ID_BYTES];
    unsigned char *exact = malloc(length + 1); // so that a sanitizer sees a read behind the end
    assert_non_null(exact);
    memmove(exact + 1, bytes, length);
    bool accepted = library_parse(exact + 1, length, own, symbol, build_id, ret_problem);
    free(exact);
    return accepted;
}

static void notes_give_their_build_id_whatever_else_they_hold(void **state)
{
    (void)state;
    static const uint32_t abi[] = {4, 16, 1, 0x00554e47, 0, 3, 2, 0},
                          id[] = {4, 8, 3, 0x00554e47, 0x33221100, 0x77665544};
    struct {
        uint32_t words[32];
        size_t length, alignment;
        const char *expected; // NULL: none is found
    } cases[] = {
        {{0}, 0, 4, NULL},
        {{4, 8, 3, 0x00554e47, 0x33221100, 0x77665544}, 24, 4, "0011223344556677"},
        {{4, 8, 3, 0x00554e47, 0x33221100, 0x77665544}, 24, 8, "0011223344556677"},
        {{4, 8, 3, 0x00554e47, 0x33221100, 0x77665544}, 23, 4, NULL}, // cut off
        {{4, 8, 1, 0x00554e47, 0x33221100, 0x77665544}, 24, 4, NULL}, // another type
        {{4, 8, 3, 0x00585858, 0x33221100, 0x77665544}, 24, 4, NULL}, // another owner
        {{4, 0, 3, 0x00554e47}, 16, 4, NULL},                         // empty
        {{4, 0xffffffff, 3, 0x00554e47, 0}, 20, 4, NULL},             // longer than anything
        {{0xffffffff, 8, 3, 0x00554e47, 0}, 20, 4, NULL},
        {{0xffffffff, 0xffffffff, 3, 0x00554e47, 0}, 20, 8, NULL},
        {{4, 33, 3, 0x00554e47}, 16 + 36, 4, NULL}, // longer than a build id
        {{0}, 64, 4, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char build_id[BUILD_ID_BYTES] = "untouched";
        bool found = elf_note_build_id(cases[i].words, cases[i].length, cases[i].alignment, build_id);
        assert_int_equal(found, cases[i].expected != NULL);
        assert_string_equal(build_id, cases[i].expected ? cases[i].expected : "untouched");
    }
    uint32_t both[COUNT_OF(abi) + COUNT_OF(id)];
    memcpy(both, abi, sizeof abi);
    memcpy(both + COUNT_OF(abi), id, sizeof id);
    char build_id[BUILD_ID_BYTES];
    assert_true(elf_note_build_id(both, sizeof both, 4, build_id));
    assert_string_equal(build_id, "0011223344556677");
}

static void a_library_in_memory_and_its_file_have_one_build_id(void **state)
{
    (void)state;
    CLEANUP(text_release) struct text path = {0}, content = {0};
    char in_file[BUILD_ID_BYTES] = "", in_memory[BUILD_ID_BYTES] = "?", problem[HEAP_PROBLEM_BYTES];
    read_library(&path, &content);
    const unsigned char *bytes = (const unsigned char *)text_string(&content);
    assert_true(library_parse(bytes, content.length, bytes, "malloc", in_file, problem));
    assert_true(os_build_id(os_find_function("getppid"), in_memory));
    assert_string_equal(in_file, in_memory);
    assert_true(strlen(in_file) >= 16);
    assert_false(os_build_id(&in_file, in_memory)); // the stack is no file's
}

static void what_is_no_heap_is_refused_with_the_reason(void **state)
{
    (void)state;
    CLEANUP(text_release) struct text path = {0}, content = {0};
    read_library(&path, &content);
    unsigned char *bytes = (unsigned char *)content.bytes;
    unsigned char own[ELF_IDENTITY_BYTES];
    memcpy(own, bytes, sizeof own);
    char problem[HEAP_PROBLEM_BYTES] = "";
    assert_true(parse(bytes, content.length, own, "malloc", problem));
    assert_false(parse(bytes, content.length, own, "no_such_function_anywhere", problem));
    assert_string_equal(problem, "it exports no no_such_function_anywhere");
    static const struct {
        size_t at;
        unsigned char flip;
        const char *problem;
    } cases[] = {
        {0, 1, "it is not a shared object"},
        {4, 3, "it is for another architecture"},
        {5, 3, "it is for another architecture"},
        {18, 0x7f, "it is for another architecture"},
        {16, 1, "it is a program or an object file, not a shared object"},
        {39, 0xff, "it is cut off or damaged"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bytes[cases[i].at] ^= cases[i].flip;
        assert_false(parse(bytes, content.length, own, "malloc", problem));
        bytes[cases[i].at] ^= cases[i].flip;
        assert_string_equal(problem, cases[i].problem);
    }
    for (size_t length = 0; length < 2000; length += length < 70 ? 1 : 97)
        assert_false(parse(bytes, length, own, "malloc", problem));
    assert_false(parse(bytes, content.length / 2, own, "malloc", problem));
}

// Only that nothing is read outside: a changed library may well be one still.
static void damaged_libraries_do_no_harm(void **state)
{
    (void)state;
    CLEANUP(text_release) struct text path = {0}, content = {0};
    read_library(&path, &content);
    unsigned char *bytes = (unsigned char *)content.bytes;
    unsigned char own[ELF_IDENTITY_BYTES];
    memcpy(own, bytes, sizeof own);
    uint64_t sections;
    memcpy(&sections, bytes + 40, sizeof sections);
    assert_true(sections + 64 < content.length);
    struct random random;
    random_seed(&random, 5);
    size_t refused = 0;
    enum { VARIANTS = 300 };
    for (int i = 0; i < VARIANTS; i++) {
        size_t at = i % 2 ? 20 + random_below(&random, 900) : (size_t)sections + random_below(&random, 2000);
        char problem[HEAP_PROBLEM_BYTES];
        if (at >= content.length)
            continue;
        unsigned char before = bytes[at];
        bytes[at] = (unsigned char)random_next(&random);
        char build_id[BUILD_ID_BYTES];
        refused += !library_parse(bytes, content.length, own, "malloc", build_id, problem);
        bytes[at] = before;
    }
    assert_true(refused > 0);
}

static void paths_that_cannot_be_preloaded_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *path, *problem;
    } cases[] = {
        {"/lib/a b.so", "which the dynamic linker cannot be given"},
        {"/lib/a:b.so", "which the dynamic linker cannot be given"},
        {"/lib/$LIB/b.so", "which the dynamic linker cannot be given"},
        {"/no/such/library.so", "No such file"},
        {"/", "it is not a file"},
        {"/dev/null", "it is not a file"},
        {"?jemalloc", "apt-get install libjemalloc2"},
        {"?rpmalloc", "--heap rpmalloc="},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct heap_file file;
        char problem[HEAP_PROBLEM_BYTES] = "";
        assert_false(heap_examine_planned(cases[i].path, &file, problem));
        if (!strstr(problem, cases[i].problem))
            fail_msg("%s: %s", cases[i].path, problem);
    }
    char long_path[HEAP_FILE_BYTES + 10], problem[HEAP_PROBLEM_BYTES];
    memset(long_path, '/', sizeof long_path);
    long_path[sizeof long_path - 1] = '\0';
    struct heap_file file;
    assert_false(heap_examine(long_path, &file, problem));
    assert_non_null(strstr(problem, "too long"));
}

static void write_file(const char *root, const char *path, const void *bytes, size_t length)
{
    char whole[512];
    snprintf(whole, sizeof whole, "%s%s", root, path);
    char *slash = strrchr(whole, '/');
    *slash = '\0';
    assert_int_equal(file_make_directory(whole, NULL), STATUS_OK);
    *slash = '/';
    assert_int_equal(file_write(whole, bytes, length, NULL), STATUS_OK);
}

// A library is found in each system's place, past files that only have its name, with the version of its
// package.
static void libraries_are_found_where_systems_put_them(void **state)
{
    (void)state;
    static const char *const places[] = {"/usr/lib/x86_64-linux-gnu",
                                         "/usr/lib64",
                                         "/usr/lib",
                                         "/usr/local/lib",
                                         "/opt/configured",
                                         "/usr/lib/llvm-19/lib/clang/19/lib/linux"};
    static const char status[] =
        "Package: other\nVersion: 9\n\nPackage: libown\nStatus: install ok\nVersion: 1.2-3\n\n";
    const struct heap heap = {"own", "libown-*.so libown.so.2", "malloc", "libown*", "libown", ""};
    CLEANUP(text_release) struct text path = {0}, content = {0};
    read_library(&path, &content);
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        char root[] = "/tmp/memalloc-bench-heaps-XXXXXX", file_path[256], command[64];
        struct heap_file file;
        assert_non_null(mkdtemp(root));
        write_file(root, "/etc/ld.so.conf.d/x.conf", "# places\n/opt/configured\n", 25);
        write_file(root, "/usr/local/lib/libown-fake.so", "text", 4);
        assert_false(heap_locate(&heap, root, &file, NULL));
        snprintf(file_path, sizeof file_path, "%s/libown.so.2", places[i]);
        write_file(root, file_path, content.bytes, content.length);
        assert_true(heap_locate(&heap, root, &file, NULL));
        assert_non_null(strstr(file.path, file_path));
        assert_string_equal(file.version, "2"); // of its name
        char list[300];
        int length = snprintf(list, sizeof list, "/.\n%s\n", file_path);
        write_file(root, "/var/lib/dpkg/info/libown:amd64.list", list, (size_t)length);
        write_file(root, "/var/lib/dpkg/status", status, sizeof status - 1);
        assert_true(heap_locate(&heap, root, &file, NULL));
        assert_string_equal(file.package, "libown");
        assert_string_equal(file.version, "1.2-3");
        snprintf(command, sizeof command, "rm -r %s", root);
        assert_int_equal(system(command), 0);
    }
}

// "module load" decides, whatever the system has, and also for a name that the system's directories have a
// better one of.
static void libraries_of_the_users_own_directories_come_first(void **state)
{
    (void)state;
    const struct heap heap = {"own", "libown.so.2 libown.so", "malloc", "libown*", "libown", ""};
    CLEANUP(text_release) struct text path = {0}, content = {0}, directories = {0};
    char root[] = "/tmp/memalloc-bench-heaps-XXXXXX", command[64];
    struct heap_file file;
    assert_non_null(mkdtemp(root));
    read_library(&path, &content);
    write_file(root, "/usr/lib/libown.so.2", content.bytes, content.length);
    write_file(root, "/modules/broken/libown.so.2", "text", 4);
    write_file(root, "/modules/good/libown.so", content.bytes, content.length);
    text_append_format(&directories, ":relative:/nowhere:%s/modules/broken:%s/modules/good", root, root);
    assert_int_equal(setenv(USERS_DIRECTORIES, text_string(&directories), 1), 0);
    bool found = heap_locate(&heap, root, &file, NULL);
    assert_int_equal(unsetenv(USERS_DIRECTORIES), 0);
    assert_true(found);
    assert_non_null(strstr(file.path, "/modules/good/libown.so"));
    assert_true(heap_locate(&heap, root, &file, NULL));
    assert_non_null(strstr(file.path, "/usr/lib/libown.so.2"));
    char before[4096];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(root), 0);
    assert_int_equal(setenv(USERS_DIRECTORIES, "modules/good", 1), 0);
    found = heap_locate(&heap, root, &file, NULL);
    assert_int_equal(unsetenv(USERS_DIRECTORIES), 0);
    assert_int_equal(chdir(before), 0);
    assert_true(found);
    assert_true(file.path[0] == '/');
    assert_non_null(strstr(file.path, "/modules/good/libown.so"));
    snprintf(command, sizeof command, "rm -r %s", root);
    assert_int_equal(system(command), 0);
}

// Whichever malloc the program calls: under a sanitizer it is not the C library's.
static void the_c_librarys_books_show_what_its_heap_gave(void **state)
{
    (void)state;
    enum { BYTES = 300000 };
    void *(*give)(size_t);
    void (*take)(void *);
    void *functions[] = {os_find_function("__libc_malloc"), os_find_function("__libc_free")};
    struct os_heap_books before, during, after;
    if (!functions[0] || !functions[1] || !os_c_library_heap(&before))
        skip(); // not glibc
    memcpy(&give, &functions[0], sizeof give);
    memcpy(&take, &functions[1], sizeof take);
    void *object = give(BYTES);
    assert_true(os_c_library_heap(&during));
    take(object);
    assert_true(os_c_library_heap(&after));
    assert_true(during.used_bytes >= before.used_bytes + BYTES);
    assert_true(during.taken_bytes >= during.used_bytes);
    assert_true(after.used_bytes < before.used_bytes + BYTES);
    assert_null(os_find_function("no_such_function_anywhere"));
}

static void the_rows_are_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < HEAP_COUNT; i++) {
        assert_true(strlen(heaps[i].name) > 0 && strlen(heaps[i].name) < 32);
        assert_ptr_equal(heap_find(heaps[i].name), &heaps[i]);
        assert_true(strlen(heaps[i].summary) > 0);
        assert_int_equal(*heaps[i].files == '\0', i == 0);
        assert_int_equal(*heaps[i].symbol == '\0', i == 0);
    }
    assert_null(heap_find("nothing"));
    assert_true(HEAP_COUNT >= 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notes_give_their_build_id_whatever_else_they_hold),
        cmocka_unit_test(a_library_in_memory_and_its_file_have_one_build_id),
        cmocka_unit_test(what_is_no_heap_is_refused_with_the_reason),
        cmocka_unit_test(damaged_libraries_do_no_harm),
        cmocka_unit_test(paths_that_cannot_be_preloaded_are_refused),
        cmocka_unit_test(libraries_are_found_where_systems_put_them),
        cmocka_unit_test(libraries_of_the_users_own_directories_come_first),
        cmocka_unit_test(the_c_librarys_books_show_what_its_heap_gave),
        cmocka_unit_test(the_rows_are_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
