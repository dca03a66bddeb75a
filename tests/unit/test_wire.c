#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "wire/bytes.h"
#include "wire/wire.h"

static const struct wire_request sample_request = {
    .cell = "strategy=slab_cold pattern=random size_bytes=4096 live_objects=100 touch=full",
    .batches = 1000,
    .warmup_batches = 100,
    .trials = 5,
    .cpu = -1,
    .seed = UINT64_C(0xfedcba9876543210),
    .clock_kind = 1,
    .ns_per_tick = 0.38518,
    .extra_batches = 50,
    .kind = MEASUREMENT_census,
    .after_trials = MEASUREMENT_BIT(MEASUREMENT_traverse),
};

static const struct trial sample_trial = {
    .index = 4,
    .cpu = 77,
    .migrated = true,
    .start_ns = UINT64_C(1700000000000000001),
    .total_ns = 2,
    .latency_ns = 3,
    .objects = 4,
    .minor_faults = 5,
    .major_faults = 6,
    .voluntary_switches = 7,
    .involuntary_switches = 8,
    .run_delay_ns = 10,
    .stood_ns = 12,
    .probe_before_ns = 9,
    .probe_after_ns = UINT64_MAX,
};

static struct wire_message trial_message(void)
{
    return (struct wire_message){.kind = WIRE_KIND_TRIAL, .sequence = 6, .content.trial = sample_trial};
}

static void a_request_survives_the_journey(void **state)
{
    (void)state;
    uint8_t bytes[WIRE_REQUEST_BYTES];
    struct wire_request decoded;
    wire_encode_request(&sample_request, bytes);
    assert_int_equal(wire_decode_request(bytes, &decoded), WIRE_OK);
    assert_string_equal(decoded.cell, sample_request.cell);
    assert_int_equal(decoded.batches, 1000);
    assert_int_equal(decoded.extra_batches, 50);
    assert_int_equal(decoded.warmup_batches, 100);
    assert_int_equal(decoded.trials, 5);
    assert_int_equal(decoded.cpu, -1);
    assert_true(decoded.seed == sample_request.seed);
    assert_int_equal(decoded.clock_kind, 1);
    assert_true(decoded.ns_per_tick == sample_request.ns_per_tick);
    assert_int_equal(decoded.kind, MEASUREMENT_census);
    assert_int_equal(decoded.after_trials, MEASUREMENT_BIT(MEASUREMENT_traverse));
}

static void messages_survive_the_journey(void **state)
{
    (void)state;
    uint8_t bytes[WIRE_MESSAGE_BYTES];
    struct wire_message message = trial_message(), decoded;
    wire_encode_message(&message, bytes);
    assert_int_equal(wire_decode_message(bytes, &decoded), WIRE_OK);
    assert_int_equal(decoded.kind, WIRE_KIND_TRIAL);
    assert_int_equal(decoded.sequence, 6);
    assert_int_equal(decoded.content.trial.index, 4);
    assert_int_equal(decoded.content.trial.cpu, 77);
    assert_true(decoded.content.trial.migrated);
    assert_true(decoded.content.trial.start_ns == sample_trial.start_ns);
    const uint64_t *found = &decoded.content.trial.total_ns, *expected = &sample_trial.total_ns;
    assert_memory_equal(found, expected, 10 * sizeof *found - sizeof *found);
    assert_int_equal(decoded.content.trial.run_delay_ns, 10);
    assert_int_equal(decoded.content.trial.stood_ns, 12);
    assert_true(decoded.content.trial.probe_after_ns == UINT64_MAX);

    message = (struct wire_message){.kind = WIRE_KIND_SETUP,
                                    .content.setup = {.cold_start_ns = 11,
                                                      .floor_ns = 12,
                                                      .resident_bytes = 13,
                                                      .heap = {.malloc_in = "/lib/lib\ttest.so",
                                                               .build_id = "00ff",
                                                               .elsewhere = "free",
                                                               .not_the_c_librarys = true}}};
    wire_encode_message(&message, bytes);
    assert_int_equal(wire_decode_message(bytes, &decoded), WIRE_OK);
    assert_int_equal(decoded.content.setup.cold_start_ns, 11);
    assert_int_equal(decoded.content.setup.floor_ns, 12);
    assert_int_equal(decoded.content.setup.resident_bytes, 13);
    assert_string_equal(decoded.content.setup.heap.malloc_in, "/lib/lib?test.so");
    assert_string_equal(decoded.content.setup.heap.build_id, "00ff");
    assert_string_equal(decoded.content.setup.heap.elsewhere, "free");
    assert_true(decoded.content.setup.heap.not_the_c_librarys);

    message = (struct wire_message){.kind = WIRE_KIND_END,
                                    .content.end = {OUTCOME_CORRUPT, "line\nbreak", 64, 63, UINT64_MAX}};
    wire_encode_message(&message, bytes);
    assert_int_equal(wire_decode_message(bytes, &decoded), WIRE_OK);
    assert_int_equal(decoded.content.end.outcome, OUTCOME_CORRUPT);
    assert_string_equal(decoded.content.end.reason, "line?break");
    assert_int_equal(decoded.content.end.probes, 64);
    assert_int_equal(decoded.content.end.probes_served, 63);
    assert_true(decoded.content.end.c_library_bytes == UINT64_MAX);
}

static void a_value_of_every_metric_survives_the_journey(void **state)
{
    (void)state;
    for (int metric = 0; metric < MEASURED_METRIC_COUNT; metric++) {
        uint8_t bytes[WIRE_MESSAGE_BYTES];
        const struct measured_value sent = {
            .metric = (enum measured_metric)metric, .index = 7, .repetition = 2, .value = 0.1 + metric};
        struct wire_message message = {.kind = WIRE_KIND_VALUE, .content.value = sent}, decoded;
        const struct measured_value *value = &decoded.content.value;
        wire_encode_message(&message, bytes);
        assert_int_equal(wire_decode_message(bytes, &decoded), WIRE_OK);
        assert_int_equal(decoded.kind, WIRE_KIND_VALUE);
        assert_int_equal(value->metric, metric);
        assert_int_equal(value->index, 7);
        assert_int_equal(value->repetition, 2);
        assert_true(value->value == sent.value);
        assert_string_equal(value->absence, "");
        message.content.value.value = NAN;
        snprintf(message.content.value.absence, ABSENCE_BYTES, "no\nreason");
        wire_encode_message(&message, bytes);
        assert_int_equal(wire_decode_message(bytes, &decoded), WIRE_OK);
        assert_true(isnan(value->value));
        assert_string_equal(value->absence, "no?reason");
    }
}

static void every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    uint8_t bytes[WIRE_MESSAGE_BYTES];
    struct wire_message message = trial_message(), decoded;
    wire_encode_message(&message, bytes);
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(wire_decode_message(bytes, &decoded), WIRE_NOT_A_MESSAGE);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_int_equal(wire_decode_message(bytes, &decoded), WIRE_OK);
}

static void seal(uint8_t *bytes)
{
    struct byte_writer end = {
        .bytes = bytes, .capacity = WIRE_MESSAGE_BYTES, .position = WIRE_MESSAGE_BYTES - 4};
    put_number(&end, checksum(bytes, WIRE_MESSAGE_BYTES - 4), 4);
}

static void sealed_nonsense_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[WIRE_MESSAGE_BYTES];
    struct wire_message message = trial_message(), decoded;
    struct wire_request request;
    wire_encode_message(&message, bytes);
    bytes[4] = WIRE_VERSION + 1;
    seal(bytes);
    assert_int_equal(wire_decode_message(bytes, &decoded), WIRE_ANOTHER_VERSION);
    assert_int_equal(wire_decode_request(bytes, &request), WIRE_NOT_A_MESSAGE);

    wire_encode_message(&message, bytes);
    bytes[6] = WIRE_KIND_VALUE + 1;
    seal(bytes);
    assert_int_equal(wire_decode_message(bytes, &decoded), WIRE_NOT_A_MESSAGE);

    message = (struct wire_message){.kind = WIRE_KIND_VALUE};
    wire_encode_message(&message, bytes);
    bytes[12] ^= 1; // the first letter of the kind's name
    seal(bytes);
    assert_int_equal(wire_decode_message(bytes, &decoded), WIRE_NOT_A_MESSAGE);

    message = (struct wire_message){.kind = WIRE_KIND_END, .content.end = {.outcome = OUTCOME_OK}};
    wire_encode_message(&message, bytes);
    bytes[12] = OUTCOME_COUNT;
    seal(bytes);
    assert_int_equal(wire_decode_message(bytes, &decoded), WIRE_NOT_A_MESSAGE);

    const double bad_ticks[] = {0, -1, NAN, INFINITY};
    for (size_t i = 0; i < COUNT_OF(bad_ticks); i++) {
        struct wire_request bad = sample_request;
        bad.ns_per_tick = bad_ticks[i];
        wire_encode_request(&bad, bytes);
        assert_int_equal(wire_decode_request(bytes, &request), WIRE_NOT_A_MESSAGE);
    }
}

static uint32_t bit_by_bit(const uint8_t *bytes, size_t count)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static void the_checksum_is_the_same_for_every_length_and_alignment(void **state)
{
    (void)state;
    uint8_t bytes[64];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 151 + 7);
    for (size_t from = 0; from < 8; from++)
        for (size_t count = 0; from + count <= sizeof bytes; count++)
            assert_true(checksum(&bytes[from], count) == bit_by_bit(&bytes[from], count));
}

static void the_checksum_is_crc_32(void **state)
{
    (void)state;
    assert_true(checksum((const uint8_t *)"123456789", 9) ==
                0xcbf43926u); // the check value of CRC-32/ISO-HDLC
    assert_true(checksum(NULL, 0) == 0);
}

static void every_outcome_has_a_word(void **state)
{
    (void)state;
    for (int i = 0; i < OUTCOME_COUNT; i++)
        assert_non_null(outcome_name((enum outcome)i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_survives_the_journey),
        cmocka_unit_test(messages_survive_the_journey),
        cmocka_unit_test(a_value_of_every_metric_survives_the_journey),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(sealed_nonsense_is_refused),
        cmocka_unit_test(the_checksum_is_the_same_for_every_length_and_alignment),
        cmocka_unit_test(the_checksum_is_crc_32),
        cmocka_unit_test(every_outcome_has_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
