// A site is the call's return address, with those further out where they were recorded. The same address may
// be another file's at another time: the maps say from when on which file was there.
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "private.h"

void site_list_release(struct site_list *sites)
{
    for (size_t i = 0; i < sites->count; i++)
        free(sites->items[i].addresses);
    free(sites->items);
    free(sites->before);
    number_map_release(&sites->by_hash);
    *sites = (struct site_list){0};
}

static uint64_t hash_of(const struct raw_event *event)
{
    uint64_t hash = event->site * 0x9e3779b97f4a7c15u;
    for (uint32_t i = 0; i < event->frame_count; i++)
        hash = (hash ^ hash >> 29 ^ (event->frames[i] & raw_address_mask)) * 0x9e3779b97f4a7c15u;
    return hash == UINT64_MAX ? 0 : hash;
}

static bool is_same(const struct site *site, const struct raw_event *event)
{
    if (site->count != event->frame_count + 1 || site->addresses[0] != event->site)
        return false;
    for (uint32_t i = 0; i < event->frame_count; i++)
        if (site->addresses[i + 1] != (event->frames[i] & raw_address_mask))
            return false;
    return true;
}

static bool reserve(struct site_list *sites)
{
    if (sites->count < sites->capacity)
        return true;
    size_t capacity = sites->capacity ? sites->capacity * 2 : 256;
    struct site *items = realloc(sites->items, capacity * sizeof *items);
    if (items)
        sites->items = items;
    size_t *before = realloc(sites->before, capacity * sizeof *before);
    if (before)
        sites->before = before;
    if (!items || !before)
        return false;
    sites->capacity = capacity;
    return true;
}

static bool add_site(struct site_list *sites, const struct raw_event *event, uint64_t hash)
{
    const uint64_t *last = number_map_find(&sites->by_hash, hash);
    const size_t before = last ? (size_t)*last + 1 : 0;
    struct site site = {.count = event->frame_count + 1, .ticks = event->ticks};
    if (!reserve(sites) || !(site.addresses = malloc(site.count * sizeof *site.addresses)))
        return false;
    site.addresses[0] = event->site;
    for (uint32_t i = 0; i < event->frame_count; i++)
        site.addresses[i + 1] = event->frames[i] & raw_address_mask;
    sites->items[sites->count] = site;
    sites->before[sites->count] = before;
    sites->count++;
    return number_map_set(&sites->by_hash, hash, sites->count - 1);
}

bool site_list_number(void *list, const struct raw_event *event, uint32_t *ret_site)
{
    struct site_list *sites = list;
    if (event->site == 0) { // put in, not recorded
        *ret_site = TRACE_NO_SITE;
        return true;
    }
    const uint64_t hash = hash_of(event);
    const uint64_t *last = number_map_find(&sites->by_hash, hash);
    for (size_t i = last ? (size_t)*last + 1 : 0; i > 0; i = sites->before[i - 1])
        if (is_same(&sites->items[i - 1], event)) {
            *ret_site = (uint32_t)(i - 1);
            return true;
        }
    *ret_site = (uint32_t)sites->count;
    return add_site(sites, event, hash);
}

// ---- places ----

void place_list_release(struct place_list *places)
{
    for (size_t i = 0; i < places->count; i++) {
        free(places->items[i].function);
        free(places->items[i].source);
    }
    free(places->items);
    *places = (struct place_list){0};
}

// The map that holds the address at that time: the last that is not later; else the first one.
static size_t find_map(const struct raw_file *file, uint64_t address, uint64_t ticks)
{
    size_t found = file->map_count;
    for (size_t i = 0; i < file->map_count; i++) {
        const struct raw_map *map = &file->maps[i];
        if (address < map->begin || address >= map->end)
            continue;
        if (map->since_ticks <= ticks || found == file->map_count)
            found = i;
    }
    return found;
}

// The modules that were read, so that each is read once.
struct modules {
    struct module_file *items; // by the map's number
    bool *is_read;             // it was tried
    bool *is_there;
};

static void modules_release(struct modules *modules)
{
    free(modules->items);
    free(modules->is_read);
    free(modules->is_there);
}

static void find_place(const struct raw_file *file, struct modules *modules, uint64_t address, uint64_t ticks,
                       struct place *place)
{
    const uint64_t call = address - 1; // within the call, not behind it: that may be another line
    const size_t i = find_map(file, call, ticks);
    place->offset = call;
    if (i == file->map_count)
        return;
    const uint64_t file_offset = call - file->maps[i].begin + file->maps[i].file_offset;
    place->module = file->paths[i];
    if (!*place->module || *place->module == '[')
        return;
    if (!modules->is_read[i])
        modules->is_there[i] = module_read(file->paths[i], file->maps[i].inode, &modules->items[i]);
    modules->is_read[i] = true;
    place->offset = file_offset;
    if (!modules->is_there[i])
        return;
    place->offset = module_address(&modules->items[i], file_offset);
    memcpy(place->build_id, modules->items[i].build_id, sizeof place->build_id);
}

static int compare_modules(const void *a, const void *b)
{
    const struct place *first = *(struct place *const *)a, *second = *(struct place *const *)b;
    const int order = strcmp(first->module, second->module);
    if (order)
        return order;
    return first->offset < second->offset ? -1 : first->offset > second->offset;
}

static enum status find_symbols(const struct place_list *places, struct error *error)
{
    enum status status = STATUS_OK;
    size_t count = 0;
    CLEANUP(free_pointer) struct place **sorted = malloc((places->count + 1) * sizeof(struct place *));
    if (!sorted)
        return error_set_no_memory(error);
    for (size_t i = 0; i < places->count; i++)
        if (places->items[i].module && places->items[i].module[0] == '/')
            sorted[count++] = &places->items[i];
    if (count)
        qsort(sorted, count, sizeof(struct place *), compare_modules);
    for (size_t i = 0, end; i < count && status == STATUS_OK; i = end) {
        for (end = i; end < count && strcmp(sorted[end]->module, sorted[i]->module) == 0;)
            end++;
        status = symbols_find(sorted[i]->module, sorted + i, end - i, error);
    }
    return status;
}

enum status places_find(const struct raw_file *file, const struct site_list *sites, bool with_symbols,
                        struct place_list *ret_places, struct error *error)
{
    CLEANUP(place_list_release) struct place_list places = {0};
    CLEANUP(modules_release)
    struct modules modules = {
        .items = calloc(file->map_count + 1, sizeof(struct module_file)),
        .is_read = calloc(file->map_count + 1, sizeof(bool)),
        .is_there = calloc(file->map_count + 1, sizeof(bool)),
    };
    size_t count = 0;
    for (size_t i = 0; i < sites->count; i++)
        count += sites->items[i].count;
    places.items = calloc(count + 1, sizeof *places.items);
    if (!places.items || !modules.items || !modules.is_read || !modules.is_there)
        return error_set_no_memory(error);
    for (size_t i = 0; i < sites->count; i++)
        for (uint32_t frame = 0; frame < sites->items[i].count; frame++)
            find_place(file, &modules, sites->items[i].addresses[frame], sites->items[i].ticks,
                       &places.items[places.count++]);
    enum status status = with_symbols ? find_symbols(&places, error) : STATUS_OK;
    if (status != STATUS_OK)
        return status;
    *ret_places = places;
    places = (struct place_list){0};
    return STATUS_OK;
}
