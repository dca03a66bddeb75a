#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "journal_bytes.h"

enum {
    JOURNAL_VERSION = 5, // 4 did not say what the run was begun with
    NAME_BYTES = 32,
    HEAP_BYTES = HEAP_NAME_BYTES + HEAP_LIBRARY_BYTES + HEAP_TUNABLES_BYTES,
    REQUEST_CAPACITY = 64 + (STRATEGY_COUNT + PATTERN_COUNT + 1) * NAME_BYTES + SIZE_COUNT * 4 +
                       MOST_HEAPS * HEAP_BYTES + MOST_LIVE_COUNTS * 4,
};

// Of what a run was begun with, in a header: more is none of this program's.
enum { MOST_FACTS = 256, MOST_KEY_BYTES = 256, MOST_VALUE_BYTES = 65536 };

static const char magic[8] = "MBJOURNL";

static void put_name(struct byte_writer *writer, const char *name)
{
    char bytes[NAME_BYTES] = {0};
    memcpy(bytes, name, strlen(name) < NAME_BYTES - 1 ? strlen(name) : NAME_BYTES - 1);
    put_bytes(writer, bytes, NAME_BYTES);
}

static void put_request(struct byte_writer *writer, const struct plan_request *request)
{
    uint32_t strategy_total = 0, pattern_total = 0, size_total = 0;
    for (int i = 0; i < STRATEGY_COUNT; i++)
        strategy_total += request->strategies[i];
    for (int i = 0; i < PATTERN_COUNT; i++)
        pattern_total += request->patterns[i];
    for (int i = 0; i < SIZE_COUNT; i++)
        size_total += request->sizes[i];
    put_number(writer, strategy_total, 2);
    for (int i = 0; i < STRATEGY_COUNT; i++)
        if (request->strategies[i])
            put_name(writer, strategies[i].name);
    put_number(writer, pattern_total, 2);
    for (int i = 0; i < PATTERN_COUNT; i++)
        if (request->patterns[i])
            put_name(writer, patterns[i].name);
    put_number(writer, size_total, 2);
    for (int i = 0; i < SIZE_COUNT; i++)
        if (request->sizes[i])
            put_number(writer, object_sizes[i], 4);
    put_number(writer, request->iterations, 4);
    put_number(writer, request->processes, 4);
    put_number(writer, request->seed, 8);
    put_name(writer, touches[request->touch].name);
    put_number(writer, request->heap_count, 2);
    for (uint32_t i = 0; i < request->heap_count; i++) {
        put_bytes(writer, request->heaps[i].name, HEAP_NAME_BYTES);
        put_bytes(writer, request->heaps[i].library, HEAP_LIBRARY_BYTES);
        put_bytes(writer, request->heaps[i].tunables, HEAP_TUNABLES_BYTES);
    }
    put_number(writer, request->live_count, 2);
    for (uint32_t i = 0; i < request->live_count; i++)
        put_number(writer, request->live_objects[i], 4);
    put_number(writer, request->traverse, 1);
}

static void get_terminated(struct byte_reader *reader, char *ret_text, size_t capacity)
{
    get_bytes(reader, ret_text, capacity);
    ret_text[capacity - 1] = '\0';
}

// The axes beyond strategy, pattern and size. False when they are not of this build's making.
static bool get_axes(struct byte_reader *reader, struct plan_request *request)
{
    char name[NAME_BYTES];
    get_terminated(reader, name, sizeof name);
    const struct pattern *touch = touch_find(name);
    request->heap_count = (uint32_t)get_number(reader, 2);
    if (!touch || request->heap_count > MOST_HEAPS)
        return false;
    request->touch = (enum touch)(touch - touches);
    for (uint32_t i = 0; i < request->heap_count; i++) {
        get_terminated(reader, request->heaps[i].name, HEAP_NAME_BYTES);
        get_terminated(reader, request->heaps[i].library, HEAP_LIBRARY_BYTES);
        get_terminated(reader, request->heaps[i].tunables, HEAP_TUNABLES_BYTES);
    }
    request->live_count = (uint32_t)get_number(reader, 2);
    if (request->live_count > MOST_LIVE_COUNTS)
        return false;
    for (uint32_t i = 0; i < request->live_count; i++)
        request->live_objects[i] = (uint32_t)get_number(reader, 4);
    request->traverse = get_number(reader, 1) != 0;
    return true;
}

// False when the journal names something that this build does not know.
static bool get_request(struct byte_reader *reader, struct plan_request *ret_request)
{
    struct plan_request request = {0};
    bool known = true;
    char name[NAME_BYTES];
    for (uint64_t left = get_number(reader, 2); left > 0 && !reader->overrun; left--) {
        get_terminated(reader, name, sizeof name);
        const struct strategy *strategy = strategy_find(name);
        known = known && strategy;
        if (strategy)
            request.strategies[strategy - strategies] = true;
    }
    for (uint64_t left = get_number(reader, 2); left > 0 && !reader->overrun; left--) {
        get_terminated(reader, name, sizeof name);
        const struct pattern *pattern = pattern_find(name);
        known = known && pattern;
        if (pattern)
            request.patterns[pattern - patterns] = true;
    }
    for (uint64_t left = get_number(reader, 2); left > 0 && !reader->overrun; left--) {
        int index = size_index((uint32_t)get_number(reader, 4));
        known = known && index >= 0;
        if (index >= 0)
            request.sizes[index] = true;
    }
    request.iterations = (uint32_t)get_number(reader, 4);
    request.processes = (uint32_t)get_number(reader, 4);
    request.seed = get_number(reader, 8);
    known = known && get_axes(reader, &request);
    *ret_request = request;
    return known && !reader->overrun;
}

static size_t facts_bytes(const struct facts *facts)
{
    size_t bytes = 2;
    for (size_t i = 0; i < facts->count; i++)
        bytes += 4 + strlen(facts->items[i].key) + 4 + strlen(facts->items[i].value);
    return bytes;
}

static void put_text(struct byte_writer *writer, const char *text)
{
    put_number(writer, strlen(text), 4);
    put_bytes(writer, text, strlen(text));
}

static void put_facts(struct byte_writer *writer, const struct facts *facts)
{
    put_number(writer, facts->count, 2);
    for (size_t i = 0; i < facts->count; i++) {
        put_text(writer, facts->items[i].key);
        put_text(writer, facts->items[i].value);
    }
}

// False when there is no such text.
static bool get_string(struct byte_reader *reader, size_t most_bytes, struct text *ret_text)
{
    size_t length = (size_t)get_number(reader, 4);
    if (reader->overrun || length > most_bytes || length > reader->length - reader->position)
        return false;
    text_clear(ret_text);
    text_append_bytes(ret_text, reader->bytes + reader->position, length);
    reader->position += length;
    return true;
}

static bool get_facts(struct byte_reader *reader, struct facts *facts)
{
    CLEANUP(text_release) struct text key = {0}, value = {0};
    uint64_t count = get_number(reader, 2);
    bool fits = !reader->overrun && count <= MOST_FACTS;
    for (uint64_t i = 0; i < count && fits; i++) {
        fits = get_string(reader, MOST_KEY_BYTES, &key) && get_string(reader, MOST_VALUE_BYTES, &value);
        if (fits)
            facts_set(facts, text_string(&key), text_string(&value));
    }
    return fits && reader->position == reader->length;
}

enum status journal_encode_header(const struct plan *plan, const struct facts *begun_with,
                                  uint8_t **ret_bytes, size_t *ret_length, struct error *error)
{
    size_t capacity = REQUEST_CAPACITY + facts_bytes(begun_with);
    uint8_t *bytes = malloc(capacity);
    if (!bytes)
        return error_set_no_memory(error);
    struct byte_writer writer = journal_begin_frame(bytes, capacity);
    put_bytes(&writer, magic, sizeof magic);
    put_number(&writer, JOURNAL_VERSION, 2);
    put_number(&writer, plan->fingerprint, 8);
    put_request(&writer, &plan->request);
    put_facts(&writer, begun_with);
    *ret_length = journal_end_frame(&writer);
    *ret_bytes = bytes;
    return STATUS_OK;
}

static enum status other_version(const char *path, uint64_t version, struct error *error)
{
    return error_set(
        error, STATUS_BAD_DATA,
        "Go on with the version of the program that began the run, or start it anew with --force.",
        "%s was written by another version of this program, in form %" PRIu64
        " of the journal; this one reads form %d alone",
        path, version, JOURNAL_VERSION);
}

enum status journal_decode_header(struct byte_reader *reader, const char *path,
                                  struct journal_content *content, struct error *error)
{
    char found[sizeof magic];
    get_bytes(reader, found, sizeof found);
    if (memcmp(found, magic, sizeof magic) != 0)
        return journal_is_bad(path, "its header is another program's", error);
    uint64_t version = get_number(reader, 2);
    if (version != JOURNAL_VERSION)
        return other_version(path, version, error);
    content->fingerprint = get_number(reader, 8);
    if (!get_request(reader, &content->request))
        return journal_is_bad(path, "it names allocators, patterns or sizes unknown here", error);
    if (!get_facts(reader, &content->begun_with))
        return journal_is_bad(path, "it does not say what the run was begun with", error);
    return facts_check(&content->begun_with, error);
}
