#include "analysis/analysis.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/against_rust.h"
#include "analysis/controls.h"
#include "analysis/filters.h"
#include "analysis/findings.h"
#include "analysis/live_objects.h"
#include "analysis/load.h"
#include "analysis/ratios.h"
#include "analysis/selftests.h"
#include "analysis/sources.h"
#include "analysis/summaries.h"
#include "analysis/traversals.h"
#include "analysis/warnings.h"
#include "base/cleanup.h"

enum { MEMORY_LIMIT_MEBIBYTES = 1024, MOST_THREADS = 4, MOST_LISTED_BYTES = 800 };

const char *metric_name(enum metric metric)
{
    static const char *const names[METRIC_COUNT] = {[METRIC_TOTAL] = "total", [METRIC_LATENCY] = "latency"};
    return names[metric];
}

void analysis_options_init(struct analysis_options *options)
{
    *options = (struct analysis_options){.practical_threshold = 0.01,
                                         .memory_limit_mebibytes = MEMORY_LIMIT_MEBIBYTES};
}

bool analysis_platform_is_own(const struct analysis_platform *platform)
{
    return facts_get(&platform->facts, "memalloc_bench.format") != NULL;
}

double analysis_cell_ns_per_object(const struct analysis_cell *cell, enum metric metric)
{
    double objects = cell->objects_per_trial / (metric == METRIC_LATENCY ? INNER_LOOP : 1);
    return cell->metrics[metric].median.value / objects;
}

static void release_platform(struct analysis_platform *platform)
{
    free(platform->name);
    free(platform->label);
    free(platform->benchmark_file);
    free(platform->details_file);
    free(platform->selftest);
    facts_release(&platform->facts);
    string_list_release(&platform->warnings);
}

void analysis_release(struct analysis *analysis)
{
    if (!analysis)
        return;
    for (size_t i = 0; i < analysis->platform_count; i++)
        release_platform(&analysis->platforms[i]);
    for (size_t i = 0; i < analysis->allocator_count; i++)
        free(analysis->allocators[i]);
    for (size_t i = 0; i < analysis->cell_count; i++) {
        free(analysis->cells[i].outcome);
        free(analysis->cells[i].reason);
        free(analysis->cells[i].process_numbers);
    }
    for (size_t i = 0; i < analysis->live_cell_count; i++) {
        free(analysis->live_cells[i].outcome);
        free(analysis->live_cells[i].reason);
    }
    for (size_t i = 0; i < analysis->finding_count; i++)
        free(analysis->findings[i].text);
    for (size_t i = 0; i < analysis->left_out_count; i++) {
        free(analysis->left_out[i].name);
        free(analysis->left_out[i].reason);
    }
    free(analysis->platforms);
    free(analysis->allocators);
    free(analysis->cells);
    free(analysis->ratios);
    free(analysis->against_rust);
    free(analysis->live_cells);
    free(analysis->traversals);
    free(analysis->findings);
    free(analysis->left_out);
    database_release(&analysis->database);
    *analysis = (struct analysis){0};
}

static uint32_t count_threads(void)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    return cpus < 1 ? 1 : cpus > MOST_THREADS ? MOST_THREADS : (uint32_t)cpus;
}

// Nothing remains to look at: the files that were left out, each on a line with its reason, as many as an
// error has room for.
static enum status refuse_nothing(const struct analysis *analysis, const char *directory, struct error *error)
{
    CLEANUP(text_release) struct text list = {0};
    size_t listed = 0;
    for (; listed < analysis->left_out_count; listed++) {
        const struct left_out_file *file = &analysis->left_out[listed];
        if (listed > 0 && list.length + strlen(file->name) + strlen(file->reason) > MOST_LISTED_BYTES)
            break;
        text_append_format(&list, "\n%s: %s", file->name, file->reason);
    }
    if (listed < analysis->left_out_count)
        text_append_format(&list, "\nand %zu more", analysis->left_out_count - listed);
    bool any = analysis->left_out_count > 0;
    return error_set(
        error, STATUS_BAD_DATA, any ? "Replace these files by good copies." : "Ask for other cells.",
        "%s holds no cell to analyse%s%s", directory, any ? ". Left out:" : "", text_string(&list));
}

enum status analysis_run(const struct analysis_options *options, struct analysis *ret_analysis,
                         struct error *error)
{
    CLEANUP(source_list_release) struct source_list sources = {0};
    const struct database_options database_options = {
        .memory_limit_mebibytes = options->memory_limit_mebibytes, .threads = count_threads()};
    enum status status =
        source_list_read(options->directory, options->skip_bad, &sources, ret_analysis, error);
    if (status == STATUS_OK)
        status = database_open(&ret_analysis->database, &database_options, error);
    if (status == STATUS_OK)
        status = load_sources(ret_analysis, &sources, options, error);
    if (status == STATUS_OK)
        status = filter_cells(&ret_analysis->database, options, error);
    if (status == STATUS_OK)
        status = summaries_fetch(ret_analysis, &sources, error);
    if (status == STATUS_OK && ret_analysis->cell_count == 0)
        status = refuse_nothing(ret_analysis, options->directory, error);
    if (status == STATUS_OK)
        status = live_objects_fetch(ret_analysis, error);
    if (status == STATUS_OK)
        status = traversals_fetch(ret_analysis, error);
    if (status == STATUS_OK)
        status = controls_judge(ret_analysis, options->practical_threshold, error);
    if (status == STATUS_OK)
        status = ratios_compute(ret_analysis, error);
    if (status == STATUS_OK)
        status = against_rust_compute(ret_analysis, error);
    if (status == STATUS_OK)
        status = warnings_derive(ret_analysis, error);
    if (status == STATUS_OK)
        status = selftests_read(ret_analysis, options->directory, error);
    return status == STATUS_OK ? findings_derive(ret_analysis, error) : status;
}
