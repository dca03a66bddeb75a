// Whose malloc serves this process: see struct heap_proof. Private to the worker.
#ifndef WORKER_HEAP_PROOF_H
#define WORKER_HEAP_PROOF_H

#include "wire/wire.h"

// Fills in which loaded file holds malloc, its build id, and whether the rest of the family is there too.
// Calls none of them.
void heap_identify(struct heap_proof *ret_heap);

// Asks malloc for objects, and two witnesses about them: the file that holds malloc, by its
// malloc_usable_size where it exports one, and the C library, whose books must not show them. Frees them
// again. Warms the heap: for after the last trial.
void heap_probe(struct wire_end *end);

#endif
