// Writes the result files of a made-up run, for tests of what reads them.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sample_run.h"

static const char usage[] =
    "usage: sample_results DIRECTORY PLATFORM ITERATIONS PROCESSES SIZES SEED [OPTION=VALUE]...\n"
    "SIZES is how many of the sizes there are. Options: sizes, allocators (lists), noise, outcome\n";

static enum outcome outcome_of(const char *name)
{
    for (int outcome = 0; outcome < OUTCOME_COUNT; outcome++)
        if (strcmp(outcome_name((enum outcome)outcome), name) == 0)
            return (enum outcome)outcome;
    fprintf(stderr, "sample_results: no outcome is called %s\n", name);
    exit(2);
}

static uint32_t number_of(const char *word)
{
    return (uint32_t)strtoul(word, NULL, 10);
}

static const char *value_of(const char *word, const char *name)
{
    size_t length = strlen(name);
    return strncmp(word, name, length) == 0 && word[length] == '=' ? word + length + 1 : NULL;
}

static void take_option(struct sample_run_options *options, const char *word)
{
    const char *value = NULL;
    if ((value = value_of(word, "sizes"))) {
        options->sizes = value;
    } else if ((value = value_of(word, "allocators"))) {
        options->allocators = value;
    } else if ((value = value_of(word, "noise"))) {
        options->noise = strtod(value, NULL);
    } else if ((value = value_of(word, "outcome"))) {
        options->failing_outcome = outcome_of(value);
    } else {
        fputs(usage, stderr);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    if (argc < 7) {
        fputs(usage, stderr);
        return 2;
    }
    struct sample_run_options options = {
        .platform = argv[2],
        .iterations = number_of(argv[3]),
        .processes = number_of(argv[4]),
        .size_count = number_of(argv[5]),
        .seed = number_of(argv[6]),
        .slowdown = 1.0,
    };
    for (int i = 7; i < argc; i++)
        take_option(&options, argv[i]);
    struct sample_run run;
    sample_run_build(&options, &run);
    struct error error = {0};
    enum status status = results_write(argv[1], &run.results, &error);
    if (status != STATUS_OK)
        fprintf(stderr, "sample_results: %s\n", error.cause);
    sample_run_release(&run);
    return status == STATUS_OK ? 0 : 1;
}
