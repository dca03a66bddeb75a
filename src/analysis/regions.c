// The sizes of a pattern that are in the region are one stretch, or most of all, or scattered; patterns with
// the same stretch are named together.
#include "analysis/private.h"

#include <stdlib.h>

#include "base/cleanup.h"

enum { MAX_PHRASES = 2, KIBIBYTE = 1024 };

static int compare_sizes(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

enum status grid_build(const struct analysis *analysis, size_t platform, struct grid *ret_grid,
                       struct error *error)
{
    const struct analysis_platform *range = &analysis->platforms[platform];
    size_t cell_count = range->cell_end - range->first_cell, count = 0;
    uint64_t *sizes = calloc(cell_count + 1, sizeof *sizes);
    if (!sizes)
        return error_set_no_memory(error);
    for (size_t i = 0; i < cell_count; i++)
        sizes[i] = analysis->cells[range->first_cell + i].data->name.size_bytes;
    qsort(sizes, cell_count, sizeof *sizes, compare_sizes);
    for (size_t i = 0; i < cell_count; i++)
        if (count == 0 || sizes[i] != sizes[count - 1])
            sizes[count++] = sizes[i];
    *ret_grid = (struct grid){.patterns = analysis->patterns,
                              .pattern_count = analysis->pattern_count,
                              .sizes = sizes,
                              .size_count = count};
    return STATUS_OK;
}

void grid_release(struct grid *grid)
{
    free(grid->sizes);
    *grid = (struct grid){0};
}

size_t grid_places(const struct grid *grid)
{
    return grid->pattern_count * grid->size_count;
}

size_t grid_place(const struct grid *grid, size_t pattern, uint64_t size_bytes)
{
    const uint64_t *size =
        bsearch(&size_bytes, grid->sizes, grid->size_count, sizeof *grid->sizes, compare_sizes);
    return size ? pattern * grid->size_count + (size_t)(size - grid->sizes) : SIZE_MAX;
}

size_t region_count(const struct grid *grid, const bool *region)
{
    size_t count = 0;
    for (size_t i = 0; i < grid_places(grid); i++)
        count += region[i];
    return count;
}

// ---- the sizes of one pattern ----

enum extent {
    EXTENT_ABSENT,
    EXTENT_NONE,
    EXTENT_ALL,
    EXTENT_STRETCH,
    EXTENT_PAIR,
    EXTENT_MOST,
    EXTENT_SCATTERED
};

// Which sizes of a pattern a region holds.
struct stretch {
    enum extent extent;
    size_t first, last;          // indices of sizes, of EXTENT_STRETCH and EXTENT_PAIR
    bool from_least, to_largest; // of those that there are
};

// Of the sizes there, how many are held, and how many lie from the first to the last one held.
static enum extent extent_of(size_t there, size_t held, size_t between)
{
    if (there == 0)
        return EXTENT_ABSENT;
    if (held == 0 || held == there)
        return held == 0 ? EXTENT_NONE : EXTENT_ALL;
    if (held == between || held == 2)
        return held == between ? EXTENT_STRETCH : EXTENT_PAIR;
    return 3 * held >= 2 * there ? EXTENT_MOST : EXTENT_SCATTERED;
}

static struct stretch stretch_of(const struct grid *grid, const bool *all, const bool *region)
{
    size_t there = 0, held = 0, least = 0, largest = 0, passed = 0;
    size_t between = 0; // of those there, from the first to the last one held
    struct stretch stretch = {0};
    for (size_t i = 0; i < grid->size_count; i++) {
        if (!all[i])
            continue;
        least = there++ ? least : i;
        largest = i;
        passed++;
        if (!region[i])
            continue;
        if (held++ == 0) {
            stretch.first = i;
            passed = 1;
        }
        stretch.last = i;
        between = passed;
    }
    stretch.from_least = stretch.first == least;
    stretch.to_largest = stretch.last == largest;
    stretch.extent = extent_of(there, held, between);
    return stretch;
}

// Whether its sizes are named, not only that it has all or most of them.
static bool names_sizes(const struct stretch *stretch)
{
    return stretch->extent == EXTENT_STRETCH || stretch->extent == EXTENT_PAIR;
}

static bool same_stretch(const struct stretch *a, const struct stretch *b)
{
    return a->extent == b->extent && (!names_sizes(a) || (a->first == b->first && a->last == b->last));
}

void size_append(struct text *text, uint64_t size_bytes)
{
    if (size_bytes < KIBIBYTE || size_bytes % (KIBIBYTE / 2))
        text_append_format(text, "%llu byte%s", (unsigned long long)size_bytes, size_bytes == 1 ? "" : "s");
    else
        text_append_format(text, "%g KiB", (double)size_bytes / KIBIBYTE);
}

static void append_sizes(struct text *text, const struct grid *grid, const struct stretch *stretch)
{
    if (stretch->first == stretch->last) {
        text_append(text, "at ");
        size_append(text, grid->sizes[stretch->first]);
    } else if (stretch->extent == EXTENT_PAIR) {
        text_append(text, "at ");
        size_append(text, grid->sizes[stretch->first]);
        text_append(text, " and ");
        size_append(text, grid->sizes[stretch->last]);
    } else if (stretch->from_least) {
        text_append(text, "up to ");
        size_append(text, grid->sizes[stretch->last]);
    } else if (stretch->to_largest) {
        text_append(text, "from ");
        size_append(text, grid->sizes[stretch->first]);
        text_append(text, " on");
    } else {
        text_append(text, "from ");
        size_append(text, grid->sizes[stretch->first]);
        text_append(text, " to ");
        size_append(text, grid->sizes[stretch->last]);
    }
}

// ---- all patterns ----

// A stretch for each pattern, and what they have in common.
struct outline {
    const struct grid *grid;
    struct stretch *stretches;
    size_t phrases, present; // different stretches that are named; patterns that are there
    size_t first;            // pattern that is there
    bool alike;              // all patterns have the same
    bool scattered;          // some of it cannot be named
    bool vague;              // some of it is "for most sizes"
    bool whole;              // it is made of whole patterns
};

static bool is_named(const struct stretch *stretch)
{
    return stretch->extent != EXTENT_ABSENT && stretch->extent != EXTENT_NONE;
}

// Whether no earlier pattern has the same stretch.
static bool is_new(const struct outline *outline, size_t pattern)
{
    for (size_t q = 0; q < pattern; q++)
        if (same_stretch(&outline->stretches[q], &outline->stretches[pattern]))
            return false;
    return true;
}

// False when memory ran out. Stretches are to be freed.
static bool find_outline(const struct grid *grid, const bool *all, const bool *region,
                         struct outline *ret_outline)
{
    struct outline outline = {.grid = grid,
                              .stretches = calloc(grid->pattern_count + 1, sizeof(struct stretch)),
                              .first = SIZE_MAX,
                              .alike = true,
                              .whole = true};
    for (size_t p = 0; p < grid->pattern_count && outline.stretches; p++) {
        size_t start = p * grid->size_count;
        const struct stretch *stretch = &outline.stretches[p];
        outline.stretches[p] = stretch_of(grid, all + start, region + start);
        if (stretch->extent == EXTENT_ABSENT)
            continue;
        outline.present++;
        outline.first = outline.first == SIZE_MAX ? p : outline.first;
        outline.alike = outline.alike && same_stretch(&outline.stretches[outline.first], stretch);
        outline.scattered = outline.scattered || stretch->extent == EXTENT_SCATTERED;
        outline.vague = outline.vague || stretch->extent == EXTENT_MOST;
        outline.whole = outline.whole && (!is_named(stretch) || stretch->extent == EXTENT_ALL);
        outline.phrases += is_named(stretch) && is_new(&outline, p);
    }
    *ret_outline = outline;
    return outline.stretches != NULL;
}

static void release_outline(struct outline *outline)
{
    free(outline->stretches);
}

static bool can_be_named(const struct outline *outline, unsigned detail)
{
    return !outline->scattered && outline->phrases <= MAX_PHRASES &&
           (outline->whole || !(detail & REGION_COUNTED));
}

// "in lifo and fifo up to 256 bytes": the patterns whose stretch is that of `first`.
static void append_phrase(struct text *text, const struct outline *outline, size_t first)
{
    const struct stretch *stretch = &outline->stretches[first];
    size_t count = 0, written = 0;
    for (size_t p = first; p < outline->grid->pattern_count; p++)
        count += same_stretch(&outline->stretches[p], stretch);
    text_append(text, "in ");
    for (size_t p = first; p < outline->grid->pattern_count; p++) {
        if (!same_stretch(&outline->stretches[p], stretch))
            continue;
        text_append_format(text, "%s%s",
                           written == 0           ? ""
                           : written == count - 1 ? " and "
                                                  : ", ",
                           outline->grid->patterns[p]);
        written++;
    }
    if (stretch->extent == EXTENT_MOST)
        text_append(text, " for most sizes");
    if (!names_sizes(stretch))
        return;
    text_append(text, " ");
    append_sizes(text, outline->grid, stretch);
}

static void append_outline(struct text *text, const struct outline *outline)
{
    if (outline->alike) {
        if (names_sizes(&outline->stretches[outline->first]))
            append_sizes(text, outline->grid, &outline->stretches[outline->first]);
        else
            text_append(text, "for most sizes");
        return;
    }
    size_t written = 0;
    for (size_t p = 0; p < outline->grid->pattern_count; p++) {
        if (!is_named(&outline->stretches[p]) || !is_new(outline, p))
            continue;
        text_append(text, written++ ? " and " : "");
        append_phrase(text, outline, p);
    }
}

// "in immediate at 64 bytes": the only cell there is.
static void append_only_place(struct text *text, const struct grid *grid, const bool *all)
{
    for (size_t i = 0; i < grid_places(grid); i++) {
        if (!all[i])
            continue;
        text_append_format(text, "in %s at ", grid->patterns[i / grid->size_count]);
        size_append(text, grid->sizes[i % grid->size_count]);
    }
}

// Names the region, or what it lacks, or counts it.
static bool append_part(struct text *text, const struct grid *grid, const bool *all, const bool *region,
                        unsigned detail)
{
    CLEANUP(free_pointer) bool *rest = calloc(grid_places(grid) + 1, sizeof *rest);
    CLEANUP(release_outline) struct outline held = {0}, lacking = {0};
    for (size_t i = 0; i < grid_places(grid) && rest; i++)
        rest[i] = all[i] && !region[i];
    if (!rest || !find_outline(grid, all, region, &held) || !find_outline(grid, all, rest, &lacking)) {
        text->failed = true;
        return false;
    }
    bool lacks_one_phrase = can_be_named(&lacking, detail) && lacking.phrases == 1 && !lacking.vague;
    if (can_be_named(&held, detail) && !(lacks_one_phrase && held.phrases > 1)) {
        append_outline(text, &held);
        return false;
    }
    if (lacks_one_phrase) {
        text_append(text, "everywhere but ");
        append_outline(text, &lacking);
        return false;
    }
    text_append_format(text, "in %zu", region_count(grid, region));
    if (!(detail & REGION_TOTAL_SAID))
        text_append_format(text, " of %zu cells", region_count(grid, all));
    return true;
}

bool region_append(struct text *text, const struct grid *grid, const bool *all, const bool *region,
                   unsigned detail)
{
    size_t there = region_count(grid, all), held = region_count(grid, region);
    if (held == there && there == 1)
        append_only_place(text, grid, all);
    else if (held == there)
        text_append(text, "everywhere");
    else
        return append_part(text, grid, all, region, detail);
    return false;
}
