// The threads of a process that measures with several. They are created and pinned before the first object
// and sleep between the tasks, so that nothing runs beside what the main thread does then; the main thread
// sleeps while they work. Inside a task they meet at a barrier on which they spin: the last one that comes
// lets all go within the time that a line of the cache takes to reach them.
#include <stdio.h>
#include <string.h>

#include "os/os.h"
#include "timing/spin.h"
#include "worker/private.h"

// ---- CPUs ----

static bool has_cpu(const uint32_t *cpus, uint32_t count, uint32_t cpu)
{
    for (uint32_t i = 0; i < count; i++)
        if (cpus[i] == cpu)
            return true;
    return false;
}

static bool has_core(const uint32_t *cpus, uint32_t count, uint32_t core)
{
    for (uint32_t i = 0; i < count; i++)
        if (os_core_of_cpu(cpus[i]) == core)
            return true;
    return false;
}

// The runner keeps itself from the worker's CPU, and the worker inherits that.
void team_find_cpus(struct team_cpus *ret_cpus, int32_t first)
{
    uint32_t allowed[MAX_TEAM_CPUS];
    struct team_cpus cpus = {0};
    int allowed_count = os_allowed_cpus(allowed, MAX_TEAM_CPUS);
    if (first >= 0)
        cpus.cpus[cpus.count++] = (uint32_t)first;
    for (int pass = 0; pass < 2; pass++) // one of each core, then the others
        for (int i = 0; i < allowed_count && cpus.count < MAX_TEAM_CPUS; i++)
            if (!has_cpu(cpus.cpus, cpus.count, allowed[i]) &&
                (pass == 1 || !has_core(cpus.cpus, cpus.count, os_core_of_cpu(allowed[i]))))
                cpus.cpus[cpus.count++] = allowed[i];
    *ret_cpus = cpus;
}

// ---- the threads ----

// What a thread does from its creation to its end.
static void *serve(void *session_)
{
    struct session *session = session_;
    struct team *team = session->team;
    const struct team_cpus *cpus = &session->measurement->cpus;
    session->is_pinned = cpus->count == 0 || os_pin_to_cpu(cpus->cpus[session->context.thread % cpus->count]);
    pthread_mutex_lock(&team->lock);
    for (uint64_t round = 0;; round++) {
        team->working--;
        pthread_cond_signal(&team->done);
        while (team->round == round && !team->is_over)
            pthread_cond_wait(&team->begun, &team->lock);
        if (team->is_over)
            break;
        pthread_mutex_unlock(&team->lock);
        team->task(session, team->argument);
        pthread_mutex_lock(&team->lock);
    }
    pthread_mutex_unlock(&team->lock);
    return NULL;
}

static void wait_for_all(struct team *team)
{
    while (team->working > 0)
        pthread_cond_wait(&team->done, &team->lock);
}

void team_run(struct session *first, team_task *task, void *argument)
{
    struct team *team = first->team;
    if (!team) {
        task(first, argument);
        return;
    }
    pthread_mutex_lock(&team->lock);
    team->task = task;
    team->argument = argument;
    team->working = team->count;
    team->round++;
    pthread_cond_broadcast(&team->begun);
    wait_for_all(team);
    pthread_mutex_unlock(&team->lock);
}

void team_meet(struct session *session)
{
    struct team *team = session->team;
    struct spin spin = {0};
    if (!team)
        return;
    const uint32_t meeting = atomic_load_explicit(&team->meetings, memory_order_acquire);
    if (atomic_fetch_add_explicit(&team->arrived, 1, memory_order_acq_rel) + 1 == team->count) {
        atomic_store_explicit(&team->arrived, 0, memory_order_relaxed);
        atomic_store_explicit(&team->meetings, meeting + 1, memory_order_release);
        return;
    }
    while (atomic_load_explicit(&team->meetings, memory_order_acquire) == meeting)
        spin_wait(&spin);
}

// ---- begin and end ----

// The handles that threads pass on lie in a mapping for each thread: the system gives a page to who writes it
// first.
static bool open_passages(struct team *team, const struct measurement *measurement)
{
    const size_t handles = (size_t)measurement->cell.live_objects *
                           pattern_live_batches((enum pattern_id)measurement->cell.pattern);
    team->passages = map_memory(team->count * sizeof *team->passages);
    for (uint32_t i = 0; team->passages && i < team->count; i++) {
        struct passage *passage = &team->passages[i];
        passage->state = team->sessions[i].context.state;
        passage->ended = &team->passages_ended;
        passage->handles = map_memory(handles * sizeof *passage->handles);
        if (!passage->handles)
            return false;
        team->sessions[i].context.passages = team->passages;
    }
    return team->passages != NULL;
}

static struct wire_end start_threads(struct team *team)
{
    struct wire_end end = ended(OUTCOME_OK, "");
    team->working = team->count;
    for (uint32_t i = 0; i < team->count; i++) {
        int error_number = pthread_create(&team->sessions[i].thread, NULL, serve, &team->sessions[i]);
        if (error_number != 0) {
            end.outcome = OUTCOME_SKIPPED;
            snprintf(end.reason, sizeof end.reason, "the system gave %u threads of %u: %s", i, team->count,
                     strerror(error_number));
            break;
        }
        team->started++;
    }
    pthread_mutex_lock(&team->lock);
    team->working -= team->count - team->started;
    wait_for_all(team);
    pthread_mutex_unlock(&team->lock);
    for (uint32_t i = 0; i < team->started && end.outcome == OUTCOME_OK; i++)
        if (!team->sessions[i].is_pinned) {
            const struct team_cpus *cpus = &team->sessions[i].measurement->cpus;
            end.outcome = OUTCOME_SKIPPED;
            snprintf(end.reason, sizeof end.reason, "thread %u of %u could not be pinned to CPU %u", i,
                     team->count, cpus->cpus[i % cpus->count]);
        }
    return end;
}

struct wire_end team_open(struct team *team, const struct measurement *measurement)
{
    team->count = measurement->cell.threads;
    team->sessions = map_memory(team->count * sizeof *team->sessions);
    if (!team->sessions || pthread_mutex_init(&team->lock, NULL) != 0 ||
        pthread_cond_init(&team->begun, NULL) != 0 || pthread_cond_init(&team->done, NULL) != 0)
        return ended(OUTCOME_OUT_OF_MEMORY, no_bookkeeping);
    for (uint32_t i = 0; i < team->count; i++) {
        struct session *session = &team->sessions[i];
        session->team = team;
        if (!session_open(session, measurement, i))
            return ended(OUTCOME_OUT_OF_MEMORY, no_bookkeeping);
        if (strategies[measurement->cell.strategy].threads == STRATEGY_THREADS_SHARED)
            session->context.state = team->sessions[0].state;
    }
    if (!open_passages(team, measurement))
        return ended(OUTCOME_OUT_OF_MEMORY, no_bookkeeping);
    return start_threads(team);
}

void team_close(struct team *team)
{
    if (team->started == 0)
        return;
    pthread_mutex_lock(&team->lock);
    team->is_over = true;
    pthread_cond_broadcast(&team->begun);
    pthread_mutex_unlock(&team->lock);
    for (uint32_t i = 0; i < team->started; i++)
        pthread_join(team->sessions[i].thread, NULL);
    team->started = 0;
}
