// Places in a program, from the table of sites beside a trace.
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "private.h"

struct trace_sites {
    struct database database;
    struct text path; // empty: there is no table
};

void trace_sites_close(struct trace_sites **sites)
{
    if (!*sites)
        return;
    database_release(&(*sites)->database);
    text_release(&(*sites)->path);
    free(*sites);
    *sites = NULL;
}

enum status trace_sites_open(const char *trace_path, struct trace_sites **ret_sites, struct error *error)
{
    CLEANUP(trace_sites_close) struct trace_sites *sites = calloc(1, sizeof *sites);
    if (!sites)
        return error_set_no_memory(error);
    enum status status = trace_sites_path(trace_path, &sites->path, error);
    if (status == STATUS_OK && access(text_string(&sites->path), R_OK) != 0)
        text_clear(&sites->path);
    if (status == STATUS_OK)
        status = open_trace_database(trace_path, &sites->database, error);
    if (status != STATUS_OK)
        return status;
    *ret_sites = sites;
    sites = NULL;
    return STATUS_OK;
}

static const char place_sql[] =
    "SELECT CASE WHEN function IS NOT NULL AND source IS NULL THEN '~' ELSE '' END || "
    "COALESCE(function, regexp_extract(module, '[^/]*$') || '+0x' || to_hex(\"offset\"), "
    "'0x' || to_hex(\"offset\")) || COALESCE(' (' || regexp_extract(source, '[^/]*$') || ':' || line || ')', "
    "CASE WHEN function IS NULL THEN '' ELSE ' (' || regexp_extract(module, '[^/]*$') || ')' END, '') "
    "FROM read_parquet($path, hive_partitioning = false) WHERE site = $site AND frame = 0 LIMIT 1";

enum status trace_site_name(struct trace_sites *sites, uint32_t site, char **ret_name, struct error *error)
{
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    CLEANUP(text_release) struct text name = {0};
    if (sites->path.length > 0 &&
        database_query(&sites->database, place_sql,
                       DATABASE_PARAMETERS({"path", DATABASE_TEXT, .text = text_string(&sites->path)},
                                           {"site", DATABASE_UNSIGNED, .number = site}),
                       &rows, NULL) == STATUS_OK &&
        database_rows_next(&rows) && !database_rows_is_null(&rows, 0)) {
        CLEANUP(free_pointer) char *found = database_rows_text(&rows, 0);
        text_append_printable(&name, found ? found : "", "");
    }
    if (name.length == 0)
        text_append_format(&name, "site %u", site);
    *ret_name = text_take(&name);
    return *ret_name ? STATUS_OK : error_set_no_memory(error);
}

// What a site is in any recording of the same program: the addresses of the call and its recorded callers in
// their files.
#define PLACES_SQL                                                                                           \
    "SELECT site, string_agg(COALESCE(build_id, module, '') || '+' || \"offset\", ' ' ORDER BY frame) AS "   \
    "place "                                                                                                 \
    "FROM read_parquet($path, hive_partitioning = false) GROUP BY site"

static const char same_sql[] =
    "WITH others AS (" PLACES_SQL ") SELECT CAST(others.site AS UBIGINT) FROM others WHERE place IN "
    "(SELECT string_agg(COALESCE(build_id, module, '') || '+' || \"offset\", ' ' "
    "ORDER BY frame) FROM read_parquet($own, hive_partitioning = false) "
    "WHERE site = $site) ORDER BY 1";

enum status trace_same_sites(struct trace_sites *sites, uint32_t site, const struct trace_sites *others,
                             trace_site_function *take, void *context, struct error *error)
{
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    if (sites->path.length == 0 || others->path.length == 0)
        return STATUS_OK;
    enum status status =
        database_query(&sites->database, same_sql,
                       DATABASE_PARAMETERS({"path", DATABASE_TEXT, .text = text_string(&others->path)},
                                           {"own", DATABASE_TEXT, .text = text_string(&sites->path)},
                                           {"site", DATABASE_UNSIGNED, .number = site}),
                       &rows, error);
    while (status == STATUS_OK && database_rows_next(&rows))
        if (!take(context, (uint32_t)database_rows_unsigned(&rows, 0)))
            status = error_set_no_memory(error);
    return status;
}

bool trace_sites_are_known(const struct trace_sites *sites)
{
    return sites->path.length > 0;
}
