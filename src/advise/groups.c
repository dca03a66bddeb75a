// One pass over the trace counts events by site and by size at once; which of both the groups are is known
// only afterwards.
#include "advise/advise.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "trace/trace.h"

struct counts {
    uint64_t key, events, objects, bytes, least_bytes, most_bytes, live, ended, handed_over;
    double life_events;
};

// Start with {0}.
struct counting {
    struct number_map places; // of the key in `items`
    struct counts *items;
    size_t count, capacity;
};

static void counting_release(struct counting *counting)
{
    number_map_release(&counting->places);
    free(counting->items);
}

void advise_groups_release(struct advise_groups *groups)
{
    for (size_t i = 0; i < groups->count; i++)
        free(groups->items[i].place);
    *groups = (struct advise_groups){0};
}

// NULL when memory ran out.
static struct counts *counts_of(struct counting *counting, uint64_t key)
{
    const uint64_t *found = number_map_find(&counting->places, key);
    if (found)
        return &counting->items[*found];
    if (counting->count == counting->capacity) {
        const size_t capacity = counting->capacity ? 2 * counting->capacity : 256;
        struct counts *items = realloc(counting->items, capacity * sizeof *items);
        if (!items)
            return NULL;
        counting->items = items;
        counting->capacity = capacity;
    }
    if (!number_map_set(&counting->places, key, counting->count))
        return NULL;
    counting->items[counting->count] = (struct counts){.key = key, .least_bytes = UINT64_MAX};
    return &counting->items[counting->count++];
}

static bool count_begin(struct counting *counting, uint64_t key, uint64_t size)
{
    struct counts *counts = counts_of(counting, key);
    if (!counts)
        return false;
    counts->events++;
    counts->objects++;
    counts->live++;
    counts->bytes += size;
    if (size < counts->least_bytes)
        counts->least_bytes = size;
    if (size > counts->most_bytes)
        counts->most_bytes = size;
    return true;
}

// An object whose beginning was not counted is none of the group's.
static bool count_end(struct counting *counting, uint64_t key, const struct trace_event *event,
                      const struct trace_object *object)
{
    struct counts *counts = counts_of(counting, key);
    if (!counts)
        return false;
    if (counts->live == 0)
        return true;
    counts->events++;
    counts->live--;
    counts->ended++;
    counts->handed_over += event->thread != object->thread;
    counts->life_events += (double)(event->order - object->begin_order);
    return true;
}

static bool can_be_pooled(const struct trace_event *event)
{
    return event->size > 0 && event->size <= REPLAY_MAX_POOLED_BYTES && event->alignment <= 16;
}

struct pass {
    struct counting sites, sizes;
    uint64_t events, pooled, with_site, all;
};

static void pass_release(struct pass *pass)
{
    counting_release(&pass->sites);
    counting_release(&pass->sizes);
}

// A realloc ends one size and begins another; its object stays that of the site where it began.
static bool take_event(struct pass *pass, const struct trace_reader *reader, const struct trace_event *event)
{
    const enum trace_effect effect = trace_operation_effect(event->operation);
    struct trace_object object;
    bool fits = true;
    pass->events++;
    if (!trace_last_object(reader, &object) || effect == TRACE_ASKS)
        return true;
    if (effect == TRACE_ENDS || effect == TRACE_CHANGES) {
        fits = count_end(&pass->sizes, object.size, event, &object) &&
               (object.site == TRACE_NO_SITE || count_end(&pass->sites, object.site, event, &object));
        if (effect == TRACE_ENDS)
            return fits;
    }
    if (!fits || !can_be_pooled(event))
        return fits;
    pass->pooled++;
    pass->with_site += event->site != TRACE_NO_SITE;
    return count_begin(&pass->sizes, event->size, event->size) &&
           (event->site == TRACE_NO_SITE || count_begin(&pass->sites, event->site, event->size));
}

static enum status read_all(const char *trace, uint64_t until, struct pass *pass, struct error *error)
{
    CLEANUP(trace_close) struct trace_reader *reader = NULL;
    struct trace_event event;
    enum status status = trace_open(trace, &reader, error);
    if (status != STATUS_OK)
        return status;
    while (trace_next(reader, &event, &status, error)) {
        pass->all++;
        if ((until == 0 || event.order < until) && !take_event(pass, reader, &event))
            return error_set_no_memory(error);
    }
    return status;
}

static int compare_by_events(const void *a, const void *b)
{
    const struct counts *first = a, *second = b;
    if (first->events != second->events)
        return first->events > second->events ? -1 : 1;
    return first->key < second->key ? -1 : first->key > second->key;
}

static enum status add_group(const struct counts *counts, struct trace_sites *sites,
                             struct advise_groups *groups, struct error *error)
{
    struct advise_group *group = &groups->items[groups->count];
    *group = (struct advise_group){
        .key = counts->key,
        .events = counts->events,
        .objects = counts->objects,
        .bytes = counts->bytes,
        .least_bytes = counts->least_bytes,
        .most_bytes = counts->most_bytes,
        .left_objects = counts->live,
        .handed_over = counts->handed_over,
        .mean_life_events = counts->ended ? counts->life_events / (double)counts->ended : (double)NAN,
        .training_ratio = NAN,
    };
    if (groups->by == ADVISE_BY_SITE) {
        enum status status = trace_site_name(sites, (uint32_t)counts->key, &group->place, error);
        groups->count += status == STATUS_OK;
        return status;
    }
    CLEANUP(text_release) struct text place = {0};
    text_append_format(&place, "%llu bytes", (unsigned long long)counts->key);
    group->place = text_take(&place);
    if (!group->place)
        return error_set_no_memory(error);
    groups->count++;
    return STATUS_OK;
}

enum status advise_find_groups(const char *trace, uint64_t until, bool is_chosen, enum advise_by by,
                               struct advise_groups *ret_groups, struct error *error)
{
    CLEANUP(pass_release) struct pass pass = {0};
    CLEANUP(trace_sites_close) struct trace_sites *sites = NULL;
    CLEANUP(advise_groups_release) struct advise_groups groups = {0};
    enum status status = read_all(trace, until, &pass, error);
    if (status == STATUS_OK)
        status = trace_sites_open(trace, &sites, error);
    if (status != STATUS_OK)
        return status;
    groups.events = pass.events;
    groups.all_events = pass.all;
    groups.pooled_sizes_events = pass.pooled;
    groups.by = is_chosen ? by : 2 * pass.with_site >= pass.pooled ? ADVISE_BY_SITE : ADVISE_BY_SIZE;
    struct counting *counting = groups.by == ADVISE_BY_SITE ? &pass.sites : &pass.sizes;
    if (counting->count > 0)
        qsort(counting->items, counting->count, sizeof *counting->items, compare_by_events);
    for (size_t i = 0; i < counting->count && groups.count < ADVISE_MAX_GROUPS && status == STATUS_OK; i++)
        if ((double)counting->items[i].events >= ADVISE_LEAST_SHARE * (double)pass.events &&
            counting->items[i].handed_over < counting->items[i].objects)
            status = add_group(&counting->items[i], sites, &groups, error);
    if (status != STATUS_OK)
        return status;
    *ret_groups = groups;
    groups = (struct advise_groups){0};
    return STATUS_OK;
}

enum status advise_count_events(const char *trace, uint64_t *ret_events, struct error *error)
{
    CLEANUP(trace_close) struct trace_reader *reader = NULL;
    struct trace_event event;
    uint64_t count = 0;
    enum status status = trace_open(trace, &reader, error);
    if (status != STATUS_OK)
        return status;
    while (trace_next(reader, &event, &status, error))
        count++;
    *ret_events = count;
    return status;
}

struct rule {
    struct replay_policy *policy;
    enum replay_strategy strategy;
};

static bool add_site(void *context, uint32_t site)
{
    const struct rule *rule = context;
    return number_map_set(&rule->policy->sites, site, rule->strategy);
}

enum status advise_add_rules(const struct advise_groups *groups, size_t group, enum replay_strategy strategy,
                             const char *trace, const char *other, struct replay_policy *policy,
                             struct error *error)
{
    const uint64_t key = groups->items[group].key;
    struct number_map *map = groups->by == ADVISE_BY_SITE ? &policy->sites : &policy->sizes;
    CLEANUP(trace_sites_close) struct trace_sites *own = NULL;
    CLEANUP(trace_sites_close) struct trace_sites *others = NULL;
    if (groups->by == ADVISE_BY_SIZE || !other)
        return number_map_set(map, key, strategy) ? STATUS_OK : error_set_no_memory(error);
    struct rule rule = {policy, strategy};
    enum status status = trace_sites_open(trace, &own, error);
    if (status == STATUS_OK)
        status = trace_sites_open(other, &others, error);
    if (status == STATUS_OK)
        status = trace_same_sites(own, (uint32_t)key, others, add_site, &rule, error);
    return status;
}
