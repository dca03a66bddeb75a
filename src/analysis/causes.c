// Rules in the order of the size of what they look for: a page fault or a system call costs as much as some
// hundred allocations, growing as much as some tens of them, a cache miss less than one. The first rule that
// explains a noticeable share of the gap names the cause; what remains is the calls themselves.
#include "analysis/causes.h"

#include <math.h>
#include <stddef.h>

// Rough costs, meant to tell orders of magnitude apart. A fault or a call into the system costs 0.2 to 0.5 µs
// on bare metal and up to several µs in a virtual machine; the cheapest miss is one that the next level
// serves.
#define SYSTEM_EVENT_NS 1000.0
#define L1D_MISS_NS 3.0
#define DTLB_MISS_NS 7.0

// The share of the gap that a cause must explain at these costs.
#define MIN_SYSTEM_SHARE 0.1
#define MIN_MISS_SHARE 0.25

struct words {
    const char *label, *text, *predicate, *toggle;
};

static const struct words words[CAUSE_COUNT] = {
#define CAUSE(name, label, text, predicate, toggle) [CAUSE_##name] = {label, text, predicate, toggle},
#include "analysis/causes.def"
#undef CAUSE
};

// How much more the slower one has; 0 when it has less, or one side is unknown.
static double excess(double slower, double faster)
{
    return slower > faster ? slower - faster : 0; // false for NaN
}

static enum cause system_cause(const struct cause_counts *slower, double heap_calls, double map_calls)
{
    if (slower->other_heap)
        return CAUSE_purge;
    return map_calls > heap_calls ? CAUSE_mapping : CAUSE_trim;
}

static enum cause remaining_cause(const struct cause_counts *slower, const struct cause_counts *faster,
                                  double gap_ns, double l1d_bytes)
{
    bool counted = !isnan(slower->l1d_misses) && !isnan(faster->l1d_misses);
    double miss_ns = excess(slower->l1d_misses, faster->l1d_misses) * L1D_MISS_NS +
                     excess(slower->dtlb_misses, faster->dtlb_misses) * DTLB_MISS_NS;
    if (counted)
        return miss_ns >= MIN_MISS_SHARE * gap_ns ? CAUSE_cache : CAUSE_calls;
    return slower->live_bytes <= l1d_bytes ? CAUSE_calls : CAUSE_calls_or_cache;
}

enum cause cause_of(const struct cause_counts *one, const struct cause_counts *other, double l1d_bytes)
{
    const struct cause_counts *slower = one->ns >= other->ns ? one : other;
    const struct cause_counts *faster = slower == one ? other : one;
    bool large = faster->ns > 0 && slower->ns >= CAUSE_MIN_RATIO * faster->ns;
    if (!large || isnan(slower->page_faults) || isnan(faster->page_faults))
        return CAUSE_NONE;
    double gap_ns = slower->ns - faster->ns;
    double heap_calls = excess(slower->heap_calls, faster->heap_calls);
    double map_calls = excess(slower->map_calls, faster->map_calls);
    double events = excess(slower->page_faults, faster->page_faults) + heap_calls + map_calls;
    if (events * SYSTEM_EVENT_NS >= MIN_SYSTEM_SHARE * gap_ns)
        return system_cause(slower, heap_calls, map_calls);
    if (slower->grows && !faster->grows)
        return CAUSE_growth;
    return remaining_cause(slower, faster, gap_ns, l1d_bytes);
}

const char *cause_label(enum cause cause)
{
    return words[cause].label;
}

const char *cause_text(enum cause cause)
{
    return words[cause].text;
}

const char *cause_predicate(enum cause cause)
{
    return words[cause].predicate;
}

bool cause_is_of_system(enum cause cause)
{
    return cause == CAUSE_trim || cause == CAUSE_mapping || cause == CAUSE_purge;
}

const char *cause_toggle(enum cause cause)
{
    return words[cause].toggle;
}
