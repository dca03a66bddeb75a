// Prints what src/statistics computes, so that another program can check it. Each line of standard input is
//     METHOD number… [| number…]
// and gives one line of numbers on standard output. The parameters of a method come first among its numbers.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "statistics/statistics.h"

enum { MAX_VALUES = 100000 };

struct input {
    double *left;
    size_t left_count;
    double *right;
    size_t right_count;
    double *scratch;
};

static void print(double value)
{
    printf("%.17g ", value);
}

static void print_test(struct test_result result)
{
    print(result.statistic);
    print(result.p_value);
    print(result.exact);
}

static void print_interval(struct interval interval)
{
    print(interval.low);
    print(interval.high);
    print(interval.coverage);
}

static void print_estimate(struct estimate estimate)
{
    print(estimate.value);
    print_interval(estimate.interval);
}

static void moments(const struct input *input)
{
    struct moments result = statistics_moments(input->left, input->left_count);
    print(result.mean);
    print(result.standard_deviation);
    print(result.minimum);
    print(result.maximum);
}

static void quantile(const struct input *input)
{
    print(statistics_quantile(input->left + 1, input->left_count - 1, input->left[0], input->scratch));
}

static void median_interval(const struct input *input)
{
    print_estimate(
        statistics_median_estimate(input->left + 1, input->left_count - 1, input->left[0], input->scratch));
}

static void beta(const struct input *input)
{
    print(statistics_beta_probability(input->left[0], input->left[1], input->left[2]));
}

static void beta_quantile(const struct input *input)
{
    print(statistics_beta_quantile(input->left[0], input->left[1], input->left[2]));
}

static void binomial(const struct input *input)
{
    print(
        statistics_binomial_probability((uint64_t)input->left[0], (uint64_t)input->left[1], input->left[2]));
}

static void proportion(const struct input *input)
{
    print_interval(
        statistics_proportion_interval((uint64_t)input->left[0], (uint64_t)input->left[1], input->left[2]));
}

static void normal(const struct input *input)
{
    print(statistics_normal_probability(input->left[0]));
}

static void normal_quantile(const struct input *input)
{
    print(statistics_normal_quantile(input->left[0]));
}

static void mann_whitney(const struct input *input)
{
    struct sample first = {input->left, input->left_count};
    struct sample second = {input->right, input->right_count};
    print_test(statistics_mann_whitney(&first, &second, input->scratch));
}

static void signed_rank(const struct input *input)
{
    print_test(statistics_capped_signed_rank(input->left, input->left_count, input->scratch));
}

static void sign_flip(const struct input *input)
{
    print_test(statistics_sign_flip_test(input->left, input->left_count, 1));
}

static void holm(const struct input *input)
{
    statistics_holm(input->left, input->left_count, input->scratch, input->right);
    for (size_t i = 0; i < input->left_count; i++)
        print(input->right[i]);
}

static void paired_ratio(const struct input *input)
{
    print_estimate(
        statistics_paired_ratio(input->left, input->right, input->left_count, 0.95, input->scratch));
}

// Numbers: the confidence, then the numerators.
static void unpaired_ratio(const struct input *input)
{
    struct sample first = {input->left + 1, input->left_count - 1};
    struct sample second = {input->right, input->right_count};
    struct estimate estimate;
    if (statistics_unpaired_ratio(&first, &second, input->left[0], &estimate, NULL) == STATUS_OK)
        print_estimate(estimate);
}

static void t_test(const struct input *input)
{
    print_test(statistics_t_test(input->left, input->left_count));
}

// Numbers: family, significance, then the logarithms.
static void paired_test(const struct input *input)
{
    print_test(statistics_paired_test(input->left + 2, input->left_count - 2, (size_t)input->left[0],
                                      input->left[1], input->scratch));
}

// Numbers: family, significance, then the first sample.
static void unpaired_test(const struct input *input)
{
    struct sample first = {input->left + 2, input->left_count - 2};
    struct sample second = {input->right, input->right_count};
    print_test(
        statistics_unpaired_test(&first, &second, (size_t)input->left[0], input->left[1], input->scratch));
}

// Ratios of the groups on the left, the reach of each on the right.
static void null_threshold(const struct input *input)
{
    CLEANUP(free_pointer) struct null_cell *groups = calloc(input->left_count + 1, sizeof *groups);
    if (!groups)
        return;
    for (size_t i = 0; i < input->left_count; i++)
        groups[i] = (struct null_cell){.ratio = input->left[i], .reach = input->right[i]};
    print(statistics_null_threshold(groups, input->left_count, input->scratch));
}

// Logarithms of the ratios of one group. Gives its ratio, reach and p.
static void null_cell(const struct input *input)
{
    struct null_cell group = statistics_null_cell(input->left, input->left_count, input->scratch);
    print(group.ratio);
    print(group.reach);
    print(group.p_value);
}

// Numbers: method, shape, processes, repetitions, seed. Gives covered, then its share's interval.
static void coverage(const struct input *input)
{
    const struct coverage_request request = {
        .method = (enum coverage_method)input->left[0],
        .shape = (enum shape)input->left[1],
        .processes = (size_t)input->left[2],
        .repetitions = (size_t)input->left[3],
        .confidence = 0.95,
        .seed = (uint64_t)input->left[4],
    };
    struct coverage found;
    if (statistics_coverage(&request, &found, NULL) == STATUS_OK) {
        print((double)found.covered);
        print_interval(found.proportion);
    }
}

static const struct {
    const char *name;
    void (*print)(const struct input *input);
} methods[] = {
    {"moments", moments},
    {"quantile", quantile},
    {"median_interval", median_interval},
    {"beta", beta},
    {"beta_quantile", beta_quantile},
    {"binomial", binomial},
    {"proportion", proportion},
    {"normal", normal},
    {"normal_quantile", normal_quantile},
    {"mann_whitney", mann_whitney},
    {"signed_rank", signed_rank},
    {"sign_flip", sign_flip},
    {"holm", holm},
    {"paired_ratio", paired_ratio},
    {"unpaired_ratio", unpaired_ratio},
    {"t_test", t_test},
    {"paired_test", paired_test},
    {"unpaired_test", unpaired_test},
    {"null_threshold", null_threshold},
    {"null_cell", null_cell},
    {"coverage", coverage},
};

// Splits the numbers of a line at '|' into the two sides. False when there are too many.
static bool parse_numbers(char *rest, struct input *input)
{
    input->left_count = 0;
    input->right_count = 0;
    bool right = false;
    for (char *word = strtok(rest, " \n"); word; word = strtok(NULL, " \n")) {
        if (strcmp(word, "|") == 0) {
            right = true;
            continue;
        }
        size_t *count = right ? &input->right_count : &input->left_count;
        if (*count == MAX_VALUES)
            return false;
        (right ? input->right : input->left)[(*count)++] = strtod(word, NULL);
    }
    return true;
}

int main(void)
{
    CLEANUP(free_pointer) double *values = calloc(4 * (size_t)MAX_VALUES, sizeof *values);
    CLEANUP(free_pointer) char *line = NULL;
    size_t capacity = 0;
    if (!values)
        return 3;
    struct input input = {
        .left = values, .right = values + MAX_VALUES, .scratch = values + 2 * (size_t)MAX_VALUES};
    while (getline(&line, &capacity, stdin) > 0) {
        size_t name_length = strcspn(line, " \n");
        size_t found = 0;
        while (found < COUNT_OF(methods) && (strlen(methods[found].name) != name_length ||
                                             strncmp(methods[found].name, line, name_length) != 0))
            found++;
        if (found == COUNT_OF(methods) || !parse_numbers(line + name_length, &input))
            return 2;
        methods[found].print(&input);
        printf("\n");
    }
    return 0;
}
