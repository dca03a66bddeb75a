// The percentiles of the tails in the text format of HdrHistogram (Gil Tene): a row for every step of a fifth
// of the way that is left to 100 %, halved as that comes nearer, with the value, the share of operations that
// it covers, their number, and 1 / (1 - share).
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "analysis/private.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "measurements/bins.h"

enum { STEPS_PER_HALVING = 5 };

struct summary {
    double mean, deviation, most;
};

static struct summary sum_up(const uint64_t *bins, uint64_t count)
{
    struct summary summary = {0};
    double squares = 0;
    for (uint32_t bin = 0; bin < BIN_COUNT; bin++) {
        double middle = (bin_low_ns(bin) + bin_high_ns(bin)) / 2;
        summary.mean += middle * (double)bins[bin] / (double)count;
        squares += middle * middle * (double)bins[bin] / (double)count;
        summary.most = bins[bin] > 0 ? bin_high_ns(bin) : summary.most;
    }
    summary.deviation = sqrt(fmax(0, squares - summary.mean * summary.mean));
    return summary;
}

// The row of the first bin up to which at least that share lies, and the number up to there.
static uint64_t append_row(struct text *text, const uint64_t *bins, uint64_t count, double share)
{
    uint64_t below = 0;
    uint32_t bin = 0;
    for (; bin < BIN_COUNT; bin++) {
        below += bins[bin];
        if (below > 0 && (double)below >= share * (double)count)
            break;
    }
    text_append_format(text, "%12.3f %14.12f %10" PRIu64, bin_high_ns(bin), share, below);
    if (share < 1)
        text_append_format(text, " %14.2f", 1 / (1 - share));
    text_append(text, "\n");
    return below;
}

static void append_histogram(struct text *text, const uint64_t *bins, uint64_t count)
{
    text_append(text, "       Value     Percentile TotalCount 1/(1-Percentile)\n\n");
    double share = 0;
    while (append_row(text, bins, count, share) < count) {
        double halvings = floor(log2(1 / (1 - share))) + 1;
        share += 1 / (pow(2, halvings) * STEPS_PER_HALVING);
    }
    append_row(text, bins, count, 1);
    const struct summary summary = sum_up(bins, count);
    text_append_format(text, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", summary.mean,
                       summary.deviation);
    text_append_format(text, "#[Max     = %12.3f, Total count    = %12" PRIu64 "]\n", summary.most, count);
    text_append_format(text, "#[Buckets = %12d, SubBuckets     = %12d]\n", BIN_COUNT / BINS_PER_OCTAVE,
                       2 * BINS_PER_OCTAVE);
}

// What is unusual in a file's name is replaced.
static void append_word(struct text *path, const char *word)
{
    static const char usual[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@+-";
    text_append(path, "_");
    for (const char *c = word; *c; c++)
        text_append_format(path, "%c", strchr(usual, *c) ? *c : '_');
}

// DIRECTORY/tails_PLATFORM_ALLOCATOR_PATTERN_SIZE_OPERATION.hgrm, with the values on swept axes that are not
// the standard ones before the operation.
static void append_path(struct text *path, const struct analysis *analysis, const char *directory,
                        const struct analysis_tail *tail, enum tail_operation operation)
{
    const struct cell_name *name = &tail->of.data->name;
    text_append_format(path, "%s/tails", directory);
    append_word(path, analysis->platforms[tail->of.platform].label);
    append_word(path, name->allocator);
    append_word(path, name->pattern);
    text_append_format(path, "_%" PRIu64, name->size_bytes);
    for (int a = 0; a < AXIS_COUNT; a++) {
        char word[AXIS_WORD_BYTES];
        uint64_t value = cell_name_value(*name, (enum axis_id)a);
        if (axes[a].place != AXIS_PLACE_SWEPT || value == axes[a].standard)
            continue;
        axis_format(&axes[a], (uint32_t)value, word);
        append_word(path, word);
    }
    append_word(path, tail_operation_name(operation));
    text_append(path, ".hgrm");
}

static enum status write_one(const struct analysis *analysis, const char *directory,
                             const struct analysis_tail *tail, enum tail_operation operation,
                             struct error *error)
{
    CLEANUP(text_release) struct text path = {0}, text = {0};
    uint64_t bins[BIN_COUNT];
    uint64_t count = tails_pool(analysis, tail, operation, bins);
    if (count == 0)
        return STATUS_OK;
    append_path(&path, analysis, directory, tail, operation);
    append_histogram(&text, bins, count);
    enum status status = text_check(&path, error);
    if (status == STATUS_OK)
        status = text_check(&text, error);
    return status == STATUS_OK ? file_write(text_string(&path), text_string(&text), text.length, error)
                               : status;
}

enum status tails_write_hgrm(const struct analysis *analysis, const char *directory, struct error *error)
{
    if (analysis->tail_count == 0)
        return error_set(error, STATUS_USAGE, "Measure with run --tails, or leave --hgrm out.",
                         "no tails were measured here");
    enum status status = file_make_directory(directory, error);
    for (size_t i = 0; i < analysis->tail_count && status == STATUS_OK; i++)
        for (int operation = 0; operation < TAIL_OPERATION_COUNT && status == STATUS_OK; operation++)
            status =
                write_one(analysis, directory, &analysis->tails[i], (enum tail_operation)operation, error);
    return status;
}
