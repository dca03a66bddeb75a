// The reader of result files, fed with what nobody should trust: the analysis must end with results or with
// an error, whatever the bytes. Input: 'B' and a benchmark file, or 'D', four bytes of length
// (little-endian), a benchmark file of that length and a details file.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "analysis/analysis.h"
#include "base/cleanup.h"
#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_input(const char *directory, const char *name, const uint8_t *data, size_t size)
{
    CLEANUP(text_release) struct text path = {0};
    text_append_format(&path, "%s/%s", directory, name);
    if (file_write(text_string(&path), data, size, NULL) != STATUS_OK)
        abort();
}

static void remove_input(const char *directory, const char *name)
{
    CLEANUP(text_release) struct text path = {0};
    text_append_format(&path, "%s/%s", directory, name);
    unlink(text_string(&path));
}

static void write_inputs(const char *directory, const uint8_t *data, size_t size)
{
    size_t benchmark_size = size - 1;
    const uint8_t *benchmark = data + 1;
    if (data[0] == 'D' && size > 5) {
        uint32_t length =
            data[1] | (uint32_t)data[2] << 8 | (uint32_t)data[3] << 16 | (uint32_t)data[4] << 24;
        benchmark = data + 5;
        benchmark_size = length < size - 5 ? length : size - 5;
        write_input(directory, "details_x.parquet", benchmark + benchmark_size, size - 5 - benchmark_size);
    }
    write_input(directory, "benchmark_x.parquet", benchmark, benchmark_size);
}

// An error must say something; results must be complete enough to be written out.
static void analyse(const char *directory, bool skip_bad)
{
    struct analysis_options options;
    analysis_options_init(&options);
    options.directory = directory;
    options.skip_bad = skip_bad;
    CLEANUP(analysis_release) struct analysis analysis = {0};
    struct error error = {0};
    if (analysis_run(&options, &analysis, &error) != STATUS_OK) {
        if (error.cause[0] == '\0')
            abort();
        return;
    }
    CLEANUP(text_release) struct text stats = {0};
    text_append_format(&stats, "%s/stats.csv", directory);
    if (analysis.cell_count == 0 || analysis_write_stats(&analysis, text_string(&stats), NULL) != STATUS_OK)
        abort();
    CLEANUP(close_stream) FILE *nowhere = fopen("/dev/null", "we");
    if (nowhere)
        analysis_write_json(&analysis, UNIT_TOTAL, nowhere);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char directory[] = "/tmp/memalloc-bench-fuzz-XXXXXX";
    if (size < 2)
        return 0;
    if (!mkdtemp(directory))
        abort();
    write_inputs(directory, data, size);
    analyse(directory, data[0] == 'D');
    remove_input(directory, "benchmark_x.parquet");
    remove_input(directory, "details_x.parquet");
    remove_input(directory, "stats.csv");
    rmdir(directory);
    return 0;
}
