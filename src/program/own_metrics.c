// Numbers that a program prints: requests per second, a percentile.
#include <math.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "program/measure.h"

enum { GROUPS = 2, NUMBER_BYTES = 64 };

enum status program_pattern_check(const char *pattern, struct error *error)
{
    regex_t compiled;
    char reason[128];
    int failure = regcomp(&compiled, pattern, REG_EXTENDED | REG_NEWLINE);
    if (failure == 0) {
        regfree(&compiled);
        return STATUS_OK;
    }
    regerror(failure, &compiled, reason, sizeof reason);
    return error_set(error, STATUS_USAGE,
                     "Write --metric NAME=REGEX with an extended regular expression, such as "
                     "'rps=([0-9.]+) requests'.",
                     "--metric: '%s' is not a regular expression: %s", pattern, reason);
}

// NaN when the text does not begin with a number.
static double parse_number(const char *text, size_t length)
{
    char number[NUMBER_BYTES];
    if (length >= sizeof number)
        length = sizeof number - 1;
    memcpy(number, text, length);
    number[length] = '\0';
    char *comma = strchr(number, ',');
    if (comma && !strchr(number, '.') && !strchr(comma + 1, ','))
        *comma = '.';
    char *end;
    double value = strtod(number, &end);
    return end == number || !isfinite(value) ? (double)NAN : value;
}

double program_find_number(const char *pattern, const char *output)
{
    regex_t compiled;
    regmatch_t groups[GROUPS];
    double value = NAN;
    if (regcomp(&compiled, pattern, REG_EXTENDED | REG_NEWLINE) != 0)
        return NAN;
    for (const char *rest = output;
         *rest && regexec(&compiled, rest, GROUPS, groups, rest == output ? 0 : REG_NOTBOL) == 0;) {
        const regmatch_t *group = groups[1].rm_so >= 0 ? &groups[1] : &groups[0];
        value = parse_number(rest + group->rm_so, (size_t)(group->rm_eo - group->rm_so));
        rest += groups[0].rm_eo > 0 ? groups[0].rm_eo : 1;
    }
    regfree(&compiled);
    return value;
}
