#include "analysis/private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "strategies/strategies.h"

enum { MAX_SENTENCE_BYTES = 250, MAX_BREVITY = 3 };

// Unjudged ratios nearer to 1 than this are no difference.
#define MIN_MEASURED_DIFFERENCE 0.1

// A range is wide where its ends are farther apart than this: then they say little.
#define WIDE 25.0

// ---- allocators ----

const char *heap_of(const char *allocator)
{
    return label_parse(allocator).heap;
}

bool is_malloc(const char *allocator)
{
    return label_parse(allocator).strategy == &strategies[STRATEGY_box];
}

bool is_rust(const char *allocator)
{
    const struct strategy *strategy = label_parse(allocator).strategy;
    return strategy && strategy->code == STRATEGY_CODE_RUST;
}

bool is_arena(const char *allocator)
{
    return label_parse(allocator).strategy == &strategies[STRATEGY_arena];
}

enum status view_build(struct analysis *analysis, size_t platform, struct view *ret_view, struct error *error)
{
    const struct analysis_platform *range = &analysis->platforms[platform];
    struct view view = {.analysis = analysis, .platform = platform};
    for (size_t i = range->first_cell; i < range->cell_end; i++) {
        const char *heap = heap_of(analysis->allocators[analysis->cells[i].allocator]);
        view.several_heaps = view.several_heaps || (view.heap && strcmp(heap, view.heap) != 0);
        view.heap = !view.heap || !*heap ? heap : view.heap;
    }
    view.heap = view.heap ? view.heap : "";
    enum status status = grid_build(analysis, platform, &view.grid, error);
    if (status == STATUS_OK)
        *ret_view = view;
    return status;
}

void view_release(struct view *view)
{
    grid_release(&view->grid);
}

bool view_has(const struct view *view, size_t allocator)
{
    const struct analysis_platform *range = &view->analysis->platforms[view->platform];
    for (size_t i = range->first_cell; i < range->cell_end; i++)
        if (view->analysis->cells[i].allocator == allocator &&
            analysis_cell_has_times(&view->analysis->cells[i]))
            return true;
    return false;
}

static bool is_aside(const char *allocator)
{
    return is_rust(allocator) || is_arena(allocator);
}

size_t contestants_on(const struct view *view, const char *heap, size_t *ret_allocators)
{
    size_t count = 0, aside = 0;
    for (size_t a = 0; a < view->analysis->allocator_count; a++) {
        const char *allocator = view->analysis->allocators[a];
        if (strcmp(heap_of(allocator), heap) != 0 || !view_has(view, a))
            continue;
        ret_allocators[count++] = a;
        aside += is_aside(allocator);
    }
    if (count - aside < 2)
        return count;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (!is_aside(view->analysis->allocators[ret_allocators[i]]))
            ret_allocators[kept++] = ret_allocators[i];
    return kept;
}

size_t contestants_of_mallocs(const struct view *view, size_t *ret_allocators)
{
    size_t count = 0;
    for (size_t a = 0; a < view->analysis->allocator_count; a++)
        if (is_malloc(view->analysis->allocators[a]) && view_has(view, a))
            ret_allocators[count++] = a;
    return count;
}

void name_append(struct text *text, const struct view *view, size_t allocator, enum naming naming)
{
    const char *name = view->analysis->allocators[allocator], *heap = heap_of(name);
    if (!is_malloc(name))
        text_append(text, name);
    else if (naming == NAMING_STRATEGIES && strcmp(heap, view->heap) == 0)
        text_append(text, "malloc");
    else
        text_append(text, *heap ? heap : "the system's malloc");
}

void separator_append(struct text *text, size_t index, size_t count)
{
    text_append(text, index == 0 ? "" : index + 1 == count ? " and " : ", ");
}

// ---- numbers ----

enum ratio_verdict measured_verdict(double ratio)
{
    double upper = 1 + MIN_MEASURED_DIFFERENCE;
    if (ratio > upper)
        return RATIO_FASTER;
    return ratio < 1 / upper ? RATIO_SLOWER : RATIO_NO_PRACTICAL_DIFFERENCE;
}

static double two_digits(double number)
{
    double unit = pow(10, floor(log10(number)) - 1);
    return round(number / unit) * unit;
}

void number_append(struct text *text, double number)
{
    if (!(number > 0)) {
        text_append(text, "0");
        return;
    }
    char digits[64];
    bool near_one = number >= 0.0995 && number < 1.095;
    if (number >= 9.95)
        snprintf(digits, sizeof digits, "%.0f", two_digits(number));
    else
        snprintf(digits, sizeof digits, "%.*f", number < 0.0995 ? 3 : near_one ? 2 : 1, number);
    size_t length = strlen(digits);
    if (strchr(digits, '.')) {
        while (digits[length - 1] == '0')
            length--;
        length -= digits[length - 1] == '.';
    }
    text_append_bytes(text, digits, length);
}

void span_add(struct span *span, double value)
{
    span->least = span->count == 0 || value < span->least ? value : span->least;
    span->most = span->count == 0 || value > span->most ? value : span->most;
    span->sum_of_logs += log(value);
    span->count++;
}

void span_add_all(struct span *span, const struct span *other)
{
    if (other->count == 0)
        return;
    size_t count = span->count + other->count;
    double sum_of_logs = span->sum_of_logs + other->sum_of_logs;
    span_add(span, other->least);
    span_add(span, other->most);
    span->count = count;
    span->sum_of_logs = sum_of_logs;
}

// "2 to 14", or one number where both ends are written alike.
static void append_ends(struct text *text, const struct span *span)
{
    CLEANUP(text_release) struct text least = {0}, most = {0};
    number_append(&least, span->least);
    number_append(&most, span->most);
    text_append(text, text_string(&least));
    if (strcmp(text_string(&least), text_string(&most)) != 0)
        text_append_format(text, " to %s", text_string(&most));
}

void span_append(struct text *text, const struct span *span)
{
    append_ends(text, span);
    text_append(text, " times");
}

void span_append_relation(struct text *text, const struct span *span, const char *relation)
{
    bool wide = span->count > 2 && span->most > WIDE * span->least;
    if (!wide) {
        span_append(text, span);
        text_append_format(text, " %s", relation);
        return;
    }
    text_append(text, "on average ");
    number_append(text, exp(span->sum_of_logs / (double)span->count));
    text_append_format(text, " times %s (", relation);
    append_ends(text, span);
    text_append(text, ")");
}

// ---- sentences ----

enum status finding_add(struct analysis *analysis, enum finding_topic topic, const char *platform,
                        struct text *sentence, struct error *error)
{
    CLEANUP(text_release) struct text shown = {0};
    text_append_printable(&shown, text_string(sentence), "");
    if (shown.length && shown.bytes[shown.length - 1] != '.')
        text_append(&shown, ".");
    enum status status = text_check(sentence, error);
    if (status == STATUS_OK)
        status = text_check(&shown, error);
    if (status != STATUS_OK || shown.length == 0)
        return status;
    struct finding *findings = realloc(analysis->findings, (analysis->finding_count + 1) * sizeof *findings);
    if (!findings)
        return error_set_no_memory(error);
    analysis->findings = findings;
    findings[analysis->finding_count++] =
        (struct finding){.topic = topic, .platform = platform, .text = text_take(&shown)};
    return STATUS_OK;
}

enum status finding_write(const struct view *view, enum finding_topic topic, sentence_writer *write,
                          const void *of, struct error *error)
{
    CLEANUP(text_release) struct text sentence = {0};
    for (int brevity = 0; brevity <= MAX_BREVITY; brevity++) {
        text_clear(&sentence);
        write(&sentence, of, brevity);
        if (sentence.length < MAX_SENTENCE_BYTES)
            break;
    }
    return finding_add(view->analysis, topic, view->analysis->platforms[view->platform].label, &sentence,
                       error);
}
