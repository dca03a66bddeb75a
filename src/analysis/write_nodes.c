// The part of the JSON that is about equal nodes.
#include <math.h>

#include "analysis/private.h"

static void write_node(struct json *json, const struct node_group *group, const struct analysis_node *node)
{
    json_open(json, NULL, '{');
    json_text(json, "name", node->name);
    json_text(json, "platform", node->platform);
    json_text(json, "verdict", node_verdict_name(node->verdict));
    json_unsigned(json, "cells", node->cells);
    json_unsigned(json, "differing_cells", node->differing_cells);
    json_real(json, "ratio", node->ratio);
    json_real(json, "differing_ratio", node->differing_ratio.value);
    json_real(json, "differing_ratio_low", node->differing_ratio.interval.low);
    json_real(json, "differing_ratio_high", node->differing_ratio.interval.high);
    json_real(json, "adjusted_p", node->adjusted_p);
    if (node->cell_ratios)
        json_reals(json, "cell_ratios", node->cell_ratios, group->cell_count);
    else
        json_null(json, "cell_ratios");
    json_close(json, '}');
}

void write_node_groups(struct json *json, const struct analysis *analysis)
{
    if (analysis->node_groups.count == 0)
        return;
    json_open(json, "node_groups", '[');
    for (size_t g = 0; g < analysis->node_groups.count; g++) {
        const struct node_group *group = &analysis->node_groups.items[g];
        json_open(json, NULL, '{');
        json_text(json, "platform", group->label);
        json_text(json, "model", group->model);
        json_open(json, "cells", '[');
        for (size_t c = 0; c < group->cell_count; c++) {
            const struct cell_name *name = &group->cells[c]->name;
            json_open(json, NULL, '{');
            json_text(json, "allocator", name->allocator);
            json_text(json, "pattern", name->pattern);
            json_unsigned(json, "size_bytes", name->size_bytes);
            json_close(json, '}');
        }
        json_close(json, ']');
        json_open(json, "nodes", '[');
        for (size_t n = 0; n < group->count; n++)
            write_node(json, group, &group->nodes[n]);
        json_close(json, ']');
        json_close(json, '}');
    }
    json_close(json, ']');
}
