// What the instrument is to reach on a shared virtual machine, as numbers, and whether it does.
#include <math.h>

#include "base/cleanup.h"
#include "selftest/private.h"

static const double found_enough = 0.8;

static double share_of(const struct selftest_share *share)
{
    return share->of ? (double)share->count / (double)share->of : NAN;
}

static double share_of_both(const struct selftest_share *one, const struct selftest_share *other)
{
    return share_of(&(struct selftest_share){.count = one->count + other->count, .of = one->of + other->of});
}

static double upper_of(const struct selftest_share *share)
{
    return share->of ? share->interval.high : NAN;
}

static double found_at(const struct selftest *selftest, uint32_t per_mille)
{
    for (int i = 0; i < SELFTEST_LEVELS; i++)
        if (selftest_extra_per_mille[i] == per_mille)
            return share_of(&selftest->levels[i].found);
    return NAN;
}

// The largest difference between planted and median recovered slowdown.
static double worst_recovery(const struct selftest *selftest)
{
    double worst = NAN;
    for (int i = 0; i < SELFTEST_LEVELS; i++)
        if (selftest->levels[i].found.of)
            worst = fmax(worst, fabs(selftest->levels[i].recovered - selftest->levels[i].effect));
    return worst;
}

static double min_coverage(const struct selftest *selftest)
{
    double least = NAN;
    for (int shape = 0; shape < SHAPE_COUNT; shape++)
        if (selftest->coverage[shape].examined)
            least = fmin(least, selftest->coverage[shape].least);
    return least;
}

// Trials are slow by themselves, too. What the neighbour makes slow without a flag is by how much the share
// of slow trials without one is larger in its bursts than between them; less than 0 when it is smaller.
static double contamination_let_through(const struct selftest_noise *noise)
{
    uint64_t in_bursts = noise->contaminated.count - noise->flagged.count;
    uint64_t between = noise->slow_quiet.count - noise->slow_quiet_flagged.count;
    if (!noise->contaminated.of || !noise->slow_quiet.of)
        return NAN;
    return (double)in_bursts / (double)noise->contaminated.of -
           (double)between / (double)noise->slow_quiet.of;
}

static double smallest_seen(const struct selftest *selftest)
{
    double seen = NAN;
    for (int i = SELFTEST_LEVELS - 1; i >= 0; i--) {
        const struct selftest_level *level = &selftest->levels[i];
        if (!(share_of(&level->found) >= found_enough))
            break;
        seen = level->effect;
    }
    return seen;
}

const char *selftest_part_name(size_t part)
{
    static const char *const names[SELFTEST_PART_COUNT] = {
        [SELFTEST_PART_IDENTICAL] = "identical",
        [SELFTEST_PART_PLANTED] = "planted",
        [SELFTEST_PART_INSTRUCTIONS] = "instructions",
        [SELFTEST_PART_ORDER] = "order",
        [SELFTEST_PART_NOISE] = "noise",
        [SELFTEST_PART_LOUD] = "loud",
        [SELFTEST_PART_PROGRAM] = "program",
        [SELFTEST_PART_COVERAGE] = "coverage",
    };
    return selftest_has_part(SELFTEST_ALL_PARTS, (enum selftest_part)part) ? names[part] : NULL;
}

uint64_t selftest_parts_needed(uint64_t parts)
{
    const uint64_t alone = 1 << SELFTEST_PART_PROGRAM | 1 << SELFTEST_PART_COVERAGE;
    return parts & ~alone ? parts | 1 << SELFTEST_PART_IDENTICAL : parts;
}

void selftest_set_aims(struct selftest *selftest)
{
    const struct selftest_null *null = &selftest->null;
    const struct selftest_loud *loud = &selftest->loud;
    const struct selftest_program *program = &selftest->program;
    const struct selftest_aim aims[] = {
        {"aa_family_rate", SELFTEST_PART_IDENTICAL, "A/A", "runs with a false verdict", true, 0.05,
         share_of(&null->families), 0},
        {"aa_family_bound", SELFTEST_PART_IDENTICAL, "A/A", "the upper bound of that", true, 0.10,
         upper_of(&null->families), 0},
        {"aa_cell_rate", SELFTEST_PART_IDENTICAL, "A/A", "cells with a false verdict", true, 0.003,
         share_of(&null->cells), 0},
        {"aa_shift_p50", SELFTEST_PART_IDENTICAL, "A/A", "shift from run to run, median cell", true, 0.005,
         null->shift_p50, 0},
        {"aa_shift_p90", SELFTEST_PART_IDENTICAL, "A/A", "shift from run to run, 9 of 10 cells", true, 0.02,
         null->shift_p90, 0},
        {"ab_found_5", SELFTEST_PART_PLANTED, "A/B", "a slowdown of 5 % is found", false, 0.90,
         found_at(selftest, 50), 0},
        {"ab_found_3", SELFTEST_PART_PLANTED, "A/B", "one of 3 % (aim of --precise)", false, 0.80,
         found_at(selftest, 30), 0},
        {"ab_recovered", SELFTEST_PART_PLANTED, "A/B", "recovered size, farthest from planted", true, 0.003,
         worst_recovery(selftest), 0},
        {"order_moved", SELFTEST_PART_ORDER, "order", "cells moved over 1 % past their interval", true, 0,
         share_of(&selftest->order.moved), 0},
        {"noise_unflagged", SELFTEST_PART_NOISE, "noise", "slow trials unflagged, beyond the pauses'", true,
         0.005, contamination_let_through(&selftest->noise), 0},
        {"noise_verdicts", SELFTEST_PART_NOISE, "noise", "cells with a false verdict", true, 0,
         share_of(&selftest->noise.alarms), 0},
        {"loud_identical", SELFTEST_PART_LOUD, "loud", "identical code with a false verdict", true, 0,
         share_of_both(&loud->copies, &loud->twins), 0},
        {"loud_decided", SELFTEST_PART_LOUD, "loud", "ratios of 1.5 and more are decided", false, 0.95,
         share_of(&loud->decided), 0},
        {"loud_found", SELFTEST_PART_LOUD, "loud", "a planted factor of 2 is found", false, 0.95,
         share_of(&loud->found), 0},
        {"loud_wrong", SELFTEST_PART_LOUD, "loud", "of both, verdicts in the wrong direction", true, 0,
         share_of(&loud->wrong), 0},
        {"program_found", SELFTEST_PART_PROGRAM, "program", "a heap with 5 % more work is found", false, 0.90,
         share_of(&program->found), 0},
        {"program_identical", SELFTEST_PART_PROGRAM, "program", "runs with a false verdict", true, 0.05,
         share_of(&program->families), 0},
        {"coverage", SELFTEST_PART_COVERAGE, "coverage", "of the 95 % interval, lowest", false, 0.945,
         min_coverage(selftest), 0},
    };
    _Static_assert(COUNT_OF(aims) == SELFTEST_AIMS, "one entry each");
    for (int i = 0; i < SELFTEST_AIMS; i++) {
        struct selftest_aim *aim = &selftest->aims[i];
        *aim = aims[i];
        bool reached = aim->at_most ? aim->reached <= aim->limit : aim->reached >= aim->limit;
        aim->met = isnan(aim->reached) ? SELFTEST_NOT_EXAMINED : reached ? SELFTEST_MET : SELFTEST_MISSED;
    }
    selftest->sees = smallest_seen(selftest);
}

bool selftest_all_met(const struct selftest *selftest)
{
    for (int i = 0; i < SELFTEST_AIMS; i++)
        if (selftest->aims[i].met != SELFTEST_MET &&
            selftest_has_part(selftest->parts, selftest->aims[i].from))
            return false;
    return true;
}

static void append_program(struct text *text, const struct selftest_program *program)
{
    text_append_format(text,
                       "A program with %g %% more work on one heap was found in %llu of %llu run%s, and "
                       "identical heaps were called different in %llu.",
                       program->effect * 100, (unsigned long long)program->found.count,
                       (unsigned long long)program->found.of, program->found.of == 1 ? "" : "s",
                       (unsigned long long)program->families.count);
}

void selftest_append_summary(struct text *text, const struct selftest *selftest)
{
    const struct selftest_null *null = &selftest->null;
    const bool planted = selftest_has_part(selftest->parts, SELFTEST_PART_PLANTED);
    if (!selftest_has_part(selftest->parts, SELFTEST_PART_IDENTICAL)) {
        if (selftest_has_part(selftest->parts, SELFTEST_PART_PROGRAM))
            append_program(text, &selftest->program);
        else
            text_append_format(text,
                               "The 95 %% intervals hold the true value in at least %.1f %% of simulated "
                               "experiments.",
                               min_coverage(selftest) * 100);
        return;
    }
    if (planted && isnan(selftest->sees))
        text_append(text,
                    "This machine does not even see a planted slowdown of 10 % in four of five cells; ");
    else if (planted)
        text_append_format(text, "This machine can see a slowdown of %g %% or more in four of five cells; ",
                           selftest->sees * 100);
    text_append_format(
        text,
        "%sdentical code was called different in %llu of %llu cell%s (self-test, %u processes of "
        "%u trial%s).",
        planted ? "i" : "I", (unsigned long long)null->cells.count, (unsigned long long)null->cells.of,
        null->cells.of == 1 ? "" : "s", selftest->processes, selftest->trials,
        selftest->trials == 1 ? "" : "s");
}
