// What kinds of measurement that have a file of their own share: which cells they have, and how these are
// named in JSON and CSV.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/private.h"
#include "base/cleanup.h"
#include "base/printable.h"

static size_t index_of(const char *const *names, size_t count, const char *name)
{
    size_t index = 0;
    while (index < count && strcmp(names[index], name) != 0)
        index++;
    return index;
}

enum status measured_cells(const struct analysis *analysis, enum measured_metric metric,
                           struct analysis_measured **ret_cells, size_t *ret_count, struct error *error)
{
    size_t total = 0, count = 0;
    for (size_t p = 0; p < analysis->platform_count; p++)
        total += analysis->platforms[p].dataset->value_count > 0 ? analysis->platforms[p].dataset->count : 0;
    struct analysis_measured *cells = calloc(total + 1, sizeof *cells);
    if (!cells)
        return error_set_no_memory(error);
    for (size_t p = 0; p < analysis->platform_count; p++) {
        const struct dataset *dataset = analysis->platforms[p].dataset;
        for (size_t cell = 0; dataset->value_count > 0 && cell < dataset->count; cell++) {
            size_t values = 0;
            dataset_values(dataset, cell, metric, &values);
            if (values == 0 || dataset->cells[cell].control)
                continue;
            cells[count++] = (struct analysis_measured){
                .data = &dataset->cells[cell],
                .cell = cell,
                .platform = p,
                .allocator = index_of(analysis->allocators, analysis->allocator_count,
                                      dataset->cells[cell].name.allocator)};
        }
    }
    *ret_cells = cells;
    *ret_count = count;
    return STATUS_OK;
}

bool measured_is_told(const struct view *view, size_t allocator)
{
    const char *name = view->analysis->allocators[allocator];
    return !is_rust(name) && (is_malloc(name) || strcmp(heap_of(name), view->heap) == 0);
}

void write_estimate(struct json *json, const char *key, const struct estimate *estimate, double objects)
{
    if (isnan(estimate->value)) {
        json_null(json, key);
        return;
    }
    json_open(json, key, '{');
    json_real(json, "median", estimate->value / objects);
    json_real(json, "median_low", estimate->interval.low / objects);
    json_real(json, "median_high", estimate->interval.high / objects);
    json_close(json, '}');
}

void write_swept_values(struct json *json, struct cell_name name)
{
    for (int i = 0; i < AXIS_COUNT; i++) {
        uint64_t value = cell_name_value(name, (enum axis_id)i);
        if (axes[i].place != AXIS_PLACE_SWEPT)
            continue;
        if (axes[i].type == AXIS_TYPE_NUMBER)
            json_unsigned(json, axes[i].name, value);
        else
            json_text(json, axes[i].name, axes[i].text((uint32_t)value));
    }
}

void measured_write_name(struct json *json, const struct analysis *analysis,
                         const struct analysis_measured *cell, bool has_pattern)
{
    json_text(json, "platform", analysis->platforms[cell->platform].label);
    json_text(json, "allocator", cell->data->name.allocator);
    if (has_pattern)
        json_text(json, "pattern", cell->data->name.pattern);
    json_unsigned(json, "size_bytes", cell->data->name.size_bytes);
    write_swept_values(json, cell->data->name);
}

void measured_append_header(struct text *csv, bool has_pattern)
{
    text_append_format(csv, "platform,allocator,%ssize_bytes", has_pattern ? "pattern," : "");
    for (int a = 0; a < AXIS_COUNT; a++)
        if (axes[a].place == AXIS_PLACE_SWEPT)
            text_append_format(csv, ",%s", axes[a].name);
}

void measured_append_name(struct text *csv, const struct analysis *analysis,
                          const struct analysis_measured *cell, bool has_pattern)
{
    text_append_csv(csv, analysis->platforms[cell->platform].label);
    text_append(csv, ",");
    text_append_csv(csv, cell->data->name.allocator);
    if (has_pattern) {
        text_append(csv, ",");
        text_append_csv(csv, cell->data->name.pattern);
    }
    text_append_format(csv, ",%" PRIu64, cell->data->name.size_bytes);
    for (int a = 0; a < AXIS_COUNT; a++) {
        char word[AXIS_WORD_BYTES];
        if (axes[a].place != AXIS_PLACE_SWEPT)
            continue;
        axis_format(&axes[a], (uint32_t)cell_name_value(cell->data->name, (enum axis_id)a), word);
        text_append_format(csv, ",%s", word);
    }
}

void measured_append_number(struct text *csv, double value, int decimals)
{
    if (isnan(value))
        text_append(csv, ",");
    else
        text_append_format(csv, ",%.*f", decimals, value);
}
