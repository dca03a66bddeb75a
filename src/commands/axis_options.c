#include <inttypes.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "command_line/parse.h"
#include "commands/private.h"

static const struct choices *choices_of(enum axis_id axis)
{
    switch (axis) {
    case AXIS_strategy:
        return &strategy_choices;
    case AXIS_pattern:
        return &pattern_choices;
    case AXIS_size_bytes:
        return &size_bytes_choices;
    case AXIS_touch:
        return &touch_choices;
    default:
        return NULL;
    }
}

// Of a list of words.
static void set_chosen(const struct axis *axis, const struct choices *choices, uint64_t chosen,
                       struct axis_values *values)
{
    for (uint32_t i = 0; i < choices->count; i++)
        if (choices->name(i))
            axis_values_set(values, axis_listed(axis, i), chosen >> i & 1);
}

static enum status refuse_word(const struct axis *axis, const char *word, struct error *error)
{
    CLEANUP(text_release) struct text remedy = {0};
    if (axis->type == AXIS_TYPE_NUMBER)
        text_append_format(&remedy, "Give whole numbers from %" PRIu32 " to %" PRIu32 ".", axis->least,
                           axis->greatest);
    else
        text_append(&remedy, "Give some of ");
    for (uint32_t i = 0; axis->type == AXIS_TYPE_WORD && i < axis->listed; i++)
        text_append_format(&remedy, "%s%s", axis->text(i), i + 1 < axis->listed ? ", " : ".");
    return error_set(error, STATUS_USAGE, text_string(&remedy), "--%s cannot be '%s'", axis->option,
                     show_word(word).text);
}

// Of names that the parser does not know.
static enum status set_named(const struct axis *axis, const struct string_list *words,
                             struct axis_values *values, struct error *error)
{
    *values = (struct axis_values){0};
    if (words->count > MAX_SWEPT_VALUES)
        return error_set(error, STATUS_USAGE, "Measure the others in a separate run.",
                         "--%s has more than %d values", axis->option, MAX_SWEPT_VALUES);
    for (size_t i = 0; i < words->count; i++) {
        uint32_t value = 0;
        if (!axis_parse(axis, words->items[i], &value))
            return refuse_word(axis, words->items[i], error);
        axis_values_add(values, value);
    }
    if (axis_values_has(values, axis->standard))
        return STATUS_OK;
    char standard[AXIS_WORD_BYTES], remedy[160];
    axis_format(axis, axis->standard, standard);
    snprintf(remedy, sizeof remedy, "Add it: the benchmark file has the rows of %s %s alone.", axis->title,
             standard);
    return error_set(error, STATUS_USAGE, remedy, "--%s is without %s", axis->option, standard);
}

enum status axis_option_apply(enum axis_id id, const struct option_value *value, struct plan_request *request,
                              struct error *error)
{
    const struct axis *axis = &axes[id];
    struct axis_values *values = &request->axes[id];
    const struct choices *choices = choices_of(id);
    if (axis->place == AXIS_PLACE_SWEPT)
        return set_named(axis, &value->names, values, error);
    if (axis->place == AXIS_PLACE_RUN)
        *values = (struct axis_values){1, {(uint32_t)choice_index(choices, value->text)}};
    else
        set_chosen(axis, choices, value->chosen, values);
    return STATUS_OK;
}
