// The reader of result files, fed with what nobody should trust: the analysis must end with results or with
// an error, whatever the bytes. Input: 'B' and a benchmark file, or 'D', four bytes of length
// (little-endian), a benchmark file of that length and a details file.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "analysis/analysis.h"
#include "base/cleanup.h"
#include "files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// An error must say something; results must be complete enough to be written out.
static void analyse(const char *directory, bool skip_bad)
{
    struct analysis_options options;
    analysis_options_init(&options);
    options.directory = directory;
    options.dataset.skip_bad = skip_bad;
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
    CLEANUP(text_release) struct text json = {0};
    analysis_append_json(&json, &analysis, UNIT_TOTAL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char directory[] = "/tmp/memalloc-bench-fuzz-XXXXXX";
    if (size < 2)
        return 0;
    make_folder(directory);
    write_files(directory, data, size, 'D', "benchmark_x.parquet", "details_x.parquet");
    analyse(directory, data[0] == 'D');
    remove_file(directory, "benchmark_x.parquet");
    remove_file(directory, "details_x.parquet");
    remove_file(directory, "stats.csv");
    rmdir(directory);
    return 0;
}
