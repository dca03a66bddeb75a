#include "analysis/analysis.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "sql.h"

enum status analysis_write_stats(struct analysis *analysis, const char *path, struct error *error)
{
    CLEANUP(file_replacement_release) struct file_replacement replacement = {0};
    enum status status = file_replacement_begin(&replacement, path, error);
    if (status == STATUS_OK)
        status = database_run(
            &analysis->database, stats_csv_sql,
            DATABASE_PARAMETERS({"path", DATABASE_TEXT, .text = text_string(&replacement.temporary_path)},
                                {"batches_per_trial", DATABASE_UNSIGNED, .number = INNER_LOOP}),
            error);
    return status == STATUS_OK ? file_replacement_commit(&replacement, error) : status;
}
