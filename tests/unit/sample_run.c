#include "sample_run.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/random.h"
#include "base/text.h"

static void must(enum status status, const struct error *error)
{
    if (status == STATUS_OK)
        return;
    fprintf(stderr, "sample_run: %s\n", error->cause);
    exit(1);
}

static double nanoseconds_per_object(const struct cell *cell)
{
    static const double by_strategy[STRATEGY_COUNT] = {[STRATEGY_box] = 20.0,
                                                       [STRATEGY_box_twin] = 20.0,
                                                       [STRATEGY_slab_cold] = 12.0,
                                                       [STRATEGY_slab_warm] = 10.0};
    double base = by_strategy[cell->strategy] > 0 ? by_strategy[cell->strategy] : 15.0;
    return base * (1.0 + cell->pattern * 0.1) * (1.0 + cell->size_bytes / 8192.0);
}

// A factor that is lognormal with that spread; a normal number is made of twelve even ones.
static double noise_factor(struct random *random, double spread)
{
    double normal = -6;
    for (int i = 0; i < 12; i++)
        normal += random_unit(random);
    return exp(spread * normal);
}

static void fill_trial(const struct planned_process *planned, uint32_t index, double slowdown, double noise,
                       struct random *random, double process_factor, struct trial *trial)
{
    double objects_per_batch = pattern_expected_objects(planned->cell.pattern);
    double per_object = nanoseconds_per_object(&planned->cell) * slowdown * process_factor;
    double own_factor = noise > 0 ? noise_factor(random, noise / 3) : 1.0 + 0.02 * random_unit(random);
    double batch_ns = per_object * objects_per_batch * own_factor;
    *trial = (struct trial){
        .index = index,
        .cpu = 1,
        .start_ns = 1700000000000000000u + planned->order * 1000000u + index * 1000u,
        .total_ns = (uint64_t)(batch_ns * INNER_LOOP),
        .latency_ns = (uint64_t)(batch_ns * (1.5 + random_unit(random))),
        .objects = (uint64_t)(objects_per_batch * INNER_LOOP) +
                   (planned->cell.pattern == PATTERN_random ? random_below(random, 100) : 0),
        .minor_faults = random_below(random, 3),
        .voluntary_switches = 0,
        .involuntary_switches = random_below(random, 40) == 0,
        .probe_before_ns = 4000 + random_below(random, 50),
        .probe_after_ns = 4000 + random_below(random, 50),
    };
}

static void fill_process(const struct sample_run_options *options, const struct planned_process *planned,
                         struct random *random, struct process_record *record)
{
    *record = (struct process_record){
        .plan_order = planned->order,
        .cold_start_ns = 9000 + random_below(random, 500),
        .floor_ns = 100000 + random_below(random, 500),
        .resident_bytes = 2000000,
        .warmup_batches = 100,
        .trials = calloc(planned->trial_count + 1u, sizeof *record->trials),
    };
    must(record->trials ? STATUS_OK : STATUS_NO_MEMORY, &(struct error){.cause = "out of memory"});
    bool twin = planned->cell.strategy == STRATEGY_box_twin;
    bool slower_twin =
        twin && options->twin_slowdown > 0 &&
        (options->slow_twin_live == 0 || options->slow_twin_live == planned->cell.live_objects);
    double slowdown = options->slowdown * (slower_twin ? options->twin_slowdown : 1.0);
    double process_factor =
        options->noise > 0 ? noise_factor(random, options->noise) : 1.0 + 0.03 * random_unit(random);
    for (uint32_t t = 0; t < planned->trial_count; t++) {
        struct trial *trial = &record->trials[record->trial_count++];
        fill_trial(planned, t, slowdown, options->noise, random, process_factor, trial);
        trial->migrated = twin && options->disturbed_twin;
        if (planned->order % 50 != 7 || t > 0)
            continue;
        // Its first try went wrong and was repeated.
        trial->migrated = true;
        trial->total_ns *= 3;
        struct trial *again = &record->trials[record->trial_count++];
        fill_trial(planned, t, slowdown, options->noise, random, process_factor, again);
        again->repetition = 1;
        again->involuntary_switches = 0;
    }
    const struct cell *cell = &planned->cell;
    if (options->failing_outcome != OUTCOME_OK && planned->replicate == 2 &&
        cell->strategy == STRATEGY_slab_cold && cell->pattern == PATTERN_fifo &&
        cell->size_bytes == object_sizes[0]) {
        record->outcome = options->failing_outcome;
        record->trial_count = 1;
        snprintf(record->reason, sizeof record->reason, "killed by signal 11 (it's \"sudden\")");
    }
}

static void add_value(struct measurement_record *record, enum measured_metric metric, double value)
{
    const struct measured_value added = {.metric = metric, .value = value};
    must(measured_values_add(&record->values, &added) ? STATUS_OK : STATUS_NO_MEMORY,
         &(struct error){.cause = "out of memory"});
}

static void fill_census(const struct planned_process *planned, size_t index,
                        struct measurement_record *census)
{
    double objects = floor(pattern_expected_objects(planned->cell.pattern) * 100);
    bool faults = planned->cell.strategy == STRATEGY_box && planned->cell.size_bytes >= 1024;
    const double calls[] = {faults ? objects : 0, 1, 2, 3, 4};
    *census = (struct measurement_record){.plan_order = planned->order, .kind = MEASUREMENT_census};
    if (index % 7 == 6) {
        census->outcome = OUTCOME_CRASHED;
        return;
    }
    add_value(census, MEASURED_census_batches, 100);
    add_value(census, MEASURED_census_objects, objects);
    add_value(census, MEASURED_census_minor_faults, faults ? floor(objects / 2) : 0);
    add_value(census, MEASURED_census_major_faults, 0);
    add_value(census, MEASURED_census_cycles, objects * 30);
    for (int call = 0; call < 5 && index % 3 != 2; call++)
        add_value(census, (enum measured_metric)(MEASURED_census_brk_calls + call), calls[call]);
}

static void fill_censuses(struct sample_run *run)
{
    run->censuses = calloc(run->plan.count, sizeof *run->censuses);
    must(run->censuses ? STATUS_OK : STATUS_NO_MEMORY, &(struct error){.cause = "out of memory"});
    for (size_t i = 0; i < run->plan.count; i++) {
        const struct planned_process *planned = &run->plan.processes[i];
        if (planned->replicate == 0) {
            fill_census(planned, run->census_count, &run->censuses[run->census_count]);
            run->census_count++;
        }
    }
}

// Replaces the values of an axis by those of a list of words; NULL changes nothing.
static void choose(struct plan_request *request, enum axis_id axis, const char *list)
{
    CLEANUP(string_list_release) struct string_list words = {0};
    struct error error;
    if (!list)
        return;
    must(string_list_split(&words, list, ',', &error), &error);
    request->axes[axis].count = 0;
    for (size_t i = 0; i < words.count; i++) {
        uint32_t value = 0;
        bool known = axis_parse(&axes[axis], words.items[i], &value);
        must(known ? STATUS_OK : STATUS_USAGE, &(struct error){.cause = "unknown word in a list"});
        axis_values_add(&request->axes[axis], value);
    }
}

void sample_run_build(const struct sample_run_options *options, struct sample_run *run)
{
    struct error error;
    struct plan_request request;
    plan_request_init(&request);
    request.iterations = options->iterations;
    request.processes = options->processes;
    request.seed = options->seed;
    for (uint32_t i = options->size_count; i < SIZE_COUNT && !options->sizes; i++)
        axis_values_remove(&request.axes[AXIS_size_bytes], object_sizes[i]);
    choose(&request, AXIS_size_bytes, options->sizes);
    choose(&request, AXIS_strategy, options->allocators);
    if (!options->allocators)
        axis_values_set(&request.axes[AXIS_strategy], STRATEGY_box_twin, !options->without_twin);
    if (options->heap)
        snprintf(request.heaps[0].name, sizeof request.heaps[0].name, "%s", options->heap);
    if (options->more_live)
        axis_values_add(&request.axes[AXIS_live_objects], options->more_live);
    *run = (struct sample_run){0};
    must(plan_build(&request, &run->plan, &error), &error);
    run->processes = calloc(run->plan.count, sizeof *run->processes);
    must(run->processes ? STATUS_OK : STATUS_NO_MEMORY, &(struct error){.cause = "out of memory"});
    struct random random;
    random_seed(&random, options->seed);
    // Records arrive in any order: the last planned first.
    for (size_t i = 0; i < run->plan.count; i++)
        fill_process(options, &run->plan.processes[run->plan.count - 1 - i], &random, &run->processes[i]);
    fill_censuses(run);
    facts_set(&run->facts, "cpu.model", "Sample CPU's \"best\" model; -- 'quoted'");
    facts_set(&run->facts, "kernel.command_line", "quiet\nsplash $facts ? %s");
    if (options->touch)
        facts_set(&run->facts, "plan.touch", options->touch);
    facts_set_format(&run->facts, "plan.seed", "%llu", (unsigned long long)options->seed);
    run->results = (struct results){.platform = options->platform,
                                    .plan = &run->plan,
                                    .processes = run->processes,
                                    .process_count = run->plan.count,
                                    .measurements = run->censuses,
                                    .measurement_count = run->census_count,
                                    .limits = {4100, 5000},
                                    .facts = &run->facts};
}

void sample_run_release(struct sample_run *run)
{
    for (size_t i = 0; i < run->plan.count; i++)
        process_record_release(&run->processes[i]);
    free(run->processes);
    for (size_t i = 0; i < run->census_count; i++)
        measurement_record_release(&run->censuses[i]);
    free(run->censuses);
    plan_release(&run->plan);
    facts_release(&run->facts);
}

char sample_directory[] = "/tmp/memalloc-bench-sample-XXXXXX";

int make_sample_directory(void **state)
{
    (void)state;
    return mkdtemp(sample_directory) ? 0 : -1;
}

int remove_sample_directory(void **state)
{
    (void)state;
    DIR *stream = opendir(sample_directory);
    if (!stream)
        return -1;
    for (struct dirent *entry; (entry = readdir(stream));)
        unlinkat(dirfd(stream), entry->d_name, 0); // "." and ".." stay
    closedir(stream);
    return rmdir(sample_directory);
}
