// The messages between driver and worker: fixed-size, little-endian, versioned, with a checksum. The driver
// writes one request to the worker's standard input; the worker answers with messages on descriptor
// WIRE_DESCRIPTOR: one setup, one per trial and repetition, one per value of other kinds of measurement, one
// end.
// Nothing here allocates or prints: the worker uses it beside the heap under test.
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/record.h"

enum {
    WIRE_VERSION = 9,
    WIRE_DESCRIPTOR = 3,
    WIRE_REQUEST_BYTES = 512,
    WIRE_MESSAGE_BYTES = 512,
    WIRE_CELL_BYTES = 256,
};

// What a worker is to do.
struct wire_request {
    char cell[WIRE_CELL_BYTES]; // what to measure, as cell_format() writes it
    uint32_t batches;           // of a trial
    uint32_t warmup_batches;    // before the first trial; at most `batches`
    uint32_t trials;
    int32_t cpu; // to pin itself to; -1: stay where the system puts it
    uint64_t seed;
    uint32_t clock_kind; // enum clock_kind
    double ns_per_tick;
    uint32_t max_repetitions;  // of a disturbed trial, beyond the first
    bool probe_heap;           // prove, after the trials, that malloc's file served them
    struct gate_limits limits; // by which a trial counts as disturbed
    enum measurement_id kind;  // what the process is for
    uint32_t after_trials;     // kinds that are measured after them in the same process, a bit each
    uint32_t extra_batches;    // timed with each trial but not counted as its objects: a planted slowdown
    uint64_t litter_bytes;     // of the objects that litter a heap, where the cell asks for one
    uint64_t footprint_bytes;  // of the objects that the footprint asks for
    uint32_t leak_per_mille;   // of them, not freed: a planted leak
    uint32_t slow_one_in;      // planted: every so many allocations of the tails one is slow; 0: none
};

enum wire_kind {
    WIRE_KIND_SETUP = 1, // the process before its trials
    WIRE_KIND_TRIAL,     // one trial
    WIRE_KIND_END,       // how it ended; nothing follows
    WIRE_KIND_VALUE,     // one value of a kind of measurement
};

struct wire_setup {
    uint64_t cold_start_ns;
    uint64_t floor_ns;
    uint64_t resident_bytes;
    struct heap_proof heap; // its identity
    struct arrival arrival;
};

struct wire_end {
    enum outcome outcome;
    char reason[PROCESS_REASON_BYTES];
    uint32_t probes; // the next three: of struct heap_proof
    uint32_t probes_served;
    uint64_t c_library_bytes;
};

struct wire_message {
    enum wire_kind kind;
    uint32_t sequence; // 0, 1, 2 … in the order sent
    union {
        struct wire_setup setup;
        struct trial trial;
        struct measured_value value;
        struct wire_end end;
    } content;
};

enum wire_result {
    WIRE_OK,
    WIRE_NOT_A_MESSAGE,   // wrong magic, checksum, kind or value
    WIRE_ANOTHER_VERSION, // a worker or a driver of another version of the program
};

void wire_encode_request(const struct wire_request *request, uint8_t ret_bytes[WIRE_REQUEST_BYTES]);
void wire_encode_message(const struct wire_message *message, uint8_t ret_bytes[WIRE_MESSAGE_BYTES]);

// Decoding accepts any bytes. Names and reasons come out terminated and without control characters; enums in
// range; ns_per_tick finite and positive. On failure the result is untouched.
enum wire_result wire_decode_request(const uint8_t bytes[WIRE_REQUEST_BYTES],
                                     struct wire_request *ret_request);
enum wire_result wire_decode_message(const uint8_t bytes[WIRE_MESSAGE_BYTES],
                                     struct wire_message *ret_message);

#endif
