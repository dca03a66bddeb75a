#include <errno.h>
#include <stdio.h>

#include "analysis/analysis.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "sql.h"

// DuckDB's own words for a file that it cannot open do not say why.
static enum status check_writable(const char *path, struct error *error)
{
    CLEANUP(close_stream) FILE *stream = fopen(path, "we");
    if (!stream)
        return error_set_errno(error, STATUS_ENVIRONMENT, errno,
                               "Check that there is space and that you may write there.", "cannot write %s",
                               path);
    return STATUS_OK;
}

enum status analysis_write_stats(struct analysis *analysis, const char *path, struct error *error)
{
    CLEANUP(file_replacement_release) struct file_replacement replacement = {0};
    enum status status = file_replacement_begin(&replacement, path, error);
    if (status == STATUS_OK)
        status = check_writable(text_string(&replacement.temporary_path), error);
    if (status == STATUS_OK)
        status = database_run(
            &analysis->database, stats_csv_sql,
            DATABASE_PARAMETERS({"path", DATABASE_TEXT, .text = text_string(&replacement.temporary_path)},
                                {"batches_per_trial", DATABASE_UNSIGNED, .number = INNER_LOOP}),
            error);
    return status == STATUS_OK ? file_replacement_commit(&replacement, error) : status;
}
