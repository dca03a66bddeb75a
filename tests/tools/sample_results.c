// Writes the result files of a made-up run, for tests of what reads them.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sample_run.h"

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

int main(int argc, char **argv)
{
    if (argc != 7 && argc != 8) {
        fprintf(stderr,
                "usage: sample_results DIRECTORY PLATFORM ITERATIONS PROCESSES SIZES SEED [OUTCOME]\n");
        return 2;
    }
    const struct sample_run_options options = {
        .platform = argv[2],
        .iterations = number_of(argv[3]),
        .processes = number_of(argv[4]),
        .size_count = number_of(argv[5]),
        .seed = number_of(argv[6]),
        .slowdown = 1.0,
        .failing_outcome = argc == 8 ? outcome_of(argv[7]) : OUTCOME_OK,
    };
    struct sample_run run;
    sample_run_build(&options, &run);
    struct error error = {0};
    enum status status = results_write(argv[1], &run.results, &error);
    if (status != STATUS_OK)
        fprintf(stderr, "sample_results: %s\n", error.cause);
    sample_run_release(&run);
    return status == STATUS_OK ? 0 : 1;
}
