// Reads result files, writes stats.csv, has the charts and the report drawn, and ends with what was found.
#include <stdio.h>
#include <string.h>

#include "analysis/analysis.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "charts/renderer.h"
#include "command_line/command.h"
#include "command_line/parse.h"
#include "command_line/wrap.h"
#include "commands/private.h"

enum analyze_option {
    OPTION_format,
    OPTION_output_dir,
    OPTION_allocators,
    OPTION_patterns,
    OPTION_sizes,
    OPTION_platforms,
    OPTION_ns_per_op,
    OPTION_total,
    OPTION_json,
    OPTION_hgrm,
    OPTION_no_report,
    OPTION_skip_bad,
    OPTION_every_node,
    OPTION_memory,
    OPTION_quiet,
    OPTION_COUNT
};

static const char *format_name(size_t index)
{
    static const char *const names[] = {"svg", "png", "pdf"};
    return names[index];
}

static bool format_is_default(size_t index)
{
    return index == 0;
}

static const struct choices formats = {"format", 3, format_name, format_is_default, NULL};

static const struct option_row options[OPTION_COUNT] = {
    [OPTION_format] = {.name = "format",
                       .type = OPTION_LIST,
                       .value_name = "LIST",
                       .choices = &formats,
                       .help = "draw the charts in these formats"},
    [OPTION_output_dir] = {.name = "output-dir",
                           .type = OPTION_PATH,
                           .value_name = "DIR",
                           .help = "write to this directory instead of beside the result files"},
    [OPTION_allocators] = {.name = "allocators",
                           .type = OPTION_NAMES,
                           .value_name = "LIST",
                           .help = "only these allocators"},
    [OPTION_patterns] = {.name = "patterns",
                         .type = OPTION_NAMES,
                         .value_name = "LIST",
                         .help = "only these patterns"},
    [OPTION_sizes] = {.name = "sizes",
                      .type = OPTION_NAMES,
                      .value_name = "LIST",
                      .help = "only objects of these sizes in bytes"},
    [OPTION_platforms] = {.name = "platforms",
                          .type = OPTION_NAMES,
                          .value_name = "LIST",
                          .help = "only these platforms"},
    [OPTION_ns_per_op] = {.name = "ns-per-op",
                          .type = OPTION_FLAG,
                          .help = "charts show the time per object (default)"},
    [OPTION_total] = {.name = "total", .type = OPTION_FLAG, .help = "charts show the time of whole trials"},
    [OPTION_json] = {.name = "json",
                     .type = OPTION_FLAG,
                     .help = "print the statistics as JSON and write no files"},
    [OPTION_hgrm] = {.name = "hgrm",
                     .type = OPTION_PATH,
                     .value_name = "DIR",
                     .help =
                         "write the percentiles of the tails there, too, in HdrHistogram's text format: a "
                         "file for each cell and operation"},
    [OPTION_no_report] = {.name = "no-report", .type = OPTION_FLAG, .help = "write no report.html"},
    [OPTION_skip_bad] = {.name = "skip-bad",
                         .type = OPTION_FLAG,
                         .help = "leave out files that cannot be used, and list them"},
    [OPTION_every_node] = {.name = "every-node",
                           .type = OPTION_FLAG,
                           .help = "show each node of a cluster, instead of one platform for all that are "
                                   "equal"},
    [OPTION_memory] = MEMORY_OPTION,
    [OPTION_quiet] = {.name = "quiet",
                      .type = OPTION_FLAG,
                      .help = "print only what could not be used or drawn"},
};

static const struct argument_row arguments[] = {{"DIR", "directory of the result files; by default results"}};

enum { MAX_CHARTS_NAMED = 40 };

// Where the results come from and where the files go.
struct analyze_paths {
    const char *input_directory;
    const char *output_directory;
    struct text stats;
    struct text program_stats;
    struct text kind_stats[ANALYSIS_KINDS];
};

static void release_paths(struct analyze_paths *paths)
{
    text_release(&paths->stats);
    text_release(&paths->program_stats);
    for (int i = 0; i < ANALYSIS_KINDS; i++)
        text_release(&paths->kind_stats[i]);
}

static enum status name_paths(const struct invocation *invocation, struct analyze_paths *paths,
                              struct error *error)
{
    const char *named = invocation->values[OPTION_output_dir].text;
    paths->input_directory = invocation->argument_count ? invocation->arguments[0] : "results";
    paths->output_directory = named ? named : paths->input_directory;
    text_append_format(&paths->stats, "%s/stats.csv", paths->output_directory);
    text_append_format(&paths->program_stats, "%s/program_stats.csv", paths->output_directory);
    enum status status = text_check(&paths->stats, error);
    for (int i = 0; i < ANALYSIS_KINDS && status == STATUS_OK; i++) {
        text_append_format(&paths->kind_stats[i], "%s/%s", paths->output_directory,
                           analysis_kinds[i].stats_file);
        status = text_check(&paths->kind_stats[i], error);
    }
    return status == STATUS_OK ? text_check(&paths->program_stats, error) : status;
}

static enum status copy_names(const struct invocation *invocation, enum analyze_option option,
                              struct string_list *ret_names, struct error *error)
{
    const struct string_list *names = &invocation->values[option].names;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < names->count && status == STATUS_OK; i++)
        status = string_list_add(ret_names, names->items[i], error);
    return status;
}

static void release_options(struct analysis_options *analysis_options)
{
    string_list_release(&analysis_options->dataset.allocators);
    string_list_release(&analysis_options->dataset.patterns);
    string_list_release(&analysis_options->dataset.sizes);
    string_list_release(&analysis_options->dataset.platforms);
}

static enum status take_options(const struct invocation *invocation, const struct analyze_paths *paths,
                                struct analysis_options *ret_options, struct error *error)
{
    analysis_options_init(ret_options);
    ret_options->directory = paths->input_directory;
    ret_options->keep_nodes = invocation->values[OPTION_every_node].given;
    ret_options->dataset.skip_bad = invocation->values[OPTION_skip_bad].given;
    ret_options->dataset.memory_limit_mebibytes = (uint32_t)invocation->values[OPTION_memory].number;
    if (invocation->values[OPTION_ns_per_op].given && invocation->values[OPTION_total].given)
        return error_set(error, STATUS_USAGE, "Leave out one of them.",
                         "--ns-per-op and --total exclude each other");
    enum status status = copy_names(invocation, OPTION_allocators, &ret_options->dataset.allocators, error);
    if (status == STATUS_OK)
        status = copy_names(invocation, OPTION_patterns, &ret_options->dataset.patterns, error);
    if (status == STATUS_OK)
        status = copy_names(invocation, OPTION_sizes, &ret_options->dataset.sizes, error);
    return status == STATUS_OK
               ? copy_names(invocation, OPTION_platforms, &ret_options->dataset.platforms, error)
               : status;
}

static enum analysis_unit unit_of(const struct invocation *invocation)
{
    return invocation->values[OPTION_total].given ? UNIT_TOTAL : UNIT_NS_PER_OBJECT;
}

static enum status draw(const struct invocation *invocation, const struct analysis *analysis,
                        const struct analyze_paths *paths, const struct manifest *manifest,
                        struct string_list *ret_written, struct text *ret_missing, struct error *error)
{
    CLEANUP(text_release) struct text script = {0}, chosen = {0}, json = {0};
    enum status status = renderer_find(&script, ret_missing, error);
    if (status != STATUS_OK || script.length == 0)
        return status;
    for (size_t i = 0; i < formats.count; i++)
        if (invocation->values[OPTION_format].chosen >> i & 1)
            text_append_format(&chosen, "%s%s", chosen.length ? "," : "", format_name(i));
    status = text_check(&chosen, error);
    const struct renderer_request request = {
        .json = &json,
        .output_directory = paths->output_directory,
        .formats = text_string(&chosen),
        .with_report = !invocation->values[OPTION_no_report].given,
    };
    analysis_append_json(&json, analysis, unit_of(invocation));
    if (status == STATUS_OK)
        status = text_check(&json, error);
    if (status == STATUS_OK)
        status = manifest_begin(manifest, error);
    return status == STATUS_OK ? renderer_run(text_string(&script), &request, ret_written, error) : status;
}

// The answer for every program, and on which machine.
static void append_programs(const struct analysis *analysis, struct text *output)
{
    for (size_t i = 0; i < analysis->programs.count; i++)
        for (size_t k = 0; k < analysis->programs.results[i].count; k++) {
            const struct program_result *result = &analysis->programs.results[i].items[k];
            CLEANUP(text_release) struct text line = {0};
            text_append_format(&line, "%s%s%s on %s: %s", result->data->name,
                               *result->subject->parameters ? ", " : "", result->subject->parameters,
                               result->data->platform, result->sentences.items[0]);
            wrap_append(output, text_string(&line), 4, 0);
        }
}

static void append_left_out(const struct analysis *analysis, struct text *output)
{
    for (size_t i = 0; i < analysis->datasets.left_out_count; i++) {
        CLEANUP(text_release) struct text line = {0};
        text_append_format(&line, "Left out %s: %s", analysis->datasets.left_out[i].name,
                           analysis->datasets.left_out[i].reason);
        wrap_append(output, text_string(&line), 4, 0);
    }
    for (size_t i = 0; i + 1 < analysis->programs.left_out.count; i += 2) {
        CLEANUP(text_release) struct text line = {0};
        text_append_format(&line, "Left out %s: %s", analysis->programs.left_out.items[i],
                           analysis->programs.left_out.items[i + 1]);
        wrap_append(output, text_string(&line), 4, 0);
    }
}

// What was written: the report and the statistics with their paths, the charts by name.
static void append_written(const struct analysis *analysis, const struct analyze_paths *paths,
                           const struct string_list *written, struct text *output)
{
    CLEANUP(text_release) struct text charts = {0};
    size_t chart_count = 0;
    for (size_t i = 0; i < written->count; i++) {
        const char *slash = strrchr(written->items[i], '/');
        const char *name = slash ? slash + 1 : written->items[i];
        if (strcmp(name, "report.html") == 0) {
            text_append_format(output, "Report:     %s\n", written->items[i]);
            continue;
        }
        text_append_format(&charts, " %s", name);
        chart_count++;
    }
    if (analysis->cell_count > 0)
        text_append_format(output, "Statistics: %s\n", text_string(&paths->stats));
    for (int i = 0; i < ANALYSIS_KINDS; i++)
        if (analysis_kinds[i].count(analysis) > 0) {
            size_t begin = output->length;
            text_append_format(output, "%s:", analysis_kinds[i].title);
            text_append_format(output, "%*s%s\n", (int)(12 - (output->length - begin)), "",
                               text_string(&paths->kind_stats[i]));
        }
    if (analysis->programs.count > 0)
        text_append_format(output, "Programs:   %s\n", text_string(&paths->program_stats));
    if (chart_count == 0)
        return;
    CLEANUP(text_release) struct text line = {0};
    bool few = chart_count <= MAX_CHARTS_NAMED;
    text_append_format(&line, "%zu in %s%s%s", chart_count, paths->output_directory, few ? ":" : "",
                       few ? text_string(&charts) : "");
    text_append_format(output, "%-12s", "Charts:");
    wrap_append(output, text_string(&line), 12, 12);
}

static enum status write_stats(struct analysis *analysis, const struct analyze_paths *paths,
                               struct error *error)
{
    enum status status = STATUS_OK;
    if (analysis->cell_count > 0)
        status = analysis_write_stats(analysis, text_string(&paths->stats), error);
    for (int i = 0; i < ANALYSIS_KINDS && status == STATUS_OK; i++)
        if (analysis_kinds[i].count(analysis) > 0)
            status = analysis_kinds[i].write_stats(analysis, text_string(&paths->kind_stats[i]), error);
    if (status == STATUS_OK && analysis->programs.count > 0)
        status = program_archive_write_stats(&analysis->programs, text_string(&paths->program_stats), error);
    return status;
}

static enum status write_files(struct invocation *invocation, struct analysis *analysis,
                               const struct analyze_paths *paths, struct error *error)
{
    CLEANUP(text_release) struct text missing = {0};
    CLEANUP(string_list_release) struct string_list written = {0};
    CLEANUP(manifest_release) struct manifest manifest = {0};
    struct text *output = &invocation->output;
    bool quiet = invocation->values[OPTION_quiet].given;
    enum status status = file_make_directory(paths->output_directory, error);
    if (status == STATUS_OK)
        status = write_stats(analysis, paths, error);
    if (status == STATUS_OK && invocation->values[OPTION_hgrm].given)
        status = tails_write_hgrm(analysis, invocation->values[OPTION_hgrm].text, error);
    if (status == STATUS_OK)
        status = manifest_read(paths->input_directory, paths->output_directory, &manifest, error);
    if (status != STATUS_OK)
        return status;
    status = draw(invocation, analysis, paths, &manifest, &written, &missing, error);
    enum status noted = STATUS_OK;
    if (!missing.length)
        noted = manifest_end(&manifest, &written, status == STATUS_OK ? error : NULL);
    if (status == STATUS_OK)
        status = noted;
    bool asked = invocation->values[OPTION_format].given;
    CLEANUP(text_release) struct text lacking = {0}; // what the files do not show: said in any case
    append_left_out(analysis, &lacking);
    if (missing.length && !asked)
        wrap_append(&lacking, text_string(&missing), 4, 0);
    if (quiet) {
        fputs(text_string(&lacking), stderr);
    } else {
        warnings_text_append(output, analysis);
        findings_text_append(output, analysis, FINDING_TOPIC_COUNT);
        append_programs(analysis, output);
        append_written(analysis, paths, &written, output);
        text_append(output, text_string(&lacking));
        enum status named = manifest_append_others(&manifest, paths->output_directory, output,
                                                   status == STATUS_OK ? error : NULL);
        if (status == STATUS_OK)
            status = named;
    }
    if (status == STATUS_OK && missing.length && asked)
        return error_set(error, STATUS_ENVIRONMENT, text_string(&missing),
                         "the charts that --format asks for cannot be drawn here");
    return status;
}

static enum status execute(struct invocation *invocation, struct error *error)
{
    CLEANUP(release_paths) struct analyze_paths paths = {0};
    CLEANUP(release_options) struct analysis_options analysis_options = {0};
    CLEANUP(analysis_release) struct analysis analysis = {0};
    enum status status = name_paths(invocation, &paths, error);
    if (status == STATUS_OK)
        status = take_options(invocation, &paths, &analysis_options, error);
    if (status == STATUS_OK)
        status = analysis_run(&analysis_options, &analysis, error);
    if (status != STATUS_OK)
        return status;
    if (invocation->values[OPTION_json].given) {
        database_release(&analysis.datasets.database); // its memory is better used for the text
        analysis_append_json(&invocation->output, &analysis, unit_of(invocation));
        return STATUS_OK;
    }
    return write_files(invocation, &analysis, &paths, error);
}

const struct command command_analyze = {
    .name = "analyze",
    .summary = "make statistics, charts and a report from result files",
    .description =
        "Reads every benchmark_*.parquet in DIR, with its details_*.parquet if there is one, and every "
        "program_*.parquet (see program). Files "
        "may come from any platform, and from other programs that write the same seven columns. "
        "Writes stats.csv, footprint_stats.csv, tails_stats.csv, program_stats.csv, charts and report.html, "
        "and prints the "
        "findings.\n\n"
        "The median of a cell is the median over its processes, with its exact 95 % interval; see "
        "docs/methodology.md. A file that cannot be used is an error that names it. --skip-bad leaves "
        "such files out.\n\n"
        "Charts and report need Node.js. Without it, stats.csv and the findings are written all the "
        "same; the exit code is then 3 if --format asks for charts, and 0 otherwise.\n\n"
        "Existing files are replaced. Charts of earlier results that this analysis does not draw are "
        "kept, and listed at the end. The hidden file .memalloc-bench-drawn records which results "
        "each chart shows.",
    .arguments = arguments,
    .min_arguments = 0,
    .max_arguments = COUNT_OF(arguments),
    .options = options,
    .option_count = OPTION_COUNT,
    .execute = execute,
};
