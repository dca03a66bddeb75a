// What is certain: the witness reports itself from every program that loaded it, and most starts of programs
// from within these, so that a program that was started, a process that a sample saw, or a child of the
// launcher, that did not report, was not served. What else a parent in the tree reaped between two samples is
// not seen; the share of the tree's CPU time that reported its end shows how much that could be.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "heaps/heaps.h"
#include "private.h"

struct search {
    const struct keeper *keeper;
    const struct witness_report *reports;
    size_t count;
    struct launch_record *record;
    const struct witness_report **by_process; // the reports by number of process, and by time within it
    const char *own_program;                  // the last that was read for a malloc of its own
    bool has_own;
};

// The reports of one process in by_process.
struct range {
    size_t begin, end;
};

static int compare_reports(const void *a, const void *b)
{
    const struct witness_report *first = *(const struct witness_report *const *)a;
    const struct witness_report *second = *(const struct witness_report *const *)b;
    if (first->pid != second->pid)
        return first->pid < second->pid ? -1 : 1;
    return first < second ? -1 : first > second; // of one array
}

// The first of by_process whose number is not below `pid`.
static size_t lower_bound(const struct search *search, int64_t pid)
{
    size_t begin = 0, end = search->count;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        if (search->by_process[middle]->pid < pid)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

static struct range range_of(const struct search *search, pid_t pid)
{
    return (struct range){lower_bound(search, pid), lower_bound(search, (int64_t)pid + 1)};
}

static bool same_file(const char *path, const char *other)
{
    struct stat a, b;
    return strcmp(path, other) == 0 ||
           (stat(path, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino);
}

// The file that calls of malloc go to. A program that takes malloc's address may hold a place that only
// passes calls on; then it defines no malloc.
static const char *malloc_file(struct search *search, const struct witness_report *report)
{
    if (!*report->malloc_in || strcmp(report->malloc_in, report->program) != 0)
        return report->malloc_in;
    if (!search->own_program || strcmp(search->own_program, report->program) != 0) {
        search->own_program = report->program;
        search->has_own = heap_exports(report->program, "malloc");
    }
    return search->has_own ? report->malloc_in : report->malloc_after;
}

static enum launch_service service_of(const struct search *search, const struct witness_report *report,
                                      const char *file)
{
    const char *library = task_text(search->keeper->task, TASK_LIBRARY);
    const bool is_c_librarys = report->flags & WITNESS_MALLOC_IS_C_LIBRARYS;
    if (*file && strcmp(file, report->program) == 0)
        return LAUNCH_SERVED_OWN;
    if (*library && same_file(file, library))
        return LAUNCH_SERVED;
    if (is_c_librarys)
        return *library ? LAUNCH_UNSERVED_REFUSED : LAUNCH_SERVED;
    return LAUNCH_SERVED_OTHER;
}

// The row for it, with one process more. The last row takes what no row is left for.
static struct launch_served *add_row(struct launch_record *record, enum launch_service service,
                                     const char *program, const char *file)
{
    uint32_t i = 0;
    for (; i < record->served_count; i++)
        if (record->served[i].service == service && strcmp(record->served[i].program, program) == 0 &&
            strcmp(record->served[i].file, file) == 0)
            break;
    if (i == LAUNCH_MAX_SERVED)
        i--;
    struct launch_served *row = &record->served[i];
    if (i == record->served_count) {
        *row = (struct launch_served){.service = service};
        snprintf(row->program, sizeof row->program, "%s", program);
        snprintf(row->file, sizeof row->file, "%s", file);
        record->served_count++;
    } else if (row->service == LAUNCH_SERVED) {
        row->service = service; // what is not served is never hidden by what is
    }
    row->processes++;
    return row;
}

static struct launch_served *add_report(struct search *search, const struct witness_report *report)
{
    const char *file = malloc_file(search, report);
    return add_row(search->record, service_of(search, report, file), report->program, file);
}

// The last report of that kind of the process; of that program when one is given. NULL when there is none.
static const struct witness_report *find_report(const struct search *search, pid_t pid,
                                                enum witness_moment moment, const char *program)
{
    const struct range range = range_of(search, pid);
    for (size_t i = range.end; i > range.begin; i--) {
        const struct witness_report *report = search->by_process[i - 1];
        if (report->moment == moment && (!program || strcmp(report->program, program) == 0))
            return report;
    }
    return NULL;
}

// Whether the samples prove that the process was not served in that program: it said nothing when it began,
// or was seen more than once without the witness, which it may have become by starting itself anew.
static bool is_unserved(const struct search *search, const struct sighting *sighting)
{
    return !sighting->has_witness && (sighting->times_without > 1 ||
                                      !find_report(search, sighting->pid, WITNESS_BEGIN, sighting->program));
}

static const struct sighting *find_unserved(const struct search *search, pid_t pid)
{
    for (size_t i = search->keeper->sighting_count; i > 0; i--) {
        const struct sighting *sighting = &search->keeper->sightings[i - 1];
        if (sighting->pid == pid && is_unserved(search, sighting))
            return sighting;
    }
    return NULL;
}

// Whether a program that a process was to become, or was started as, did not load the witness: nothing more
// was reported by that process. Had it failed to become it, it would have said its end or tried another one.
static bool is_silent(const struct search *search, const struct witness_report *started)
{
    const struct range range = range_of(search, started->pid);
    if (started->moment == WITNESS_SPAWN)
        return !find_report(search, started->pid, WITNESS_BEGIN, NULL);
    const struct witness_report *last = started;
    for (size_t i = range.begin; i < range.end; i++)
        if (search->by_process[i]->moment != WITNESS_SPAWN)
            last = search->by_process[i];
    return started->moment == WITNESS_EXEC && last == started;
}

// What the process was started as without having loaded the witness; NULL when there is none.
static const struct witness_report *find_silent(const struct search *search, pid_t pid)
{
    const struct range range = range_of(search, pid);
    for (size_t i = range.begin; i < range.end; i++)
        if (is_silent(search, search->by_process[i]))
            return search->by_process[i];
    return NULL;
}

static struct launch_served *add_unserved(const struct search *search, const char *path, bool ended_badly)
{
    char program[LAUNCH_PATH_BYTES];
    enum launch_service service = examine_service(path, program);
    if (service == LAUNCH_SERVED)
        service = ended_badly ? LAUNCH_UNSERVED_AT_LOAD : LAUNCH_UNSERVED_DROPPED;
    return add_row(search->record, service, program, "");
}

// The same for a program as it was named when it was started, which may be for PATH to find.
static struct launch_served *add_silent(const struct search *search, const struct witness_report *started)
{
    CLEANUP(text_release) struct text path = {0};
    const bool is_found = launch_find_command(started->malloc_in, &path, NULL, NULL) == STATUS_OK;
    return add_unserved(search, is_found ? text_string(&path) : started->malloc_in, false);
}

// ---- reports, samples, children ----

// Programs by what they said at their beginning; children that were forked and went on in their parent's
// program by what they said at their end.
static void take_reports(struct search *search)
{
    for (size_t i = 0; i < search->count; i++) {
        const struct witness_report *report = &search->reports[i];
        const bool is_forked =
            report->moment == WITNESS_END && !find_report(search, report->pid, WITNESS_BEGIN, NULL);
        if (report->moment == WITNESS_BEGIN || is_forked)
            add_report(search, report);
        else if (report->pid != search->keeper->command.pid && is_silent(search, report))
            add_silent(search, report); // of the command see find_own
    }
}

// One look at a program that was just being started tells nothing, unless its file does.
static void take_sightings(const struct search *search)
{
    char program[LAUNCH_PATH_BYTES];
    for (size_t i = 0; i < search->keeper->sighting_count; i++) {
        const struct sighting *sighting = &search->keeper->sightings[i];
        if (sighting->pid == search->keeper->command.pid || !is_unserved(search, sighting) ||
            find_silent(search, sighting->pid))
            continue;
        if (sighting->times_without > 1 || examine_service(sighting->program, program) != LAUNCH_SERVED)
            add_unserved(search, sighting->program, false);
    }
}

// Whether a child of the launcher, which reported a beginning and no end although it ended by itself, has
// another name than what reported: then it became another program that did not report.
static bool became_another(const struct ended_process *ended, const struct witness_report *begin)
{
    const char *name = strrchr(begin->program, '/') ? strrchr(begin->program, '/') + 1 : begin->program;
    return WIFEXITED(ended->wait_status) && *ended->name &&
           strncmp(ended->name, name, sizeof ended->name - 1) != 0;
}

// Appends what a child of the launcher has become, when that did not report. NULL when it has not.
static struct launch_served *take_child(const struct search *search, const struct ended_process *ended)
{
    const struct witness_report *begin = find_report(search, ended->pid, WITNESS_BEGIN, NULL);
    const struct witness_report *end = find_report(search, ended->pid, WITNESS_END, NULL);
    if (!begin || end || !became_another(ended, begin) || find_silent(search, ended->pid))
        return NULL;
    return add_row(search->record, LAUNCH_UNSERVED_DROPPED, ended->name, "");
}

// The row of the program that the command's own process ran last.
static struct launch_served *find_own(struct search *search)
{
    const struct keeper *keeper = search->keeper;
    const pid_t pid = keeper->command.pid;
    const int status = keeper->command.wait_status;
    const struct witness_report *begin = find_report(search, pid, WITNESS_BEGIN, NULL);
    const struct sighting *seen = find_unserved(search, pid);
    const bool ended_badly = !keeper->command.has_ended || !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    search->record->began = begin != NULL;
    if (!begin)
        return add_unserved(
            search, seen && seen->times_without > 1 ? seen->program : task_text(keeper->task, TASK_PROGRAM),
            ended_badly);
    const struct witness_report *silent = find_silent(search, pid);
    if (silent)
        return add_silent(search, silent);
    if (seen && !find_report(search, pid, WITNESS_END, NULL))
        return add_unserved(search, seen->program, false);
    for (size_t i = 0; i < keeper->ended_count; i++) {
        struct launch_served *row =
            keeper->ended[i].pid == pid ? take_child(search, &keeper->ended[i]) : NULL;
        if (row)
            return row;
    }
    const char *file = malloc_file(search, begin);
    struct launch_served *row =
        add_row(search->record, service_of(search, begin, file), begin->program, file);
    row->processes--; // it is among the reports already
    return row;
}

// ---- the whole ----

static void order_rows(struct launch_record *record, size_t own)
{
    struct launch_served first = record->served[own];
    memmove(&record->served[1], &record->served[0], own * sizeof first);
    record->served[0] = first;
    for (uint32_t i = 2; i < record->served_count; i++)
        for (uint32_t k = i; k > 1 && record->served[k].processes > record->served[k - 1].processes; k--) {
            struct launch_served moved = record->served[k];
            record->served[k] = record->served[k - 1];
            record->served[k - 1] = moved;
        }
}

static double served_share(struct search *search)
{
    double served = 0, all = (double)search->record->values[LAUNCH_METRIC_USER];
    for (size_t i = 0; i < search->count; i++) {
        const struct witness_report *report = &search->reports[i];
        if (report->moment == WITNESS_END &&
            service_of(search, report, malloc_file(search, report)) == LAUNCH_SERVED)
            served += (double)report->user_ns;
    }
    return all > 0 ? fmin(served / all, 1) : NAN;
}

void find_served(const struct keeper *keeper, const struct witness_report *reports, size_t count)
{
    struct launch_record *record = keeper->record;
    CLEANUP(free_pointer) const struct witness_report **by_process = calloc(count + 1, sizeof(*by_process));
    struct search search = {
        .keeper = keeper, .reports = reports, .count = count, .record = record, .by_process = by_process};
    if (!by_process)
        return;
    for (size_t i = 0; i < count; i++)
        by_process[i] = &reports[i];
    qsort(by_process, count, sizeof(*by_process), compare_reports);
    take_reports(&search);
    take_sightings(&search);
    for (size_t i = 0; i < keeper->ended_count; i++)
        if (keeper->ended[i].pid != keeper->command.pid)
            take_child(&search, &keeper->ended[i]);
    const struct launch_served *own = find_own(&search);
    order_rows(record, (size_t)(own - record->served));
    record->all_served = true;
    for (uint32_t i = 0; i < record->served_count; i++)
        record->all_served = record->all_served && record->served[i].service == LAUNCH_SERVED;
    record->served_cpu = served_share(&search);
}
