// box: one malloc and one free per object, as Rust's Box::new does for alignments of up to 16 bytes (its
// System allocator calls malloc and free there).
#include "strategies/box_objects.h"

#define STRATEGY_FREES_ELSEWHERE
#define STRATEGY_NAME box
#include "strategies/instantiate.h"
