#include "slab_exercise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slab/slab.h"

#define REQUIRE(condition)                                                                                   \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: slab and model differ: %s\n", __FILE__, __LINE__, #condition);           \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

enum { MODEL_KEYS = 2048, LARGEST_ELEMENT_BYTES = 4096 };

static const size_t element_sizes[] = {1, 4, 8, 12, 24, 100, 4096};
static const size_t initial_capacities[] = {0, 0, 1, 3, 100};

// By the rules of the documentation, in the plainest form: a stack of vacant keys, and the lowest key never
// used.
struct model {
    bool occupied[MODEL_KEYS];
    uint32_t stamps[MODEL_KEYS]; // what the element's bytes are made from
    size_t vacant_keys[MODEL_KEYS];
    size_t vacant_count;
    size_t first_unused_key;
    size_t length;
};

struct exercise {
    struct slab slab;
    size_t element_size;
    struct model model;
    uint32_t next_stamp;
    const uint8_t *bytes;
    size_t length;
    struct slab_exercise_report *report;
};

static size_t take_byte(struct exercise *exercise)
{
    if (exercise->length == 0)
        return 0;
    exercise->length--;
    return *exercise->bytes++;
}

static void fill(void *element, size_t element_size, uint32_t stamp)
{
    unsigned char *bytes = element;
    for (size_t i = 0; i < element_size; i++)
        bytes[i] = (unsigned char)(stamp + i * 7);
}

static void require_content(struct exercise *exercise, const void *element, uint32_t stamp)
{
    unsigned char expected[LARGEST_ELEMENT_BYTES];
    fill(expected, exercise->element_size, stamp);
    REQUIRE(memcmp(element, expected, exercise->element_size) == 0);
    exercise->report->elements_compared++;
}

static size_t model_next_key(const struct model *model)
{
    return model->vacant_count ? model->vacant_keys[model->vacant_count - 1] : model->first_unused_key;
}

static void model_cut(struct model *model)
{
    while (model->first_unused_key > 0 && !model->occupied[model->first_unused_key - 1])
        model->first_unused_key--;
    model->vacant_count = 0;
    for (size_t key = model->first_unused_key; key-- > 0;)
        if (!model->occupied[key])
            model->vacant_keys[model->vacant_count++] = key;
}

static void do_insert(struct exercise *exercise)
{
    struct model *model = &exercise->model;
    size_t expected = model_next_key(model);
    if (expected == MODEL_KEYS)
        return;
    if (model->vacant_count) {
        model->vacant_count--;
        exercise->report->reused_keys++;
    } else {
        model->first_unused_key++;
    }
    model->occupied[expected] = true;
    model->stamps[expected] = ++exercise->next_stamp;
    model->length++;
    size_t key = SIZE_MAX;
    void *element = slab_insert(&exercise->slab, &key, exercise->element_size);
    REQUIRE(element != NULL && key == expected);
    fill(element, exercise->element_size, model->stamps[key]);
}

static void do_remove(struct exercise *exercise, size_t key)
{
    struct model *model = &exercise->model;
    void *element = slab_remove(&exercise->slab, key, exercise->element_size);
    if (key >= MODEL_KEYS || !model->occupied[key]) {
        REQUIRE(element == NULL);
        exercise->report->refusals++;
        return;
    }
    REQUIRE(element != NULL);
    require_content(exercise, element, model->stamps[key]);
    model->occupied[key] = false;
    model->vacant_keys[model->vacant_count++] = key;
    model->length--;
}

static void do_get(struct exercise *exercise, size_t key)
{
    const struct model *model = &exercise->model;
    void *element = slab_get(&exercise->slab, key, exercise->element_size);
    bool expected = key < MODEL_KEYS && model->occupied[key];
    REQUIRE(slab_contains(&exercise->slab, key) == expected);
    REQUIRE((element != NULL) == expected);
    if (!expected) {
        exercise->report->refusals++;
        return;
    }
    require_content(exercise, element, model->stamps[key]);
    REQUIRE(slab_key_of(&exercise->slab, element, exercise->element_size) == key);
}

static void do_iterate(struct exercise *exercise)
{
    const struct model *model = &exercise->model;
    size_t expected = 0;
    SLAB_FOR_EACH(key, &exercise->slab)
    {
        while (expected < MODEL_KEYS && !model->occupied[expected])
            expected++;
        REQUIRE(key == expected);
        require_content(exercise, slab_get(&exercise->slab, key, exercise->element_size), model->stamps[key]);
        expected++;
    }
    while (expected < MODEL_KEYS && !model->occupied[expected])
        expected++;
    REQUIRE(expected == MODEL_KEYS);
}

static void do_reserve(struct exercise *exercise, size_t additional, bool exact)
{
    struct slab *slab = &exercise->slab;
    size_t before = slab_capacity(slab);
    size_t length = slab_length(slab);
    REQUIRE((exact ? slab_reserve_exact : slab_reserve)(slab, additional, exercise->element_size));
    size_t after = slab_capacity(slab);
    if (before - length >= additional)
        REQUIRE(after == before);
    else if (exact)
        REQUIRE(after == length + additional);
    else
        REQUIRE(after >= length + additional && after >= 2 * before);
}

static void do_impossible_reserve(struct exercise *exercise, size_t byte)
{
    struct slab before = exercise->slab;
    size_t additional = byte % 2 ? SIZE_MAX - byte : SLAB_CAPACITY_MAX - slab_length(&before) + 1 + byte;
    REQUIRE(!slab_reserve(&exercise->slab, additional, exercise->element_size));
    REQUIRE(!slab_reserve_exact(&exercise->slab, additional, exercise->element_size));
    REQUIRE(memcmp(&before, &exercise->slab, sizeof before) == 0);
    exercise->report->refusals++;
}

static void do_clear(struct exercise *exercise)
{
    size_t capacity = slab_capacity(&exercise->slab);
    slab_clear(&exercise->slab);
    REQUIRE(slab_capacity(&exercise->slab) == capacity);
    memset(&exercise->model, 0, sizeof exercise->model);
}

static void do_shrink(struct exercise *exercise)
{
    slab_shrink(&exercise->slab, exercise->element_size);
    model_cut(&exercise->model);
    REQUIRE(slab_capacity(&exercise->slab) == exercise->model.first_unused_key);
}

struct rekey_state {
    struct exercise *exercise;
    size_t moves_left;
};

static bool rekey(void *context, void *element, size_t old_key, size_t new_key)
{
    struct rekey_state *state = context;
    struct model *model = &state->exercise->model;
    require_content(state->exercise, element, model->stamps[old_key]);
    REQUIRE(old_key > new_key && model->occupied[old_key] && !model->occupied[new_key]);
    for (size_t key = 0; key < MODEL_KEYS; key++)
        REQUIRE(key < new_key ? model->occupied[key] : key <= old_key || !model->occupied[key]);
    if (state->moves_left == 0)
        return false;
    state->moves_left--;
    model->occupied[new_key] = true;
    model->stamps[new_key] = model->stamps[old_key];
    model->occupied[old_key] = false;
    return true;
}

static void do_compact(struct exercise *exercise, size_t max_moves)
{
    struct rekey_state state = {exercise, max_moves};
    slab_compact(&exercise->slab, exercise->element_size, rekey, &state);
    model_cut(&exercise->model);
    REQUIRE(slab_capacity(&exercise->slab) == exercise->model.first_unused_key);
    if (state.moves_left > 0)
        REQUIRE(exercise->model.first_unused_key == exercise->model.length);
}

// Keys of elements and of none, mostly near those in use; some far out of range.
static size_t take_key(struct exercise *exercise)
{
    size_t byte = take_byte(exercise);
    if (byte == 255)
        return SIZE_MAX - take_byte(exercise);
    if (byte == 254)
        return ((size_t)take_byte(exercise) << 32) + take_byte(exercise);
    return (byte << 8 | take_byte(exercise)) % (exercise->model.first_unused_key + 2);
}

static void step(struct exercise *exercise)
{
    size_t byte = take_byte(exercise);
    size_t operation = byte % SLAB_EXERCISE_OPERATIONS;
    size_t count = byte / SLAB_EXERCISE_OPERATIONS;
    exercise->report->operations[operation]++;
    switch (operation) {
    case 0:
    case 1:
        for (size_t i = 0; i <= count; i++)
            do_insert(exercise);
        break;
    case 2:
    case 3:
        for (size_t i = 0; i <= count; i++)
            do_remove(exercise, take_key(exercise));
        break;
    case 4: // as a stack
        for (size_t i = 0; i <= count && exercise->model.first_unused_key > 0; i++)
            do_remove(exercise, exercise->model.first_unused_key - 1 - i);
        break;
    case 5:
        do_get(exercise, take_key(exercise));
        break;
    case 6:
        do_iterate(exercise);
        break;
    case 7:
        do_reserve(exercise, take_byte(exercise), count % 2);
        break;
    case 8:
        do_impossible_reserve(exercise, count);
        break;
    case 9:
        if (take_byte(exercise) < 64) // rarely, so that slabs grow large
            do_clear(exercise);
        break;
    case 10:
        do_shrink(exercise);
        break;
    case 11:
        do_compact(exercise, count);
        break;
    }
}

static void require_same_summary(struct exercise *exercise)
{
    const struct model *model = &exercise->model;
    REQUIRE(slab_length(&exercise->slab) == model->length);
    REQUIRE(slab_is_empty(&exercise->slab) == (model->length == 0));
    REQUIRE(slab_capacity(&exercise->slab) >= model->length);
    REQUIRE(slab_next_key(&exercise->slab) == model_next_key(model));
    if (model->length > exercise->report->largest_length)
        exercise->report->largest_length = model->length;
}

void slab_exercise(const uint8_t *bytes, size_t length, struct slab_exercise_report *report)
{
    struct exercise exercise = {.bytes = bytes, .length = length, .report = report};
    size_t choice = take_byte(&exercise);
    exercise.element_size = element_sizes[choice % (sizeof element_sizes / sizeof *element_sizes)];
    size_t capacity =
        initial_capacities[choice / 8 % (sizeof initial_capacities / sizeof *initial_capacities)];
    REQUIRE(slab_init_with_capacity(&exercise.slab, capacity, exercise.element_size));
    REQUIRE(slab_capacity(&exercise.slab) == capacity);
    require_same_summary(&exercise);
    while (exercise.length > 0) {
        step(&exercise);
        require_same_summary(&exercise);
    }
    do_iterate(&exercise);
    slab_release(&exercise.slab);
    REQUIRE(slab_is_empty(&exercise.slab) && slab_capacity(&exercise.slab) == 0);
}
