// The table of charts, as C knows it: names and summaries for lists, help and documents. What draws them is
// render.mjs, a program for Node; see README.md.
#ifndef CHARTS_CHARTS_H
#define CHARTS_CHARTS_H

#include <stdint.h>

#include "patterns/patterns.h"

// What a chart is drawn once for, beside each metric.
enum chart_over {
    CHART_OVER_RUN,
    CHART_OVER_PATTERNS,
    CHART_OVER_ALLOCATORS,
    CHART_OVER_NUMBER_AXES,
    CHART_OVER_WORD_AXES,
    CHART_OVER_TRAVERSED_PATTERNS,
    CHART_OVER_FOOTPRINTS,
    CHART_OVER_TAILED_PATTERNS,
    CHART_OVER_NODE_GROUPS,
    CHART_OVER_CONDITIONS,
    CHART_OVER_PROGRAMS,
};

enum chart_id {
#define CHART(name, file, over, spec, summary) CHART_##name,
#define CONDITION(pattern, size_bytes)
#include "charts/charts.def"
#undef CHART
#undef CONDITION
    CHART_COUNT
};

struct chart {
    const char *name;
    const char
        *file; // without extension; {metric}, {pattern}, {allocator}, {size} and {subject} stand for values
    enum chart_over over;
    const char *spec; // the Vega-Lite file in specs/
    const char *summary;
};

// Indexed by enum chart_id.
extern const struct chart charts[CHART_COUNT];

enum {
#define CHART(name, file, over, spec, summary)
#define CONDITION(pattern, size_bytes) CHART_CONDITION_##pattern##_##size_bytes,
#include "charts/charts.def"
#undef CHART
#undef CONDITION
    CHART_CONDITION_COUNT
};

// A pattern and size that get a distribution chart of their own.
struct chart_condition {
    enum pattern_id pattern;
    uint32_t size_bytes;
};

extern const struct chart_condition chart_conditions[CHART_CONDITION_COUNT];

#endif
