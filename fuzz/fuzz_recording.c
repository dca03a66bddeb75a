// The maker of traces, fed with raw recordings that a crash, a bad disk or a malicious program left. What it
// makes of them the reader must accept. Input: the header's first bytes and the chunks, packed: see unpack().
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "recorder/raw.h"
#include "trace/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// A recording is mostly zeros, and its chunks begin at multiples of 1 MiB. The input is the recording's first
// 128 bytes, then for each chunk a length of two bytes (little-endian) and so many bytes.
static size_t unpack(const uint8_t *data, size_t size, uint8_t *file, size_t capacity)
{
    enum { HEADER = 128 };
    size_t taken = size < HEADER ? size : HEADER, end = RAW_HEADER_BYTES;
    memcpy(file, data, taken);
    for (size_t offset = RAW_HEADER_BYTES; size - taken >= 2 && offset + RAW_CHUNK_BYTES <= capacity;
         offset += RAW_CHUNK_BYTES) {
        size_t length = data[taken] | (size_t)data[taken + 1] << 8;
        taken += 2;
        length = length < size - taken ? length : size - taken;
        memcpy(file + offset, data + taken, length);
        taken += length;
        end = offset + length;
    }
    return end;
}

static void make(const char *directory, const uint8_t *file, size_t length)
{
    CLEANUP(text_release) struct text raw = {0}, path = {0}, sites = {0};
    CLEANUP(trace_summary_release) struct trace_summary summary = {0};
    const struct trace_sources sources = {.without_symbols = true};
    struct trace_made made = {0};
    struct error error = {0};
    text_append_format(&raw, "%s/x.raw", directory);
    text_append_format(&path, "%s/x.parquet", directory);
    text_append_format(&sites, "%s/x.sites.parquet", directory);
    if (file_write(text_string(&raw), file, length, NULL) != STATUS_OK)
        abort();
    if (trace_make(text_string(&raw), text_string(&path), &sources, &made, &error) != STATUS_OK) {
        if (error.cause[0] == '\0')
            abort();
    } else if (trace_summarize(text_string(&path), &summary, &error) != STATUS_OK) {
        // A recording may hold what cannot be: sizes and alignments are the program's own.
        if (!strstr(error.cause, "size") && !strstr(error.cause, "alignment") &&
            !strstr(error.cause, "threads"))
            abort();
    } else if (summary.events != made.events) {
        abort();
    }
    unlink(text_string(&raw));
    unlink(text_string(&path));
    unlink(text_string(&sites));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { CHUNKS = 4 };
    const size_t capacity = RAW_HEADER_BYTES + (size_t)CHUNKS * RAW_CHUNK_BYTES;
    char directory[] = "/tmp/memalloc-bench-fuzz-XXXXXX";
    CLEANUP(free_pointer) uint8_t *file = calloc(1, capacity);
    if (!file || !mkdtemp(directory))
        abort();
    make(directory, file, unpack(data, size, file, capacity));
    rmdir(directory);
    return 0;
}
