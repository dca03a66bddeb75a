// Included by every strategy's file. A strategy is one C file that defines, under these fixed names:
//
//     struct strategy_state                               what it keeps; at most STRATEGY_STATE_BYTES
//     bool strategy_prepare(state, object_bytes, live_objects)
//                                                         before the clock; false: out of memory
//     void strategy_finish(state, object_bytes)           after the last batch: frees what prepare took
//     void strategy_open(state)                           the live set is about to grow from empty (timed)
//     void strategy_close(state)                          the live set is empty again (timed)
//     bool strategy_allocate(state, object_bytes, word, ret_handle)
//                                                         one object with `word` in its first 8 bytes; false:
//                                                         no memory, *ret_handle untouched
//     uint64_t strategy_deallocate(state, object_bytes, handle)
//                                                         frees the object, returns the word it held
//     uint64_t strategy_deallocate_elsewhere(state, object_bytes, handle)
//                                                         likewise by another thread than the one whose state
//                                                         it is; only with STRATEGY_FREES_ELSEWHERE
//     void *strategy_object(state, object_bytes, handle)  where the object is, while it lives
//
// Headers that several share define some of these: unprepared.h (prepare and finish that do nothing),
// lasting.h (open and close that do nothing), address_handles.h (object), and *_objects.h for a pair that is
// cold and warm.
//
// The file ends with `#define STRATEGY_FREES_ELSEWHERE`, where its row says that others may free, with
// `#define STRATEGY_NAME <name>` and `#include "strategies/instantiate.h"`, which compiles
// one function per pattern and size from them. The last of them, from open on, are ALWAYS_INLINE and
// `object_bytes` is a constant in each of those functions: no indirect call per object, no size read at run
// time.
#ifndef STRATEGIES_UNIT_H
#define STRATEGIES_UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "patterns/batch.h"
#include "patterns/patterns.h"
#include "patterns/payload.h"
#include "strategies/cells.h"
#include "timing/barrier.h"

#endif
