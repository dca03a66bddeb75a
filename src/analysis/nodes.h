// Many machines that should be equal: nodes of a cluster, their results called PLATFORM-<node>. Which of them
// is slow, and one platform that stands for all of them.
//
// Platforms are equal if their names differ only after the last '-' (or, measured in a job of Slurm, by the
// node's name), and all facts that decide whether numbers may be compared agree. From
// NODES_MIN on they are a group.
//
// How far a node is from its equals is the median over the cells, and the mean over them, of the logarithm of
// its time over the median of all others' times. The spread of these numbers among the nodes, by the median
// absolute deviation, is what a node may differ by: Student's t with as many degrees of freedom as a standard
// deviation of equal precision has (the efficiency of the median absolute deviation is 37 %: Rousseeuw &
// Croux, Journal of the American Statistical Association 88(424), 1993), and Holm over all nodes and both
// numbers. A node is slow when that is significant and its own interval, over its processes, and its size say
// so, too. Why not by its cells: cells of one node share what is wrong with it, and are no replicates.
#ifndef ANALYSIS_NODES_H
#define ANALYSIS_NODES_H

#include <stdbool.h>
#include <stddef.h>

#include "dataset/dataset.h"
#include "statistics/statistics.h"

enum {
    NODES_MIN = 6,
    NODES_SHOWN = 40, // of a group: those whose numbers are kept cell by cell
};

enum node_verdict { NODE_EQUAL, NODE_SLOWER, NODE_FASTER, NODE_VERDICT_COUNT };

const char *node_verdict_name(enum node_verdict verdict); // "equal"

struct analysis_node {
    char *name;             // the node's
    char *platform;         // its results'
    size_t cells;           // that can be compared
    size_t differing_cells; // of these: those in which it is farther from its equals than two of their
                            // deviations
    double ratio;           // its time / that of its equals: the median over the cells; NaN without any
    struct estimate differing_ratio; // of the differing cells alone, with its interval over the processes
    double adjusted_p;
    enum node_verdict verdict;
    double *cell_ratios; // by the group's cells, NaN where it has none; NULL beyond NODES_SHOWN
};

struct node_group {
    char *label;                 // what the platform in their place is called
    char *model;                 // of the CPU
    struct analysis_node *nodes; // those that differ first, then by distance
    size_t count;
    const struct dataset_cell **cells; // without controls, of a dataset of the list
    size_t cell_count;
};

struct node_groups {
    struct node_group *items;
    size_t count;
};

void node_groups_release(struct node_groups *groups);

// Finds the groups and judges their nodes: differences up to `threshold` do not count. With `fold` each
// group's datasets are replaced by one, whose "processes" are the nodes: the value of each is its cell's
// median. Its facts are those that all nodes have in common. `ret_groups` is {0}; released by the caller.
MUST_CHECK enum status nodes_gather(struct dataset_list *datasets, double threshold, bool fold,
                                    struct node_groups *ret_groups, struct error *error);

#endif
