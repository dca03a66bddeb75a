// Slabs that threads share: the contract of every function, with one thread and with several, and without
// memory.
#include "slab/slab_shared.h"

#include "slab_assert.h"

enum { CAPACITY = 100, THREADS = 4, ROUNDS = 20000 };

// ---- memory that runs out ----

static struct {
    bool failing;
    size_t successes_left;
    size_t live; // blocks that were given and not freed
} heap;

void *__real_malloc(size_t bytes);
void __real_free(void *block);
void *__wrap_malloc(size_t bytes);
void __wrap_free(void *block);

void *__wrap_malloc(size_t bytes)
{
    if (heap.failing && heap.successes_left-- == 0)
        return NULL;
    heap.live++;
    return __real_malloc(bytes);
}

void __wrap_free(void *block)
{
    heap.live -= block != NULL;
    __real_free(block);
}

static bool init_owner(void)
{
    struct slab_owner owner;
    bool made = slab_owner_init(&owner, CAPACITY, 24);
    if (made)
        slab_owner_release(&owner);
    return made;
}

static bool init_locked(void)
{
    struct slab_locked locked;
    bool made = slab_locked_init(&locked, CAPACITY, 24);
    if (made)
        slab_locked_release(&locked);
    return made;
}

static bool init_sharded(void)
{
    struct slab_sharded sharded;
    bool made = slab_sharded_init(&sharded, 3, CAPACITY, 24);
    if (made)
        slab_sharded_release(&sharded);
    return made;
}

static void without_memory_nothing_is_made_and_nothing_stays_allocated(void **state)
{
    (void)state;
    static const struct {
        bool (*init)(void);
        size_t mallocs;
    } forms[] = {{init_owner, 2}, {init_locked, 1}, {init_sharded, 1 + 4}};
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        const size_t live = heap.live;
        for (size_t successes = 0; successes <= forms[i].mallocs; successes++) {
            heap.failing = true;
            heap.successes_left = successes;
            bool made = forms[i].init();
            heap.failing = false;
            assert_true(made == (successes == forms[i].mallocs));
            assert_true(heap.live == live);
        }
    }
}

static void capacities_out_of_range_are_refused(void **state)
{
    (void)state;
    static const size_t bad[] = {0, SLAB_CAPACITY_MAX + 1, SIZE_MAX};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct slab_owner owner;
        struct slab_locked locked;
        struct slab_sharded sharded;
        assert_false(slab_owner_init(&owner, bad[i], 1));
        assert_false(slab_locked_init(&locked, bad[i], 1));
        assert_false(slab_sharded_init(&sharded, 4, bad[i], 1));
    }
    struct slab_sharded sharded;
    assert_false(slab_sharded_init(&sharded, 0, CAPACITY, 8));
    assert_false(slab_sharded_init(&sharded, SLAB_MAX_SHARDS + 1, CAPACITY, 8));
}

// ---- one thread inserts, any thread removes ----

static void fill(struct slab_owner *owner, size_t element_size, size_t *ret_keys)
{
    for (size_t i = 0; i < CAPACITY; i++) {
        unsigned char *element = slab_owner_insert(owner, &ret_keys[i], element_size);
        assert_non_null(element);
        assert_ptr_equal(element, slab_owner_get(owner, ret_keys[i], element_size));
        memset(element, (int)i, element_size);
    }
}

static void an_owner_is_full_at_its_capacity_and_takes_back_what_was_returned(void **state)
{
    (void)state;
    for (size_t s = 0; s < COUNT_OF(element_sizes); s++) {
        struct slab_owner owner;
        size_t keys[CAPACITY] = {0}, key = SIZE_MAX;
        assert_true(slab_owner_init(&owner, CAPACITY, element_sizes[s]));
        fill(&owner, element_sizes[s], keys);
        assert_null(slab_owner_insert(&owner, &key, element_sizes[s]));
        assert_true(key == SIZE_MAX);
        for (size_t i = 0; i < CAPACITY; i++)
            assert_filled(slab_owner_get(&owner, keys[i], element_sizes[s]), element_sizes[s], (int)i);
        slab_owner_return(&owner, keys[3]);
        slab_owner_return(&owner, keys[70]);
        slab_owner_return(&owner, keys[8]);
        assert_int_equal(slab_owner_length(&owner), CAPACITY); // not taken yet
        bool seen[CAPACITY] = {false};
        for (int i = 0; i < 3; i++) {
            assert_non_null(slab_owner_insert(&owner, &key, element_sizes[s]));
            seen[key] = true;
        }
        assert_true(seen[keys[3]] && seen[keys[70]] && seen[keys[8]]);
        assert_null(slab_owner_insert(&owner, &key, element_sizes[s]));
        assert_non_null(slab_owner_remove(&owner, keys[50], element_sizes[s]));
        assert_null(slab_owner_remove(&owner, keys[50], element_sizes[s]));
        assert_int_equal(slab_owner_length(&owner), CAPACITY - 1);
        slab_owner_release(&owner);
    }
}

static void returned_elements_wait_while_there_is_room(void **state)
{
    (void)state;
    struct slab_owner owner;
    size_t first = SIZE_MAX, second = SIZE_MAX;
    assert_true(slab_owner_init(&owner, 2, 8));
    assert_non_null(slab_owner_insert(&owner, &first, 8));
    slab_owner_return(&owner, first);
    assert_non_null(slab_owner_insert(&owner, &second, 8));
    assert_true(second != first);
    assert_non_null(slab_owner_insert(&owner, &second, 8));
    assert_true(second == first);
    assert_false(slab_owner_collect(&owner)); // nothing is left to take
    slab_owner_release(&owner);
}

// A key and what its element holds, passed from the owner to one of the others through a place of its own.
struct hand_over {
    struct slab_owner *owner;
    _Atomic(size_t) key_and_one; // 0: empty
    size_t returned;
    bool wrong;
};

static void *return_elements(void *hand_over_)
{
    struct hand_over *hand_over = hand_over_;
    while (hand_over->returned < ROUNDS) {
        size_t key = atomic_exchange_explicit(&hand_over->key_and_one, 0, memory_order_acquire);
        if (key == 0) {
            sched_yield();
            continue;
        }
        const size_t *element = slab_owner_get(hand_over->owner, key - 1, sizeof *element);
        hand_over->wrong = hand_over->wrong || *element != hand_over->returned;
        slab_owner_return(hand_over->owner, key - 1);
        hand_over->returned++;
    }
    return NULL;
}

static void insert_and_hand_over(struct slab_owner *owner, struct hand_over *to, size_t number)
{
    size_t key, *element;
    while (!(element = slab_owner_insert(owner, &key, sizeof *element)))
        sched_yield();
    *element = number;
    while (atomic_load_explicit(&to->key_and_one, memory_order_relaxed) != 0)
        sched_yield();
    atomic_store_explicit(&to->key_and_one, key + 1, memory_order_release);
}

static void what_threads_return_comes_back_to_the_owner_and_nothing_is_lost(void **state)
{
    (void)state;
    struct slab_owner owner;
    struct hand_over others[THREADS];
    memset(others, 0, sizeof others);
    pthread_t threads[THREADS];
    assert_true(slab_owner_init(&owner, 2 * THREADS, sizeof(size_t)));
    for (int i = 0; i < THREADS; i++) {
        others[i].owner = &owner;
        assert_int_equal(pthread_create(&threads[i], NULL, return_elements, &others[i]), 0);
    }
    for (size_t number = 0; number < ROUNDS; number++)
        for (int i = 0; i < THREADS; i++)
            insert_and_hand_over(&owner, &others[i], number);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_false(others[i].wrong);
    }
    slab_owner_collect(&owner);
    assert_int_equal(slab_owner_length(&owner), 0);
    slab_owner_release(&owner);
}

// ---- any thread inserts and removes ----

struct shared {
    void *slab;
    void *(*insert)(void *slab, size_t *ret_key);
    size_t *(*get)(void *slab, size_t key);
    bool (*remove)(void *slab, size_t key);
    size_t stamp; // of the thread
    bool wrong;
};

static void *insert_locked(void *slab, size_t *ret_key)
{
    return slab_locked_insert(slab, ret_key, sizeof(size_t));
}

static size_t *get_locked(void *slab, size_t key)
{
    return slab_locked_get(slab, key, sizeof(size_t));
}

static bool remove_locked(void *slab, size_t key)
{
    return slab_locked_remove(slab, key, sizeof(size_t));
}

static void *insert_sharded(void *slab, size_t *ret_key)
{
    return slab_sharded_insert(slab, ret_key, sizeof(size_t));
}

static size_t *get_sharded(void *slab, size_t key)
{
    return slab_sharded_get(slab, key, sizeof(size_t));
}

static bool remove_sharded(void *slab, size_t key)
{
    return slab_sharded_remove(slab, key, sizeof(size_t));
}

// An element that were given to two threads would hold the other one's stamp.
static void *insert_and_remove(void *shared_)
{
    enum { HELD = 5 };
    struct shared *shared = shared_;
    size_t keys[HELD];
    for (size_t round = 0; round < ROUNDS / HELD && !shared->wrong; round++) {
        for (size_t i = 0; i < HELD; i++) {
            size_t *element = shared->insert(shared->slab, &keys[i]);
            shared->wrong = shared->wrong || !element;
            if (element)
                *element = shared->stamp + round * HELD + i;
        }
        for (size_t i = 0; i < HELD && !shared->wrong; i++)
            shared->wrong = *shared->get(shared->slab, keys[i]) != shared->stamp + round * HELD + i ||
                            !shared->remove(shared->slab, keys[i]);
    }
    return NULL;
}

static void run_threads(const struct shared *shared)
{
    struct shared each[THREADS];
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        each[i] = *shared;
        each[i].stamp = (i + 1) * 1000000;
        assert_int_equal(pthread_create(&threads[i], NULL, insert_and_remove, &each[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_false(each[i].wrong);
    }
}

static void a_locked_slab_gives_no_element_to_two_threads(void **state)
{
    (void)state;
    struct slab_locked locked;
    size_t key = SIZE_MAX;
    assert_true(slab_locked_init(&locked, CAPACITY, sizeof(size_t)));
    run_threads(&(struct shared){&locked, insert_locked, get_locked, remove_locked, 0, false});
    assert_int_equal(slab_length(&locked.slab), 0);
    for (int i = 0; i < CAPACITY; i++)
        assert_non_null(insert_locked(&locked, &key));
    key = SIZE_MAX;
    assert_null(insert_locked(&locked, &key));
    assert_true(key == SIZE_MAX);
    assert_true(remove_locked(&locked, 7));
    assert_false(remove_locked(&locked, 7));
    assert_false(remove_locked(&locked, CAPACITY));
    slab_locked_release(&locked);
}

static void a_sharded_slab_gives_no_element_to_two_threads(void **state)
{
    (void)state;
    struct slab_sharded sharded;
    assert_true(slab_sharded_init(&sharded, 3, CAPACITY, sizeof(size_t)));
    run_threads(&(struct shared){&sharded, insert_sharded, get_sharded, remove_sharded, 0, false});
    bool seen[4 * CAPACITY] = {false};
    size_t key = SIZE_MAX;
    for (int i = 0; i < 4 * CAPACITY; i++) { // from the fifth hundredth on, another shard has no room either
        assert_non_null(insert_sharded(&sharded, &key));
        assert_true(key < 4 * CAPACITY && !seen[key]);
        seen[key] = true;
    }
    key = SIZE_MAX;
    assert_null(insert_sharded(&sharded, &key));
    assert_true(key == SIZE_MAX);
    assert_true(remove_sharded(&sharded, 4 * CAPACITY - 1));
    assert_false(remove_sharded(&sharded, 4 * CAPACITY - 1));
    slab_sharded_release(&sharded);
}

static void *ask_for_number(void *ret_number)
{
    const uint32_t number = slab_thread_number();
    *(uint32_t *)ret_number = number == slab_thread_number() ? number : UINT32_MAX;
    return NULL;
}

static void each_thread_has_a_number_of_its_own(void **state)
{
    (void)state;
    uint32_t numbers[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, ask_for_number, &numbers[i]), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_true(numbers[i] != UINT32_MAX && numbers[i] != slab_thread_number());
        for (size_t k = 0; k < i; k++)
            assert_true(numbers[k] != numbers[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_memory_nothing_is_made_and_nothing_stays_allocated),
        cmocka_unit_test(capacities_out_of_range_are_refused),
        cmocka_unit_test(an_owner_is_full_at_its_capacity_and_takes_back_what_was_returned),
        cmocka_unit_test(returned_elements_wait_while_there_is_room),
        cmocka_unit_test(what_threads_return_comes_back_to_the_owner_and_nothing_is_lost),
        cmocka_unit_test(a_locked_slab_gives_no_element_to_two_threads),
        cmocka_unit_test(a_sharded_slab_gives_no_element_to_two_threads),
        cmocka_unit_test(each_thread_has_a_number_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
