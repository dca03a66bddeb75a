#include "base/cleanup.h"
#include "base/printable.h"
#include "dataset/private.h"
#include "sql.h"

enum { MAX_WORDS_SHOWN = 30 };

struct filter {
    const char *name;
    const struct string_list *words; // asked for
};

static enum status read_words(struct database *database, const char *axis, struct string_list *ret_words,
                              struct error *error)
{
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    enum status status = database_query(
        database, axis_words_sql, DATABASE_PARAMETERS({"axis", DATABASE_TEXT, .text = axis}), &rows, error);
    while (status == STATUS_OK && database_rows_next(&rows)) {
        CLEANUP(free_pointer) char *word = database_rows_text(&rows, 0);
        status = word ? string_list_add(ret_words, word, error) : error_set_no_memory(error);
    }
    return status;
}

static enum status refuse_word(const struct filter *filter, const char *word, const struct string_list *known,
                               struct error *error)
{
    CLEANUP(text_release) struct text cause = {0}, remedy = {0};
    text_append_format(&cause, "no result has the %s '", filter->name);
    text_append_printable(&cause, word, "");
    text_append(&cause, "'");
    const char *nearest = nearest_word(word, (const char *const *)known->items, known->count);
    if (nearest)
        text_append_format(&remedy, "Did you mean %s? ", nearest);
    text_append(&remedy, "There are:");
    for (size_t i = 0; i < known->count && i < MAX_WORDS_SHOWN; i++)
        text_append_format(&remedy, "%s %s", i ? "," : "", known->items[i]);
    text_append(&remedy, known->count > MAX_WORDS_SHOWN ? ", …" : "");
    return error_set(error, STATUS_USAGE, text_string(&remedy), "%s", text_string(&cause));
}

static enum status check_filter(struct database *database, const struct filter *filter, struct error *error)
{
    if (filter->words->count == 0)
        return STATUS_OK;
    CLEANUP(string_list_release) struct string_list known = {0};
    enum status status = read_words(database, filter->name, &known, error);
    for (size_t i = 0; i < filter->words->count && status == STATUS_OK; i++)
        if (!string_list_contains(&known, filter->words->items[i]))
            return refuse_word(filter, filter->words->items[i], &known, error);
    return status;
}

enum status filter_cells(struct database *database, const struct dataset_options *options,
                         struct error *error)
{
    const struct filter filters[] = {{"platform", &options->platforms},
                                     {"allocator", &options->allocators},
                                     {"pattern", &options->patterns},
                                     {"size", &options->sizes}};
    for (size_t i = 0; i < COUNT_OF(filters); i++) {
        enum status status = check_filter(database, &filters[i], error);
        if (status != STATUS_OK)
            return status;
    }
    return database_run(database, keep_chosen_sql,
                        DATABASE_PARAMETERS({"allocators", DATABASE_TEXTS, .texts = &options->allocators},
                                            {"patterns", DATABASE_TEXTS, .texts = &options->patterns},
                                            {"sizes", DATABASE_TEXTS, .texts = &options->sizes},
                                            {"platforms", DATABASE_TEXTS, .texts = &options->platforms}),
                        error);
}
