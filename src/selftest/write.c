#include <time.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "selftest/selftest.h"

enum { FORMAT = 1 };

static void write_share(struct json *json, const char *key, const struct selftest_share *share)
{
    json_open(json, key, '{');
    json_unsigned(json, "count", share->count);
    json_unsigned(json, "of", share->of);
    json_real(json, "low", share->interval.low);
    json_real(json, "high", share->interval.high);
    json_close(json, '}');
}

static void write_null(struct json *json, const struct selftest_null *null)
{
    json_open(json, "identical", '{');
    write_share(json, "cells", &null->cells);
    write_share(json, "comparisons", &null->families);
    write_share(json, "null_control_groups", &null->control_cells);
    write_share(json, "null_control_runs", &null->control_runs);
    json_unsigned(json, "unchanged", null->unchanged);
    json_unsigned(json, "inconclusive", null->inconclusive);
    json_real(json, "shift_p50", null->shift_p50);
    json_real(json, "shift_p90", null->shift_p90);
    json_close(json, '}');
}

// What the comparison made of a planted slowdown.
static void write_recovery(struct json *json, const struct selftest_share *found, uint64_t wrong,
                           double recovered, double error_p50, double error_p90)
{
    write_share(json, "found", found);
    json_unsigned(json, "called_faster", wrong);
    json_real(json, "recovered_median", recovered);
    json_real(json, "error_p50", error_p50);
    json_real(json, "error_p90", error_p90);
}

static void write_levels(struct json *json, const struct selftest *selftest)
{
    json_open(json, "planted", '[');
    for (int i = 0; i < SELFTEST_LEVELS; i++) {
        const struct selftest_level *level = &selftest->levels[i];
        json_open(json, NULL, '{');
        json_real(json, "effect", level->effect);
        write_recovery(json, &level->found, level->wrong, level->recovered, level->error_p50,
                       level->error_p90);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void write_delays(struct json *json, const struct selftest_delays *delays)
{
    json_open(json, "instructions", '{');
    write_share(json, "found_from_5_percent", &delays->found_from_5);
    json_open(json, "levels", '[');
    for (int i = 0; i < SELFTEST_DELAYS; i++) {
        const struct selftest_delay *level = &delays->levels[i];
        json_open(json, NULL, '{');
        json_unsigned(json, "per_object", level->instructions);
        json_real(json, "effect_p10", level->truth_p10);
        json_real(json, "effect_median", level->truth);
        json_real(json, "effect_p90", level->truth_p90);
        write_recovery(json, &level->found, level->wrong, level->recovered, level->error_p50,
                       level->error_p90);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
}

static void write_order(struct json *json, const struct selftest_order *order)
{
    json_open(json, "order", '{');
    json_unsigned(json, "comparisons", order->comparisons);
    write_share(json, "cells_moved", &order->moved);
    json_real(json, "farthest_beyond_interval", order->max_beyond);
    write_share(json, "false_verdicts", &order->alarms);
    json_close(json, '}');
}

static void write_noise(struct json *json, const struct selftest_noise *noise)
{
    json_open(json, "noise", '{');
    write_share(json, "disturbed", &noise->disturbed);
    write_share(json, "contaminated", &noise->contaminated);
    write_share(json, "contaminated_flagged", &noise->flagged);
    write_share(json, "quiet_slow", &noise->slow_quiet);
    write_share(json, "quiet_slow_flagged", &noise->slow_quiet_flagged);
    write_share(json, "quiet_flagged", &noise->flagged_quiet);
    write_share(json, "false_verdicts", &noise->alarms);
    json_close(json, '}');
}

static void write_loud(struct json *json, const struct selftest_loud *loud)
{
    json_open(json, "loud", '{');
    json_unsigned(json, "neighbours", loud->neighbours);
    json_unsigned(json, "processes", loud->processes);
    json_unsigned(json, "trials", loud->trials);
    write_share(json, "disturbed", &loud->disturbed);
    json_real(json, "threshold", loud->threshold);
    write_share(json, "identical_copies", &loud->copies);
    write_share(json, "identical_twins", &loud->twins);
    write_share(json, "decided", &loud->decided);
    write_share(json, "found", &loud->found);
    json_real(json, "recovered_median", loud->recovered);
    write_share(json, "wrong", &loud->wrong);
    json_close(json, '}');
}

static void write_program(struct json *json, const struct selftest_program *program)
{
    json_open(json, "program", '{');
    json_unsigned(json, "runs", program->runs);
    json_unsigned(json, "processes", program->processes);
    json_unsigned(json, "identical_heaps", program->identical);
    json_real(json, "effect", program->effect);
    write_share(json, "found", &program->found);
    json_unsigned(json, "called_faster", program->wrong);
    json_real(json, "recovered_median", program->recovered);
    write_share(json, "identical_runs", &program->families);
    write_share(json, "identical_verdicts", &program->verdicts);
    json_close(json, '}');
}

static void write_coverage(struct json *json, const struct selftest *selftest)
{
    json_open(json, "coverage", '[');
    for (int shape = 0; shape < SHAPE_COUNT; shape++) {
        const struct selftest_coverage *coverage = &selftest->coverage[shape];
        json_open(json, NULL, '{');
        json_text(json, "shape", shape_name((enum shape)shape));
        json_unsigned(json, "examined", coverage->examined);
        json_real(json, "least", coverage->least);
        json_unsigned(json, "least_processes", coverage->min_processes);
        json_real(json, "mean", coverage->mean);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void write_aims(struct json *json, const struct selftest *selftest)
{
    json_open(json, "aims", '[');
    for (int i = 0; i < SELFTEST_AIMS; i++) {
        const struct selftest_aim *aim = &selftest->aims[i];
        if (!selftest_has_part(selftest->parts, aim->from))
            continue;
        json_open(json, NULL, '{');
        json_text(json, "key", aim->key);
        json_text(json, "part", aim->part);
        json_text(json, "what", aim->what);
        json_real(json, aim->at_most ? "at_most" : "at_least", aim->limit);
        json_real(json, "reached", aim->reached);
        if (aim->met == SELFTEST_NOT_EXAMINED)
            json_null(json, "met");
        else
            json_boolean(json, "met", aim->met == SELFTEST_MET);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void write_head(struct json *json, const struct selftest *selftest, const char *platform, bool quick)
{
    CLEANUP(text_release) struct text summary = {0};
    char timestamp[32] = "";
    time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc))
        strftime(timestamp, sizeof timestamp, "%Y-%m-%dT%H:%M:%SZ", &utc);
    selftest_append_summary(&summary, selftest);
    json_unsigned(json, "format", FORMAT);
    json_text(json, "platform", platform);
    json_text(json, "generated_at", timestamp);
    json_text(json, "summary", text_string(&summary));
    json_real(json, "sees", selftest->sees);
    json_open(json, "parts", '[');
    for (size_t part = 0; part < SELFTEST_PART_COUNT; part++)
        if (selftest_has_part(selftest->parts, (enum selftest_part)part))
            json_text(json, NULL, selftest_part_name(part));
    json_close(json, ']');
    json_boolean(json, "quick", quick);
    json_unsigned(json, "cells", selftest->cells);
    json_unsigned(json, "processes", selftest->processes);
    json_unsigned(json, "trials", selftest->trials);
    json_unsigned(json, "batches", selftest->batches);
    json_unsigned(json, "rounds", selftest->rounds);
    json_unsigned(json, "seed", selftest->seed);
    json_unsigned(json, "runs", selftest->runs);
    json_unsigned(json, "started_processes", selftest->started_processes);
    json_unsigned(json, "failed_processes", selftest->failed_processes);
    json_real(json, "seconds", selftest->seconds);
}

enum status selftest_json_append(struct text *text, const struct selftest *selftest, const char *platform,
                                 bool quick, struct error *error)
{
    struct json json = {.text = text};
    json_open(&json, NULL, '{');
    write_head(&json, selftest, platform, quick);
    write_aims(&json, selftest);
    if (selftest_has_part(selftest->parts, SELFTEST_PART_IDENTICAL))
        write_null(&json, &selftest->null);
    if (selftest_has_part(selftest->parts, SELFTEST_PART_PLANTED))
        write_levels(&json, selftest);
    if (selftest_has_part(selftest->parts, SELFTEST_PART_INSTRUCTIONS))
        write_delays(&json, &selftest->delays);
    if (selftest_has_part(selftest->parts, SELFTEST_PART_ORDER))
        write_order(&json, &selftest->order);
    if (selftest_has_part(selftest->parts, SELFTEST_PART_NOISE))
        write_noise(&json, &selftest->noise);
    if (selftest_has_part(selftest->parts, SELFTEST_PART_LOUD))
        write_loud(&json, &selftest->loud);
    if (selftest_has_part(selftest->parts, SELFTEST_PART_PROGRAM))
        write_program(&json, &selftest->program);
    if (selftest_has_part(selftest->parts, SELFTEST_PART_COVERAGE))
        write_coverage(&json, selftest);
    json_facts(&json, "facts", &selftest->facts);
    json_close(&json, '}');
    text_append(text, "\n");
    return text_check(text, error);
}
