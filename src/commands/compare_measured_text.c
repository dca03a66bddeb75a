// What a comparison says of measurements beside the trials.
#include "commands/private.h"

#include <inttypes.h>

#include "command_line/wrap.h"

enum { ALLOCATOR_COLUMNS = 24 };

static void append_memory_row(struct text *text, const struct compared_memory *memory)
{
    static const char *const titles[MEMORY_QUANTITY_COUNT] = {
        [MEMORY_FULL] = "all objects live",
        [MEMORY_REFILLED] = "refilled by another size",
        [MEMORY_KEPT] = "5 s after all were freed",
        [MEMORY_LEAKED] = "not freed, by the heap's books",
    };
    text_append_format(text, "  ");
    append_column(text, memory->name.allocator, ALLOCATOR_COLUMNS);
    text_append_format(text, "%4" PRIu64 "  %-32s %5s  %.3f -> %.3f\n", memory->name.size_bytes,
                       titles[memory->quantity], memory_verdict_name(memory->verdict), memory->values[RUN_A],
                       memory->values[RUN_B]);
}

void compare_memory_text_append(struct text *text, const struct comparison *comparison, bool all)
{
    if (comparison->memory_count == 0)
        return;
    text_append_format(text, "\nMemory, per byte asked for: %zu more, %zu less, %zu unchanged\n",
                       comparison->memory_counts[MEMORY_MORE], comparison->memory_counts[MEMORY_LESS],
                       comparison->memory_counts[MEMORY_UNCHANGED]);
    size_t shown = 0, differing = 0;
    for (size_t i = 0; i < comparison->memory_count; i++) {
        if (comparison->memory[i].verdict == MEMORY_UNCHANGED)
            continue;
        if (all || shown < COMPARE_MAX_ROWS) {
            append_memory_row(text, &comparison->memory[i]);
            shown++;
        }
        differing++;
    }
    if (shown < differing)
        text_append_format(text, "  … and %zu more (--all shows them)\n", differing - shown);
}

void compare_tails_text_append(struct text *text, const struct comparison *comparison, bool all)
{
    if (comparison->tail_count == 0)
        return;
    text_append_format(text,
                       "\nTails, p99 and p99.9: %zu longer, %zu shorter, %zu unchanged, %zu inconclusive\n",
                       comparison->tail_counts[TAIL_LONGER], comparison->tail_counts[TAIL_SHORTER],
                       comparison->tail_counts[TAIL_UNCHANGED], comparison->tail_counts[TAIL_INCONCLUSIVE]);
    size_t shown = 0, differing = 0;
    for (size_t i = 0; i < comparison->tail_count; i++) {
        const struct compared_tail *tail = &comparison->tails[i];
        if (tail->verdict != TAIL_LONGER && tail->verdict != TAIL_SHORTER)
            continue;
        differing++;
        if (!all && shown >= COMPARE_MAX_ROWS)
            continue;
        text_append(text, "  ");
        append_column(text, tail->name.allocator, ALLOCATOR_COLUMNS);
        text_append_format(text, "%-9s %4" PRIu64 "  %-10s %-5s %7s  %.0f -> %.0f ns\n", tail->name.pattern,
                           tail->name.size_bytes, tail_operation_name(tail->operation),
                           tail_quantile_name(tail->quantile), tail_verdict_name(tail->verdict),
                           tail->values[RUN_A], tail->values[RUN_B]);
        shown++;
    }
    if (shown < differing)
        text_append_format(text, "  … and %zu more (--all shows them)\n", differing - shown);
}
