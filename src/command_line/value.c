#include "command_line/private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "command_line/parse.h"

// Digits alone: no sign, no space, no exponent, no base. False also when it does not fit 64 bits.
static bool parse_digits(const char *text, uint64_t *ret_number)
{
    uint64_t number = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        uint64_t digit = (uint64_t)(*text - '0');
        if (number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *ret_number = number;
    return true;
}

static enum status out_of_range(const struct option_row *row, const char *text, const char *what,
                                struct error *error)
{
    char remedy[160];
    snprintf(remedy, sizeof remedy, "Give %s from %" PRIu64 " to %" PRIu64 ".", what, row->minimum,
             row->maximum);
    return error_set(error, STATUS_USAGE, remedy, "--%s cannot be '%s'", row->name, show_word(text).text);
}

static enum status parse_number(const struct option_row *row, const char *text, struct option_value *value,
                                struct error *error)
{
    uint64_t number;
    if (!parse_digits(text, &number) || number < row->minimum || number > row->maximum)
        return out_of_range(row, text, "a whole number", error);
    value->number = number;
    return STATUS_OK;
}

static const struct {
    const char *name;
    uint64_t bytes;
} byte_units[] = {{"B", 1},
                  {"KiB", UINT64_C(1) << 10},
                  {"MiB", UINT64_C(1) << 20},
                  {"GiB", UINT64_C(1) << 30},
                  {"TiB", UINT64_C(1) << 40}};

// What the unit at the end of a size counts; 0 for one that is none.
static uint64_t bytes_of_unit(const char *unit)
{
    for (size_t i = 0; i < COUNT_OF(byte_units); i++)
        if (strcmp(byte_units[i].name, unit) == 0)
            return byte_units[i].bytes;
    return 0;
}

static const char *name_of_unit(uint64_t bytes)
{
    const char *name = "bytes";
    for (size_t i = 1; i < COUNT_OF(byte_units); i++)
        if (byte_units[i].bytes == bytes)
            name = byte_units[i].name;
    return name;
}

static enum status parse_bytes(const struct option_row *row, const char *text, struct option_value *value,
                               struct error *error)
{
    char digits[24] = "";
    const size_t length = strspn(text, "0123456789");
    const uint64_t unit = text[length] ? bytes_of_unit(text + length) : row->unit_bytes;
    uint64_t number = 0;
    bool sound = length < sizeof digits && unit > 0;
    if (sound)
        memcpy(digits, text, length);
    sound = sound && parse_digits(digits, &number) && number <= UINT64_MAX / unit &&
            number * unit % row->unit_bytes == 0;
    number = sound ? number * unit / row->unit_bytes : 0;
    if (!sound || number < row->minimum || number > row->maximum) {
        char remedy[160];
        snprintf(remedy, sizeof remedy, "Give a size from %" PRIu64 " to %" PRIu64 " %s, such as 64MiB.",
                 row->minimum, row->maximum, name_of_unit(row->unit_bytes));
        return error_set(error, STATUS_USAGE, remedy, "--%s cannot be '%s'", row->name, show_word(text).text);
    }
    value->number = number;
    return STATUS_OK;
}

// Digits with at most one point between or before them; strtod would also take "nan", "0x1p3" and spaces.
static enum status parse_decimal(const struct option_row *row, const char *text, struct option_value *value,
                                 struct error *error)
{
    size_t whole = strspn(text, "0123456789");
    size_t fraction = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") + 1 : 0;
    bool well_formed = whole + fraction > 0 && !text[whole + fraction] && fraction != 1;
    double decimal = well_formed ? strtod(text, NULL) : -1;
    if (!well_formed || decimal < (double)row->minimum || decimal > (double)row->maximum)
        return out_of_range(row, text, "a number", error);
    value->decimal = decimal;
    return STATUS_OK;
}

// Numbers with a unit each, the larger unit first; a number that stands alone counts seconds.
static enum status parse_duration(const struct option_row *row, const char *text, struct option_value *value,
                                  struct error *error)
{
    static const struct {
        char unit;
        double seconds;
    } units[] = {{'h', 3600}, {'m', 60}, {'s', 1}};
    double seconds = 0;
    size_t unit = 0;
    const char *rest = text;
    bool well_formed = *text != '\0';
    while (*rest && well_formed) {
        size_t digits = strspn(rest, "0123456789");
        double number = digits > 0 && digits <= 9 ? strtod(rest, NULL) : -1; // ends at the unit
        rest += digits;
        while (*rest && unit < COUNT_OF(units) && units[unit].unit != *rest)
            unit++;
        well_formed = number >= 0 && (*rest ? unit < COUNT_OF(units) : rest - digits == text);
        if (!well_formed)
            break;
        seconds += number * (*rest ? units[unit++].seconds : 1);
        rest += *rest != '\0';
    }
    if (!well_formed || seconds < (double)row->minimum || seconds > (double)row->maximum)
        return error_set(error, STATUS_USAGE, "Give hours, minutes and seconds, such as 1h30m, 2m or 90s.",
                         "--%s cannot be '%s'", row->name, show_word(text).text);
    value->decimal = seconds;
    return STATUS_OK;
}

// The choice that a word was probably meant to be: for numbers the one nearest by ratio, else by letters.
static const char *nearest_choice(const struct choices *choices, const char *word)
{
    const char *names[64];
    size_t count = 0;
    uint64_t number = 0, candidate;
    bool is_number = parse_digits(word, &number) && number > 0;
    const char *nearest = NULL;
    double nearest_ratio = 4;
    for (size_t i = 0; i < choices->count; i++) {
        const char *name = choices->name(i);
        if (!name)
            continue;
        names[count++] = name;
        if (!is_number || !parse_digits(name, &candidate) || candidate == 0)
            continue;
        double ratio =
            number > candidate ? (double)number / (double)candidate : (double)candidate / (double)number;
        if (ratio < nearest_ratio) {
            nearest_ratio = ratio;
            nearest = name;
        }
    }
    return nearest ? nearest : nearest_word(word, names, count);
}

static enum status unknown_choice(const struct option_row *row, const char *word, struct error *error)
{
    const char *absence, *way;
    if (row->choices->is_absent && row->choices->is_absent(word, &absence, &way))
        return error_set(error, STATUS_USAGE, way, "--%s: %s '%s' is not in this build: %s", row->name,
                         row->choices->noun, word, absence);
    const char *nearest = nearest_choice(row->choices, word);
    CLEANUP(text_release) struct text remedy = {0};
    if (nearest)
        text_append_format(&remedy, "Did you mean %s? ", nearest);
    text_append(&remedy, "Known are ");
    choices_append(&remedy, row->choices, choices_all(row->choices));
    text_append(&remedy, ".");
    return error_set(error, STATUS_USAGE, text_string(&remedy), "--%s: there is no %s '%s'", row->name,
                     row->choices->noun, show_word(word).text);
}

// Splits at commas, drops spaces around the words. An empty word is an error.
static enum status split_words(const struct option_row *row, const char *text, struct string_list *ret_words,
                               struct error *error)
{
    CLEANUP(string_list_release) struct string_list parts = {0}, words = {0};
    enum status status = string_list_split(&parts, text, ',', error);
    for (size_t i = 0; status == STATUS_OK && i < parts.count; i++) {
        char *word = parts.items[i] + strspn(parts.items[i], " ");
        size_t length = strlen(word);
        while (length > 0 && word[length - 1] == ' ')
            word[--length] = '\0';
        if (length == 0)
            return error_set(error, STATUS_USAGE, "Write its values with one comma between them.",
                             "--%s '%s' has an empty place in its list", row->name, show_word(text).text);
        if (!string_list_contains(&words, word))
            status = string_list_add(&words, word, error);
    }
    if (status != STATUS_OK)
        return status;
    if (words.count == 0)
        return error_set(error, STATUS_USAGE, "Name at least one, or leave the option out.", "--%s is empty",
                         row->name);
    *ret_words = words;
    words = (struct string_list){0}; // given away
    return STATUS_OK;
}

static enum status parse_list(const struct option_row *row, const char *text, struct option_value *value,
                              struct error *error)
{
    CLEANUP(string_list_release) struct string_list words = {0};
    enum status status = split_words(row, text, &words, error);
    if (status != STATUS_OK)
        return status;
    uint64_t chosen = 0;
    for (size_t i = 0; i < words.count; i++) {
        int index = choice_index(row->choices, words.items[i]);
        if (index >= 0)
            chosen |= UINT64_C(1) << index;
        else if (strcmp(words.items[i], "all") == 0)
            chosen |= choices_all(row->choices);
        else
            return unknown_choice(row, words.items[i], error);
    }
    value->chosen = chosen;
    return STATUS_OK;
}

static enum status parse_names(const struct option_row *row, const char *text, struct option_value *value,
                               struct error *error)
{
    struct string_list words = {0};
    enum status status = split_words(row, text, &words, error);
    if (status != STATUS_OK)
        return status;
    string_list_release(&value->names);
    value->names = words;
    return STATUS_OK;
}

static enum status parse_choice(const struct option_row *row, const char *text, struct option_value *value,
                                struct error *error)
{
    int index = choice_index(row->choices, text);
    if (index < 0)
        return unknown_choice(row, text, error);
    value->chosen = UINT64_C(1) << index;
    value->text = text;
    return STATUS_OK;
}

static enum status parse_text(const struct option_row *row, const char *text, struct option_value *value,
                              struct error *error)
{
    if (!*text)
        return error_set(error, STATUS_USAGE, "Give a value, or leave the option out.", "--%s is empty",
                         row->name);
    value->text = text;
    return STATUS_OK;
}

static enum status parse_texts(const struct option_row *row, const char *text, struct option_value *value,
                               struct error *error)
{
    struct option_value one = {0};
    enum status status = parse_text(row, text, &one, error);
    return status == STATUS_OK ? string_list_add(&value->names, text, error) : status;
}

enum status value_parse(const struct option_row *row, const char *text, struct option_value *value,
                        struct error *error)
{
    typedef enum status parser(const struct option_row *, const char *, struct option_value *,
                               struct error *);
    static parser *const parsers[] = {
        [OPTION_NUMBER] = parse_number,     [OPTION_BYTES] = parse_bytes, [OPTION_DECIMAL] = parse_decimal,
        [OPTION_DURATION] = parse_duration, [OPTION_LIST] = parse_list,   [OPTION_CHOICE] = parse_choice,
        [OPTION_NAMES] = parse_names,       [OPTION_TEXT] = parse_text,   [OPTION_TEXTS] = parse_texts,
        [OPTION_PATH] = parse_text,
    };
    return parsers[row->type](row, text, value, error);
}
