#include "program_data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/random.h"

static double normal(struct random *random)
{
    return statistics_normal_quantile(random_unit(random) * 0.999998 + 1e-6);
}

static void fill(struct program_data *data, const struct made_run *run, uint32_t block, uint32_t heap,
                 bool twin, double speed, struct random *random)
{
    struct program_process *process = &data->processes[data->count];
    const double noise = exp(run->noise * normal(random));
    *process = (struct program_process){
        .planned = {.order = (uint32_t)data->count, .block = block, .heap = heap, .twin = twin},
        .start_ns = 1,
        .has_output = true,
        .output_bytes = 3,
        .output_hash = 4,
        .service = {.processes = 1, .served = 1, .served_cpu = 1},
    };
    for (int m = 0; m < PROGRAM_MAX_METRICS; m++)
        process->values[m] = NAN;
    process->values[LAUNCH_METRIC_CPU] = 1e9 * run->heaps[heap].time * speed * noise;
    process->values[LAUNCH_METRIC_WALL] = 1.1 * process->values[LAUNCH_METRIC_CPU];
    process->values[LAUNCH_METRIC_USER] = 0.9 * process->values[LAUNCH_METRIC_CPU];
    process->values[LAUNCH_METRIC_SYSTEM] = 0.1 * process->values[LAUNCH_METRIC_CPU];
    process->values[LAUNCH_METRIC_MAX_RSS] =
        1e8 * run->heaps[heap].memory * exp(run->noise / 4 * normal(random));
    data->count++;
}

struct program_data make_program_data(const struct made_run *run)
{
    CLEANUP(program_request_release)
    struct program_request request = {.platform = strdup("here"),
                                      .name = strdup("made"),
                                      .command_count = 1,
                                      .heap_count = run->heap_count,
                                      .check_output = true};
    CLEANUP(program_subjects_release) struct program_subjects subjects = {0};
    struct program_data data = {0};
    if (string_list_add(&request.commands[0].words, "made", NULL) != STATUS_OK)
        abort();
    for (uint32_t h = 0; h < run->heap_count; h++)
        snprintf(request.heaps[h].name, sizeof request.heaps[h].name, "%s", run->heaps[h].name);
    if (program_subjects_build(&request, &subjects, NULL) != STATUS_OK ||
        program_data_begin(&request, &subjects, &data, NULL) != STATUS_OK)
        abort();
    for (uint32_t h = 1; h < run->heap_count; h++)
        snprintf(data.heaps[h].library, sizeof data.heaps[h].library, "/usr/lib/lib%s.so",
                 run->heaps[h].name);
    data.processes = calloc((size_t)run->blocks * (run->heap_count + 1), sizeof *data.processes);
    if (!data.processes)
        abort();
    struct random random;
    random_seed(&random, run->seed);
    for (uint32_t block = 0; block < run->blocks; block++) {
        const double speed = 1 + 0.3 * random_unit(&random);
        for (uint32_t h = 0; h < run->heap_count; h++)
            fill(&data, run, block, h, false, speed, &random);
        fill(&data, run, block, 0, true, speed, &random);
    }
    return data;
}
