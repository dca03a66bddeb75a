// The words of the tables as choices for options: allocators, patterns, sizes.
#ifndef CLI_VOCABULARY_H
#define CLI_VOCABULARY_H

#include "cli/command.h"

// Bits are enum strategy_id, enum pattern_id and the index in object_sizes.
extern const struct choices allocator_choices; // those a user may name; standard ones by default
extern const struct choices pattern_choices;   // all by default
extern const struct choices size_choices;      // all by default
extern const struct choices touch_choices;     // in the order of enum touch

// Bits are the index in heaps, then system:pinned, then "installed": all that are found here.
#define HEAPS_INSTALLED "installed"
extern const struct choices heap_choices; // "system" by default

#endif
