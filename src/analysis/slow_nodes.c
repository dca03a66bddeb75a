// "n017 is 6.2 % (5.8 to 6.6 %) slower than its 63 equals in 70 of 76 cells."
#include <math.h>

#include "analysis/private.h"
#include "base/cleanup.h"

enum { MAX_NODES_NAMED = 5 };

static double percent(double ratio, enum node_verdict verdict)
{
    return 100 * (verdict == NODE_SLOWER ? ratio - 1 : 1 - ratio);
}

static void append_percent(struct text *text, double value)
{
    text_append_format(text, value < 10 ? "%.1f" : "%.0f", value);
}

static void append_node(struct text *text, const struct node_group *group, const struct analysis_node *node)
{
    const struct estimate *ratio = &node->differing_ratio;
    text_append_format(text, "%s is ", node->name);
    append_percent(text, percent(ratio->value, node->verdict));
    text_append(text, " % ");
    if (ratio->interval.exists) {
        double one = percent(ratio->interval.low, node->verdict),
               other = percent(ratio->interval.high, node->verdict);
        text_append(text, "(");
        append_percent(text, fmin(one, other));
        text_append(text, " to ");
        append_percent(text, fmax(one, other));
        text_append(text, " %) ");
    }
    text_append_format(text, "%s than its %zu equals in %zu of %zu cells", node_verdict_name(node->verdict),
                       group->count - 1, node->differing_cells, node->cells);
}

static enum status tell_others(struct analysis *analysis, const struct node_group *group,
                               const size_t *counts, struct error *error)
{
    CLEANUP(text_release) struct text sentence = {0};
    size_t differing = counts[NODE_SLOWER] + counts[NODE_FASTER];
    if (differing == 0)
        text_append_format(&sentence, "No node of %s differs from its equals by more than chance",
                           group->label);
    else if (differing > MAX_NODES_NAMED)
        text_append_format(&sentence, "Of %s %zu more nodes differ: %zu in all are slower, %zu faster",
                           group->label, differing - MAX_NODES_NAMED, counts[NODE_SLOWER],
                           counts[NODE_FASTER]);
    return finding_add(analysis, FINDING_nodes, NULL, &sentence, error);
}

enum status find_slow_nodes(struct analysis *analysis, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t g = 0; g < analysis->node_groups.count && status == STATUS_OK; g++) {
        const struct node_group *group = &analysis->node_groups.items[g];
        size_t counts[NODE_VERDICT_COUNT] = {0};
        for (size_t n = 0; n < group->count; n++)
            counts[group->nodes[n].verdict]++;
        // Those that differ come first.
        for (size_t n = 0; n < group->count && n < MAX_NODES_NAMED && status == STATUS_OK; n++) {
            if (group->nodes[n].verdict == NODE_EQUAL)
                break;
            CLEANUP(text_release) struct text sentence = {0};
            append_node(&sentence, group, &group->nodes[n]);
            status = finding_add(analysis, FINDING_nodes, NULL, &sentence, error);
        }
        if (status == STATUS_OK)
            status = tell_others(analysis, group, counts, error);
    }
    return status;
}
