#include <stdlib.h>

#include "journal_bytes.h"

enum entry_kind { ENTRY_PROCESS, ENTRY_CENSUS };

size_t journal_encode_record(const struct process_record *record, uint8_t *bytes, size_t capacity)
{
    struct byte_writer writer = frame_begin(bytes, capacity);
    put_number(&writer, ENTRY_PROCESS, 1);
    put_number(&writer, record->plan_order, 4);
    put_number(&writer, record->outcome, 4);
    put_bytes(&writer, record->reason, PROCESS_REASON_BYTES);
    put_number(&writer, record->cold_start_ns, 8);
    put_number(&writer, record->floor_ns, 8);
    put_number(&writer, record->resident_bytes, 8);
    put_number(&writer, record->steal_ticks, 8);
    put_number(&writer, record->warmup_batches, 8);
    put_number(&writer, record->traversal.fresh_ns, 8);
    put_number(&writer, record->traversal.aged_ns, 8);
    put_number(&writer, record->traversal.objects, 8);
    put_heap_identity(&writer, &record->heap);
    put_number(&writer, record->heap.probes, 4);
    put_number(&writer, record->heap.probes_served, 4);
    put_number(&writer, record->heap.c_library_bytes, 8);
    put_number(&writer, record->trial_count, 4);
    for (size_t i = 0; i < record->trial_count; i++)
        put_trial(&writer, &record->trials[i]);
    return frame_end(&writer);
}

size_t journal_encode_census(const struct census *census, uint8_t *bytes, size_t capacity)
{
    struct byte_writer writer = frame_begin(bytes, capacity);
    put_number(&writer, ENTRY_CENSUS, 1);
    put_census(&writer, census);
    return frame_end(&writer);
}

static enum status decode_record(struct byte_reader *reader, const char *path,
                                 struct process_record *ret_record, struct error *error)
{
    struct process_record record = {0};
    record.plan_order = (uint32_t)get_number(reader, 4);
    uint64_t outcome = get_number(reader, 4);
    get_bytes(reader, record.reason, PROCESS_REASON_BYTES);
    record.reason[PROCESS_REASON_BYTES - 1] = '\0';
    record.cold_start_ns = get_number(reader, 8);
    record.floor_ns = get_number(reader, 8);
    record.resident_bytes = get_number(reader, 8);
    record.steal_ticks = get_number(reader, 8);
    record.warmup_batches = (uint32_t)get_number(reader, 8);
    record.traversal.fresh_ns = get_number(reader, 8);
    record.traversal.aged_ns = get_number(reader, 8);
    record.traversal.objects = get_number(reader, 8);
    get_heap_identity(reader, &record.heap);
    record.heap.probes = (uint32_t)get_number(reader, 4);
    record.heap.probes_served = (uint32_t)get_number(reader, 4);
    record.heap.c_library_bytes = get_number(reader, 8);
    record.trial_count = (size_t)get_number(reader, 4);
    if (reader->overrun || outcome >= OUTCOME_COUNT ||
        record.trial_count * (size_t)TRIAL_BYTES != reader->length - reader->position)
        return journal_is_bad(path, "an entry has impossible values", error);
    record.outcome = (enum outcome)outcome;
    record.trials = calloc(record.trial_count ? record.trial_count : 1, sizeof *record.trials);
    if (!record.trials)
        return error_set_no_memory(error);
    for (size_t i = 0; i < record.trial_count; i++)
        get_trial(reader, &record.trials[i]);
    *ret_record = record;
    return STATUS_OK;
}

// Makes room for one more in an array that doubles: whenever `count` is a power of two or zero.
static bool make_room(void **array, size_t count, size_t element_bytes)
{
    if (count & (count - 1))
        return true;
    void *larger = realloc(*array, (count ? count * 2 : 1) * element_bytes);
    if (larger)
        *array = larger;
    return larger != NULL;
}

static enum status add_census(struct journal_content *content, struct byte_reader *reader, const char *path,
                              struct error *error)
{
    void *censuses = content->censuses;
    if (!make_room(&censuses, content->census_count, sizeof *content->censuses))
        return error_set_no_memory(error);
    content->censuses = censuses;
    struct census *census = &content->censuses[content->census_count];
    get_census(reader, census);
    if (reader->overrun || reader->position != reader->length)
        return journal_is_bad(path, "an entry has impossible values", error);
    content->census_count++;
    return STATUS_OK;
}

enum status journal_add_entry(struct journal_content *content, struct byte_reader *reader, const char *path,
                              struct error *error)
{
    uint64_t kind = get_number(reader, 1);
    if (kind == ENTRY_CENSUS)
        return add_census(content, reader, path, error);
    if (kind != ENTRY_PROCESS)
        return journal_is_bad(path, "an entry is of an unknown kind", error);
    void *records = content->records;
    if (!make_room(&records, content->count, sizeof *content->records))
        return error_set_no_memory(error);
    content->records = records;
    enum status status = decode_record(reader, path, &content->records[content->count], error);
    if (status == STATUS_OK)
        content->count++;
    return status;
}
