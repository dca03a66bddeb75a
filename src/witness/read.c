#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "witness/witness.h"

enum { MAX_BYTES = 256 << 20 };

static void end_strings(struct witness_report *report)
{
    report->program[WITNESS_PATH_BYTES - 1] = '\0';
    report->malloc_in[WITNESS_PATH_BYTES - 1] = '\0';
    report->malloc_after[WITNESS_PATH_BYTES - 1] = '\0';
}

enum status witness_read(const char *path, struct witness_report **ret_reports, size_t *ret_count,
                         struct error *error)
{
    CLEANUP(text_release) struct text content = {0};
    enum status status = file_read(path, MAX_BYTES, &content, error);
    if (status != STATUS_OK)
        return status;
    size_t count = content.length / sizeof(struct witness_report), kept = 0;
    struct witness_report *reports = calloc(count + 1, sizeof *reports);
    if (!reports)
        return error_set_no_memory(error);
    for (size_t i = 0; i < count; i++) {
        memcpy(&reports[kept], content.bytes + i * sizeof *reports, sizeof *reports);
        end_strings(&reports[kept]);
        kept += reports[kept].magic == WITNESS_MAGIC;
    }
    *ret_reports = reports;
    *ret_count = kept;
    return STATUS_OK;
}
