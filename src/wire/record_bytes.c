// The records in the form that the messages and the journal share.
#include "wire/bytes.h"

#include <stdio.h>

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

void put_real(struct byte_writer *writer, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_number(writer, bits, 8);
}

double get_real(struct byte_reader *reader)
{
    uint64_t bits = get_number(reader, 8);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void put_name(struct byte_writer *writer, const char *name)
{
    char bytes[METRIC_NAME_BYTES] = {0};
    snprintf(bytes, sizeof bytes, "%s", name);
    put_bytes(writer, bytes, sizeof bytes);
}

void put_value(struct byte_writer *writer, const struct measured_value *value)
{
    const struct metric_row *row = &metric_rows[value->metric];
    put_name(writer, measurement_kinds[row->kind].name);
    put_name(writer, row->name);
    put_number(writer, value->index, 4);
    put_number(writer, value->repetition, 4);
    put_real(writer, value->value);
    put_bytes(writer, value->absence, sizeof value->absence);
}

bool get_value(struct byte_reader *reader, struct measured_value *ret_value)
{
    char kind[METRIC_NAME_BYTES], name[METRIC_NAME_BYTES];
    get_text(reader, kind, sizeof kind);
    get_text(reader, name, sizeof name);
    bool known = metric_find(kind, name, &ret_value->metric);
    ret_value->index = (uint32_t)get_number(reader, 4);
    ret_value->repetition = (uint32_t)get_number(reader, 4);
    ret_value->value = get_real(reader);
    get_text(reader, ret_value->absence, sizeof ret_value->absence);
    return known;
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
