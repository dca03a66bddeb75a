// The tables that outlive a batch of files: sql/schema.sql, with the words that this program knows.
#include <inttypes.h>

#include "axes/axes.h"
#include "base/cleanup.h"
#include "dataset/private.h"
#include "patterns/patterns.h"
#include "sql.h"
#include "strategies/strategies.h"
#include "wire/record.h"

static enum status fill_known_words(struct database *database, struct error *error)
{
    CLEANUP(database_table_writer_release)
    struct database_table_writer allocators = {0}, known_patterns = {0}, outcomes = {0};
    enum status status = database_table_writer_begin(database, "known_allocators", &allocators, error);
    if (status == STATUS_OK)
        status = database_table_writer_begin(database, "known_patterns", &known_patterns, error);
    if (status == STATUS_OK)
        status = database_table_writer_begin(database, "known_outcomes", &outcomes, error);
    if (status != STATUS_OK)
        return status;
    for (unsigned i = 0; i < STRATEGY_COUNT; i++) {
        database_table_writer_text(&allocators, strategies[i].name);
        database_table_writer_unsigned(&allocators, i);
        database_table_writer_end_row(&allocators);
    }
    for (unsigned i = 0; i < PATTERN_COUNT; i++) {
        database_table_writer_text(&known_patterns, patterns[i].name);
        database_table_writer_unsigned(&known_patterns, i);
        database_table_writer_real(&known_patterns,
                                   pattern_expected_objects((enum pattern_id)i) * INNER_LOOP);
        database_table_writer_end_row(&known_patterns);
    }
    for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
        database_table_writer_text(&outcomes, outcome_name((enum outcome)i));
        database_table_writer_end_row(&outcomes);
    }
    status = database_table_writer_finish(&allocators, error);
    if (status == STATUS_OK)
        status = database_table_writer_finish(&known_patterns, error);
    return status == STATUS_OK ? database_table_writer_finish(&outcomes, error) : status;
}

// For each swept axis a macro NAME_problem(value): what is wrong with the value, NULL when it is fine. A
// number may be larger than what this program can measure.
static void append_problem(struct text *sql, const struct axis *axis)
{
    text_append_format(sql, "CREATE MACRO %s_problem(value) AS CASE WHEN value ", axis->name);
    if (axis->type == AXIS_TYPE_NUMBER) {
        text_append_format(sql, "NOT BETWEEN %" PRIu32 " AND 1000000000 THEN '%s: ' || value END; ",
                           axis->least, axis->title);
        return;
    }
    text_append(sql, "NOT IN (");
    for (uint32_t i = 0; i < axis->listed; i++)
        text_append_format(sql, "%s'%s'", i ? ", " : "", axis->text(i));
    text_append_format(sql, ") THEN 'an unknown %s' END; ", axis->title);
}

// And a macro is_standard(values of the swept axes), of the cells that a benchmark file has.
static enum status create_macros(struct database *database, struct error *error)
{
    CLEANUP(text_release) struct text sql = {0}, names = {0}, condition = {0};
    for (int i = 0; i < AXIS_COUNT; i++) {
        char word[AXIS_WORD_BYTES];
        if (axes[i].place != AXIS_PLACE_SWEPT)
            continue;
        append_problem(&sql, &axes[i]);
        axis_format(&axes[i], axes[i].standard, word);
        const char *quote = axes[i].type == AXIS_TYPE_WORD ? "'" : "";
        text_append_format(&names, "%s%s", names.length ? ", " : "", axes[i].name);
        text_append_format(&condition, "%s%s = %s%s%s", condition.length ? " AND " : "", axes[i].name, quote,
                           word, quote);
    }
    text_append_format(&sql, "CREATE MACRO is_standard(%s) AS %s;", text_string(&names),
                       text_string(&condition));
    enum status status = text_check(&names, error);
    if (status == STATUS_OK)
        status = text_check(&condition, error);
    if (status == STATUS_OK)
        status = text_check(&sql, error);
    return status == STATUS_OK ? database_run(database, text_string(&sql), DATABASE_NO_PARAMETERS, error)
                               : status;
}

enum status tables_create(struct database *database, struct error *error)
{
    enum status status = database_run(database, schema_sql, DATABASE_NO_PARAMETERS, error);
    if (status == STATUS_OK)
        status = create_macros(database, error);
    return status == STATUS_OK ? fill_known_words(database, error) : status;
}
