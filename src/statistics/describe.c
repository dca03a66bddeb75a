// Sorting is quicksort that goes over to heapsort where it splits badly, and to insertion sort in what is
// small: no recursion, no allocation, no bad case.
#include "statistics/statistics.h"

#include <math.h>
#include <string.h>

enum { INSERTION_SORT_UP_TO = 24, MAX_SPLITS = 128 };

static void insertion_sort(double *values, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        double value = values[i];
        size_t j = i;
        for (; j > 0 && value < values[j - 1]; j--)
            values[j] = values[j - 1];
        values[j] = value;
    }
}

static void sift_down(double *heap, size_t root, size_t count)
{
    double value = heap[root];
    for (size_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        if (child + 1 < count && heap[child] < heap[child + 1])
            child++;
        if (!(value < heap[child]))
            break;
        heap[root] = heap[child];
        root = child;
    }
    heap[root] = value;
}

static void heap_sort(double *values, size_t count)
{
    for (size_t root = count / 2; root > 0; root--)
        sift_down(values, root - 1, count);
    for (size_t end = count - 1; end > 0; end--) {
        double largest = values[0];
        values[0] = values[end];
        values[end] = largest;
        sift_down(values, 0, end);
    }
}

static double median_of_three(double a, double b, double c)
{
    return fmax(fmin(a, b), fmin(fmax(a, b), c));
}

// Puts what is at most the pivot before what is at least it, and returns how many are before; both sides have
// values.
static size_t split(double *values, size_t count)
{
    double pivot = median_of_three(values[0], values[count / 2], values[count - 1]);
    size_t left = 0, right = count - 1;
    for (;; left++, right--) {
        while (values[left] < pivot)
            left++;
        while (pivot < values[right])
            right--;
        if (left >= right)
            return left > 0 ? left : 1;
        double value = values[left];
        values[left] = values[right];
        values[right] = value;
    }
}

// NaN goes after everything else. Returns how many others there are.
static size_t put_nan_last(double *values, size_t count)
{
    size_t numbers = 0;
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i])) {
            double value = values[i];
            values[i] = values[numbers];
            values[numbers++] = value;
        }
    return numbers;
}

void statistics_sort(double *values, size_t count)
{
    struct {
        double *values;
        size_t count;
        size_t splits; // that it may still have
    } waiting[MAX_SPLITS];
    size_t depth = 0, splits = 2;
    count = put_nan_last(values, count);
    for (size_t i = count; i > 1; i /= 2)
        splits += 2;
    splits = splits < MAX_SPLITS ? splits : MAX_SPLITS;
    for (;;) {
        for (; count > INSERTION_SORT_UP_TO && splits > 0; splits--) {
            size_t before = split(values, count);
            waiting[depth].values = values + before;
            waiting[depth].splits = splits - 1;
            waiting[depth++].count = count - before;
            count = before;
        }
        if (count > INSERTION_SORT_UP_TO)
            heap_sort(values, count);
        else
            insertion_sort(values, count);
        if (depth == 0)
            return;
        values = waiting[--depth].values;
        count = waiting[depth].count;
        splits = waiting[depth].splits;
    }
}

static struct moments no_moments(void)
{
    return (struct moments){.mean = NAN, .standard_deviation = NAN, .minimum = NAN, .maximum = NAN};
}

struct moments statistics_moments(const double *values, size_t count)
{
    if (count == 0)
        return no_moments();
    struct moments moments = {.minimum = values[0], .maximum = values[0], .standard_deviation = NAN};
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (isnan(values[i]))
            return no_moments();
        sum += values[i];
        moments.minimum = fmin(moments.minimum, values[i]);
        moments.maximum = fmax(moments.maximum, values[i]);
    }
    double mean = sum / (double)count;
    double squares = 0;
    double residue = 0; // zero but for rounding in the mean
    for (size_t i = 0; i < count; i++) {
        double deviation = values[i] - mean;
        squares += deviation * deviation;
        residue += deviation;
    }
    if (isfinite(mean))
        mean += residue / (double)count;
    moments.mean = mean;
    if (count >= 2) {
        double corrected = squares - residue * residue / (double)count;
        moments.standard_deviation = sqrt(fmax(corrected, 0) / (double)(count - 1));
        if (!isfinite(squares))
            moments.standard_deviation = NAN;
    }
    return moments;
}

double statistics_quantile_sorted(const double *sorted, size_t count, double probability)
{
    if (count == 0 || isnan(sorted[count - 1]) || !(probability >= 0 && probability <= 1))
        return NAN;
    double position = (double)(count - 1) * probability;
    size_t below = (size_t)position;
    double weight = position - (double)below;
    if (weight == 0 || sorted[below] == sorted[below + 1])
        return sorted[below];
    if (isinf(sorted[below]) || isinf(sorted[below + 1])) // unequal: -inf, x or x, inf or -inf, inf
        return isinf(sorted[below]) && isinf(sorted[below + 1]) ? NAN : sorted[below] + sorted[below + 1];
    return sorted[below] + weight * (sorted[below + 1] - sorted[below]);
}

double statistics_quantile(const double *values, size_t count, double probability, double *scratch)
{
    if (count == 0)
        return NAN;
    memcpy(scratch, values, count * sizeof *values);
    statistics_sort(scratch, count);
    return statistics_quantile_sorted(scratch, count, probability);
}

double statistics_median(const double *values, size_t count, double *scratch)
{
    return statistics_quantile(values, count, 0.5, scratch);
}
