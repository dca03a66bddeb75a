#include "axes/axes.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

static_assert((int)STRATEGY_COUNT <= (int)MAX_AXIS_VALUES && (int)SIZE_COUNT <= (int)MAX_AXIS_VALUES,
              "a set has room for all of them");

// ---- tables of words ----

static const char *strategies_text(uint32_t value)
{
    return strategies[value].name;
}

static const char *strategies_summary(uint32_t value)
{
    return strategies[value].summary;
}

static const char *patterns_text(uint32_t value)
{
    return patterns[value].name;
}

static const char *patterns_summary(uint32_t value)
{
    return patterns[value].summary;
}

static const char *touches_text(uint32_t value)
{
    return touches[value].name;
}

static const char *touches_summary(uint32_t value)
{
    return touches[value].summary;
}

static const struct {
    const char *name, *summary;
} heap_states[HEAP_STATE_COUNT] = {
#define HEAP_STATE(name, summary) {#name, summary},
#include "axes/heap_states.def"
#undef HEAP_STATE
};

static const char *heap_states_text(uint32_t value)
{
    return heap_states[value].name;
}

static const char *heap_states_summary(uint32_t value)
{
    return heap_states[value].summary;
}

static const char *sizes_text(uint32_t index)
{
#define SIZE_TEXT(unused, bytes) #bytes,
    static const char *const texts[SIZE_COUNT] = {FOR_EACH_SIZE(SIZE_TEXT, )};
#undef SIZE_TEXT
    return texts[index];
}

static uint32_t sizes_number(uint32_t index)
{
    return object_sizes[index];
}

#define WORDS_none .listed = 0
#define WORDS_strategies .listed = STRATEGY_COUNT, .text = strategies_text, .summary = strategies_summary
#define WORDS_patterns .listed = PATTERN_COUNT, .text = patterns_text, .summary = patterns_summary
#define WORDS_touches .listed = TOUCH_COUNT, .text = touches_text, .summary = touches_summary
#define WORDS_heap_states .listed = HEAP_STATE_COUNT, .text = heap_states_text, .summary = heap_states_summary
#define WORDS_sizes .listed = SIZE_COUNT, .text = sizes_text, .number = sizes_number

// From a standard value as it is written to the value.
#define STANDARD_none(number) number
#define STANDARD_sizes(number) number
#define STANDARD_strategies(word) STRATEGY_##word
#define STANDARD_patterns(word) PATTERN_##word
#define STANDARD_heap_states(word) HEAP_STATE_##word
#define STANDARD_touches(word) TOUCH_##word

const struct axis axes[AXIS_COUNT] = {
#define AXIS(id, of_place, of_type, words, of_standard, of_least, of_greatest, of_option, former, of_title,  \
             of_help)                                                                                        \
    [AXIS_##id] = {.name = #id,                                                                              \
                   .place = AXIS_PLACE_##of_place,                                                           \
                   .type = AXIS_TYPE_##of_type,                                                              \
                   WORDS_##words,                                                                            \
                   .standard = STANDARD_##words(of_standard),                                                \
                   .least = (of_least),                                                                      \
                   .greatest = (of_greatest),                                                                \
                   .option = (of_option),                                                                    \
                   .former_option = (former),                                                                \
                   .title = (of_title),                                                                      \
                   .help = (of_help)},
#include "axes/axes.def"
#undef AXIS
};

// ---- values ----

const struct axis *axis_find(const char *name)
{
    for (int i = 0; i < AXIS_COUNT; i++)
        if (strcmp(axes[i].name, name) == 0)
            return &axes[i];
    return NULL;
}

uint32_t axis_listed(const struct axis *axis, uint32_t index)
{
    return axis->number ? axis->number(index) : index;
}

bool axis_has(const struct axis *axis, uint32_t value)
{
    if (axis->type == AXIS_TYPE_WORD)
        return value < axis->listed;
    for (uint32_t i = 0; i < axis->listed; i++)
        if (axis->number(i) == value)
            return true;
    return axis->listed == 0 && value >= axis->least && value <= axis->greatest;
}

bool axis_parse(const struct axis *axis, const char *word, uint32_t *ret_value)
{
    uint32_t value = 0;
    if (axis->type == AXIS_TYPE_WORD) {
        while (value < axis->listed && strcmp(axis->text(value), word) != 0)
            value++;
    } else {
        const char *digit = word;
        for (; *digit >= '0' && *digit <= '9' && value <= axis->greatest; digit++)
            value = value * 10 + (uint32_t)(*digit - '0');
        if (*digit || digit == word)
            return false;
    }
    if (!axis_has(axis, value))
        return false;
    *ret_value = value;
    return true;
}

void axis_format(const struct axis *axis, uint32_t value, char ret_word[AXIS_WORD_BYTES])
{
    if (axis->type == AXIS_TYPE_WORD && axis->text)
        snprintf(ret_word, AXIS_WORD_BYTES, "%s", axis->text(value));
    else
        snprintf(ret_word, AXIS_WORD_BYTES, "%" PRIu32, value);
}

void axis_write_json(struct json *json, const struct axis *axis)
{
    bool numeric = axis->type == AXIS_TYPE_NUMBER;
    json_open(json, NULL, '{');
    json_text(json, "name", axis->name);
    json_text(json, "title", axis->title);
    json_boolean(json, "numeric", numeric);
    if (numeric)
        json_unsigned(json, "standard", axis->standard);
    else
        json_text(json, "standard", axis->text(axis->standard));
    json_open(json, "words", '[');
    for (uint32_t i = 0; i < axis->listed && !numeric; i++)
        json_text(json, NULL, axis->text(i));
    json_close(json, ']');
    json_close(json, '}');
}

// ---- cells ----

uint32_t cell_value(const struct cell *cell, enum axis_id axis)
{
    switch (axis) {
#define AXIS(name, ...)                                                                                      \
    case AXIS_##name:                                                                                        \
        return cell->name;
#include "axes/axes.def"
#undef AXIS
    case AXIS_COUNT:
        break;
    }
    return 0;
}

void cell_set(struct cell *cell, enum axis_id axis, uint32_t value)
{
    switch (axis) {
#define AXIS(name, ...)                                                                                      \
    case AXIS_##name:                                                                                        \
        cell->name = value;                                                                                  \
        break;
#include "axes/axes.def"
#undef AXIS
    case AXIS_COUNT:
        break;
    }
}

int cell_order(const struct cell *a, const struct cell *b)
{
    for (int i = 0; i < AXIS_COUNT; i++) {
        uint32_t left = cell_value(a, (enum axis_id)i), right = cell_value(b, (enum axis_id)i);
        if (left != right)
            return left < right ? -1 : 1;
    }
    return 0;
}

void cell_format(const struct cell *cell, char ret_text[CELL_TEXT_BYTES])
{
    size_t length = 0;
    ret_text[0] = '\0';
    for (int i = 0; i < AXIS_COUNT; i++) {
        char word[AXIS_WORD_BYTES];
        if (axes[i].place == AXIS_PLACE_HEAP)
            continue;
        axis_format(&axes[i], cell_value(cell, (enum axis_id)i), word);
        int written = snprintf(ret_text + length, CELL_TEXT_BYTES - length, "%s%s=%s", length ? " " : "",
                               axes[i].name, word);
        assert(written > 0 && (size_t)written < CELL_TEXT_BYTES - length);
        length += (size_t)written;
    }
}

// Copies up to `end` and returns what is behind it.
static const char *take_word(const char *text, char end, char ret_word[AXIS_WORD_BYTES])
{
    size_t length = 0;
    for (; *text && *text != end; text++)
        if (length + 1 < AXIS_WORD_BYTES)
            ret_word[length++] = *text;
    ret_word[length] = '\0';
    return *text ? text + 1 : text;
}

bool cell_parse(const char *text, struct cell *ret_cell, const struct axis **ret_axis,
                char ret_word[AXIS_WORD_BYTES])
{
    struct cell cell = {0};
    for (int i = 0; i < AXIS_COUNT; i++)
        cell_set(&cell, (enum axis_id)i, axes[i].standard);
    while (*text) {
        char name[AXIS_WORD_BYTES];
        uint32_t value = 0;
        text = take_word(text, '=', name);
        text = take_word(text, ' ', ret_word);
        *ret_axis = axis_find(name);
        if (!*ret_axis)
            memcpy(ret_word, name, sizeof name);
        if (!*ret_axis || !axis_parse(*ret_axis, ret_word, &value))
            return false;
        cell_set(&cell, (enum axis_id)(*ret_axis - axes), value);
    }
    *ret_cell = cell;
    return true;
}

// ---- sets of values ----

bool axis_values_has(const struct axis_values *values, uint32_t value)
{
    for (uint32_t i = 0; i < values->count; i++)
        if (values->items[i] == value)
            return true;
    return false;
}

uint32_t axis_values_index(const struct axis_values *values, uint32_t value)
{
    uint32_t index = 0;
    while (index + 1 < values->count && values->items[index] != value)
        index++;
    return index;
}

void axis_values_add(struct axis_values *values, uint32_t value)
{
    if (axis_values_has(values, value))
        return;
    assert(values->count < MAX_AXIS_VALUES);
    uint32_t at = values->count++;
    for (; at > 0 && values->items[at - 1] > value; at--)
        values->items[at] = values->items[at - 1];
    values->items[at] = value;
}

void axis_values_remove(struct axis_values *values, uint32_t value)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < values->count; i++)
        if (values->items[i] != value)
            values->items[kept++] = values->items[i];
    values->count = kept;
}

void axis_values_set(struct axis_values *values, uint32_t value, bool there)
{
    if (there)
        axis_values_add(values, value);
    else
        axis_values_remove(values, value);
}

bool axis_values_equal(const struct axis_values *a, const struct axis_values *b)
{
    return a->count == b->count && memcmp(a->items, b->items, a->count * sizeof *a->items) == 0;
}
