// The dynamic linker only warns of a library that it cannot preload and goes on with the C library's malloc.
// So what was asked for is compared with what the worker found in its own address space.
#include "heap_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "runner/private.h"

void heap_states_release(struct heap_state *states, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text_release(&states[i].tunables_expected);
}

void heap_state_init(struct heap_state *state, const struct plan_heap *heap, const char *worker_path,
                     bool is_other)
{
    *state = (struct heap_state){.heap = heap, .has_other_worker = is_other, .usable = true};
    char problem[HEAP_PROBLEM_BYTES];
    if (*heap->library && !heap_examine_planned(heap->library, &state->file, problem)) {
        state->usable = false;
        snprintf(state->problem, sizeof state->problem, "heap %.31s: %.120s", heap->name, problem);
    } else if (*heap->tunables && !heap_has_tunables()) {
        state->usable = false;
        snprintf(state->problem, sizeof state->problem,
                 "heap %.31s: GLIBC_TUNABLES mean nothing to this C library", heap->name);
    } else if (*heap->tunables) {
        heap_tunables_expect(worker_path, heap->tunables, &state->tunables_expected);
    }
}

const struct heap_state *heap_state_of(const struct heap_state *states, const struct planned_process *process)
{
    bool uses_heap = strategies[process->cell.strategy].memory == STRATEGY_MEMORY_HEAP;
    return uses_heap ? &states[process->cell.heap] : NULL;
}

struct spawn_environment heap_state_environment(const struct heap_state *state,
                                                const struct planned_process *process)
{
    struct spawn_environment environment = {.padding = process->environment_padding,
                                            .variables = process->variant.variables};
    if (state) {
        environment.library = state->heap->library;
        environment.tunables = state->heap->tunables;
        environment.tunables_expected = text_string(&state->tunables_expected);
    }
    return environment;
}

static bool same_file(const char *one, const char *other)
{
    struct stat a, b;
    return stat(one, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

bool heap_state_fits(const struct heap_state *state, const struct heap_proof *proof,
                     char ret_reason[PROCESS_REASON_BYTES])
{
    const char *name = state->heap->name;
    const char *library = state->heap->library;
    if (!*library && proof->not_the_c_librarys && !state->has_other_worker)
        snprintf(ret_reason, PROCESS_REASON_BYTES,
                 "heap %.31s: malloc is that of %.56s, which the environment preloads", name,
                 proof->malloc_in);
    else if (*library && (!*proof->malloc_in || !same_file(library, proof->malloc_in)))
        snprintf(ret_reason, PROCESS_REASON_BYTES, "heap %.31s did not serve: malloc is that of %.80s", name,
                 *proof->malloc_in ? proof->malloc_in : "an unknown file");
    else if (*library && strcmp(state->file.build_id, proof->build_id) != 0)
        snprintf(ret_reason, PROCESS_REASON_BYTES, "heap %.31s: the file was replaced during the run", name);
    else if (*library && *proof->elsewhere)
        snprintf(ret_reason, PROCESS_REASON_BYTES,
                 "heap %.31s did not serve: its malloc is called with another file's %s", name,
                 proof->elsewhere);
    else
        return true;
    return false;
}

bool heap_state_served(const struct heap_state *state, const struct heap_proof *proof,
                       char ret_reason[PROCESS_REASON_BYTES])
{
    enum { MIN_FOREIGN_BYTES = 32000 }; // half of what the probe asks for
    const char *name = state->heap->name;
    if (!*state->heap->library)
        return true;
    if (proof->c_library_bytes >= MIN_FOREIGN_BYTES)
        snprintf(ret_reason, PROCESS_REASON_BYTES,
                 "heap %.31s did not serve: it passes calls on to the C library's heap", name);
    else if (proof->probes == 0 || proof->probes_served < proof->probes)
        snprintf(ret_reason, PROCESS_REASON_BYTES,
                 "heap %.31s did not serve: it knows %" PRIu32 " of %" PRIu32 " objects that its malloc gave",
                 name, proof->probes_served, proof->probes);
    else
        return true;
    return false;
}

void heap_state_note_load(struct heap_state *state, int load_failure, const struct process_record *record)
{
    enum { MAX_IN_A_ROW = 3 };
    const bool same = state->load_failures > 0 && load_failure == state->load_failure;
    state->load_failures = load_failure == LOADED ? 0 : same ? state->load_failures + 1 : 1;
    state->load_failure = load_failure;
    if (state->load_failures < MAX_IN_A_ROW || !state->usable)
        return;
    state->usable = false;
    if (load_failure == LOAD_DID_NOT_SERVE) {
        memcpy(state->problem, record->reason, sizeof state->problem);
        return;
    }
    snprintf(state->problem, sizeof state->problem, "heap %.31s %s %d times at load", state->heap->name,
             load_failure == LOAD_TIMED_OUT ? "timed out" : "crashed", MAX_IN_A_ROW);
    loader_words_append(record->reason, state->problem, sizeof state->problem);
}

static const struct process_record *first_proven(const struct plan *plan, uint32_t heap,
                                                 const struct process_record *records, size_t record_count)
{
    for (size_t i = 0; i < record_count; i++) {
        const struct cell *cell = &plan->processes[records[i].plan_order].cell;
        if (cell->heap == heap && strategies[cell->strategy].memory == STRATEGY_MEMORY_HEAP &&
            records[i].outcome == OUTCOME_OK && *records[i].heap.malloc_in)
            return &records[i];
    }
    return NULL;
}

static void set_fact(struct facts *facts, const char *name, const char *what, const char *value)
{
    char key[HEAP_NAME_BYTES + 32];
    snprintf(key, sizeof key, "heap.%s.%s", name, what);
    facts_set(facts, key, value);
}

void heap_states_add_facts(const struct heap_state *states, const struct plan *plan,
                           const struct process_record *records, size_t record_count, struct facts *facts)
{
    for (uint32_t h = 0; h < plan->request.heap_count; h++) {
        const char *name = states[h].heap->name;
        const struct process_record *record = first_proven(plan, h, records, record_count);
        set_fact(facts, name, "path", states[h].file.path);
        set_fact(facts, name, "version", states[h].file.version);
        set_fact(facts, name, "package", states[h].file.package);
        set_fact(facts, name, "tunables", states[h].heap->tunables);
        set_fact(facts, name, "problem", states[h].problem);
        set_fact(facts, name, "build_id", record ? record->heap.build_id : states[h].file.build_id);
        if (!record)
            continue;
        char count[48];
        snprintf(count, sizeof count, "%" PRIu32 " of %" PRIu32, record->heap.probes_served,
                 record->heap.probes);
        set_fact(facts, name, "malloc_in", record->heap.malloc_in);
        set_fact(facts, name, "probes_served", record->heap.probes ? count : "");
    }
}
