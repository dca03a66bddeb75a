#include "commands/private.h"

#include <inttypes.h>
#include <math.h>

#include "base/cleanup.h"
#include "command_line/wrap.h"
#include "commands/progress.h"

enum { PART_COLUMNS = 10 };

// A fraction with what digits it has worth showing: "0.54 %", "96.2 %".
static void append_percent(struct text *text, double fraction)
{
    double percent = fraction * 100;
    if (isnan(percent))
        text_append(text, "-");
    else if (percent == 0 || percent == 100)
        text_append_format(text, "%.0f %%", percent);
    else
        text_append_format(text, "%.*f %%", percent < 10 ? 2 : 1, percent);
}

// "1 cell", "2 cells"; `noun` takes an s.
static void append_count(struct text *text, uint64_t count, const char *noun)
{
    text_append_format(text, "%" PRIu64 " %s%s", count, noun, count == 1 ? "" : "s");
}

// "3 of 684 cells (0.09 % to 1.28 %)"; without a noun "3 of 684 (0.09 % to 1.28 %)".
static void append_share_of(struct text *text, const struct selftest_share *share, const char *noun)
{
    text_append_format(text, "%" PRIu64 " of ", share->count);
    if (noun)
        append_count(text, share->of, noun);
    else
        text_append_format(text, "%" PRIu64, share->of);
    if (!share->interval.exists)
        return;
    text_append(text, " (");
    append_percent(text, share->interval.low);
    text_append(text, " to ");
    append_percent(text, share->interval.high);
    text_append(text, ")");
}

static void append_share(struct text *text, const struct selftest_share *share)
{
    append_share_of(text, share, NULL);
}

static void append_line(struct text *text, const char *part, struct text *line)
{
    text_append_format(text, "%-*s", PART_COLUMNS, part);
    wrap_append(text, text_string(line), PART_COLUMNS, PART_COLUMNS);
    text_clear(line);
}

static void append_head(struct text *text, const struct selftest *selftest, const char *platform)
{
    CLEANUP(text_release) struct text line = {0};
    const char *model = facts_get(&selftest->facts, "cpu.model");
    const char *hypervisor = facts_get(&selftest->facts, "machine.hypervisor");
    text_append_format(&line, "Self-test of %s%s%s%s%s%s: ", platform, model ? ", " : "", model ? model : "",
                       hypervisor ? " (" : "", hypervisor ? hypervisor : "", hypervisor ? ")" : "");
    const bool has_cells = selftest_has_part(selftest->parts, SELFTEST_PART_IDENTICAL);
    if (has_cells) {
        append_count(&line, selftest->cells, "cell");
        text_append_format(&line, ", each in %" PRIu32 " processes of ", selftest->processes);
        append_count(&line, selftest->trials, "trial");
        text_append_format(&line, " of %" PRIu32 " batches; ", selftest->batches);
    }
    append_count(&line, selftest->runs, "run");
    text_append(&line, " in ");
    duration_append(&line, selftest->seconds);
    if (has_cells)
        text_append_format(&line, "; %" PRIu64 " of %" PRIu64 " processes failed", selftest->failed_processes,
                           selftest->started_processes);
    text_append(&line, ".");
    wrap_append(text, text_string(&line), 0, 0);
}

static void append_aims(struct text *text, const struct selftest *selftest)
{
    static const char *const words[] = {
        [SELFTEST_NOT_EXAMINED] = "not examined", [SELFTEST_MISSED] = "missed", [SELFTEST_MET] = "met"};
    text_append_format(text, "\n%-*s%-42s %9s %12s\n", PART_COLUMNS, "part", "what", "reached", "aim");
    for (int i = 0; i < SELFTEST_AIMS; i++) {
        const struct selftest_aim *aim = &selftest->aims[i];
        if (!selftest_has_part(selftest->parts, aim->from))
            continue;
        CLEANUP(text_release) struct text reached = {0}, limit = {0};
        append_percent(&reached, aim->reached);
        text_append(&limit, aim->at_most ? "<= " : ">= ");
        append_percent(&limit, aim->limit);
        text_append_format(text, "%-*s%-42s %9s %12s  %s\n", PART_COLUMNS, aim->part, aim->what,
                           text_string(&reached), text_string(&limit),
                           aim->met == SELFTEST_NOT_EXAMINED ? "-" : words[aim->met]);
    }
}

static void append_null(struct text *text, const struct selftest_null *null)
{
    CLEANUP(text_release) struct text line = {0};
    text_append(&line, "false verdicts in ");
    append_share_of(&line, &null->cells, "cell");
    text_append(&line, ", in ");
    append_share_of(&line, &null->families, "comparison");
    text_append(&line, "; ");
    append_count(&line, null->unchanged, "cell");
    text_append_format(&line, " unchanged, %" PRIu64 " inconclusive.", null->inconclusive);
    append_line(text, "A/A", &line);
    text_append(&line, "The null control inside the runs differs in ");
    append_share_of(&line, &null->control_cells, "cell");
    text_append(&line, ", in ");
    append_share_of(&line, &null->control_runs, "run");
    text_append(&line, ".");
    append_line(text, "", &line);
}

// The last four columns of a planted effect. Nothing is known where no cell could be compared.
static void append_recovery(struct text *text, double recovered, double error_p50, double error_p90,
                            uint64_t wrong)
{
    if (isnan(recovered))
        text_append_format(text, " %11s %8s %8s %7" PRIu64, "-", "-", "-", wrong);
    else
        text_append_format(text, " %+9.2f %% %8.2f %8.2f %7" PRIu64, recovered * 100, error_p50 * 100,
                           error_p90 * 100, wrong);
}

static void append_levels(struct text *text, const struct selftest *selftest)
{
    text_append_format(text, "\n%-*s%-32s %11s %8s %8s %7s\n", PART_COLUMNS, "planted", "found", "recovered",
                       "off p50", "off p90", "faster");
    for (int i = 0; i < SELFTEST_LEVELS; i++) {
        const struct selftest_level *level = &selftest->levels[i];
        CLEANUP(text_release) struct text planted = {0}, found = {0};
        append_percent(&planted, level->effect);
        append_share(&found, &level->found);
        text_append_format(text, "%-*s%-32s", PART_COLUMNS, text_string(&planted), text_string(&found));
        if (level->found.of)
            append_recovery(text, level->recovered, level->error_p50, level->error_p90, level->wrong);
        text_append(text, "\n");
    }
}

static void append_delays(struct text *text, const struct selftest_delays *delays)
{
    CLEANUP(text_release) struct text line = {0};
    text_append_format(text, "\n%-13s%-29s %11s %8s %8s %7s\n", "instructions", "cost; found", "recovered",
                       "off p50", "off p90", "faster");
    for (int i = 0; i < SELFTEST_DELAYS; i++) {
        const struct selftest_delay *level = &delays->levels[i];
        if (level->found.of == 0)
            continue;
        CLEANUP(text_release) struct text found = {0};
        text_append_format(&found, "%.2f %% (%.1f to %.1f); %" PRIu64 " of %" PRIu64, level->truth * 100,
                           level->truth_p10 * 100, level->truth_p90 * 100, level->found.count,
                           level->found.of);
        text_append_format(text, "%-13" PRIu32 "%-29s", level->instructions, text_string(&found));
        append_recovery(text, level->recovered, level->error_p50, level->error_p90, level->wrong);
        text_append(text, "\n");
    }
    text_append(&line,
                "Instructions per object of box; their cost is paired inside the run, the median cell's "
                "and eight of ten cells'. Where it is 5 % or more, found in ");
    append_share_of(&line, &delays->found_from_5, "cell");
    text_append(&line, ".");
    append_line(text, "", &line);
}

static void append_order(struct text *text, const struct selftest_order *order)
{
    CLEANUP(text_release) struct text line = {0};
    append_count(&line, order->comparisons, "comparison");
    text_append(&line, " of forward, reversed and shuffled: over 1 % past their interval ");
    append_share_of(&line, &order->moved, "cell");
    text_append(&line, ", the farthest by ");
    append_percent(&line, order->max_beyond);
    text_append(&line, "; false verdicts in ");
    append_share(&line, &order->alarms);
    text_append(&line, ".");
    append_line(text, "order", &line);
}

static void append_noise(struct text *text, const struct selftest_noise *noise)
{
    CLEANUP(text_release) struct text line = {0};
    append_share_of(&line, &noise->disturbed, "trial");
    text_append(&line, " met a burst of the neighbour; ");
    append_share(&line, &noise->contaminated);
    text_append(&line, " took over 8 % longer than their process's others, and of these ");
    append_share(&line, &noise->flagged);
    text_append(&line, " are flagged. Between the bursts ");
    append_share(&line, &noise->slow_quiet);
    text_append(&line, " took as long by themselves, of these ");
    append_share(&line, &noise->slow_quiet_flagged);
    text_append(&line, " flagged; of all there ");
    append_share(&line, &noise->flagged_quiet);
    text_append(&line, " are flagged. False verdicts in ");
    append_share_of(&line, &noise->alarms, "cell");
    text_append(&line, ".");
    append_line(text, "noise", &line);
}

static void append_loud(struct text *text, const struct selftest_loud *loud)
{
    CLEANUP(text_release) struct text line = {0};
    append_count(&line, loud->neighbours, "neighbour");
    text_append_format(&line, ", %" PRIu32 " processes of ", loud->processes);
    append_count(&line, loud->trials, "trial");
    text_append(&line, "; disturbed: ");
    append_share_of(&line, &loud->disturbed, "trial");
    text_append(&line, "; differences count from ");
    append_percent(&line, loud->threshold);
    text_append(&line, ". False verdicts on identical code in ");
    append_share_of(&line, &loud->copies, "cell");
    text_append(&line, "; the null control differs in ");
    append_share_of(&line, &loud->twins, "cell");
    text_append(&line, ". Decided, of what differs by 1.5 times or more without neighbours: ");
    append_share_of(&line, &loud->decided, "cell");
    text_append(&line, "; a planted factor of 2 was found in ");
    append_share_of(&line, &loud->found, "cell");
    if (!isnan(loud->recovered))
        text_append_format(&line, ", as %.2f in the median one", loud->recovered);
    text_append(&line, "; in the wrong direction: ");
    append_share(&line, &loud->wrong);
    text_append(&line, ".");
    append_line(text, "loud", &line);
}

static void append_program(struct text *text, const struct selftest_program *program)
{
    CLEANUP(text_release) struct text line = {0};
    append_count(&line, program->runs, "run");
    text_append_format(&line, " of %" PRIu32 " processes on each heap; one that takes ", program->processes);
    append_percent(&line, program->effect);
    text_append(&line, " more was found in ");
    append_share_of(&line, &program->found, "run");
    if (!isnan(program->recovered))
        text_append_format(&line, ", as %+.2f %% in the median one", program->recovered * 100);
    text_append_format(&line, "; called faster in %" PRIu64 ". Of %" PRIu32 " identical heaps and the twin",
                       program->wrong, program->identical);
    text_append(&line, " something differs in ");
    append_share_of(&line, &program->families, "run");
    text_append(&line, "; false are ");
    append_share_of(&line, &program->verdicts, "verdict");
    text_append(&line, ".");
    append_line(text, "program", &line);
}

static void append_coverage(struct text *text, const struct selftest *selftest)
{
    CLEANUP(text_release) struct text line = {0};
    for (int shape = 0; shape < SHAPE_COUNT; shape++) {
        const struct selftest_coverage *coverage = &selftest->coverage[shape];
        text_append_format(&line, "%s%s ", shape ? "; " : "", shape_name((enum shape)shape));
        append_percent(&line, coverage->mean);
        text_append(&line, ", lowest ");
        append_percent(&line, coverage->least);
        text_append_format(&line, " (%zu processes)", coverage->min_processes);
    }
    text_append(&line, ".");
    append_line(text, "coverage", &line);
}

void selftest_text_append(struct text *text, const struct selftest *selftest, const char *platform)
{
    append_head(text, selftest, platform);
    append_aims(text, selftest);
    if (selftest_has_part(selftest->parts, SELFTEST_PART_PLANTED))
        append_levels(text, selftest);
    if (selftest_has_part(selftest->parts, SELFTEST_PART_INSTRUCTIONS))
        append_delays(text, &selftest->delays);
    text_append(text, "\n");
    if (selftest_has_part(selftest->parts, SELFTEST_PART_IDENTICAL))
        append_null(text, &selftest->null);
    if (selftest_has_part(selftest->parts, SELFTEST_PART_ORDER))
        append_order(text, &selftest->order);
    if (selftest_has_part(selftest->parts, SELFTEST_PART_NOISE))
        append_noise(text, &selftest->noise);
    if (selftest_has_part(selftest->parts, SELFTEST_PART_LOUD))
        append_loud(text, &selftest->loud);
    if (selftest_has_part(selftest->parts, SELFTEST_PART_PROGRAM))
        append_program(text, &selftest->program);
    if (selftest_has_part(selftest->parts, SELFTEST_PART_COVERAGE))
        append_coverage(text, selftest);
    CLEANUP(text_release) struct text summary = {0};
    selftest_append_summary(&summary, selftest);
    text_append(text, "\n");
    wrap_append(text, text_string(&summary), 0, 0);
}
