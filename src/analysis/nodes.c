// Groups of equal nodes, and the one dataset that stands for a group.
#include "analysis/nodes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/private.h"
#include "base/cleanup.h"
#include "base/compared_facts.h"
#include "base/printable.h"

static const char model_key[] = "cpu.model", node_key[] = "slurm.node";

const char *node_verdict_name(enum node_verdict verdict)
{
    static const char *const names[NODE_VERDICT_COUNT] = {
        [NODE_EQUAL] = "equal", [NODE_SLOWER] = "slower", [NODE_FASTER] = "faster"};
    return names[verdict];
}

void node_groups_release(struct node_groups *groups)
{
    if (!groups)
        return;
    for (size_t i = 0; i < groups->count; i++) {
        struct node_group *group = &groups->items[i];
        for (size_t n = 0; n < group->count; n++) {
            free(group->nodes[n].name);
            free(group->nodes[n].platform);
            free(group->nodes[n].cell_ratios);
        }
        free(group->nodes);
        free((void *)group->cells);
        free(group->label);
        free(group->model);
    }
    free(groups->items);
    *groups = (struct node_groups){0};
}

// ---- which are equal ----

// The part of the platform's name that is the node's; NULL when it has none.
static const char *node_name(const struct dataset *dataset)
{
    const char *node = facts_get(&dataset->facts, node_key);
    size_t length = strlen(dataset->platform), suffix = node ? strlen(node) : 0;
    if (suffix > 0 && length > suffix + 1 && dataset->platform[length - suffix - 1] == '-' &&
        strcmp(dataset->platform + length - suffix, node) == 0)
        return dataset->platform + length - suffix;
    const char *dash = strrchr(dataset->platform, '-');
    return dash && dash > dataset->platform && dash[1] ? dash + 1 : NULL;
}

// What equal nodes have the same of; empty for a dataset that is nobody's equal.
static void append_key(struct text *text, const struct dataset *dataset)
{
    const char *node = node_name(dataset);
    if (!node || !facts_get(&dataset->facts, model_key))
        return;
    text_append_bytes(text, dataset->platform, (size_t)(node - dataset->platform));
    text_append(text, dataset->replicated ? "\nwith processes" : "\nwithout");
    for (size_t i = 0; i < compared_fact_count; i++) {
        const char *value = facts_get(&dataset->facts, compared_facts[i].key);
        if (compared_facts[i].decides)
            text_append_format(text, "\n%s", value ? value : "");
    }
}

struct keyed {
    struct text key;
    size_t index; // of the dataset
};

static void release_keys(struct keyed *keys, size_t count)
{
    for (size_t i = 0; keys && i < count; i++)
        text_release(&keys[i].key);
    free(keys);
}

static int compare_keys(const void *left, const void *right)
{
    const struct keyed *a = left, *b = right;
    int order = strcmp(text_string(&a->key), text_string(&b->key));
    return order ? order : (a->index > b->index) - (a->index < b->index);
}

// ---- a group ----

static char *copy_printable(const char *string)
{
    CLEANUP(text_release) struct text text = {0};
    text_append_printable(&text, string, "");
    return text_take(&text);
}

// "local (64 nodes of Xeon Gold 6248)", and a number behind it when there is one of that name.
static char *make_label(const struct dataset *first, size_t count, const char *model,
                        const struct node_groups *groups)
{
    CLEANUP(text_release) struct text label = {0};
    const char *node = node_name(first);
    text_append_bytes(&label, first->platform, (size_t)(node - 1 - first->platform));
    text_append_format(&label, " (%zu nodes of %s)", count, model);
    size_t same = 0;
    for (size_t i = 0; i < groups->count; i++)
        same += strcmp(groups->items[i].label, text_string(&label)) == 0;
    if (same > 0)
        text_append_format(&label, " %zu", same + 1);
    return text_take(&label);
}

static enum status fill_group(const struct dataset_list *datasets, const struct keyed *keys, size_t count,
                              const struct node_groups *groups, struct node_group *group, struct error *error)
{
    const struct dataset *first = &datasets->items[keys[0].index];
    group->nodes = calloc(count, sizeof *group->nodes);
    group->cells = calloc(first->count + 1, sizeof *group->cells);
    group->model = copy_printable(facts_get(&first->facts, model_key));
    if (!group->nodes || !group->cells || !group->model)
        return error_set_no_memory(error);
    group->label = make_label(first, count, group->model, groups);
    if (!group->label)
        return error_set_no_memory(error);
    for (size_t i = 0; i < first->count; i++)
        if (!first->cells[i].control && cell_name_is_standard(first->cells[i].name))
            group->cells[group->cell_count++] = &first->cells[i];
    for (; group->count < count; group->count++) {
        const struct dataset *dataset = &datasets->items[keys[group->count].index];
        struct analysis_node *node = &group->nodes[group->count];
        node->name = strdup(node_name(dataset));
        node->platform = strdup(dataset->platform);
        if (!node->name || !node->platform) {
            group->count++; // released as far as it is filled
            return error_set_no_memory(error);
        }
    }
    return STATUS_OK;
}

// ---- one dataset for all ----

static void keep_common_facts(struct facts *facts, const struct facts *other)
{
    size_t kept = 0;
    for (size_t i = 0; i < facts->count; i++) {
        const char *value = facts_get(other, facts->items[i].key);
        if (value && strcmp(value, facts->items[i].value) == 0) {
            facts->items[kept++] = facts->items[i];
            continue;
        }
        free(facts->items[i].key);
        free(facts->items[i].value);
    }
    facts->count = kept;
}

// The cells of one name on all nodes, those with times.
struct same_cells {
    const struct dataset_cell **cells;
    size_t *nodes;
    size_t count;
};

static double mean_of(const struct same_cells *same, double (*value)(const struct dataset_cell *cell))
{
    double sum = 0;
    for (size_t i = 0; i < same->count; i++)
        sum += value(same->cells[i]);
    return sum / (double)same->count;
}

#define VALUE_OF(name)                                                                                       \
    static double name##_of(const struct dataset_cell *cell)                                                 \
    {                                                                                                        \
        return cell->name;                                                                                   \
    }
VALUE_OF(objects_per_trial)
VALUE_OF(page_faults)
VALUE_OF(heap_calls)
VALUE_OF(map_calls)
VALUE_OF(l1d_misses)
VALUE_OF(dtlb_misses)

// The quantiles of a group are the means of its nodes' quantiles; smallest and largest are those of all
// trials.
// The medians become the cell's.
static void fold_summary(const struct same_cells *same, int metric,
                         double *medians, // NOLINT(readability-non-const-parameter)
                         struct cell_metric *ret_summary)
{
    struct cell_metric folded = {.process_medians = medians, .minimum = INFINITY, .maximum = -INFINITY};
    const double share = 1 / (double)same->count;
    for (size_t i = 0; i < same->count; i++) {
        const struct cell_metric *one = &same->cells[i]->metrics[metric];
        folded.mean += one->mean * share;
        folded.standard_deviation += one->standard_deviation * share;
        folded.p5 += one->p5 * share;
        folded.p25 += one->p25 * share;
        folded.median += one->median * share;
        folded.p75 += one->p75 * share;
        folded.p95 += one->p95 * share;
        folded.minimum = fmin(folded.minimum, one->minimum);
        folded.maximum = fmax(folded.maximum, one->maximum);
    }
    *ret_summary = folded;
}

static enum status fold_values(const struct same_cells *same, size_t most_values, struct dataset_cell *folded,
                               struct error *error)
{
    enum { COLUMNS = 1 + METRIC_COUNT + HEAP_AGE_COUNT };
    CLEANUP(free_pointer) double *scratch = calloc(most_values + 1, sizeof *scratch);
    double *room = calloc(same->count * COLUMNS + 1, sizeof *room);
    if (!scratch || !room) {
        free(room);
        return error_set_no_memory(error);
    }
    double *medians = room + same->count, *traversals = medians + METRIC_COUNT * same->count;
    size_t traversed = 0;
    for (size_t i = 0; i < same->count; i++) {
        const struct dataset_cell *cell = same->cells[i];
        room[i] = (double)same->nodes[i];
        for (int m = 0; m < METRIC_COUNT; m++)
            medians[(size_t)m * same->count + i] = node_median(cell, (enum metric)m, scratch);
        for (int age = 0; cell->traversal_count > 0 && age < HEAP_AGE_COUNT; age++)
            traversals[(size_t)age * same->count + traversed] =
                statistics_median(cell->traversals[age], cell->traversal_count, scratch);
        traversed += cell->traversal_count > 0;
    }
    for (int m = 0; m < METRIC_COUNT; m++)
        fold_summary(same, m, medians + (size_t)m * same->count, &folded->metrics[m]);
    for (int age = 0; age < HEAP_AGE_COUNT; age++)
        folded->traversals[age] = traversals + (size_t)age * same->count;
    folded->traversal_count = traversed;
    folded->process_numbers = room;
    folded->process_probes = NULL;
    folded->process_count = same->count;
    return STATUS_OK;
}

static void fold_counts(const struct same_cells *same, struct dataset_cell *folded)
{
    folded->trials = folded->disturbed_trials = 0;
    for (size_t i = 0; i < same->count; i++) {
        folded->trials += same->cells[i]->trials;
        folded->disturbed_trials += same->cells[i]->disturbed_trials;
    }
    folded->objects_per_trial = mean_of(same, objects_per_trial_of);
    folded->page_faults = mean_of(same, page_faults_of);
    folded->heap_calls = mean_of(same, heap_calls_of);
    folded->map_calls = mean_of(same, map_calls_of);
    folded->l1d_misses = mean_of(same, l1d_misses_of);
    folded->dtlb_misses = mean_of(same, dtlb_misses_of);
}

// The first node's cell at `place` becomes that of all: the values of nodes where it failed are not among
// them, and only where it failed everywhere it is a failed one.
static enum status fold_cell(const struct dataset_list *datasets, const struct keyed *keys, size_t count,
                             size_t place, struct same_cells *same, struct error *error)
{
    struct dataset_cell *cell = &datasets->items[keys[0].index].cells[place];
    size_t most = 0;
    same->count = 0;
    for (size_t n = 0; n < count; n++) {
        const struct dataset_cell *found =
            dataset_find_near(&datasets->items[keys[n].index], cell->name, place);
        if (!found || (found->process_count == 0 && !(found->metrics[METRIC_TOTAL].median > 0)))
            continue;
        most = found->process_count > most ? found->process_count : most;
        most = found->traversal_count > most ? found->traversal_count : most;
        same->nodes[same->count] = n;
        same->cells[same->count++] = found;
    }
    if (same->count == 0)
        return STATUS_OK;
    struct dataset_cell folded = *cell;
    char *well = strdup("ok");
    if (!well)
        return error_set_no_memory(error);
    enum status status = fold_values(same, most, &folded, error);
    if (status != STATUS_OK) {
        free(well);
        return status;
    }
    fold_counts(same, &folded);
    free(cell->outcome);
    free(cell->reason);
    free(cell->process_numbers);
    folded.outcome = well;
    folded.reason = NULL;
    *cell = folded;
    return STATUS_OK;
}

static enum status fold_group(struct dataset_list *datasets, const struct keyed *keys, size_t count,
                              const struct node_group *group, struct error *error)
{
    struct dataset *first = &datasets->items[keys[0].index];
    CLEANUP(free_pointer) const struct dataset_cell **cells = calloc(count, sizeof *cells);
    CLEANUP(free_pointer) size_t *nodes = calloc(count, sizeof *nodes);
    if (!cells || !nodes)
        return error_set_no_memory(error);
    struct same_cells same = {.cells = cells, .nodes = nodes};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < first->count && status == STATUS_OK; i++)
        status = fold_cell(datasets, keys, count, i, &same, error);
    char *label = status == STATUS_OK ? strdup(group->label) : NULL;
    if (!label)
        return status == STATUS_OK ? error_set_no_memory(error) : status;
    free(first->platform);
    first->platform = label;
    free(first->other_platform);
    first->other_platform = NULL;
    for (size_t n = 1; n < count; n++) {
        struct dataset *other = &datasets->items[keys[n].index];
        keep_common_facts(&first->facts, &other->facts);
        first->left_out_rows += other->left_out_rows;
        dataset_release(other);
    }
    first->replicated = true; // by nodes
    facts_set_format(&first->facts, "nodes.count", "%zu", count);
    return facts_check(&first->facts, error);
}

// ---- all of them ----

static int compare_platforms(const void *left, const void *right)
{
    return strcmp(((const struct dataset *)left)->platform, ((const struct dataset *)right)->platform);
}

// Datasets without a platform were folded into another one.
static void drop_folded(struct dataset_list *datasets)
{
    size_t kept = 0;
    for (size_t i = 0; i < datasets->count; i++)
        if (datasets->items[i].platform)
            datasets->items[kept++] = datasets->items[i];
    datasets->count = kept;
    if (kept > 0)
        qsort(datasets->items, kept, sizeof *datasets->items, compare_platforms);
}

static enum status gather_group(struct dataset_list *datasets, const struct keyed *keys, size_t count,
                                double threshold, bool fold, struct node_groups *groups, struct error *error)
{
    struct node_group *items = realloc(groups->items, (groups->count + 1) * sizeof *items);
    CLEANUP(free_pointer) const struct dataset **of_nodes = calloc(count, sizeof *of_nodes);
    if (items)
        groups->items = items;
    if (!items || !of_nodes)
        return error_set_no_memory(error);
    struct node_group *group = &items[groups->count];
    *group = (struct node_group){0};
    enum status status = fill_group(datasets, keys, count, groups, group, error);
    groups->count++;
    for (size_t n = 0; n < count; n++)
        of_nodes[n] = &datasets->items[keys[n].index];
    if (status == STATUS_OK)
        status = nodes_judge(group, of_nodes, threshold, error);
    return status == STATUS_OK && fold ? fold_group(datasets, keys, count, group, error) : status;
}

enum status nodes_gather(struct dataset_list *datasets, double threshold, bool fold,
                         struct node_groups *ret_groups, struct error *error)
{
    size_t count = datasets->count;
    struct keyed *keys = calloc(count + 1, sizeof *keys);
    if (!keys)
        return error_set_no_memory(error);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        keys[i].index = i;
        append_key(&keys[i].key, &datasets->items[i]);
        status = text_check(&keys[i].key, error);
    }
    if (status == STATUS_OK && count > 0)
        qsort(keys, count, sizeof *keys, compare_keys);
    for (size_t first = 0, end; first < count && status == STATUS_OK; first = end) {
        for (end = first + 1;
             end < count && strcmp(text_string(&keys[end].key), text_string(&keys[first].key)) == 0; end++)
            ;
        if (keys[first].key.length > 0 && end - first >= NODES_MIN)
            status = gather_group(datasets, keys + first, end - first, threshold, fold, ret_groups, error);
    }
    release_keys(keys, count);
    drop_folded(datasets);
    return status;
}
