// A randomized complete block design: in each replicate, a (pattern, size) condition is a
// block, the allocators are the treatments.
#include "plan/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/random.h"
#include "plan/private.h"

void plan_request_init(struct plan_request *request)
{
    *request = (struct plan_request){
        .iterations = STANDARD_ITERATIONS,
        .processes = STANDARD_PROCESSES,
        .seed = 1,
        .heaps = {{.name = "system"}},
        .heap_count = 1,
        .litter_mebibytes = STANDARD_LITTER_MEBIBYTES,
        .footprint_bytes = STANDARD_FOOTPRINT_BYTES,
    };
    for (int a = 0; a < AXIS_COUNT; a++) {
        if (axes[a].place == AXIS_PLACE_SWEPT || axes[a].place == AXIS_PLACE_RUN)
            axis_values_add(&request->axes[a], axes[a].standard);
        for (uint32_t i = 0; axes[a].place == AXIS_PLACE_GRID && i < axes[a].listed; i++)
            axis_values_add(&request->axes[a], axis_listed(&axes[a], i));
    }
    for (uint32_t i = SOLO_PATTERN_COUNT; i < PATTERN_COUNT; i++)
        axis_values_remove(&request->axes[AXIS_pattern], i);
    for (uint32_t i = 0; i < STRATEGY_COUNT; i++)
        axis_values_set(&request->axes[AXIS_strategy], i,
                        strategies[i].role == STRATEGY_ROLE_STANDARD ||
                            strategies[i].role == STRATEGY_ROLE_CONTROL);
}

uint32_t plan_request_value(const struct plan_request *request, enum axis_id axis)
{
    return request->axes[axis].items[0];
}

bool plan_request_has(const struct plan_request *request, enum strategy_id strategy, enum pattern_id pattern,
                      uint32_t size_bytes)
{
    return axis_values_has(&request->axes[AXIS_strategy], strategy) &&
           axis_values_has(&request->axes[AXIS_pattern], pattern) &&
           axis_values_has(&request->axes[AXIS_size_bytes], size_bytes);
}

static enum status check_axis(const struct plan_request *request, enum axis_id id, struct error *error)
{
    const struct axis *axis = &axes[id];
    const struct axis_values *values = &request->axes[id];
    if (axis->place == AXIS_PLACE_HEAP)
        return STATUS_OK;
    if (values->count == 0)
        return error_set(error, STATUS_USAGE, "Name at least one allocator, one pattern and one size.",
                         "the plan is empty");
    if (axis->place == AXIS_PLACE_RUN && values->count > 1)
        return error_set(error, STATUS_USAGE, NULL, "a run has one %s", axis->title);
    if (axis->listed == 0 && values->count > MAX_SWEPT_VALUES)
        return error_set(error, STATUS_USAGE, NULL, "at most %d values of %s fit one run", MAX_SWEPT_VALUES,
                         axis->title);
    for (uint32_t i = 0; i < values->count; i++)
        if (!axis_has(axis, values->items[i]))
            return error_set(error, STATUS_USAGE, NULL, "--%s must be %u to %u, not %u", axis->option,
                             axis->least, axis->greatest, values->items[i]);
    return STATUS_OK;
}

static bool has_fitting_threads(const struct plan_request *request, enum pattern_id pattern)
{
    for (uint32_t i = 0; i < request->axes[AXIS_threads].count; i++)
        if (pattern_fits_threads(pattern, request->axes[AXIS_threads].items[i]))
            return true;
    return false;
}

void plan_fit_patterns(struct plan_request *request)
{
    for (uint32_t i = 0; i < PATTERN_COUNT; i++)
        if (!has_fitting_threads(request, (enum pattern_id)i))
            axis_values_remove(&request->axes[AXIS_pattern], i);
}

// The benchmark file has what one thread does: there must be something of it.
static enum status check_threads(const struct plan_request *request, struct error *error)
{
    const struct axis_values *chosen = &request->axes[AXIS_pattern];
    for (uint32_t i = 0; i < chosen->count; i++)
        if (!has_fitting_threads(request, (enum pattern_id)chosen->items[i]))
            return error_set(error, STATUS_USAGE, "Add threads: --threads 1,2.",
                             "the pattern %s needs two threads", patterns[chosen->items[i]].name);
    if (chosen->items[0] >= SOLO_PATTERN_COUNT)
        return error_set(error, STATUS_USAGE, "Add one, such as lifo.",
                         "--patterns is without one that a thread runs by itself");
    return STATUS_OK;
}

enum status plan_check_request(const struct plan_request *request, struct error *error)
{
    if (request->iterations < 1 || request->iterations > MAX_ITERATIONS)
        return error_set(error, STATUS_USAGE, NULL, "--iterations must be 1 to %d, not %u", MAX_ITERATIONS,
                         request->iterations);
    if (request->processes < 1 || request->processes > MAX_PROCESSES)
        return error_set(error, STATUS_USAGE, NULL, "--processes must be 1 to %d, not %u", MAX_PROCESSES,
                         request->processes);
    if (request->spare_processes > MAX_PROCESSES - request->processes)
        return error_set(error, STATUS_USAGE, NULL, "a plan has at most %d processes of a cell",
                         MAX_PROCESSES);
    if (request->processes > request->iterations)
        return error_set(error, STATUS_USAGE,
                         "Each process runs at least one trial: lower --processes or raise --iterations.",
                         "--processes %u is more than --iterations %u", request->processes,
                         request->iterations);
    if (request->heap_count < 1 || request->heap_count > MAX_HEAPS)
        return error_set(error, STATUS_USAGE, NULL, "at most %d heaps fit one run", MAX_HEAPS);
    if (request->litter_mebibytes < 1 || request->litter_mebibytes > MAX_LITTER_MEBIBYTES)
        return error_set(error, STATUS_USAGE, NULL, "--litter must be 1 to %d, not %u", MAX_LITTER_MEBIBYTES,
                         request->litter_mebibytes);
    if (request->footprint_bytes < MIN_FOOTPRINT_BYTES || request->footprint_bytes > MAX_FOOTPRINT_BYTES)
        return error_set(error, STATUS_USAGE, NULL,
                         "--footprint-bytes must be %d to %" PRIu64 ", not %" PRIu64, MIN_FOOTPRINT_BYTES,
                         MAX_FOOTPRINT_BYTES, request->footprint_bytes);
    enum status status = STATUS_OK;
    for (int a = 0; a < AXIS_COUNT && status == STATUS_OK; a++)
        status = check_axis(request, (enum axis_id)a, error);
    return status == STATUS_OK ? check_threads(request, error) : status;
}

// FNV-1a over the request's values in a fixed order, so that it does not depend on the layout of the struct.
static uint64_t fingerprint_add(uint64_t hash, uint64_t value)
{
    for (int i = 0; i < 8; i++, value >>= 8)
        hash = (hash ^ (value & 0xff)) * 0x100000001b3u;
    return hash;
}

static uint64_t fingerprint_add_text(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = fingerprint_add(hash, (unsigned char)*text);
    return fingerprint_add(hash, 0);
}

uint64_t plan_fingerprint(const struct plan_request *request)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (int a = 0; a < AXIS_COUNT; a++) {
        hash = fingerprint_add_text(hash, axes[a].name);
        for (uint32_t i = 0; i < request->axes[a].count; i++) {
            char word[AXIS_WORD_BYTES];
            axis_format(&axes[a], request->axes[a].items[i], word);
            hash = fingerprint_add_text(hash, word);
        }
    }
    for (uint32_t i = 0; i < request->heap_count; i++) {
        hash = fingerprint_add_text(hash, request->heaps[i].name);
        hash = fingerprint_add_text(hash, request->heaps[i].library);
        hash = fingerprint_add_text(hash, request->heaps[i].tunables);
    }
    hash = fingerprint_add(hash, request->litter_mebibytes);
    for (int kind = 0; kind < MEASUREMENT_COUNT; kind++)
        if (measurements_have(request->measurements, (enum measurement_id)kind) &&
            measurement_kinds[kind].asked == MEASUREMENT_ASKED_OPTION)
            hash = fingerprint_add_text(hash, measurement_kinds[kind].name);
    if (measurements_have(request->measurements, MEASUREMENT_footprint))
        hash = fingerprint_add(hash, request->footprint_bytes);
    hash = fingerprint_add(hash, request->iterations);
    hash = fingerprint_add(hash, request->processes);
    if (request->spare_processes > 0)
        hash = fingerprint_add(hash, request->spare_processes);
    return fingerprint_add(hash, request->seed);
}

enum { MAX_TREATMENTS = STRATEGY_COUNT * MAX_HEAPS };

static bool is_condition(const struct axis *axis)
{
    return axis->place == AXIS_PLACE_GRID || axis->place == AXIS_PLACE_SWEPT;
}

// The cells that a strategy and a heap have: the values of these two are left open.
struct conditions {
    struct cell *items;
    uint32_t count;
};

static void conditions_release(struct conditions *conditions)
{
    free(conditions->items);
}

// All combinations of values, those of the last axis changing first, but for patterns that so many threads
// cannot run.
static enum status list_conditions(const struct plan_request *request, struct conditions *ret_conditions,
                                   struct error *error)
{
    uint32_t count = 1;
    for (int a = 0; a < AXIS_COUNT; a++)
        count *= is_condition(&axes[a]) ? request->axes[a].count : 1;
    struct cell *items = calloc(count, sizeof *items);
    if (!items)
        return error_set_no_memory(error);
    uint32_t kept = 0;
    for (uint32_t c = 0; c < count; c++) {
        struct cell *cell = &items[kept];
        for (int a = AXIS_COUNT - 1, rest = (int)c; a >= 0; a--) {
            const struct axis_values *values = &request->axes[a];
            uint32_t at = is_condition(&axes[a]) ? (uint32_t)rest % values->count : 0;
            rest /= is_condition(&axes[a]) ? (int)values->count : 1;
            if (values->count > 0)
                cell_set(cell, (enum axis_id)a, values->items[at]);
        }
        kept += pattern_fits_threads((enum pattern_id)cell->pattern, cell->threads);
    }
    *ret_conditions = (struct conditions){items, kept};
    return STATUS_OK;
}

// What is compared inside a block: each strategy on each heap; the controls and what uses no heap once.
struct treatment {
    enum strategy_id strategy;
    uint32_t heap;
};

static uint32_t list_treatments(const struct plan_request *request,
                                struct treatment treatments[MAX_TREATMENTS])
{
    uint32_t count = 0;
    const struct axis_values *chosen = &request->axes[AXIS_strategy];
    for (uint32_t i = 0; i < chosen->count; i++) {
        const struct strategy *strategy = &strategies[chosen->items[i]];
        bool once = strategy->memory == STRATEGY_MEMORY_MAPPED || strategy->role == STRATEGY_ROLE_CONTROL;
        for (uint32_t h = 0; h < (once ? 1 : request->heap_count); h++)
            treatments[count++] = (struct treatment){(enum strategy_id)chosen->items[i], h};
    }
    return count;
}

// Iterations that do not divide evenly go to the first replicates, one more each; a spare one has the share.
void plan_set_iterations(const struct plan_request *request, struct planned_process *process)
{
    uint32_t share = request->iterations / request->processes;
    uint32_t rest = request->iterations % request->processes;
    uint32_t r = process->replicate;
    process->trial_count = share + (r < rest);
    process->first_iteration = r * share + (r < rest ? r : rest);
}

// Where the C library asks the system for pages, a trial of box takes a hundred times as long as elsewhere:
// box and its twin would spend nearly all of a run there. So the twin of such objects runs in every third
// replicate, evenly, and in PLAN_MIN_TWINS at least. Where it runs it has the trials that box has:
// with fewer it would have more first ones, which are slower, and show a difference that is none. Spare
// replicates leave out what those from the first one on do.
static bool is_left_out(const struct plan_request *request, const struct treatment *treatment,
                        uint32_t size_bytes, uint32_t replicate)
{
    enum { COSTLY_FROM_BYTES = 1536 };
    if (treatment->strategy != STRATEGY_box_twin || size_bytes < COSTLY_FROM_BYTES)
        return false;
    uint32_t third = (request->processes + 2) / 3;
    uint32_t twins = third < PLAN_MIN_TWINS ? PLAN_MIN_TWINS : third;
    return twins < request->processes && (uint64_t)replicate * twins % request->processes >= twins;
}

// Shuffles the conditions, from the order in which they are listed.
static void fill_replicate(struct plan *plan, const struct conditions *conditions, struct cell *scratch,
                           uint32_t replicate, struct random *random)
{
    const struct plan_request *request = &plan->request;
    memcpy(scratch, conditions->items, conditions->count * sizeof *scratch);
    random_shuffle(random, scratch, conditions->count, sizeof *scratch);
    for (uint32_t c = 0; c < conditions->count; c++) {
        struct treatment order[MAX_TREATMENTS];
        uint32_t treatment_count = list_treatments(request, order);
        random_shuffle(random, order, treatment_count, sizeof *order);
        uint64_t group_seed = random_next(random);
        for (uint32_t t = 0; t < treatment_count; t++) {
            if (is_left_out(request, &order[t], scratch[c].size_bytes, replicate) ||
                !strategy_has_pattern(&strategies[order[t].strategy], (enum pattern_id)scratch[c].pattern))
                continue;
            struct planned_process *process = &plan->processes[plan->count];
            *process = (struct planned_process){
                .order = (uint32_t)plan->count++,
                .replicate = replicate,
                .block = replicate * conditions->count + c,
                .cell = scratch[c],
                .seed = group_seed,
                .environment_padding = random_below(random, ENVIRONMENT_PADDING_BYTES),
            };
            process->cell.strategy = order[t].strategy;
            process->cell.heap = order[t].heap;
            plan_set_iterations(request, process);
            label_format(&strategies[process->cell.strategy], request->heaps[process->cell.heap].name,
                         process->allocator);
        }
    }
}

static enum status fill(struct plan *plan, const struct conditions *conditions, struct error *error)
{
    const struct plan_request *request = &plan->request;
    struct treatment treatments[MAX_TREATMENTS];
    size_t cells = (size_t)conditions->count * list_treatments(request, treatments);
    const uint32_t max_processes = request->processes + request->spare_processes;
    CLEANUP(free_pointer) struct cell *scratch = calloc(conditions->count, sizeof *scratch);
    plan->processes = calloc(cells * max_processes, sizeof *plan->processes);
    if (!plan->processes || !scratch)
        return error_set_no_memory(error);
    struct random random;
    random_seed(&random, request->seed);
    for (uint32_t replicate = 0; replicate < request->processes; replicate++)
        fill_replicate(plan, conditions, scratch, replicate, &random);
    const size_t planned = plan->count;
    for (uint32_t replicate = request->processes; replicate < max_processes; replicate++)
        fill_replicate(plan, conditions, scratch, replicate, &random);
    plan->spare_count = plan->count - planned;
    plan->count = planned;
    return STATUS_OK;
}

enum status plan_build(const struct plan_request *request, struct plan *ret_plan, struct error *error)
{
    CLEANUP(conditions_release) struct conditions conditions = {0};
    CLEANUP(plan_release) struct plan plan = {.request = *request, .fingerprint = plan_fingerprint(request)};
    enum status status = plan_check_request(request, error);
    if (status == STATUS_OK)
        status = list_conditions(request, &conditions, error);
    if (status == STATUS_OK)
        status = fill(&plan, &conditions, error);
    if (status != STATUS_OK)
        return status;
    *ret_plan = plan;
    plan = (struct plan){0};
    return STATUS_OK;
}

void plan_add_replicate(struct plan *plan)
{
    struct plan_request *request = &plan->request;
    if (request->spare_processes == 0)
        return;
    const uint32_t replicate = request->processes;
    request->iterations += request->iterations / request->processes;
    request->processes++;
    request->spare_processes--;
    plan->added_processes++;
    while (plan->spare_count > 0 && plan->processes[plan->count].replicate == replicate) {
        plan->count++;
        plan->spare_count--;
    }
}

void plan_cut(struct plan *plan, uint32_t replicates)
{
    struct plan_request *request = &plan->request;
    const uint32_t planned = request->processes;
    plan->cut_processes = planned;
    while (request->processes < replicates && request->spare_processes > 0)
        plan_add_replicate(plan);
    uint32_t share = request->iterations / request->processes;
    uint32_t rest = request->iterations % request->processes;
    request->iterations = replicates * share + (replicates < rest ? replicates : rest);
    request->processes = replicates;
    plan->added_processes = replicates > planned ? replicates - planned : 0;
    request->spare_processes = 0;
    plan->spare_count = 0;
    while (plan->count > 0 && plan->processes[plan->count - 1].replicate >= replicates)
        plan->count--;
}

size_t plan_count_cells(const struct plan *plan)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->count; i++)
        count += plan->processes[i].replicate == 0;
    return count;
}

uint32_t plan_measurements_with(const struct plan *plan, const struct planned_process *process)
{
    return process->cell.threads > 1
               ? 0
               : plan->request.measurements & measurements_by(MEASUREMENT_PROCESS_WITH_TRIALS);
}

bool plan_measures_beside(const struct plan *plan, enum measurement_id kind,
                          const struct planned_process *process)
{
    const struct measurement_kind *row = &measurement_kinds[kind];
    return row->process == MEASUREMENT_PROCESS_CELLS && process->replicate < row->processes &&
           process->cell.threads == 1 && measurements_have(plan->request.measurements, kind) &&
           (!row->first_pattern_alone ||
            process->cell.pattern == plan_request_value(&plan->request, AXIS_pattern));
}

size_t plan_count_measurements(const struct plan *plan)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->count; i++)
        for (int kind = 0; kind < MEASUREMENT_COUNT; kind++)
            count += plan_measures_beside(plan, (enum measurement_id)kind, &plan->processes[i]);
    return count;
}

double plan_measurements_seconds(const struct plan *plan)
{
    double seconds = 0;
    for (size_t i = 0; i < plan->count; i++)
        for (int kind = 0; kind < MEASUREMENT_COUNT; kind++)
            if (plan_measures_beside(plan, (enum measurement_id)kind, &plan->processes[i]))
                seconds += measurement_kinds[kind].expected_seconds;
    return seconds;
}

void plan_release(struct plan *plan)
{
    if (!plan)
        return;
    free(plan->processes);
    *plan = (struct plan){0};
}

// How many values the axis has in a request.
static size_t axis_slots(const struct plan_request *request, enum axis_id axis)
{
    return axis == AXIS_heap ? request->heap_count : request->axes[axis].count;
}

size_t plan_cell_slots(const struct plan_request *request)
{
    size_t slots = 1;
    for (int a = 0; a < AXIS_COUNT; a++)
        slots *= axis_slots(request, (enum axis_id)a);
    return slots;
}

size_t plan_cell_slot(const struct plan_request *request, const struct cell *cell)
{
    size_t slot = 0;
    for (int a = 0; a < AXIS_COUNT; a++) {
        uint32_t value = cell_value(cell, (enum axis_id)a);
        slot = slot * axis_slots(request, (enum axis_id)a) +
               (a == AXIS_heap ? value : axis_values_index(&request->axes[a], value));
    }
    return slot;
}

uint32_t plan_batches(uint32_t live_objects)
{
    uint32_t batches = BATCH_SIZE * INNER_LOOP / live_objects;
    return batches < 2 ? 2 : batches;
}

enum status platform_check(const char *name, struct error *error)
{
    static const char remedy[] =
        "Use 1 to 64 letters, digits, '.', '_' or '-', not starting with '.' or '-', such as hpc-xeon-8280.";
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t length = strlen(name);
    if (length == 0)
        return error_set(error, STATUS_USAGE, remedy, "the platform's name is empty");
    if (length > 64)
        return error_set(error, STATUS_USAGE, remedy, "the platform's name is %zu characters long", length);
    for (const char *c = name; *c; c++) // first, since the other messages show the name
        if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f)
            return error_set(error, STATUS_USAGE, remedy, "the platform's name contains the byte 0x%02x",
                             (unsigned char)*c);
    if (strchr(name, '/'))
        return error_set(error, STATUS_USAGE, remedy, "the platform's name '%s' is a path", name);
    if (name[0] == '.' || name[0] == '-')
        return error_set(error, STATUS_USAGE, remedy, "the platform's name starts with '%c'", name[0]);
    char bad = name[strspn(name, allowed)];
    if (bad)
        return error_set(error, STATUS_USAGE, remedy, "the platform's name '%s' contains '%c'", name, bad);
    return STATUS_OK;
}
