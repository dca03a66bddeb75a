// The reader of traces, fed with what nobody should trust: it must end with a summary or with an error,
// whatever the bytes. Input: 'T' and a trace, or 'S', four bytes of length (little-endian), a trace of that
// length and a table of sites.
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "files.h"
#include "trace/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char directory[] = "/tmp/memalloc-bench-fuzz-XXXXXX";
    CLEANUP(trace_summary_release) struct trace_summary summary = {0};
    CLEANUP(text_release) struct text path = {0};
    struct error error = {0};
    if (size < 2)
        return 0;
    make_folder(directory);
    write_files(directory, data, size, 'S', "x.parquet", "x.sites.parquet");
    text_append_format(&path, "%s/x.parquet", directory);
    if (trace_summarize(text_string(&path), &summary, &error) != STATUS_OK) {
        if (error.cause[0] == '\0')
            abort();
    } else if (summary.left_objects > summary.objects || summary.peak_objects > summary.objects) {
        abort();
    }
    remove_file(directory, "x.parquet");
    remove_file(directory, "x.sites.parquet");
    rmdir(directory);
    return 0;
}
