// A randomized complete block design: replicates are the blocks' repetitions, a (pattern, size) group is a
// block, the allocators are the treatments.
#include "plan/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/random.h"
#include "plan/private.h"

void plan_request_init(struct plan_request *request)
{
    *request = (struct plan_request){
        .iterations = 100,
        .processes = 20,
        .seed = 1,
        .touch = TOUCH_word,
        .heaps = {{.name = "system"}},
        .heap_count = 1,
        .live_objects = {BATCH_SIZE},
        .live_count = 1,
    };
    for (int i = 0; i < STRATEGY_COUNT; i++)
        request->strategies[i] =
            strategies[i].role == STRATEGY_ROLE_STANDARD || strategies[i].role == STRATEGY_ROLE_CONTROL;
    for (int i = 0; i < PATTERN_COUNT; i++)
        request->patterns[i] = true;
    for (int i = 0; i < SIZE_COUNT; i++)
        request->sizes[i] = true;
}

static uint32_t count_true(const bool *flags, int count)
{
    uint32_t sum = 0;
    for (int i = 0; i < count; i++)
        sum += flags[i];
    return sum;
}

enum status plan_check_request(const struct plan_request *request, struct error *error)
{
    if (request->iterations < 1 || request->iterations > MOST_ITERATIONS)
        return error_set(error, STATUS_USAGE, NULL, "--iterations must be 1 to %d, not %u", MOST_ITERATIONS,
                         request->iterations);
    if (request->processes < 1 || request->processes > MOST_PROCESSES)
        return error_set(error, STATUS_USAGE, NULL, "--processes must be 1 to %d, not %u", MOST_PROCESSES,
                         request->processes);
    if (request->processes > request->iterations)
        return error_set(error, STATUS_USAGE,
                         "Each process runs at least one trial: lower --processes or raise --iterations.",
                         "--processes %u is more than --iterations %u", request->processes,
                         request->iterations);
    if (!count_true(request->strategies, STRATEGY_COUNT) || !count_true(request->patterns, PATTERN_COUNT) ||
        !count_true(request->sizes, SIZE_COUNT))
        return error_set(error, STATUS_USAGE, "Name at least one allocator, one pattern and one size.",
                         "the plan is empty");
    if (request->heap_count < 1 || request->heap_count > MOST_HEAPS || request->live_count < 1 ||
        request->live_count > MOST_LIVE_COUNTS)
        return error_set(error, STATUS_USAGE, NULL,
                         "at most %d heaps and %d numbers of live objects fit one run", MOST_HEAPS,
                         MOST_LIVE_COUNTS);
    for (uint32_t i = 0; i < request->live_count; i++)
        if (request->live_objects[i] < 1 || request->live_objects[i] > MOST_LIVE_OBJECTS)
            return error_set(error, STATUS_USAGE, NULL, "the number of live objects must be 1 to %d, not %u",
                             MOST_LIVE_OBJECTS, request->live_objects[i]);
    return STATUS_OK;
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
    for (int i = 0; i < STRATEGY_COUNT; i++)
        if (request->strategies[i])
            hash = fingerprint_add_text(hash, strategies[i].name);
    for (int i = 0; i < PATTERN_COUNT; i++)
        if (request->patterns[i])
            hash = fingerprint_add_text(hash, patterns[i].name);
    for (int i = 0; i < SIZE_COUNT; i++)
        if (request->sizes[i])
            hash = fingerprint_add(hash, object_sizes[i]);
    for (uint32_t i = 0; i < request->heap_count; i++) {
        hash = fingerprint_add_text(hash, request->heaps[i].name);
        hash = fingerprint_add_text(hash, request->heaps[i].library);
        hash = fingerprint_add_text(hash, request->heaps[i].tunables);
    }
    for (uint32_t i = 0; i < request->live_count; i++)
        hash = fingerprint_add(hash, request->live_objects[i]);
    hash = fingerprint_add_text(hash, touches[request->touch].name);
    if (request->traverse)
        hash = fingerprint_add_text(hash, "traverse");
    hash = fingerprint_add(hash, request->iterations);
    hash = fingerprint_add(hash, request->processes);
    return fingerprint_add(hash, request->seed);
}

struct group {
    enum pattern_id pattern;
    uint32_t size_bytes;
    uint32_t live_objects;
};

enum {
    MOST_GROUPS = PATTERN_COUNT * SIZE_COUNT * MOST_LIVE_COUNTS,
    MOST_TREATMENTS = STRATEGY_COUNT * MOST_HEAPS
};

static uint32_t list_groups(const struct plan_request *request, struct group groups[MOST_GROUPS])
{
    uint32_t count = 0;
    for (int p = 0; p < PATTERN_COUNT; p++)
        for (int s = 0; s < SIZE_COUNT; s++)
            for (uint32_t l = 0; l < request->live_count; l++)
                if (request->patterns[p] && request->sizes[s])
                    groups[count++] =
                        (struct group){(enum pattern_id)p, object_sizes[s], request->live_objects[l]};
    return count;
}

// What is compared inside a group: each strategy on each heap; the controls and what uses no heap once.
struct treatment {
    enum strategy_id strategy;
    uint32_t heap;
};

static uint32_t list_treatments(const struct plan_request *request,
                                struct treatment treatments[MOST_TREATMENTS])
{
    uint32_t count = 0;
    for (int s = 0; s < STRATEGY_COUNT; s++) {
        bool once =
            strategies[s].memory == STRATEGY_MEMORY_MAPPED || strategies[s].role == STRATEGY_ROLE_CONTROL;
        for (uint32_t h = 0; h < (once ? 1 : request->heap_count); h++)
            if (request->strategies[s])
                treatments[count++] = (struct treatment){(enum strategy_id)s, h};
    }
    return count;
}

void plan_set_allocator_label(const struct plan_request *request, struct planned_process *process)
{
    const struct strategy *strategy = &strategies[process->cell.strategy];
    const char *heap = request->heaps[process->cell.heap].name;
    bool plain = strategy->memory == STRATEGY_MEMORY_MAPPED || strcmp(heap, "system") == 0;
    snprintf(process->allocator, sizeof process->allocator, "%s%s%s", strategy->name, plain ? "" : "@",
             plain ? "" : heap);
}

// Iterations that do not divide evenly go to the first replicates, one more each.
void plan_set_iterations(const struct plan_request *request, struct planned_process *process)
{
    uint32_t share = request->iterations / request->processes;
    uint32_t rest = request->iterations % request->processes;
    uint32_t r = process->replicate;
    process->trial_count = share + (r < rest);
    process->first_iteration = r * share + (r < rest ? r : rest);
}

// The twin of box takes as long as box, which is most of a run. What it has to show is how pairs of processes
// differ, and fewer trials in each change that little: docs/methodology.md.
static void set_twin_iterations(struct planned_process *process)
{
    if (process->cell.strategy == STRATEGY_box_twin)
        process->trial_count = (process->trial_count * 3 + 4) / 5;
}

static void fill_replicate(struct plan *plan, uint32_t replicate, struct random *random)
{
    const struct plan_request *request = &plan->request;
    struct group groups[MOST_GROUPS];
    uint32_t group_count = list_groups(request, groups);
    random_shuffle(random, groups, group_count, sizeof *groups);
    for (uint32_t g = 0; g < group_count; g++) {
        struct treatment order[MOST_TREATMENTS];
        uint32_t treatment_count = list_treatments(request, order);
        random_shuffle(random, order, treatment_count, sizeof *order);
        uint64_t group_seed = random_next(random);
        for (uint32_t t = 0; t < treatment_count; t++) {
            struct planned_process *process = &plan->processes[plan->count];
            *process = (struct planned_process){
                .order = (uint32_t)plan->count++,
                .replicate = replicate,
                .group = replicate * group_count + g,
                .cell = {order[t].strategy, groups[g].pattern, groups[g].size_bytes, order[t].heap,
                         groups[g].live_objects},
                .seed = group_seed,
                .environment_padding = random_below(random, ENVIRONMENT_PADDING_BYTES),
            };
            plan_set_iterations(request, process);
            set_twin_iterations(process);
            plan_set_allocator_label(request, process);
        }
    }
}

enum status plan_build(const struct plan_request *request, struct plan *ret_plan, struct error *error)
{
    enum status status = plan_check_request(request, error);
    if (status != STATUS_OK)
        return status;
    struct group groups[MOST_GROUPS];
    struct treatment treatments[MOST_TREATMENTS];
    size_t cells = (size_t)list_groups(request, groups) * list_treatments(request, treatments);
    struct plan plan = {.request = *request, .fingerprint = plan_fingerprint(request)};
    plan.processes = calloc(cells * request->processes, sizeof *plan.processes);
    if (!plan.processes)
        return error_set_no_memory(error);
    struct random random;
    random_seed(&random, request->seed);
    for (uint32_t replicate = 0; replicate < request->processes; replicate++)
        fill_replicate(&plan, replicate, &random);
    *ret_plan = plan;
    return STATUS_OK;
}

void plan_release(struct plan *plan)
{
    if (!plan)
        return;
    free(plan->processes);
    *plan = (struct plan){0};
}

size_t plan_cell_slots(const struct plan_request *request)
{
    return (size_t)STRATEGY_COUNT * request->heap_count * PATTERN_COUNT * SIZE_COUNT * request->live_count;
}

size_t plan_cell_slot(const struct plan_request *request, const struct cell *cell)
{
    uint32_t live = 0;
    while (live + 1 < request->live_count && request->live_objects[live] != cell->live_objects)
        live++;
    size_t slot = (size_t)cell->strategy * request->heap_count + cell->heap;
    slot = slot * PATTERN_COUNT + cell->pattern;
    slot = slot * SIZE_COUNT + (size_t)size_index(cell->size_bytes);
    return slot * request->live_count + live;
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
