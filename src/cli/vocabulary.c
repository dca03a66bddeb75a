#include "cli/vocabulary.h"

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

static const char *pattern_name(size_t index)
{
    return patterns[index].name;
}

static const char *size_name(size_t index)
{
#define SIZE_NAME(unused, bytes) #bytes,
    static const char *const names[SIZE_COUNT] = {FOR_EACH_SIZE(SIZE_NAME, )};
#undef SIZE_NAME
    return names[index];
}

static const char *touch_name(size_t index)
{
    return touches[index].name;
}

static bool always(size_t index)
{
    (void)index;
    return true;
}

// The rows of heaps.def, the pinned C library, and a word for those that are found here.
static const char *heap_name(size_t index)
{
    return index < HEAP_COUNT ? heaps[index].name : index == HEAP_COUNT ? HEAP_PINNED_NAME : HEAPS_INSTALLED;
}

static bool heap_is_default(size_t index)
{
    return index == 0;
}

const struct choices heap_choices = {"heap", HEAP_COUNT + 2, heap_name, heap_is_default, NULL};
const struct choices allocator_choices = {"allocator", STRATEGY_COUNT, allocator_name, allocator_is_default,
                                          allocator_is_absent};
const struct choices pattern_choices = {"pattern", PATTERN_COUNT, pattern_name, always, NULL};
const struct choices touch_choices = {"touch", TOUCH_COUNT, touch_name, NULL, NULL};
const struct choices size_choices = {"size", SIZE_COUNT, size_name, always, NULL};
