// What memory the objects of an allocator take, from the values of its footprint. What the process had before
// the first object is taken off every reading. Memory is counted by its share where several processes share
// it, if the system tells that, else as resident.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/private.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/printable.h"

static double taken(const struct dataset *dataset, size_t cell, uint32_t step)
{
    enum measured_metric metric = MEASURED_footprint_pss_bytes;
    if (isnan(dataset_value(dataset, cell, metric, 0)))
        metric = MEASURED_footprint_rss_bytes;
    double more = dataset_value(dataset, cell, metric, step) - dataset_value(dataset, cell, metric, 0);
    return more < 0 ? 0 : more;
}

static struct analysis_footprint footprint_of(const struct dataset *dataset, size_t cell)
{
    struct analysis_footprint footprint = {.data = &dataset->cells[cell]};
    for (uint32_t step = 0; step < FOOTPRINT_STEPS; step++) {
        struct analysis_footprint_step *of = &footprint.steps[step];
        of->live_bytes = dataset_value(dataset, cell, MEASURED_footprint_live_bytes, step);
        of->taken_bytes = taken(dataset, cell, step);
        of->heap_bytes = dataset_value(dataset, cell, MEASURED_footprint_heap_bytes, step);
        of->heap_used_bytes = dataset_value(dataset, cell, MEASURED_footprint_heap_used_bytes, step);
        of->faults = dataset_value(dataset, cell, MEASURED_footprint_minor_faults, step) +
                     dataset_value(dataset, cell, MEASURED_footprint_major_faults, step);
    }
    return footprint;
}

// Bytes taken per byte that lives. NaN where nothing lives or it is not known.
static double footprint_overhead(const struct analysis_footprint *footprint, enum measured_step step)
{
    const struct analysis_footprint_step *of = &footprint->steps[step_index(step)];
    return of->live_bytes > 0 ? of->taken_bytes / of->live_bytes : NAN;
}

// The share of the memory taken before all was freed that is still taken; NaN where it is not known.
static double footprint_kept(const struct analysis_footprint *footprint, enum measured_step step)
{
    double before = footprint->steps[step_index(STEP_footprint_refilled)].taken_bytes;
    return before > 0 ? footprint->steps[step_index(step)].taken_bytes / before : NAN;
}

// Of the cells of one platform that have a value of its first step.
static void gather_platform(struct analysis *analysis, size_t platform)
{
    const struct dataset *dataset = analysis->platforms[platform].dataset;
    for (size_t cell = 0; cell < dataset->count; cell++) {
        if (dataset->cells[cell].control ||
            isnan(dataset_value(dataset, cell, MEASURED_footprint_live_bytes, 0)))
            continue;
        struct analysis_footprint *footprint = &analysis->footprints[analysis->footprint_count++];
        *footprint = footprint_of(dataset, cell);
        footprint->platform = platform;
        for (size_t a = 0; a < analysis->allocator_count; a++)
            if (strcmp(analysis->allocators[a], dataset->cells[cell].name.allocator) == 0)
                footprint->allocator = a;
    }
}

enum status footprints_gather(struct analysis *analysis, struct error *error)
{
    size_t total = 0;
    for (size_t p = 0; p < analysis->platform_count; p++)
        total += analysis->platforms[p].dataset->value_count > 0 ? analysis->platforms[p].dataset->count : 0;
    analysis->footprints = calloc(total + 1, sizeof *analysis->footprints);
    if (!analysis->footprints)
        return error_set_no_memory(error);
    for (size_t p = 0; p < analysis->platform_count && total > 0; p++)
        if (analysis->platforms[p].dataset->value_count > 0)
            gather_platform(analysis, p);
    return STATUS_OK;
}

// ---- findings ----

// Geometric means over the sizes of an allocator, of those whose cells have the standard values.
struct footprint_means {
    double overhead, kept; // sums of logarithms, and of shares
    size_t count;
};

static struct footprint_means means_of(const struct view *view, size_t allocator)
{
    struct footprint_means means = {0};
    for (size_t i = 0; i < view->analysis->footprint_count; i++) {
        const struct analysis_footprint *footprint = &view->analysis->footprints[i];
        double overhead = footprint_overhead(footprint, STEP_footprint_full);
        double kept = footprint_kept(footprint, STEP_footprint_after_5s);
        if (footprint->platform != view->platform || footprint->allocator != allocator ||
            !cell_name_is_standard(footprint->data->name) || !(overhead > 0) || isnan(kept))
            continue;
        means.overhead += log(overhead);
        means.kept += kept;
        means.count++;
    }
    if (means.count > 0) {
        means.overhead = exp(means.overhead / (double)means.count);
        means.kept /= (double)means.count;
    }
    return means;
}

static void append_kept(struct text *text, double kept)
{
    text_append_format(text, "%.0f %%", kept * 100);
}

// The allocators that a sentence names: those of the view's heap, and the mallocs of all.
static bool is_told(const struct view *view, size_t allocator)
{
    const char *name = view->analysis->allocators[allocator];
    return !is_rust(name) && (is_malloc(name) || strcmp(heap_of(name), view->heap) == 0);
}

// "Per byte asked for, malloc takes 1.25 bytes of memory, slab_warm 1.07 and jemalloc 1.13".
static enum status tell(const struct view *view, bool of_kept, struct error *error)
{
    struct analysis *analysis = view->analysis;
    CLEANUP(text_release) struct text sentence = {0};
    size_t count = 0, written = 0;
    for (size_t a = 0; a < analysis->allocator_count; a++)
        count += is_told(view, a) && means_of(view, a).count > 0;
    if (count == 0)
        return STATUS_OK;
    text_append(&sentence, of_kept ? "5 s after all objects were freed, " : "Per byte asked for, ");
    for (size_t a = 0; a < analysis->allocator_count; a++) {
        const struct footprint_means means = means_of(view, a);
        if (!is_told(view, a) || means.count == 0)
            continue;
        separator_append(&sentence, written, count);
        name_append(&sentence, view, a,
                    is_malloc(analysis->allocators[a]) ? NAMING_MALLOCS : NAMING_STRATEGIES);
        text_append(&sentence, written == 0 ? of_kept ? " keeps " : " takes " : " ");
        if (of_kept)
            append_kept(&sentence, means.kept);
        else
            text_append_format(&sentence, "%.2f", means.overhead);
        if (written++ == 0)
            text_append(&sentence, of_kept ? " of the memory" : " bytes of memory");
    }
    return finding_add(analysis, FINDING_footprint, analysis->platforms[view->platform].label, &sentence,
                       error);
}

enum status find_footprint(const struct view *view, struct error *error)
{
    enum status status = tell(view, false, error);
    return status == STATUS_OK ? tell(view, true, error) : status;
}

// ---- files ----

static void append_number(struct text *csv, double value)
{
    if (isnan(value))
        text_append(csv, ",");
    else
        text_append_format(csv, ",%.0f", value);
}

static void append_rows(struct text *csv, const struct analysis *analysis,
                        const struct analysis_footprint *footprint)
{
    for (uint32_t step = 0; step < FOOTPRINT_STEPS; step++) {
        const struct analysis_footprint_step *of = &footprint->steps[step];
        text_append_csv(csv, analysis->platforms[footprint->platform].label);
        text_append(csv, ",");
        text_append_csv(csv, analysis->allocators[footprint->allocator]);
        text_append_format(csv, ",%" PRIu64, footprint->data->name.size_bytes);
        for (int a = 0; a < AXIS_COUNT; a++) {
            char word[AXIS_WORD_BYTES];
            if (axes[a].place != AXIS_PLACE_SWEPT)
                continue;
            axis_format(&axes[a], (uint32_t)cell_name_value(footprint->data->name, (enum axis_id)a), word);
            text_append_format(csv, ",%s", word);
        }
        text_append_format(csv, ",%s", step_name(MEASUREMENT_footprint, step));
        append_number(csv, of->live_bytes);
        append_number(csv, of->taken_bytes);
        append_number(csv, of->heap_bytes);
        append_number(csv, of->heap_used_bytes);
        append_number(csv, of->faults);
        text_append(csv, "\n");
    }
}

enum status footprints_write_stats(const struct analysis *analysis, const char *path, struct error *error)
{
    CLEANUP(text_release) struct text csv = {0};
    text_append(&csv, "platform,allocator,size_bytes");
    for (int a = 0; a < AXIS_COUNT; a++)
        if (axes[a].place == AXIS_PLACE_SWEPT)
            text_append_format(&csv, ",%s", axes[a].name);
    text_append(&csv, ",step,live_bytes,taken_bytes,heap_bytes,heap_used_bytes,faults\n");
    for (size_t i = 0; i < analysis->footprint_count; i++)
        append_rows(&csv, analysis, &analysis->footprints[i]);
    enum status status = text_check(&csv, error);
    return status == STATUS_OK ? file_write(path, text_string(&csv), csv.length, error) : status;
}

static void write_steps(struct json *json, const struct analysis_footprint *footprint)
{
    json_open(json, "steps", '[');
    for (uint32_t step = 0; step < FOOTPRINT_STEPS; step++) {
        const struct analysis_footprint_step *of = &footprint->steps[step];
        json_open(json, NULL, '{');
        json_text(json, "step", step_name(MEASUREMENT_footprint, step));
        json_real(json, "live_bytes", of->live_bytes);
        json_real(json, "taken_bytes", of->taken_bytes);
        json_real(json, "heap_bytes", of->heap_bytes);
        json_real(json, "heap_used_bytes", of->heap_used_bytes);
        json_real(json, "faults", of->faults);
        json_close(json, '}');
    }
    json_close(json, ']');
}

void write_footprint(struct json *json, const struct analysis_footprint *footprint)
{
    json_real(json, "overhead", footprint_overhead(footprint, STEP_footprint_full));
    json_real(json, "overhead_half", footprint_overhead(footprint, STEP_footprint_half));
    json_real(json, "overhead_refilled", footprint_overhead(footprint, STEP_footprint_refilled));
    json_real(json, "kept", footprint_kept(footprint, STEP_footprint_freed));
    json_real(json, "kept_after_5s", footprint_kept(footprint, STEP_footprint_after_5s));
    write_steps(json, footprint);
}
