#include "commands/private.h"

#include <assert.h>

#include "heaps/heaps.h"
#include "patterns/patterns.h"
#include "strategies/strategies.h"

static_assert(STRATEGY_COUNT <= 64 && PATTERN_COUNT <= 64 && SIZE_COUNT <= 64, "chosen is 64 bits wide");

static const char *allocator_name(size_t index)
{
    enum strategy_role role = strategies[index].role;
    bool selectable = role == STRATEGY_ROLE_STANDARD || role == STRATEGY_ROLE_EXTRA;
    return selectable && !strategy_absence(&strategies[index]) ? strategies[index].name : NULL;
}

static bool allocator_is_absent(const char *word, const char **ret_reason, const char **ret_remedy)
{
    const struct strategy *strategy = strategy_find(word);
    const struct strategy_absence *absence = strategy ? strategy_absence(strategy) : NULL;
    if (!absence)
        return false;
    *ret_reason = absence->reason;
    *ret_remedy = absence->remedy;
    return true;
}

static bool allocator_is_default(size_t index)
{
    return strategies[index].role == STRATEGY_ROLE_STANDARD;
}

static bool always(size_t index)
{
    (void)index;
    return true;
}

static bool pattern_is_default(size_t index)
{
    return index < SOLO_PATTERN_COUNT;
}

// The words of every axis but the two that have functions of their own.
#define AXIS(id, place, ...) NAME_##place(id)
#define NAME_STRATEGY(id)
#define NAME_HEAP(id)
#define NAME_GRID(id)                                                                                        \
    static const char *id##_name(size_t index)                                                               \
    {                                                                                                        \
        return axes[AXIS_##id].text((uint32_t)index);                                                        \
    }
#define NAME_SWEPT(id)
#define NAME_RUN(id) NAME_GRID(id)
#include "axes/axes.def"
#undef AXIS

// The rows of heaps.def, those of variants.def, and a word for the heaps that are found here.
static const char *heap_name(size_t index)
{
    if (index < HEAP_COUNT)
        return heaps[index].name;
    return index < HEAPS_INSTALLED_BIT ? heap_variants[index - HEAP_COUNT].name : HEAPS_INSTALLED;
}

static bool heap_is_default(size_t index)
{
    return index == 0;
}

// A program is measured on all that are here.
static bool program_heap_is_default(size_t index)
{
    return index >= HEAP_COUNT;
}

const struct choices heap_choices = {"heap", HEAPS_INSTALLED_BIT + 1, heap_name, heap_is_default, NULL};
const struct choices program_heap_choices = {"heap", HEAPS_INSTALLED_BIT + 1, heap_name,
                                             program_heap_is_default, NULL};
const struct choices strategy_choices = {"allocator", STRATEGY_COUNT, allocator_name, allocator_is_default,
                                         allocator_is_absent};
const struct choices pattern_choices = {"pattern", PATTERN_COUNT, pattern_name, pattern_is_default, NULL};
const struct choices touch_choices = {"touch", TOUCH_COUNT, touch_name, NULL, NULL};
const struct choices size_bytes_choices = {"size", SIZE_COUNT, size_bytes_name, always, NULL};
