#include "analysis/private.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/printable.h"
#include "sql.h"

enum { MAX_BYTES = 1 << 20, MAX_SENTENCE_BYTES = 400 };

static const char quick_problem[] = "The self-test stored beside these results was a quick one, which says "
                                    "nothing of the machine: run memalloc-bench selftest.";

// The sentence in the file at `path`; nothing when it holds none, or one of a quick self-test.
static enum status read_sentence(struct analysis *analysis, const char *path, struct text *ret_sentence,
                                 bool *ret_quick, struct error *error)
{
    CLEANUP(text_release) struct text content = {0};
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    if (file_read(path, MAX_BYTES, &content, NULL) != STATUS_OK)
        return STATUS_OK;
    enum status status = database_query(
        &analysis->datasets.database, selftest_summary_sql,
        DATABASE_PARAMETERS({"content", DATABASE_TEXT, .text = text_string(&content)}), &rows, NULL);
    if (status == STATUS_NO_MEMORY)
        return error_set_no_memory(error);
    if (status != STATUS_OK || !database_rows_next(&rows) || database_rows_is_null(&rows, 0))
        return STATUS_OK;
    *ret_quick = database_rows_boolean(&rows, 1);
    if (*ret_quick)
        return STATUS_OK;
    CLEANUP(free_pointer) char *sentence = database_rows_text(&rows, 0);
    if (!sentence)
        return error_set_no_memory(error);
    if (strlen(sentence) <= MAX_SENTENCE_BYTES)
        text_append_printable(ret_sentence, sentence, "");
    return text_check(ret_sentence, error);
}

static enum status read_selftest(struct analysis *analysis, struct analysis_platform *platform,
                                 const char *directory, struct error *error)
{
    CLEANUP(text_release) struct text path = {0}, sentence = {0};
    bool quick = false;
    text_append_format(&path, "%s/selftest_%s.json", directory, platform->dataset->platform);
    enum status status = text_check(&path, error);
    if (status != STATUS_OK || strchr(platform->dataset->platform, '/') ||
        access(text_string(&path), F_OK) != 0)
        return status;
    status = read_sentence(analysis, text_string(&path), &sentence, &quick, error);
    if (status != STATUS_OK)
        return status;
    if (sentence.length == 0)
        return string_list_add(&platform->warnings,
                               quick ? quick_problem
                                     : "The self-test stored beside these results cannot be read: run "
                                       "memalloc-bench selftest again.",
                               error);
    platform->selftest = text_take(&sentence);
    return STATUS_OK;
}

enum status selftests_read(struct analysis *analysis, const char *directory, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t p = 0; p < analysis->platform_count && status == STATUS_OK; p++)
        status = read_selftest(analysis, &analysis->platforms[p], directory, error);
    return status;
}
