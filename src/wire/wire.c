#include "wire/wire.h"

#include <math.h>

#include "wire/bytes.h"

// Frame: magic (4), version (2), kind (2), sequence (4), content, zeroes, checksum of all before it (4).
enum { REQUEST_MAGIC = 0x5152424d, MESSAGE_MAGIC = 0x534d424d, CHECKSUM_BYTES = 4, REQUEST_KIND = 0 };

_Static_assert((int)WIRE_REQUEST_BYTES == (int)WIRE_MESSAGE_BYTES, "one frame size for both directions");
enum { FRAME_BYTES = WIRE_MESSAGE_BYTES };
_Static_assert((int)VALUE_BYTES <= (int)FRAME_BYTES - 16, "a value fits a frame");

static struct byte_writer begin_frame(uint8_t *bytes, uint32_t magic, uint32_t kind, uint32_t sequence)
{
    memset(bytes, 0, FRAME_BYTES);
    struct byte_writer writer = {.bytes = bytes, .capacity = FRAME_BYTES - CHECKSUM_BYTES};
    put_number(&writer, magic, 4);
    put_number(&writer, WIRE_VERSION, 2);
    put_number(&writer, kind, 2);
    put_number(&writer, sequence, 4);
    return writer;
}

static void end_frame(struct byte_writer *writer)
{
    struct byte_writer end = {
        .bytes = writer->bytes, .capacity = FRAME_BYTES, .position = FRAME_BYTES - CHECKSUM_BYTES};
    put_number(&end, checksum(writer->bytes, FRAME_BYTES - CHECKSUM_BYTES), CHECKSUM_BYTES);
}

static enum wire_result open_frame(const uint8_t *bytes, uint32_t magic, struct byte_reader *ret_reader,
                                   uint32_t *ret_kind, uint32_t *ret_sequence)
{
    struct byte_reader end = {
        .bytes = bytes, .length = FRAME_BYTES, .position = FRAME_BYTES - CHECKSUM_BYTES};
    struct byte_reader reader = {.bytes = bytes, .length = FRAME_BYTES - CHECKSUM_BYTES};
    if (get_number(&reader, 4) != magic ||
        get_number(&end, 4) != checksum(bytes, FRAME_BYTES - CHECKSUM_BYTES))
        return WIRE_NOT_A_MESSAGE;
    if (get_number(&reader, 2) != WIRE_VERSION)
        return WIRE_ANOTHER_VERSION;
    *ret_kind = (uint32_t)get_number(&reader, 2);
    *ret_sequence = (uint32_t)get_number(&reader, 4);
    *ret_reader = reader;
    return WIRE_OK;
}

void wire_encode_request(const struct wire_request *request, uint8_t ret_bytes[WIRE_REQUEST_BYTES])
{
    struct byte_writer writer = begin_frame(ret_bytes, REQUEST_MAGIC, REQUEST_KIND, 0);
    put_bytes(&writer, request->cell, WIRE_CELL_BYTES);
    put_number(&writer, request->batches, 4);
    put_number(&writer, request->warmup_batches, 4);
    put_number(&writer, request->trials, 4);
    put_number(&writer, (uint32_t)request->cpu, 4);
    put_number(&writer, request->seed, 8);
    put_number(&writer, request->clock_kind, 4);
    put_real(&writer, request->ns_per_tick);
    put_number(&writer, request->max_repetitions, 4);
    put_number(&writer, request->limits.probe_ns, 8);
    put_number(&writer, request->limits.run_delay_per_million, 8);
    put_number(&writer, request->probe_heap, 1);
    put_number(&writer, request->kind, 2);
    put_number(&writer, request->after_trials, 4);
    put_number(&writer, request->extra_batches, 4);
    put_number(&writer, request->litter_bytes, 8);
    put_number(&writer, request->footprint_bytes, 8);
    put_number(&writer, request->leak_per_mille, 4);
    put_number(&writer, request->slow_one_in, 4);
    end_frame(&writer);
}

enum wire_result wire_decode_request(const uint8_t bytes[WIRE_REQUEST_BYTES],
                                     struct wire_request *ret_request)
{
    struct byte_reader reader;
    uint32_t kind, sequence;
    enum wire_result result = open_frame(bytes, REQUEST_MAGIC, &reader, &kind, &sequence);
    if (result != WIRE_OK)
        return result;
    struct wire_request request = {0};
    get_text(&reader, request.cell, WIRE_CELL_BYTES);
    request.batches = (uint32_t)get_number(&reader, 4);
    request.warmup_batches = (uint32_t)get_number(&reader, 4);
    request.trials = (uint32_t)get_number(&reader, 4);
    request.cpu = (int32_t)(uint32_t)get_number(&reader, 4);
    request.seed = get_number(&reader, 8);
    request.clock_kind = (uint32_t)get_number(&reader, 4);
    request.ns_per_tick = get_real(&reader);
    request.max_repetitions = (uint32_t)get_number(&reader, 4);
    request.limits.probe_ns = get_number(&reader, 8);
    request.limits.run_delay_per_million = get_number(&reader, 8);
    request.probe_heap = get_number(&reader, 1) != 0;
    uint64_t measurement = get_number(&reader, 2);
    request.after_trials = (uint32_t)get_number(&reader, 4);
    request.extra_batches = (uint32_t)get_number(&reader, 4);
    request.litter_bytes = get_number(&reader, 8);
    request.footprint_bytes = get_number(&reader, 8);
    request.leak_per_mille = (uint32_t)get_number(&reader, 4);
    request.slow_one_in = (uint32_t)get_number(&reader, 4);
    if (kind != REQUEST_KIND || reader.overrun || !isfinite(request.ns_per_tick) ||
        request.ns_per_tick <= 0 || measurement >= MEASUREMENT_COUNT)
        return WIRE_NOT_A_MESSAGE;
    request.kind = (enum measurement_id)measurement;
    *ret_request = request;
    return WIRE_OK;
}

static void put_setup(struct byte_writer *writer, const struct wire_setup *setup)
{
    put_number(writer, setup->cold_start_ns, 8);
    put_number(writer, setup->floor_ns, 8);
    put_number(writer, setup->resident_bytes, 8);
    put_heap_identity(writer, &setup->heap);
    put_number(writer, setup->arrival.is_secure, 1);
    put_number(writer, setup->arrival.has_tunables, 1);
    put_number(writer, setup->arrival.tunables_ignored, 1);
    put_number(writer, setup->arrival.has_list, 1);
    put_bytes(writer, setup->arrival.changed, VARIABLE_NAME_BYTES);
}

static void get_setup(struct byte_reader *reader, struct wire_setup *ret_setup)
{
    ret_setup->cold_start_ns = get_number(reader, 8);
    ret_setup->floor_ns = get_number(reader, 8);
    ret_setup->resident_bytes = get_number(reader, 8);
    get_heap_identity(reader, &ret_setup->heap);
    ret_setup->arrival.is_secure = get_number(reader, 1) != 0;
    ret_setup->arrival.has_tunables = get_number(reader, 1) != 0;
    ret_setup->arrival.tunables_ignored = get_number(reader, 1) != 0;
    ret_setup->arrival.has_list = get_number(reader, 1) != 0;
    get_text(reader, ret_setup->arrival.changed, VARIABLE_NAME_BYTES);
}

void wire_encode_message(const struct wire_message *message, uint8_t ret_bytes[WIRE_MESSAGE_BYTES])
{
    struct byte_writer writer = begin_frame(ret_bytes, MESSAGE_MAGIC, message->kind, message->sequence);
    switch (message->kind) {
    case WIRE_KIND_SETUP:
        put_setup(&writer, &message->content.setup);
        break;
    case WIRE_KIND_TRIAL:
        put_trial(&writer, &message->content.trial);
        break;
    case WIRE_KIND_VALUE:
        put_value(&writer, &message->content.value);
        break;
    case WIRE_KIND_END:
        put_number(&writer, message->content.end.outcome, 4);
        put_bytes(&writer, message->content.end.reason, PROCESS_REASON_BYTES);
        put_number(&writer, message->content.end.probes, 4);
        put_number(&writer, message->content.end.probes_served, 4);
        put_number(&writer, message->content.end.c_library_bytes, 8);
        break;
    }
    end_frame(&writer);
}

enum wire_result wire_decode_message(const uint8_t bytes[WIRE_MESSAGE_BYTES],
                                     struct wire_message *ret_message)
{
    struct byte_reader reader;
    uint32_t kind, sequence;
    enum wire_result result = open_frame(bytes, MESSAGE_MAGIC, &reader, &kind, &sequence);
    if (result != WIRE_OK)
        return result;
    struct wire_message message = {.kind = (enum wire_kind)kind, .sequence = sequence};
    uint64_t outcome = OUTCOME_OK;
    switch (kind) {
    case WIRE_KIND_SETUP:
        get_setup(&reader, &message.content.setup);
        break;
    case WIRE_KIND_TRIAL:
        get_trial(&reader, &message.content.trial);
        break;
    case WIRE_KIND_VALUE:
        if (!get_value(&reader, &message.content.value))
            return WIRE_NOT_A_MESSAGE;
        break;
    case WIRE_KIND_END:
        outcome = get_number(&reader, 4);
        get_text(&reader, message.content.end.reason, PROCESS_REASON_BYTES);
        message.content.end.probes = (uint32_t)get_number(&reader, 4);
        message.content.end.probes_served = (uint32_t)get_number(&reader, 4);
        message.content.end.c_library_bytes = get_number(&reader, 8);
        break;
    default:
        return WIRE_NOT_A_MESSAGE;
    }
    if (reader.overrun || outcome >= OUTCOME_COUNT)
        return WIRE_NOT_A_MESSAGE;
    if (kind == WIRE_KIND_END)
        message.content.end.outcome = (enum outcome)outcome;
    *ret_message = message;
    return WIRE_OK;
}
