#include "analysis/analysis.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/private.h"
#include "base/cleanup.h"

enum { MAX_LISTED_BYTES = 800 };

void analysis_options_init(struct analysis_options *options)
{
    *options = (struct analysis_options){.practical_threshold = 0.01};
}

void analysis_release(struct analysis *analysis)
{
    if (!analysis)
        return;
    for (size_t i = 0; i < analysis->platform_count; i++) {
        free(analysis->platforms[i].label);
        free(analysis->platforms[i].selftest);
        string_list_release(&analysis->platforms[i].warnings);
    }
    for (size_t i = 0; i < analysis->finding_count; i++)
        free(analysis->findings[i].text);
    free(analysis->platforms);
    free(analysis->allocators);
    free(analysis->patterns);
    free(analysis->cells);
    free(analysis->swept_cells);
    free(analysis->ratios);
    free(analysis->against_rust);
    free(analysis->traversals);
    kinds_release(analysis);
    free(analysis->findings);
    node_groups_release(&analysis->node_groups);
    dataset_list_release(&analysis->datasets);
    program_archive_release(&analysis->programs);
    *analysis = (struct analysis){0};
}

// Nothing remains to look at: the files that were left out, each on a line with its reason, as many as an
// error has room for.
static enum status refuse_nothing(const struct dataset_list *datasets, const char *directory,
                                  struct error *error)
{
    CLEANUP(text_release) struct text list = {0};
    size_t listed = 0;
    for (; listed < datasets->left_out_count; listed++) {
        const struct left_out_file *file = &datasets->left_out[listed];
        if (listed > 0 && list.length + strlen(file->name) + strlen(file->reason) > MAX_LISTED_BYTES)
            break;
        text_append_format(&list, "\n%s: %s", file->name, file->reason);
    }
    if (listed < datasets->left_out_count)
        text_append_format(&list, "\nand %zu more", datasets->left_out_count - listed);
    bool any = datasets->left_out_count > 0;
    return error_set(
        error, STATUS_BAD_DATA, any ? "Replace these files with good copies." : "Select other cells.",
        "%s contains no cell to analyse%s%s", directory, any ? ". Left out:" : "", text_string(&list));
}

static enum status derive(struct analysis *analysis, double practical_threshold, const char *directory,
                          struct error *error)
{
    enum status status = cells_gather(analysis, error);
    if (status == STATUS_OK && analysis->cell_count == 0)
        status = refuse_nothing(&analysis->datasets, directory ? directory : "the run", error);
    if (status == STATUS_OK)
        status = kinds_gather(analysis, error);
    if (status == STATUS_OK)
        status = ratios_compute(analysis, practical_threshold, error);
    if (status == STATUS_OK)
        status = against_rust_compute(analysis, error);
    if (status == STATUS_OK)
        status = warnings_derive(analysis, error);
    if (status == STATUS_OK && directory)
        status = selftests_read(analysis, directory, error);
    return status == STATUS_OK ? findings_derive(analysis, error) : status;
}

enum status analysis_run(const struct analysis_options *options, struct analysis *ret_analysis,
                         struct error *error)
{
    const struct program_archive_options of_programs = {.directory = options->directory,
                                                        .platforms = &options->dataset.platforms,
                                                        .skip_bad = options->dataset.skip_bad};
    enum status status = program_archive_read(&of_programs, &ret_analysis->programs, error);
    if (status != STATUS_OK || (ret_analysis->programs.count > 0 && !dataset_is_there(options->directory)))
        return status;
    status = dataset_read_directory(options->directory, &options->dataset, &ret_analysis->datasets, error);
    if (status == STATUS_OK && !options->keep_nodes && ret_analysis->datasets.count >= NODES_MIN)
        status = stats_fill_estimates(ret_analysis, error);
    if (status == STATUS_OK)
        status = nodes_gather(&ret_analysis->datasets, options->practical_threshold, !options->keep_nodes,
                              &ret_analysis->node_groups, error);
    return status == STATUS_OK ? derive(ret_analysis, options->practical_threshold, options->directory, error)
                               : status;
}

enum status analysis_of_dataset(struct dataset *dataset, double practical_threshold,
                                struct analysis *ret_analysis, struct error *error)
{
    struct dataset_list *datasets = &ret_analysis->datasets;
    datasets->items = malloc(sizeof *datasets->items);
    if (!datasets->items)
        return error_set_no_memory(error);
    datasets->items[0] = *dataset;
    datasets->count = 1;
    *dataset = (struct dataset){0};
    return derive(ret_analysis, practical_threshold, NULL, error);
}
