// Runs a fuzzer's entry point over its corpus without the fuzzing engine, as an ordinary test: every file of
// the given directories as it is, then variants of it with a few bytes changed, cut, doubled or spliced in
// from another file. The variants are drawn from a fixed seed, so a failure comes back on every run.
//
//     replay [--variants N] DIRECTORY...
//
// Each file runs in a child process; when one dies, its input is saved in the working directory. Exit 0 when
// all survived, 1 when one did not, 2 when there was nothing to run.
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { INPUT_BYTES_MAX = 1 << 20, DEFAULT_VARIANTS = 100, CHANGES_PER_VARIANT_MAX = 4 };

// Shared with the child, so that the input survives it.
struct stage {
    size_t inputs_run;
    size_t length;
    uint8_t bytes[INPUT_BYTES_MAX];
};

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool is_regular_file(const char *path)
{
    struct stat information;
    return stat(path, &information) == 0 && S_ISREG(information.st_mode);
}

// Adds the directory's regular files in the order of their names. False when there is none.
static bool list_directory(const char *directory, struct string_list *files)
{
    struct dirent **entries = NULL;
    int entry_count = scandir(directory, &entries, is_visible, alphasort);
    bool found = false;
    for (int i = 0; i < entry_count; i++) {
        CLEANUP(text_release) struct text path = {0};
        text_append_format(&path, "%s/%s", directory, entries[i]->d_name);
        if (is_regular_file(text_string(&path)))
            found = string_list_add(files, text_string(&path), NULL) == STATUS_OK || found;
        free(entries[i]);
    }
    free(entries);
    if (!found)
        fprintf(stderr, "replay: there is no file in %s\n", directory);
    return found;
}

static bool load(const char *path, struct text *ret_content)
{
    struct error error = {0};
    if (file_read(path, INPUT_BYTES_MAX, ret_content, &error) == STATUS_OK)
        return true;
    fprintf(stderr, "replay: %s\n", error.cause);
    return false;
}

// Copies the input into a block of exactly its size, so that AddressSanitizer sees a read beyond its end.
static void run_input(struct stage *stage)
{
    uint8_t *exact = malloc(stage->length ? stage->length : 1);
    if (!exact)
        abort();
    memcpy(exact, stage->bytes, stage->length);
    LLVMFuzzerTestOneInput(exact, stage->length);
    free(exact);
    stage->inputs_run++;
}

static uint8_t interesting_byte(struct random *random)
{
    static const uint8_t bytes[] = {0, 1, 0x7f, 0x80, 0xff, '\n', '\r', '"', '\'', ',', '-', '/', ' ', '%'};
    return random_below(random, 2) ? bytes[random_below(random, COUNT_OF(bytes))]
                                   : (uint8_t)random_next(random);
}

static void change_once(struct stage *stage, const struct text *donor, struct random *random)
{
    if (stage->length == 0) {
        stage->bytes[stage->length++] = interesting_byte(random);
        return;
    }
    size_t at = random_below(random, (uint32_t)stage->length);
    size_t tail = stage->length - at;
    switch (random_below(random, 5)) {
    case 0:
        stage->bytes[at] = interesting_byte(random);
        break;
    case 1:
        stage->bytes[at] ^= (uint8_t)(1u << random_below(random, 8));
        break;
    case 2: // cut a piece out, often the whole rest
        tail = random_below(random, 2) ? tail : 1 + random_below(random, (uint32_t)tail);
        memmove(stage->bytes + at, stage->bytes + at + tail, stage->length - at - tail);
        stage->length -= tail;
        break;
    case 3: // double the rest
        if (stage->length + tail <= INPUT_BYTES_MAX) {
            memcpy(stage->bytes + stage->length, stage->bytes + at, tail);
            stage->length += tail;
        }
        break;
    case 4: // go on as another input does at the same place
        if (donor->length > at) {
            stage->length = donor->length;
            memcpy(stage->bytes + at, donor->bytes + at, donor->length - at);
        }
        break;
    }
}

static void run_file_and_variants(struct stage *stage, const struct text *original, const struct text *donor,
                                  uint32_t variants, uint64_t seed)
{
    struct random random;
    random_seed(&random, seed);
    for (uint32_t variant = 0; variant <= variants; variant++) {
        stage->length = original->length;
        memcpy(stage->bytes, text_string(original), original->length);
        uint32_t changes = variant == 0 ? 0 : 1 + random_below(&random, CHANGES_PER_VARIANT_MAX);
        while (changes-- > 0)
            change_once(stage, donor, &random);
        run_input(stage);
    }
}

static void save_failing_input(const struct stage *stage, const char *path)
{
    const char *base_name = strrchr(path, '/');
    CLEANUP(text_release) struct text saved = {0};
    text_append_format(&saved, "failing-input-%s", base_name ? base_name + 1 : path);
    struct error error = {0};
    if (file_write(text_string(&saved), stage->bytes, stage->length, &error) == STATUS_OK)
        fprintf(stderr, "replay: %s, input %zu: failed; its %zu bytes are in ./%s\n", path, stage->inputs_run,
                stage->length, text_string(&saved));
    else
        fprintf(stderr, "replay: %s, input %zu: failed; %s\n", path, stage->inputs_run, error.cause);
}

// In a child process. Returns whether every input was run to its end.
static bool replay_file(struct stage *stage, const struct string_list *files, size_t index, uint32_t variants)
{
    CLEANUP(text_release) struct text original = {0};
    CLEANUP(text_release) struct text donor = {0};
    if (!load(files->items[index], &original) || !load(files->items[(index + 1) % files->count], &donor))
        return false;
    size_t inputs_before = stage->inputs_run;
    fflush(NULL);
    pid_t child = fork();
    if (child < 0)
        return false;
    if (child == 0) {
        run_file_and_variants(stage, &original, &donor, variants, index);
        exit(0); // not _exit: LeakSanitizer looks at exit
    }
    int wait_status;
    if (waitpid(child, &wait_status, 0) == child && WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0 &&
        stage->inputs_run == inputs_before + variants + 1)
        return true;
    save_failing_input(stage, files->items[index]);
    return false;
}

int main(int argument_count, char **arguments)
{
    uint32_t variants = DEFAULT_VARIANTS;
    int first = 1;
    if (argument_count > 2 && strcmp(arguments[1], "--variants") == 0) {
        variants = (uint32_t)strtoul(arguments[2], NULL, 10);
        first = 3;
    }
    CLEANUP(string_list_release) struct string_list files = {0};
    bool complete = first < argument_count;
    for (int i = first; i < argument_count; i++)
        complete = list_directory(arguments[i], &files) && complete;
    if (!complete || files.count == 0) {
        fprintf(stderr, "usage: replay [--variants N] DIRECTORY...\n");
        return 2;
    }
    struct stage *stage =
        mmap(NULL, sizeof *stage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (stage == MAP_FAILED)
        return 2;
    size_t failed = 0;
    for (size_t i = 0; i < files.count; i++)
        failed += !replay_file(stage, &files, i, variants);
    printf("replay: %zu files, %zu inputs, %zu files failed\n", files.count, stage->inputs_run, failed);
    return failed ? 1 : stage->inputs_run ? 0 : 2;
}
