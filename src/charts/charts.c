#include "charts/charts.h"

const struct chart charts[CHART_COUNT] = {
#define CHART(name, file, over, spec, summary) {#name, file, CHART_OVER_##over, spec, summary},
#define CONDITION(pattern, size_bytes)
#include "charts/charts.def"
#undef CHART
#undef CONDITION
};

const struct chart_condition chart_conditions[CHART_CONDITION_COUNT] = {
#define CHART(name, file, over, spec, summary)
#define CONDITION(pattern, size_bytes) {PATTERN_##pattern, size_bytes},
#include "charts/charts.def"
#undef CHART
#undef CONDITION
};
