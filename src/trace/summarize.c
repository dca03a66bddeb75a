// One pass over the events. Lifetimes go into a histogram of 16 steps for each doubling, so that a quantile
// is known to 1/16; sizes are counted one by one.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "private.h"

static const double quantiles[TRACE_QUANTILES] = {0.1, 0.5, 0.9, 0.99, 1};

enum { STEPS = 16, STEP_BITS = 4, BUCKETS = (64 - STEP_BITS + 1) * STEPS };

struct histogram {
    uint64_t counts[BUCKETS], total, largest;
};

struct site_counts {
    uint64_t site, count, bytes, live_objects, live_bytes;
};

struct summing {
    struct trace_summary *summary;
    struct number_map sizes, sites; // size → count; site → place in `counts`
    struct site_counts *counts;
    size_t count_count, count_capacity;
    bool *threads; // of TRACE_MAX_THREADS
    struct histogram life_events, life_bytes, life_ns;
    uint64_t live_objects, live_bytes;
};

static void summing_release(struct summing *summing)
{
    number_map_release(&summing->sizes);
    number_map_release(&summing->sites);
    free(summing->counts);
    free(summing->threads);
}

void trace_summary_release(struct trace_summary *summary)
{
    for (size_t i = 0; i < TRACE_SHOWN_SITES; i++) {
        free(summary->by_count[i].place);
        free(summary->by_bytes[i].place);
    }
    facts_release(&summary->facts);
    *summary = (struct trace_summary){0};
}

// ---- histograms ----

static size_t bucket_of(uint64_t value)
{
    if (value < STEPS)
        return (size_t)value;
    const unsigned exponent = 63 - (unsigned)__builtin_clzll(value);
    return (size_t)(exponent - STEP_BITS + 1) * STEPS +
           (size_t)(value >> (exponent - STEP_BITS) & (STEPS - 1));
}

static uint64_t end_of_bucket(size_t bucket)
{
    if (bucket < STEPS)
        return bucket;
    const unsigned shift = (unsigned)(bucket / STEPS) - 1;
    return ((uint64_t)(STEPS + bucket % STEPS + 1) << shift) - 1;
}

static void histogram_add(struct histogram *histogram, uint64_t value)
{
    histogram->counts[bucket_of(value)]++;
    histogram->total++;
    if (value > histogram->largest)
        histogram->largest = value;
}

// The value of that rank, from 1.
static uint64_t rank_of(double quantile, uint64_t total)
{
    const double exact = quantile * (double)total;
    const uint64_t rank = (uint64_t)exact + ((double)(uint64_t)exact < exact);
    return rank ? rank : 1;
}

static void histogram_quantiles(const struct histogram *histogram, uint64_t ret_values[TRACE_QUANTILES])
{
    uint64_t seen = 0;
    size_t bucket = 0;
    for (size_t i = 0; i < TRACE_QUANTILES && histogram->total; i++) {
        const uint64_t rank = rank_of(quantiles[i], histogram->total);
        while (seen + histogram->counts[bucket] < rank)
            seen += histogram->counts[bucket++];
        const uint64_t value = end_of_bucket(bucket);
        ret_values[i] = value < histogram->largest ? value : histogram->largest;
    }
}

// ---- events ----

static struct site_counts *counts_of(struct summing *summing, uint32_t site)
{
    const uint64_t *found = number_map_find(&summing->sites, site);
    if (found)
        return &summing->counts[*found];
    if (summing->count_count == summing->count_capacity) {
        size_t capacity = summing->count_capacity ? summing->count_capacity * 2 : 256;
        struct site_counts *counts = realloc(summing->counts, capacity * sizeof *counts);
        if (!counts)
            return NULL;
        summing->counts = counts;
        summing->count_capacity = capacity;
    }
    if (!number_map_set(&summing->sites, site, summing->count_count))
        return NULL;
    summing->counts[summing->count_count] = (struct site_counts){.site = site};
    return &summing->counts[summing->count_count++];
}

static bool take_size(struct summing *summing, uint64_t size)
{
    uint64_t *count = number_map_find(&summing->sizes, size);
    if (!count)
        return number_map_set(&summing->sizes, size, 1);
    ++*count;
    return true;
}

static bool take_beginning(struct summing *summing, const struct trace_event *event)
{
    summing->summary->objects++;
    summing->summary->allocated_bytes += event->size;
    summing->live_objects++;
    summing->live_bytes += event->size;
    if (!take_size(summing, event->size))
        return false;
    if (event->site == TRACE_NO_SITE) {
        summing->summary->sites_unknown++;
        return true;
    }
    struct site_counts *counts = counts_of(summing, event->site);
    if (!counts)
        return false;
    counts->count++;
    counts->bytes += event->size;
    counts->live_objects++;
    counts->live_bytes += event->size;
    return true;
}

static void take_change(struct summing *summing, const struct trace_event *event,
                        const struct trace_object *before)
{
    summing->live_bytes = summing->live_bytes - before->size + event->size;
    if (event->size > before->size)
        summing->summary->allocated_bytes += event->size - before->size;
    struct site_counts *counts = before->site == TRACE_NO_SITE ? NULL : counts_of(summing, before->site);
    if (counts)
        counts->live_bytes = counts->live_bytes - before->size + event->size;
}

static void take_end(struct summing *summing, const struct trace_event *event,
                     const struct trace_object *object)
{
    struct trace_summary *summary = summing->summary;
    summing->live_objects--;
    summing->live_bytes -= object->size;
    summary->handed_over += event->thread != object->thread;
    histogram_add(&summing->life_events, event->order - object->begin_order);
    histogram_add(&summing->life_ns, event->time_ns - object->begin_time_ns);
    histogram_add(&summing->life_bytes, summary->allocated_bytes - object->begin_allocated_bytes);
    struct site_counts *counts = object->site == TRACE_NO_SITE ? NULL : counts_of(summing, object->site);
    if (counts) {
        counts->live_objects--;
        counts->live_bytes -= object->size;
    }
}

static bool take_event(struct summing *summing, const struct trace_reader *reader,
                       const struct trace_event *event)
{
    struct trace_summary *summary = summing->summary;
    struct trace_object object;
    bool fits = true;
    summary->events++;
    summary->operations[event->operation]++;
    summary->duration_ns = event->time_ns;
    summary->threads += !summing->threads[event->thread];
    summing->threads[event->thread] = true;
    summary->failed += !event->has_object;
    if (!trace_last_object(reader, &object))
        return true;
    const enum trace_effect effect = trace_operation_effect(event->operation);
    if (effect == TRACE_BEGINS)
        fits = take_beginning(summing, event);
    else if (effect == TRACE_CHANGES)
        take_change(summing, event, &object);
    else if (effect == TRACE_ENDS)
        take_end(summing, event, &object);
    if (summing->live_objects > summary->peak_objects)
        summary->peak_objects = summing->live_objects;
    if (summing->live_bytes > summary->peak_bytes) {
        summary->peak_bytes = summing->live_bytes;
        summary->peak_order = event->order;
        summary->peak_time_ns = event->time_ns;
    }
    return fits;
}

// ---- what is shown ----

static int compare_by_frequency(const void *a, const void *b)
{
    const struct trace_size *first = a, *second = b;
    if (first->count != second->count)
        return first->count > second->count ? -1 : 1;
    return first->size < second->size ? -1 : first->size > second->size;
}

static int compare_by_size(const void *a, const void *b)
{
    const struct trace_size *first = a, *second = b;
    return first->size < second->size ? -1 : first->size > second->size;
}

static enum status finish_sizes(struct summing *summing, struct error *error)
{
    struct trace_summary *summary = summing->summary;
    size_t count = 0;
    CLEANUP(free_pointer) struct trace_size *sizes = malloc((summing->sizes.count + 1) * sizeof *sizes);
    if (!sizes)
        return error_set_no_memory(error);
    for (size_t i = 0; i < summing->sizes.capacity; i++)
        if (summing->sizes.keys[i] != UINT64_MAX)
            sizes[count++] = (struct trace_size){summing->sizes.keys[i], summing->sizes.values[i]};
    summary->distinct_sizes = count;
    qsort(sizes, count, sizeof *sizes, compare_by_size);
    uint64_t seen = 0;
    for (size_t i = 0, place = 0; i < TRACE_QUANTILES && count; i++) {
        const uint64_t rank = rank_of(quantiles[i], summary->objects);
        while (seen + sizes[place].count < rank)
            seen += sizes[place++].count;
        summary->size_quantiles[i] = sizes[place].size;
    }
    qsort(sizes, count, sizeof *sizes, compare_by_frequency);
    summary->size_count = count < TRACE_SHOWN_SIZES ? count : TRACE_SHOWN_SIZES;
    memcpy(summary->sizes, sizes, summary->size_count * sizeof *sizes);
    return STATUS_OK;
}

static int compare_by_count(const void *a, const void *b)
{
    const struct site_counts *first = a, *second = b;
    if (first->count != second->count)
        return first->count > second->count ? -1 : 1;
    return first->site < second->site ? -1 : first->site > second->site;
}

static int compare_by_bytes(const void *a, const void *b)
{
    const struct site_counts *first = a, *second = b;
    if (first->bytes != second->bytes)
        return first->bytes > second->bytes ? -1 : 1;
    return first->site < second->site ? -1 : first->site > second->site;
}

static void take_sites(const struct summing *summing, struct trace_site *sites, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sites[i] = (struct trace_site){.site = (uint32_t)summing->counts[i].site,
                                       .count = summing->counts[i].count,
                                       .bytes = summing->counts[i].bytes,
                                       .live_objects = summing->counts[i].live_objects,
                                       .live_bytes = summing->counts[i].live_bytes};
}

static enum status finish_sites(struct summing *summing, const char *path, struct error *error)
{
    struct trace_summary *summary = summing->summary;
    CLEANUP(trace_sites_close) struct trace_sites *sites = NULL;
    const size_t count = summing->count_count < TRACE_SHOWN_SITES ? summing->count_count : TRACE_SHOWN_SITES;
    summary->site_count = summing->count_count;
    summary->shown_sites = count;
    if (count == 0)
        return STATUS_OK;
    qsort(summing->counts, summing->count_count, sizeof *summing->counts, compare_by_count);
    take_sites(summing, summary->by_count, count);
    qsort(summing->counts, summing->count_count, sizeof *summing->counts, compare_by_bytes);
    take_sites(summing, summary->by_bytes, count);
    enum status status = trace_sites_open(path, &sites, error);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        status = trace_site_name(sites, summary->by_count[i].site, &summary->by_count[i].place, error);
        if (status == STATUS_OK)
            status = trace_site_name(sites, summary->by_bytes[i].site, &summary->by_bytes[i].place, error);
    }
    return status;
}

static enum status copy_facts(const struct facts *facts, struct facts *ret_facts, struct error *error)
{
    for (size_t i = 0; i < facts->count; i++)
        facts_set(ret_facts, facts->items[i].key, facts->items[i].value);
    return facts_check(ret_facts, error);
}

static enum status sum_up(struct summing *summing, const char *path, struct error *error)
{
    struct trace_event event;
    CLEANUP(trace_close) struct trace_reader *reader = NULL;
    enum status status = trace_open(path, &reader, error);
    if (status != STATUS_OK)
        return status;
    while (trace_next(reader, &event, &status, error))
        if (!take_event(summing, reader, &event))
            return error_set_no_memory(error);
    if (status != STATUS_OK)
        return status;
    struct trace_summary *summary = summing->summary;
    summary->left_objects = summing->live_objects;
    summary->left_bytes = summing->live_bytes;
    histogram_quantiles(&summing->life_events, summary->life_events_quantiles);
    histogram_quantiles(&summing->life_bytes, summary->life_bytes_quantiles);
    histogram_quantiles(&summing->life_ns, summary->life_ns_quantiles);
    return copy_facts(trace_facts(reader), &summary->facts, error);
}

enum status trace_summarize(const char *path, struct trace_summary *ret_summary, struct error *error)
{
    CLEANUP(trace_summary_release) struct trace_summary summary = {0};
    CLEANUP(summing_release) struct summing summing = {.summary = &summary};
    summing.threads = calloc(TRACE_MAX_THREADS, sizeof *summing.threads);
    if (!summing.threads)
        return error_set_no_memory(error);
    enum status status = sum_up(&summing, path, error);
    if (status == STATUS_OK)
        status = finish_sizes(&summing, error);
    if (status == STATUS_OK)
        status = finish_sites(&summing, path, error);
    if (status != STATUS_OK)
        return status;
    *ret_summary = summary;
    summary = (struct trace_summary){0};
    return STATUS_OK;
}
