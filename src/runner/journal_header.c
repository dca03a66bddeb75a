#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "journal_bytes.h"

enum {
    JOURNAL_VERSION = 9, // 8 had fields of its own for the census and the traversal
    NAME_BYTES = AXIS_WORD_BYTES,
    HEAP_BYTES = HEAP_NAME_BYTES + HEAP_LIBRARY_BYTES + HEAP_TUNABLES_BYTES,
    REQUEST_CAPACITY = 64 + MEASUREMENT_COUNT * NAME_BYTES +
                       AXIS_COUNT * (NAME_BYTES + 2 + MAX_AXIS_VALUES * NAME_BYTES) + MAX_HEAPS * HEAP_BYTES,
};

static const char magic[JOURNAL_MAGIC_BYTES] = {'M', 'B', 'J', 'O', 'U', 'R', 'N', 'L'};

static void put_name(struct byte_writer *writer, const char *name)
{
    char bytes[NAME_BYTES] = {0};
    memcpy(bytes, name, strlen(name) < NAME_BYTES - 1 ? strlen(name) : NAME_BYTES - 1);
    put_bytes(writer, bytes, NAME_BYTES);
}

// An axis by its name, its values as they are written: the numbers of words may change from build to build.
static void put_axis(struct byte_writer *writer, const struct axis *axis, const struct axis_values *values)
{
    put_name(writer, axis->name);
    put_number(writer, values->count, 2);
    for (uint32_t i = 0; i < values->count; i++) {
        char word[AXIS_WORD_BYTES];
        axis_format(axis, values->items[i], word);
        put_name(writer, word);
    }
}

static void put_request(struct byte_writer *writer, const struct plan_request *request)
{
    put_number(writer, AXIS_COUNT, 2);
    for (int a = 0; a < AXIS_COUNT; a++)
        put_axis(writer, &axes[a], &request->axes[a]);
    put_number(writer, request->iterations, 4);
    put_number(writer, request->processes, 4);
    put_number(writer, request->spare_processes, 4);
    put_number(writer, request->seed, 8);
    put_number(writer, request->heap_count, 2);
    for (uint32_t i = 0; i < request->heap_count; i++) {
        put_bytes(writer, request->heaps[i].name, HEAP_NAME_BYTES);
        put_bytes(writer, request->heaps[i].library, HEAP_LIBRARY_BYTES);
        put_bytes(writer, request->heaps[i].tunables, HEAP_TUNABLES_BYTES);
    }
    put_number(writer, request->litter_mebibytes, 4);
    put_number(writer, request->footprint_bytes, 8);
    put_number(writer, (uint64_t)__builtin_popcount(request->measurements), 2);
    for (int kind = 0; kind < MEASUREMENT_COUNT; kind++)
        if (measurements_have(request->measurements, (enum measurement_id)kind))
            put_name(writer, measurement_kinds[kind].name);
}

static void get_terminated(struct byte_reader *reader, char *ret_text, size_t capacity)
{
    get_bytes(reader, ret_text, capacity);
    ret_text[capacity - 1] = '\0';
}

// False when this build does not know the axis, or one of the values.
static bool get_axis(struct byte_reader *reader, struct plan_request *request)
{
    char name[NAME_BYTES], word[NAME_BYTES];
    get_terminated(reader, name, sizeof name);
    const struct axis *axis = axis_find(name);
    uint64_t count = get_number(reader, 2);
    bool known = axis && count <= MAX_AXIS_VALUES;
    for (; count > 0 && !reader->overrun && known; count--) {
        uint32_t value = 0;
        get_terminated(reader, word, sizeof word);
        known = axis_parse(axis, word, &value);
        if (known)
            axis_values_add(&request->axes[axis - axes], value);
    }
    return known;
}

// False when the journal names something that this build does not know.
static bool get_request(struct byte_reader *reader, struct plan_request *ret_request)
{
    struct plan_request request = {0};
    bool known = true;
    for (uint64_t left = get_number(reader, 2); left > 0 && !reader->overrun && known; left--)
        known = get_axis(reader, &request);
    request.iterations = (uint32_t)get_number(reader, 4);
    request.processes = (uint32_t)get_number(reader, 4);
    request.spare_processes = (uint32_t)get_number(reader, 4);
    request.seed = get_number(reader, 8);
    request.heap_count = (uint32_t)get_number(reader, 2);
    if (!known || request.heap_count > MAX_HEAPS)
        return false;
    for (uint32_t i = 0; i < request.heap_count; i++) {
        get_terminated(reader, request.heaps[i].name, HEAP_NAME_BYTES);
        get_terminated(reader, request.heaps[i].library, HEAP_LIBRARY_BYTES);
        get_terminated(reader, request.heaps[i].tunables, HEAP_TUNABLES_BYTES);
    }
    request.litter_mebibytes = (uint32_t)get_number(reader, 4);
    request.footprint_bytes = get_number(reader, 8);
    for (uint64_t left = get_number(reader, 2); left > 0 && !reader->overrun && known; left--) {
        char name[NAME_BYTES];
        enum measurement_id kind = MEASUREMENT_trials;
        get_terminated(reader, name, sizeof name);
        known = measurement_find(name, &kind);
        request.measurements |= MEASUREMENT_BIT(kind);
    }
    *ret_request = request;
    return known && !reader->overrun;
}

enum status journal_encode_header(const struct plan *plan, const struct facts *provenance,
                                  uint8_t **ret_bytes, size_t *ret_length, struct error *error)
{
    size_t capacity = REQUEST_CAPACITY + facts_bytes(provenance);
    uint8_t *bytes = malloc(capacity);
    if (!bytes)
        return error_set_no_memory(error);
    struct byte_writer writer = frame_begin(bytes, capacity);
    put_journal_begin(&writer, magic, JOURNAL_VERSION);
    put_number(&writer, plan->fingerprint, 8);
    put_request(&writer, &plan->request);
    put_facts(&writer, provenance);
    *ret_length = frame_end(&writer);
    *ret_bytes = bytes;
    return STATUS_OK;
}

enum status journal_decode_header(struct byte_reader *reader, const char *path,
                                  struct journal_content *content, struct error *error)
{
    enum status status = get_journal_begin(reader, magic, JOURNAL_VERSION, path, error);
    if (status != STATUS_OK)
        return status;
    content->fingerprint = get_number(reader, 8);
    if (!get_request(reader, &content->request))
        return journal_is_bad(path, "it names allocators, patterns or sizes unknown here", error);
    if (!get_facts(reader, &content->provenance) || reader->position != reader->length)
        return journal_is_bad(path, "it does not say what the run was begun with", error);
    return facts_check(&content->provenance, error);
}
