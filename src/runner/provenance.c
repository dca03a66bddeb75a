#include "provenance.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/compared_facts.h"

enum { FIRST_BYTES = 65536 };

#define WORKER_KEY "worker"
#define HEAP_KEY "heap."

// ---- which file ----

static size_t read_first_bytes(int descriptor, unsigned char bytes[FIRST_BYTES])
{
    size_t length = 0;
    while (length < FIRST_BYTES) {
        ssize_t count = pread(descriptor, bytes + length, FIRST_BYTES - length, (off_t)length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        length += (size_t)count;
    }
    return length;
}

enum status provenance_identify(const char *path, char ret_identity[IDENTITY_BYTES], struct error *error)
{
    static const char remedy[] = "Build or install the program again.";
    char build_id[BUILD_ID_BYTES];
    struct stat information;
    CLEANUP(free_pointer) unsigned char *bytes = malloc(FIRST_BYTES);
    if (!bytes)
        return error_set_no_memory(error);
    CLEANUP(close_descriptor) int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || fstat(descriptor, &information) != 0)
        return error_set_errno(error, STATUS_ENVIRONMENT, errno, remedy, "cannot read %s", path);
    if (heap_build_id(bytes, read_first_bytes(descriptor, bytes), build_id))
        snprintf(ret_identity, IDENTITY_BYTES, "build id %s", build_id);
    else
        snprintf(ret_identity, IDENTITY_BYTES, "%" PRIu64 " bytes, changed at Unix time %" PRId64,
                 (uint64_t)information.st_size, (int64_t)information.st_mtime);
    return STATUS_OK;
}

static enum status add_heap(const struct heap_state *heap, struct facts *begun, struct error *error)
{
    char key[sizeof HEAP_KEY + HEAP_NAME_BYTES], identity[IDENTITY_BYTES];
    if (!*heap->heap->library) // the C library's: a fact of its own
        return STATUS_OK;
    snprintf(key, sizeof key, HEAP_KEY "%s", heap->heap->name);
    if (!heap->usable) {
        facts_set(begun, key, heap->problem);
        return STATUS_OK;
    }
    enum status status = provenance_identify(heap->file.path, identity, error);
    if (status == STATUS_OK)
        facts_set_format(begun, key, "%s, %s", heap->file.path, identity);
    return status;
}

enum status provenance_collect(const struct facts *facts, const char *worker_path,
                               const struct heap_state *states, size_t state_count, struct facts *ret_begun,
                               struct error *error)
{
    CLEANUP(facts_release) struct facts begun = {0};
    char worker[IDENTITY_BYTES];
    enum status status = facts_check(facts, error); // one that could not be stored is not unknown
    for (size_t i = 0; i < compared_fact_count; i++)
        if (compared_facts[i].decides)
            facts_set(&begun, compared_facts[i].key, facts_get(facts, compared_facts[i].key));
    if (status == STATUS_OK)
        status = provenance_identify(worker_path, worker, error);
    if (status == STATUS_OK)
        facts_set(&begun, WORKER_KEY, worker);
    for (size_t i = 0; i < state_count && status == STATUS_OK; i++)
        status = add_heap(&states[i], &begun, error);
    if (status == STATUS_OK)
        status = facts_check(&begun, error);
    if (status != STATUS_OK)
        return status;
    *ret_begun = begun;
    begun = (struct facts){0};
    return STATUS_OK;
}

// ---- what differs ----

static const char *label_of(const char *key)
{
    for (size_t i = 0; i < compared_fact_count; i++)
        if (strcmp(compared_facts[i].key, key) == 0)
            return compared_facts[i].label;
    return key; // "worker", "heap.jemalloc"
}

enum { SHOWN_BYTES = 100, SHOWN_BEFORE = 20 };

// Of long values, flags above all, what is around the first difference.
static void show(const char *value, size_t first_difference, char ret_shown[SHOWN_BYTES + 8])
{
    size_t from =
        strlen(value) < SHOWN_BYTES || first_difference < SHOWN_BEFORE ? 0 : first_difference - SHOWN_BEFORE;
    bool is_cut = strlen(value + from) > SHOWN_BYTES;
    snprintf(ret_shown, SHOWN_BYTES + 8, "%s%.*s%s", from ? "..." : "", SHOWN_BYTES, value + from,
             is_cut ? "..." : "");
}

enum status provenance_check(const struct facts *begun, const struct facts *now, const char *path,
                             struct error *error)
{
    for (size_t i = 0; i < now->count; i++) {
        const char *new_value = now->items[i].value;
        const char *old_value = facts_get(begun, now->items[i].key);
        if (!old_value || strcmp(old_value, new_value) == 0)
            continue;
        char old_shown[SHOWN_BYTES + 8], new_shown[SHOWN_BYTES + 8];
        size_t same = 0;
        while (old_value[same] && old_value[same] == new_value[same])
            same++;
        show(old_value, same, old_shown);
        show(new_value, same, new_shown);
        return error_set(error, STATUS_USAGE,
                         "Results of the two cannot be in one file. Restore what the run began with and "
                         "continue with --resume, or start again with --force and without --resume.",
                         "the interrupted run in %s began with another %s: %s; now it is %s", path,
                         label_of(now->items[i].key), old_shown, new_shown);
    }
    return STATUS_OK;
}
