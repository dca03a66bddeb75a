#include "plan/time_left.h"

#include <math.h>

static const double rough_share = 0.05; // of the processes
static const double unseen_share = 0.1; // of the time left

static const double more_tolerance = 0.25; // of a replicate

static const double rough_tolerance = 0.25; // of what is due: below it a rough line stays what it was

// By how much a line may differ from what was due after the one before, as shares of the time left.
static const double max_share_each_second = 0.02;
static const double max_share = 0.12;
static const double min_due_seconds = 5; // at the end of a run shares would be nothing

void time_left_init(struct time_left *left, const struct plan *plan, const struct duration_estimate *learned)
{
    *left = (struct time_left){.planned = plan->count};
    if (learned)
        left->estimate = *learned;
    for (size_t i = 0; i < plan->count; i++)
        estimate_work_add(&left->work, &plan->processes[i]);
    left->spare = plan->request.spare_processes;
    left->max_seconds =
        fmax(MAX_SECONDS_WITH_MORE, MAX_SECONDS_WITH_MORE_PER_CELL * (double)plan_count_cells(plan));
    left->spare_processes = plan->spare_count;
    for (size_t i = 0; i < plan->spare_count; i++)
        estimate_work_add(&left->all_spare, &plan->processes[plan->count + i]);
}

void time_left_take(struct time_left *left, const struct planned_process *process, double seconds)
{
    estimate_add(&left->estimate, process, seconds);
    estimate_work_remove(&left->work, process);
    left->done++;
}

void time_left_take_earlier(struct time_left *left, const struct planned_process *process,
                            double trial_seconds)
{
    estimate_add_trials(&left->estimate, process, trial_seconds);
    estimate_work_remove(&left->work, process);
    left->done++;
}

// Of one spare replicate, on average.
static struct expected_time replicate_time(const struct time_left *left)
{
    struct expected_time all = estimate_work_seconds(&left->estimate, &left->all_spare);
    return (struct expected_time){all.seconds / left->spare, all.unseen_seconds / left->spare};
}

void time_left_allow_more(struct time_left *left, double saved_seconds, double other_seconds)
{
    if (left->added == left->spare || !(saved_seconds > 0) || !(left->estimate.seconds > 0)) {
        left->more = 0;
        return;
    }
    double rest = estimate_work_seconds(&left->estimate, &left->work).seconds;
    double each = replicate_time(left).seconds;
    double past = left->estimate.seconds;
    double by_what_is_saved = saved_seconds * (past + rest) / past / each - left->added;
    double by_time = (left->max_seconds - other_seconds - past - rest) / each;
    double fitting = fmin(fmin(by_what_is_saved, by_time), left->spare - left->added);
    if (fitting < left->more - more_tolerance || fitting >= left->more + 1)
        left->more = fitting > 0 ? (uint32_t)fitting : 0;
}

bool time_left_wants_more(const struct time_left *left)
{
    return left->more > 0;
}

void time_left_add_replicate(struct time_left *left, const struct planned_process *first, size_t count)
{
    for (size_t i = 0; i < count; i++)
        estimate_work_add(&left->work, &first[i]);
    left->planned += count;
    left->added++;
    left->more -= left->more > 0;
}

size_t time_left_processes(const struct time_left *left)
{
    return left->planned + (left->spare ? left->more * left->spare_processes / left->spare : 0);
}

double time_left_seconds(const struct time_left *left, bool *ret_is_rough)
{
    struct expected_time expected = estimate_work_seconds(&left->estimate, &left->work);
    if (left->more > 0) {
        struct expected_time each = replicate_time(left);
        expected.seconds += left->more * each.seconds;
        expected.unseen_seconds += left->more * each.unseen_seconds;
    }
    *ret_is_rough = (double)left->done < rough_share * (double)left->planned ||
                    expected.unseen_seconds > unseen_share * expected.seconds;
    return expected.seconds;
}

double time_shown_next(struct time_shown *shown, double elapsed_seconds, double left_seconds, bool is_rough)
{
    double end = elapsed_seconds + left_seconds;
    if (is_rough && shown->is_set && shown->is_rough) {
        double due = shown->end_seconds - elapsed_seconds;
        if (fabs(left_seconds - due) <= rough_tolerance * due)
            end = shown->end_seconds;
    } else if (shown->is_set && !shown->is_rough) {
        double passed = elapsed_seconds - shown->at_seconds;
        double due = fmax(shown->end_seconds - elapsed_seconds, min_due_seconds);
        double most = due * fmin(max_share_each_second * passed, max_share);
        end = fmin(fmax(end, shown->end_seconds - most), shown->end_seconds + most);
    }
    *shown = (struct time_shown){true, is_rough, elapsed_seconds, end};
    return fmax(end - elapsed_seconds, 0);
}
