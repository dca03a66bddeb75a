#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "journal_bytes.h"

enum entry_kind { ENTRY_PROCESS, ENTRY_MEASUREMENT };

static void put_values(struct byte_writer *writer, const struct measured_values *values)
{
    for (size_t i = 0; i < values->count; i++)
        put_value(writer, &values->items[i]);
}

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
    put_heap_identity(&writer, &record->heap);
    put_number(&writer, record->heap.probes, 4);
    put_number(&writer, record->heap.probes_served, 4);
    put_number(&writer, record->heap.c_library_bytes, 8);
    put_number(&writer, record->values.count, 4);
    put_number(&writer, record->trial_count, 4);
    put_values(&writer, &record->values);
    for (size_t i = 0; i < record->trial_count; i++)
        put_trial(&writer, &record->trials[i]);
    return frame_end(&writer);
}

size_t journal_encode_measurement(const struct measurement_record *record, uint8_t *bytes, size_t capacity)
{
    struct byte_writer writer = frame_begin(bytes, capacity);
    char kind[METRIC_NAME_BYTES] = {0};
    snprintf(kind, sizeof kind, "%s", measurement_kinds[record->kind].name);
    put_number(&writer, ENTRY_MEASUREMENT, 1);
    put_number(&writer, record->plan_order, 4);
    put_bytes(&writer, kind, sizeof kind);
    put_number(&writer, record->outcome, 4);
    put_bytes(&writer, record->reason, PROCESS_REASON_BYTES);
    put_number(&writer, record->values.count, 4);
    put_values(&writer, &record->values);
    return frame_end(&writer);
}

// Sound values of one kind, or of those that go with trials.
static enum status get_values(struct byte_reader *reader, uint64_t count, uint32_t kinds, const char *path,
                              struct measured_values *ret_values, struct error *error)
{
    struct measured_value value;
    if (count > MAX_MEASURED_VALUES)
        return journal_is_bad(path, "an entry has impossible values", error);
    for (; count > 0; count--) {
        if (!get_value(reader, &value) || reader->overrun ||
            !measurements_have(kinds, metric_rows[value.metric].kind))
            return journal_is_bad(path, "an entry has impossible values", error);
        if (!measured_values_add(ret_values, &value))
            return error_set_no_memory(error);
    }
    return STATUS_OK;
}

static enum status decode_trials(struct byte_reader *reader, uint64_t count, const char *path,
                                 struct process_record *record, struct error *error)
{
    if (reader->overrun || count * TRIAL_BYTES != reader->length - reader->position)
        return journal_is_bad(path, "an entry has impossible values", error);
    record->trials = calloc(count ? count : 1, sizeof *record->trials);
    if (!record->trials)
        return error_set_no_memory(error);
    for (; record->trial_count < count; record->trial_count++)
        get_trial(reader, &record->trials[record->trial_count]);
    return STATUS_OK;
}

static enum status decode_record(struct byte_reader *reader, const char *path,
                                 struct process_record *ret_record, struct error *error)
{
    CLEANUP(process_record_release) struct process_record record = {0};
    record.plan_order = (uint32_t)get_number(reader, 4);
    uint64_t outcome = get_number(reader, 4);
    get_bytes(reader, record.reason, PROCESS_REASON_BYTES);
    record.reason[PROCESS_REASON_BYTES - 1] = '\0';
    record.cold_start_ns = get_number(reader, 8);
    record.floor_ns = get_number(reader, 8);
    record.resident_bytes = get_number(reader, 8);
    record.steal_ticks = get_number(reader, 8);
    record.warmup_batches = (uint32_t)get_number(reader, 8);
    get_heap_identity(reader, &record.heap);
    record.heap.probes = (uint32_t)get_number(reader, 4);
    record.heap.probes_served = (uint32_t)get_number(reader, 4);
    record.heap.c_library_bytes = get_number(reader, 8);
    uint64_t value_count = get_number(reader, 4), trial_count = get_number(reader, 4);
    if (reader->overrun || outcome >= OUTCOME_COUNT)
        return journal_is_bad(path, "an entry has impossible values", error);
    record.outcome = (enum outcome)outcome;
    const uint32_t kinds =
        MEASUREMENT_BIT(MEASUREMENT_trials) | measurements_by(MEASUREMENT_PROCESS_WITH_TRIALS);
    enum status status = get_values(reader, value_count, kinds, path, &record.values, error);
    if (status == STATUS_OK)
        status = decode_trials(reader, trial_count, path, &record, error);
    if (status != STATUS_OK)
        return status;
    *ret_record = record;
    record = (struct process_record){0};
    return STATUS_OK;
}

static enum status decode_measurement(struct byte_reader *reader, const char *path,
                                      struct measurement_record *ret_record, struct error *error)
{
    CLEANUP(measurement_record_release) struct measurement_record record = {0};
    char kind[METRIC_NAME_BYTES];
    record.plan_order = (uint32_t)get_number(reader, 4);
    get_text(reader, kind, sizeof kind);
    uint64_t outcome = get_number(reader, 4);
    get_text(reader, record.reason, PROCESS_REASON_BYTES);
    uint64_t value_count = get_number(reader, 4);
    if (reader->overrun || outcome >= OUTCOME_COUNT || !measurement_find(kind, &record.kind))
        return journal_is_bad(path, "an entry has impossible values", error);
    record.outcome = (enum outcome)outcome;
    enum status status =
        get_values(reader, value_count, MEASUREMENT_BIT(record.kind), path, &record.values, error);
    if (status == STATUS_OK && reader->position != reader->length)
        status = journal_is_bad(path, "an entry has impossible values", error);
    if (status != STATUS_OK)
        return status;
    *ret_record = record;
    record.values = (struct measured_values){0}; // taken over
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

static enum status add_measurement(struct journal_content *content, struct byte_reader *reader,
                                   const char *path, struct error *error)
{
    void *records = content->measurements;
    if (!make_room(&records, content->measurement_count, sizeof *content->measurements))
        return error_set_no_memory(error);
    content->measurements = records;
    enum status status =
        decode_measurement(reader, path, &content->measurements[content->measurement_count], error);
    if (status == STATUS_OK)
        content->measurement_count++;
    return status;
}

enum status journal_add_entry(struct journal_content *content, struct byte_reader *reader, const char *path,
                              struct error *error)
{
    uint64_t kind = get_number(reader, 1);
    if (kind == ENTRY_MEASUREMENT)
        return add_measurement(content, reader, path, error);
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
