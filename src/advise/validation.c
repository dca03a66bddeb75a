// What a replay saves in nanoseconds is compared with what the program saves, both as a share of the
// program's time on the system's heap. The slope of the line through the origin, real by predicted, is what
// the program makes of a prediction; it comes from the heaps, where both are known, and is applied to the
// changes, which only a changed program could show. Its interval says how far that may be wrong.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "advise/advise.h"
#include "base/cleanup.h"

static const double shown_confidence = 0.95;

static struct estimate no_estimate(void)
{
    return (struct estimate){.value = NAN, .interval = {.low = NAN, .high = NAN}};
}

// value * factor + offset, the interval likewise.
static struct estimate scaled(const struct estimate *estimate, double factor, double offset)
{
    struct estimate result = *estimate;
    result.value = (estimate->value + offset) * factor;
    result.interval.low = (estimate->interval.low + offset) * factor;
    result.interval.high = (estimate->interval.high + offset) * factor;
    return result;
}

// Any product of both intervals.
static struct estimate product(const struct estimate *a, const struct estimate *b)
{
    const double ends[] = {a->interval.low * b->interval.low, a->interval.low * b->interval.high,
                           a->interval.high * b->interval.low, a->interval.high * b->interval.high};
    struct estimate result = {.value = a->value * b->value, .count = b->count};
    result.interval = (struct interval){.exists = a->interval.exists && b->interval.exists,
                                        .low = ends[0],
                                        .high = ends[0],
                                        .coverage = shown_confidence};
    for (size_t i = 1; i < COUNT_OF(ends); i++) {
        result.interval.low = fmin(result.interval.low, ends[i]);
        result.interval.high = fmax(result.interval.high, ends[i]);
    }
    if (!result.interval.exists)
        result.interval.low = result.interval.high = NAN;
    return result;
}

static const struct program_heap_result *find_heap(const struct program_result *program, const char *name)
{
    for (size_t i = 0; i < program->heap_count; i++)
        if (!program->heaps[i].twin && program->heaps[i].state == PROGRAM_MEASURED &&
            strcmp(program->heaps[i].heap->name, name) == 0)
            return &program->heaps[i];
    return NULL;
}

static size_t metric_of(const struct program_data *data, const char *name)
{
    size_t m = 0;
    while (m < data->metric_count && strcmp(data->metrics[m].name, name) != 0)
        m++;
    return m;
}

struct real {
    const struct program_result *program;
    size_t time, memory; // metrics
    double whole_ns;     // of the program on the system's heap
};

static void take_point(const struct replay_summary *summary, const struct real *real, double whole_ns,
                       size_t cell, struct advise_point *point)
{
    const struct replay_cell *replayed = &summary->cells[cell];
    const struct program_heap_result *heap = NULL;
    if (cell < summary->heap_count)
        heap = find_heap(real->program, replayed->result->heap->name);
    *point = (struct advise_point){
        .cell = cell,
        .predicted = scaled(&replayed->ratio, whole_ns / real->whole_ns, -1),
        .calibrated = no_estimate(),
        .real = no_estimate(),
        .predicted_memory = replayed->footprint_ratio,
        .real_memory = NAN,
        .is_real = heap != NULL,
    };
    if (!heap)
        return;
    point->real = scaled(&heap->values[real->time].ratio, 1, -1);
    point->real_memory = heap->values[real->memory].ratio.value;
}

// The heaps, then each change on the system's heap. Those without numbers are left out.
static void take_points(const struct replay_summary *summary, const struct real *real, double whole_ns,
                        struct advise_validation *validation)
{
    for (size_t cell = 1; cell < summary->count; cell++) {
        const bool is_heap = cell < summary->heap_count;
        if (isnan(summary->cells[cell].ratio.value) || (!is_heap && cell % summary->heap_count != 0))
            continue;
        take_point(summary, real, whole_ns, cell, &validation->points[validation->count++]);
        validation->heap_count += is_heap;
    }
}

static enum status calibrate(struct advise_validation *validation, struct error *error)
{
    CLEANUP(free_pointer) double *predicted = malloc((2 * validation->count + 1) * sizeof *predicted);
    size_t count = 0;
    if (!predicted)
        return error_set_no_memory(error);
    double *real = predicted + validation->count;
    for (size_t i = 0; i < validation->count; i++) {
        const struct advise_point *point = &validation->points[i];
        if (!point->is_real || isnan(point->real.value))
            continue;
        predicted[count] = point->predicted.value;
        real[count++] = point->real.value;
        const struct interval *interval = &point->real.interval;
        if (interval->exists && (interval->low > 0 || interval->high < 0)) {
            validation->signs++;
            validation->sign_errors += point->predicted.value * point->real.value < 0;
        }
    }
    validation->slope =
        count < 2 ? no_estimate() : statistics_slope(predicted, real, count, shown_confidence);
    validation->tau = count < 2 ? (double)NAN : statistics_kendall_tau(predicted, real, count);
    for (size_t i = 0; i < validation->count; i++)
        validation->points[i].calibrated = product(&validation->points[i].predicted, &validation->slope);
    return STATUS_OK;
}

enum status advise_validate(const struct replay_summary *summary, uint64_t events, bool has_threads,
                            const struct program_result *program, struct advise_validation *ret_validation,
                            struct error *error)
{
    CLEANUP(advise_validation_release)
    struct advise_validation validation = {.metric = has_threads ? "wall_ns" : "cpu_ns"};
    struct real real = {.program = program,
                        .time = metric_of(program->data, validation.metric),
                        .memory = program->memory_metric};
    real.whole_ns = program->heaps[0].values[real.time].median;
    validation.points = calloc(summary->count + 1, sizeof *validation.points);
    if (!validation.points)
        return error_set_no_memory(error);
    const double *box = summary->cells[0].medians;
    const double own_ns = box[REPLAY_HARNESS_NS] * (double)events + box[REPLAY_START_NS];
    validation.allocation_share = (box[REPLAY_EVENT_NS] * (double)events - own_ns) / real.whole_ns;
    take_points(summary, &real, box[REPLAY_EVENT_NS] * (double)events, &validation);
    enum status status = calibrate(&validation, error);
    if (status != STATUS_OK)
        return status;
    *ret_validation = validation;
    validation.points = NULL;
    return STATUS_OK;
}

void advise_validation_release(struct advise_validation *validation)
{
    free(validation->points);
    *validation = (struct advise_validation){0};
}
