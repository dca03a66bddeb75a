// What memory the objects of an allocator take, from the values of its footprint. What the process had before
// the first object is taken off every reading. Memory is counted by its share where several processes share
// it, if the system tells that, else as resident.
#include <math.h>
#include <stdlib.h>

#include "analysis/private.h"
#include "base/cleanup.h"
#include "base/file.h"

static double taken(const struct dataset *dataset, size_t cell, uint32_t step)
{
    enum measured_metric metric = MEASURED_footprint_pss_bytes;
    if (isnan(dataset_value(dataset, cell, metric, 0)))
        metric = MEASURED_footprint_rss_bytes;
    double more = dataset_value(dataset, cell, metric, step) - dataset_value(dataset, cell, metric, 0);
    return more < 0 ? 0 : more;
}

static struct analysis_footprint footprint_of(const struct analysis *analysis, struct analysis_measured of)
{
    const struct dataset *dataset = analysis->platforms[of.platform].dataset;
    const size_t cell = of.cell;
    struct analysis_footprint footprint = {.of = of};
    for (uint32_t step = 0; step < FOOTPRINT_STEPS; step++) {
        struct analysis_footprint_step *at = &footprint.steps[step];
        at->live_bytes = dataset_value(dataset, cell, MEASURED_footprint_live_bytes, step);
        at->taken_bytes = taken(dataset, cell, step);
        at->heap_bytes = dataset_value(dataset, cell, MEASURED_footprint_heap_bytes, step);
        at->heap_used_bytes = dataset_value(dataset, cell, MEASURED_footprint_heap_used_bytes, step);
        at->faults = dataset_value(dataset, cell, MEASURED_footprint_minor_faults, step) +
                     dataset_value(dataset, cell, MEASURED_footprint_major_faults, step);
    }
    return footprint;
}

// Bytes taken per byte that lives. NaN where nothing lives or it is not known.
static double footprint_overhead(const struct analysis_footprint *footprint, enum measured_step step)
{
    const struct analysis_footprint_step *at = &footprint->steps[step_index(step)];
    return at->live_bytes > 0 ? at->taken_bytes / at->live_bytes : NAN;
}

// The share of the memory taken before all was freed that is still taken; NaN where it is not known.
static double footprint_kept(const struct analysis_footprint *footprint, enum measured_step step)
{
    double before = footprint->steps[step_index(STEP_footprint_refilled)].taken_bytes;
    return before > 0 ? footprint->steps[step_index(step)].taken_bytes / before : NAN;
}

enum status footprints_gather(struct analysis *analysis, struct error *error)
{
    CLEANUP(free_pointer) struct analysis_measured *cells = NULL;
    size_t count = 0;
    enum status status = measured_cells(analysis, MEASURED_footprint_live_bytes, &cells, &count, error);
    if (status != STATUS_OK)
        return status;
    analysis->footprints = calloc(count + 1, sizeof *analysis->footprints);
    if (!analysis->footprints)
        return error_set_no_memory(error);
    for (size_t i = 0; i < count; i++) {
        const struct dataset *dataset = analysis->platforms[cells[i].platform].dataset;
        if (!isnan(dataset_value(dataset, cells[i].cell, MEASURED_footprint_live_bytes, 0)))
            analysis->footprints[analysis->footprint_count++] = footprint_of(analysis, cells[i]);
    }
    return STATUS_OK;
}

size_t footprints_count(const struct analysis *analysis)
{
    return analysis->footprint_count;
}

void footprints_release(struct analysis *analysis)
{
    free(analysis->footprints);
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
        if (footprint->of.platform != view->platform || footprint->of.allocator != allocator ||
            !cell_name_is_standard(footprint->of.data->name) || !(overhead > 0) || isnan(kept))
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

// "Per byte asked for, malloc takes 1.25 bytes of memory, slab_warm 1.07 and jemalloc 1.13".
static enum status tell(const struct view *view, bool of_kept, struct error *error)
{
    struct analysis *analysis = view->analysis;
    CLEANUP(text_release) struct text sentence = {0};
    size_t count = 0, written = 0;
    for (size_t a = 0; a < analysis->allocator_count; a++)
        count += measured_is_told(view, a) && means_of(view, a).count > 0;
    if (count == 0)
        return STATUS_OK;
    text_append(&sentence, of_kept ? "5 s after all objects were freed, " : "Per byte asked for, ");
    for (size_t a = 0; a < analysis->allocator_count; a++) {
        const struct footprint_means means = means_of(view, a);
        if (!measured_is_told(view, a) || means.count == 0)
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

static void append_rows(struct text *csv, const struct analysis *analysis,
                        const struct analysis_footprint *footprint)
{
    for (uint32_t step = 0; step < FOOTPRINT_STEPS; step++) {
        const struct analysis_footprint_step *at = &footprint->steps[step];
        measured_append_name(csv, analysis, &footprint->of, false);
        text_append_format(csv, ",%s", step_name(MEASUREMENT_footprint, step));
        measured_append_number(csv, at->live_bytes, 0);
        measured_append_number(csv, at->taken_bytes, 0);
        measured_append_number(csv, at->heap_bytes, 0);
        measured_append_number(csv, at->heap_used_bytes, 0);
        measured_append_number(csv, at->faults, 0);
        text_append(csv, "\n");
    }
}

enum status footprints_write_stats(const struct analysis *analysis, const char *path, struct error *error)
{
    CLEANUP(text_release) struct text csv = {0};
    measured_append_header(&csv, false);
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
        const struct analysis_footprint_step *at = &footprint->steps[step];
        json_open(json, NULL, '{');
        json_text(json, "step", step_name(MEASUREMENT_footprint, step));
        json_real(json, "live_bytes", at->live_bytes);
        json_real(json, "taken_bytes", at->taken_bytes);
        json_real(json, "heap_bytes", at->heap_bytes);
        json_real(json, "heap_used_bytes", at->heap_used_bytes);
        json_real(json, "faults", at->faults);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void write_footprint(struct json *json, const struct analysis *analysis,
                            const struct analysis_footprint *footprint)
{
    json_open(json, NULL, '{');
    measured_write_name(json, analysis, &footprint->of, false);
    json_real(json, "overhead", footprint_overhead(footprint, STEP_footprint_full));
    json_real(json, "overhead_half", footprint_overhead(footprint, STEP_footprint_half));
    json_real(json, "overhead_refilled", footprint_overhead(footprint, STEP_footprint_refilled));
    json_real(json, "kept", footprint_kept(footprint, STEP_footprint_freed));
    json_real(json, "kept_after_5s", footprint_kept(footprint, STEP_footprint_after_5s));
    write_steps(json, footprint);
    json_close(json, '}');
}

void footprints_write_json(struct json *json, const struct analysis *analysis)
{
    if (analysis->footprint_count == 0)
        return;
    json_open(json, "footprints", '[');
    for (size_t i = 0; i < analysis->footprint_count; i++)
        write_footprint(json, analysis, &analysis->footprints[i]);
    json_close(json, ']');
}
