// Hardware counters of a whole tree of processes, in user mode: of the program that the caller starts next,
// and of everything that it starts.
#ifndef OS_TREE_COUNTERS_H
#define OS_TREE_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

enum tree_counter { TREE_COUNTER_INSTRUCTIONS, TREE_COUNTER_CYCLES, TREE_COUNTER_COUNT };

// Released by os_tree_counters_close.
struct os_tree_counters {
    int descriptors[TREE_COUNTER_COUNT]; // -1: this machine does not have it
};

// Opens the counters. From here on every program that the calling thread starts is counted, from its
// beginning. A counter that there is none of is left out.
void os_tree_counters_open(struct os_tree_counters *ret_counters);

// What was counted in the processes that have ended. False when there is no such counter, or other users of
// the counters took turns with it.
bool os_tree_counters_read(const struct os_tree_counters *counters, enum tree_counter which,
                           uint64_t *ret_count);

void os_tree_counters_close(struct os_tree_counters *counters);

#endif
