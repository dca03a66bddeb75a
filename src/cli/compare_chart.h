// Whether the chart of a comparison can be drawn.
#ifndef CLI_COMPARE_CHART_H
#define CLI_COMPARE_CHART_H

#include "base/error.h"
#include "base/text.h"

// Whether a chart can be drawn to `path`: STATUS_USAGE for an extension other than .svg, .png and .pdf,
// STATUS_ENVIRONMENT when the renderer is missing. To be asked before the work that the chart is about.
// `ret_script` is for renderer_run_comparison.
MUST_CHECK enum status compare_chart_prepare(const char *path, struct text *ret_script, struct error *error);

#endif
