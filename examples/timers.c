// A program whose data is many small nodes in lists, before and after the change that
// `memalloc-bench advise` proposes. A wheel of timers: each slot is a list of the timers that are due then.
//
//     cc -O2 -g examples/timers.c -o timers
//     cc -O2 -g -DWITH_SLAB -I src/slab examples/timers.c src/slab/slab.c -o timers_slab
//
//     memalloc-bench record -o timers.parquet -- ./timers
//     memalloc-bench advise timers.parquet --validate -- ./timers
//
// What changes is in the first part: a link is a key in place of an address. Both print the same.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 1 << 12, TIMERS = 100 * 1000, TICKS = 60 * 1000, LONGEST_DELAY = 2 * SLOTS };

#ifdef WITH_SLAB

#include "slab.h"

typedef size_t timer_link; // a key
#define NO_TIMER SLAB_NO_KEY

struct timer {
    uint32_t due, id;
    timer_link next;
    char *message; // NULL: none
};

SLAB_DEFINE(timer_slab, struct timer)
static struct timer_slab all_timers;

static struct timer *timer_at(timer_link link)
{
    return timer_slab_get(&all_timers, link);
}

static struct timer *timer_new(timer_link *ret_link)
{
    return timer_slab_insert(&all_timers, ret_link);
}

static void timer_free(timer_link link)
{
    timer_slab_remove(&all_timers, link);
}

#else

typedef struct timer *timer_link;
#define NO_TIMER NULL

struct timer {
    uint32_t due, id;
    timer_link next;
    char *message; // NULL: none
};

static struct timer *timer_at(timer_link link)
{
    return link;
}

static struct timer *timer_new(timer_link *ret_link)
{
    return *ret_link = malloc(sizeof(struct timer));
}

static void timer_free(timer_link link)
{
    free(link);
}

#endif

struct wheel {
    timer_link slots[SLOTS];
    uint32_t now, started;
    uint64_t fired, message_bytes, random;
};

static void no_memory(void)
{
    fputs("timers: there is no memory\n", stderr);
    exit(1);
}

static uint32_t draw(struct wheel *wheel, uint32_t bound)
{
    wheel->random = wheel->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(wheel->random >> 33) % bound;
}

// One timer in sixteen has a message.
static char *make_message(struct wheel *wheel)
{
    if (draw(wheel, 16) != 0)
        return NULL;
    const size_t length = 16 + draw(wheel, 200);
    char *message = malloc(length + 1);
    if (!message)
        no_memory();
    memset(message, 'm', length);
    message[length] = '\0';
    return message;
}

static void start_timer(struct wheel *wheel)
{
    char *message = make_message(wheel);
    timer_link link;
    struct timer *timer = timer_new(&link);
    if (!timer)
        no_memory();
    timer_link *slot;
    *timer = (struct timer){.due = wheel->now + 1 + draw(wheel, LONGEST_DELAY), .id = wheel->started++};
    slot = &wheel->slots[timer->due % SLOTS];
    timer->message = message;
    timer->next = *slot;
    *slot = link;
}

static void fire(struct wheel *wheel, struct timer *timer)
{
    wheel->fired += timer->id;
    if (timer->message)
        wheel->message_bytes += strlen(timer->message);
    free(timer->message);
}

// Fires what is due. In place of each that has fired a new one starts.
static void tick(struct wheel *wheel)
{
    uint32_t count = 0;
    wheel->now++;
    timer_link kept = NO_TIMER, link = wheel->slots[wheel->now % SLOTS];
    while (link != NO_TIMER) {
        struct timer *timer = timer_at(link);
        const timer_link next = timer->next;
        if (timer->due == wheel->now) {
            fire(wheel, timer);
            timer_free(link);
            count++;
        } else {
            timer->next = kept;
            kept = link;
        }
        link = next;
    }
    wheel->slots[wheel->now % SLOTS] = kept;
    while (count-- > 0)
        start_timer(wheel);
}

int main(void)
{
    static struct wheel wheel = {.random = 1};
    for (size_t i = 0; i < SLOTS; i++)
        wheel.slots[i] = NO_TIMER;
    for (uint32_t i = 0; i < TIMERS; i++)
        start_timer(&wheel);
    for (uint32_t i = 0; i < TICKS; i++)
        tick(&wheel);
    printf("%u timers, %llu, %llu bytes of messages\n", wheel.started, (unsigned long long)wheel.fired,
           (unsigned long long)wheel.message_bytes);
    return 0;
}
