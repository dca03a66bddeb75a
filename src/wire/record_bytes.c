// The records in the form that the messages and the journal share.
#include "wire/bytes.h"

void get_text(struct byte_reader *reader, char *ret_text, size_t capacity)
{
    get_bytes(reader, ret_text, capacity);
    ret_text[capacity - 1] = '\0';
    for (char *c = ret_text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
}

void put_trial(struct byte_writer *writer, const struct trial *trial)
{
    put_number(writer, trial->index, 4);
    put_number(writer, trial->repetition, 4);
    put_number(writer, trial->cpu, 4);
    put_number(writer, trial->migrated, 1);
    put_number(writer, trial->start_ns, 8);
    put_number(writer, trial->total_ns, 8);
    put_number(writer, trial->latency_ns, 8);
    put_number(writer, trial->objects, 8);
    put_number(writer, trial->minor_faults, 8);
    put_number(writer, trial->major_faults, 8);
    put_number(writer, trial->voluntary_switches, 8);
    put_number(writer, trial->involuntary_switches, 8);
    put_number(writer, trial->run_delay_ns, 8);
    put_number(writer, trial->stood_ns, 8);
    put_number(writer, trial->probe_before_ns, 8);
    put_number(writer, trial->probe_after_ns, 8);
}

void get_trial(struct byte_reader *reader, struct trial *ret_trial)
{
    ret_trial->index = (uint32_t)get_number(reader, 4);
    ret_trial->repetition = (uint32_t)get_number(reader, 4);
    ret_trial->cpu = (uint32_t)get_number(reader, 4);
    ret_trial->migrated = get_number(reader, 1) != 0;
    ret_trial->start_ns = get_number(reader, 8);
    ret_trial->total_ns = get_number(reader, 8);
    ret_trial->latency_ns = get_number(reader, 8);
    ret_trial->objects = get_number(reader, 8);
    ret_trial->minor_faults = get_number(reader, 8);
    ret_trial->major_faults = get_number(reader, 8);
    ret_trial->voluntary_switches = get_number(reader, 8);
    ret_trial->involuntary_switches = get_number(reader, 8);
    ret_trial->run_delay_ns = get_number(reader, 8);
    ret_trial->stood_ns = get_number(reader, 8);
    ret_trial->probe_before_ns = get_number(reader, 8);
    ret_trial->probe_after_ns = get_number(reader, 8);
}

void put_census(struct byte_writer *writer, const struct census *census)
{
    put_number(writer, census->plan_order, 4);
    put_number(writer, census->counted, 1);
    put_number(writer, census->batches, 4);
    put_number(writer, census->objects, 8);
    put_number(writer, census->minor_faults, 8);
    put_number(writer, census->major_faults, 8);
    uint32_t present = 0; // a bit per counter
    for (int i = 0; i < HARDWARE_COUNTER_COUNT; i++)
        present |= (uint32_t)census->counters.present[i] << i;
    put_number(writer, present, 4);
    for (int i = 0; i < HARDWARE_COUNTER_COUNT; i++)
        put_number(writer, census->counters.values[i], 8);
    put_number(writer, census->calls_present, 1);
    for (int i = 0; i < MEMORY_CALL_COUNT; i++)
        put_number(writer, census->calls[i], 8);
    put_bytes(writer, census->counters_reason, CENSUS_REASON_BYTES);
    put_bytes(writer, census->calls_reason, CENSUS_REASON_BYTES);
}

void get_census(struct byte_reader *reader, struct census *ret_census)
{
    ret_census->plan_order = (uint32_t)get_number(reader, 4);
    ret_census->counted = get_number(reader, 1) != 0;
    ret_census->batches = (uint32_t)get_number(reader, 4);
    ret_census->objects = get_number(reader, 8);
    ret_census->minor_faults = get_number(reader, 8);
    ret_census->major_faults = get_number(reader, 8);
    uint64_t present = get_number(reader, 4);
    for (int i = 0; i < HARDWARE_COUNTER_COUNT; i++) {
        ret_census->counters.present[i] = (present >> i & 1) != 0;
        ret_census->counters.values[i] = get_number(reader, 8);
    }
    ret_census->calls_present = get_number(reader, 1) != 0;
    for (int i = 0; i < MEMORY_CALL_COUNT; i++)
        ret_census->calls[i] = get_number(reader, 8);
    get_text(reader, ret_census->counters_reason, CENSUS_REASON_BYTES);
    get_text(reader, ret_census->calls_reason, CENSUS_REASON_BYTES);
}

_Static_assert(HEAP_IDENTITY_BYTES == HEAP_PATH_BYTES + BUILD_ID_BYTES + FUNCTION_NAME_BYTES + 1,
               "see bytes.h");

void put_heap_identity(struct byte_writer *writer, const struct heap_proof *heap)
{
    put_bytes(writer, heap->malloc_in, sizeof heap->malloc_in);
    put_bytes(writer, heap->build_id, sizeof heap->build_id);
    put_bytes(writer, heap->elsewhere, sizeof heap->elsewhere);
    put_number(writer, heap->not_the_c_librarys, 1);
}

void get_heap_identity(struct byte_reader *reader, struct heap_proof *ret_heap)
{
    get_text(reader, ret_heap->malloc_in, sizeof ret_heap->malloc_in);
    get_text(reader, ret_heap->build_id, sizeof ret_heap->build_id);
    get_text(reader, ret_heap->elsewhere, sizeof ret_heap->elsewhere);
    ret_heap->not_the_c_librarys = get_number(reader, 1) != 0;
}
