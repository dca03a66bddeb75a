// The charts and the report are drawn by a program in Node, from what the analysis found.
#ifndef CHARTS_RENDERER_H
#define CHARTS_RENDERER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

struct renderer_request {
    const struct text *json; // of the analysis
    const char *output_directory;
    const char *formats; // "svg,png"
    bool with_report;
};

// Finds the renderer: in the directory that MEMALLOC_BENCH_SHARE names, else in ../share/memalloc-bench
// beside the program, else where the program was built. `ret_missing` gets one sentence on what is missing
// and how to get it, and `ret_script` nothing, when it cannot run here, with the node in PATH too old for
// example; that is no error.
MUST_CHECK enum status renderer_find(struct text *ret_script, struct text *ret_missing, struct error *error);

// Appends the version of the node in PATH, such as "v20.1.0"; nothing if none can be run.
void renderer_node_version(struct text *ret_version);

// Runs it and appends the paths of the files it wrote to `ret_written`, when it fails too: the files that it
// wrote before. STATUS_ENVIRONMENT when it fails.
MUST_CHECK enum status renderer_run(const char *script, const struct renderer_request *request,
                                    struct string_list *ret_written, struct error *error);

// The same for the chart of a comparison, to be drawn to `path`: STATUS_USAGE for an extension other than
// .svg, .png and .pdf, STATUS_ENVIRONMENT when the renderer is missing. Call it before the work whose
// result the chart shows.
MUST_CHECK enum status renderer_find_for_comparison(const char *path, struct text *ret_script,
                                                    struct error *error);

// Draws the chart of a comparison from its JSON; `output` is a path ending in .svg, .png or .pdf. `script` is
// what renderer_find found.
MUST_CHECK enum status renderer_run_comparison(const char *script, const struct text *json,
                                               const char *output, struct error *error);

#endif
