// The raw recording of one process, as the recorder leaves it behind and src/trace/ reads it. It is no format
// for others (that is docs/trace-format.md): both sides are of one build, on one machine.
//
// A file is a header and then chunks of RAW_CHUNK_BYTES, numbered from 0. Threads write into chunks that are
// mapped; a full one is copied to a new chunk at the end of the file, and used again. So the chunk `n` whose
// `slot` is not `n` is a copy; it counts unless slot `slot` still holds the same `sequence`, which it does
// when the process was killed while it copied.
//
// A chunk of events is a stream of 64-bit words. Each part of one thread begins with RAW_THREAD. `used_bytes`
// is raised when an event is complete, so that nothing behind it is ever read.
#ifndef RECORDER_RAW_H
#define RECORDER_RAW_H

#include <stdint.h>

// FOLDER:MULTIPLIER:FRAMES: the folder of the raw files, the clock (see `multiplier`) and how many frames of
// the stack.
#define RECORDER_VARIABLE "MEMALLOC_BENCH_RECORD"
#define RAW_SUFFIX ".raw"

enum {
    RAW_VERSION = 1,
    RAW_HEADER_BYTES = 64 << 10,
    RAW_CHUNK_BYTES = 1 << 20,
    RAW_CHUNK_HEADER_BYTES = 64,
    RAW_MAX_FRAMES = 32,
    RAW_MAX_THREADS = 1 << 24,
};

static const uint64_t raw_magic = 0x31574152424d454dU; // "MEMBRAW1"

struct raw_header {
    uint64_t magic;
    uint32_t version;
    uint32_t frames;     // of the stack, recorded with each event; 0: the call site alone
    uint64_t multiplier; // nanoseconds per tick of the clock, times 2^32; 0: ticks are nanoseconds
    uint64_t begin_ticks;
    uint64_t begin_realtime_ns; // since 1970
    uint64_t end_ticks;         // 0: the process did not end by itself
    uint64_t chunks;            // so many were begun
    uint64_t lost_events;       // for want of room
    int32_t error_number;       // why there was no room; 0: there was
    int32_t process;
    int32_t parent;
    uint32_t is_forked; // by a process that was recorded: it frees objects of its parent
    uint32_t threads;   // that recorded something
    uint32_t command_line_bytes;
    char program[1024];      // zero-terminated, possibly cut
    char command_line[4096]; // as in /proc/PID/cmdline: words that end with a zero byte
};

enum raw_chunk_kind { RAW_EVENTS = 1, RAW_MAPS };

struct raw_chunk {
    uint32_t magic;
    uint32_t kind;
    uint32_t slot;       // number of the chunk that threads write into
    uint32_t sequence;   // how often it was copied
    uint64_t used_bytes; // with this header
    uint64_t reserved[5];
};

static const uint32_t raw_chunk_magic = 0x4b4e4843U; // "CHNK"

_Static_assert(sizeof(struct raw_chunk) == RAW_CHUNK_HEADER_BYTES, "the header of a chunk");
_Static_assert(sizeof(struct raw_header) <= RAW_HEADER_BYTES, "the header of a file");

// In a chunk of maps: where an executable part of a file was in memory since `since_ticks`, until the next
// entry that is not older overlaps it. The path follows, zero-terminated, padded to 8 bytes.
struct raw_map {
    uint64_t since_ticks;
    uint64_t begin, end;
    uint64_t file_offset;
    uint64_t inode;
    uint64_t path_bytes; // with zero byte and padding
};

// The first word of an event: the address of the object, the operation, a small size.
//     bits 0–47 object | 48–52 operation | 53–63 size, or RAW_SIZE_FOLLOWS
// The second: where it was called from, and the ticks since the event before it in this stream.
//     bits 0–47 return address | 48–63 ticks
// Then the size when it did not fit, then the alignment for operations that have one, then RAW_FRAME words.
enum raw_operation {
    RAW_NONE,
    RAW_THREAD, // object: the thread's number; the second word: ticks. A part of this thread begins.
    RAW_LATER,  // object: ticks since the event before, when they do not fit; a word alone
    RAW_FRAME,  // object: a return address further out; a word alone
    RAW_MALLOC,
    RAW_CALLOC,
    RAW_ALIGNED_ALLOC, // from here to RAW_PVALLOC the alignment follows
    RAW_POSIX_MEMALIGN,
    RAW_MEMALIGN,
    RAW_VALLOC,
    RAW_PVALLOC,
    RAW_NEW,
    RAW_NEW_ARRAY,
    RAW_NEW_ALIGNED, // likewise
    RAW_NEW_ARRAY_ALIGNED,
    RAW_FREE,
    RAW_DELETE,
    RAW_DELETE_ARRAY,
    RAW_REALLOC_FROM, // stamped before: the object as it was, the size that is requested
    RAW_REALLOC_TO,   // stamped after: the object as it is; NULL: it failed, or the size was 0
    RAW_USABLE_SIZE,
    RAW_OPERATION_COUNT
};

enum { RAW_ADDRESS_BITS = 48, RAW_OPERATION_BITS = 5, RAW_SIZE_SHIFT = 53, RAW_SIZE_FOLLOWS = 2047 };

_Static_assert(RAW_OPERATION_COUNT <= 1 << RAW_OPERATION_BITS, "operations fit");

static const uint64_t raw_address_mask = ((uint64_t)1 << RAW_ADDRESS_BITS) - 1;

static inline int raw_has_alignment(enum raw_operation operation)
{
    return (operation >= RAW_ALIGNED_ALLOC && operation <= RAW_PVALLOC) || operation == RAW_NEW_ALIGNED ||
           operation == RAW_NEW_ARRAY_ALIGNED;
}

#endif
