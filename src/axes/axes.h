// Axes: the properties of a cell. axes.def is their table; option rows, plans, journals, requests to
// workers, result files, analyses, charts and the report go through it, so that another axis is a row and the
// code that gives it meaning.
#ifndef AXES_AXES_H
#define AXES_AXES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "patterns/patterns.h"
#include "strategies/strategies.h"

enum {
    ALLOCATOR_LABEL_BYTES = 64,
    MAX_HEAPS = 16,
    MAX_LIVE_OBJECTS = 50000, // slots of the random pattern are numbered in 16 bits
    MAX_CELL_THREADS = 256,
    MAX_SWEPT_VALUES = 8, // of an axis whose values are any numbers
    MAX_AXIS_VALUES = 64,
    AXIS_WORD_BYTES = 32, // of a value as text, terminated
    CELL_TEXT_BYTES = 256,
};

enum axis_id {
#define AXIS(name, ...) AXIS_##name,
#include "axes/axes.def"
#undef AXIS
    AXIS_COUNT
};

// How many are swept.
enum {
    SWEPT_AXIS_COUNT = 0
#define AXIS(name, place, ...) +AXIS_COUNTS_##place
#define AXIS_COUNTS_STRATEGY 0
#define AXIS_COUNTS_HEAP 0
#define AXIS_COUNTS_GRID 0
#define AXIS_COUNTS_SWEPT 1
#define AXIS_COUNTS_RUN 0
#include "axes/axes.def"
#undef AXIS
};

enum heap_state_id {
#define HEAP_STATE(name, summary) HEAP_STATE_##name,
#include "axes/heap_states.def"
#undef HEAP_STATE
    HEAP_STATE_COUNT
};

enum axis_place { AXIS_PLACE_STRATEGY, AXIS_PLACE_HEAP, AXIS_PLACE_GRID, AXIS_PLACE_SWEPT, AXIS_PLACE_RUN };

enum axis_type { AXIS_TYPE_WORD, AXIS_TYPE_NUMBER };

struct axis {
    const char *name;
    enum axis_place place;
    enum axis_type type;
    uint32_t listed; // values that its table has; 0: any number in the range, or words of the run's own
    const char *(*text)(uint32_t index);    // how the value at that place of the table is written
    uint32_t (*number)(uint32_t index);     // that value; NULL for words, whose value is the index
    const char *(*summary)(uint32_t index); // its meaning; NULL if there is nothing to say
    uint32_t standard;
    uint32_t least, greatest; // of a number
    const char *option, *former_option;
    const char *title;
    const char *help;
};

// Indexed by enum axis_id.
extern const struct axis axes[AXIS_COUNT];

// The axis of that name, or NULL.
const struct axis *axis_find(const char *name);

// Writes an object that says what the axis is: its name, its title, whether its values are numbers, the
// standard one and the words.
struct json;
void axis_write_json(struct json *json, const struct axis *axis);

// The value at a place of the axis's table.
uint32_t axis_listed(const struct axis *axis, uint32_t index);

// Whether the value can be: a word of the table, a number of the table or in the range.
bool axis_has(const struct axis *axis, uint32_t value);

// The value that is written so: "lifo", "100". False when there is none. Not for heaps.
bool axis_parse(const struct axis *axis, const char *word, uint32_t *ret_value);

// How the value is written.
void axis_format(const struct axis *axis, uint32_t value, char ret_word[AXIS_WORD_BYTES]);

// ---- cells ----

// What is measured in one cell: a value on every axis. A heap's is an index into those of the plan's request;
// 0 for strategies that use none.
struct cell {
#define AXIS(name, ...) uint32_t name;
#include "axes/axes.def"
#undef AXIS
};

uint32_t cell_value(const struct cell *cell, enum axis_id axis);
void cell_set(struct cell *cell, enum axis_id axis, uint32_t value);

// By one axis after the other.
int cell_order(const struct cell *a, const struct cell *b);

// "strategy=box pattern=lifo size_bytes=64 …": all axes but the heap, which workers do not know.
void cell_format(const struct cell *cell, char ret_text[CELL_TEXT_BYTES]);

// From such a text; axes that it leaves out have their standard value. False, with the axis and the word that
// it does not know, when the text is another one: the axis is NULL where there is none of that name.
bool cell_parse(const char *text, struct cell *ret_cell, const struct axis **ret_axis,
                char ret_word[AXIS_WORD_BYTES]);

// ---- sets of values ----

// Values of an axis, ascending, each once. Start with {0}.
struct axis_values {
    uint32_t count;
    uint32_t items[MAX_AXIS_VALUES];
};

bool axis_values_has(const struct axis_values *values, uint32_t value);

// Where the value is; it must be there.
uint32_t axis_values_index(const struct axis_values *values, uint32_t value);

// What is there stays once. At most MAX_AXIS_VALUES.
void axis_values_add(struct axis_values *values, uint32_t value);
void axis_values_remove(struct axis_values *values, uint32_t value);

// Adds or removes it.
void axis_values_set(struct axis_values *values, uint32_t value, bool there);

bool axis_values_equal(const struct axis_values *a, const struct axis_values *b);

// ---- labels of allocators ----

// A label as it is in the results' column `allocator`, taken apart: "box", "slab_warm@jemalloc". Texts point
// into the label.
struct label {
    size_t name_length;              // of the part before the heap
    const struct strategy *strategy; // NULL: none of ours
    const char *heap;                // "jemalloc"; "": the system's
};

struct label label_parse(const char *text);

// The label of a strategy on a heap of that name. "system", and whatever strategies that use no heap are on,
// is left out.
void label_format(const struct strategy *strategy, const char *heap, char ret_label[ALLOCATOR_LABEL_BYTES]);

// Whether both are the same strategy, or have the same name where it is none of ours.
bool label_same_strategy(const char *a, const char *b);

#endif
