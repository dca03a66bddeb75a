// What a run is begun with: it goes on only with the same machine, heaps and programs.
#include <stdio.h>

#include "base/cleanup.h"
#include "base/compared_facts.h"
#include "private.h"
#include "runner/provenance.h"

// Files that cannot be read are left out: then nothing is known that could differ.
static void add_file(struct facts *begun, const char *key, const char *path)
{
    char identity[IDENTITY_BYTES];
    if (provenance_identify(path, identity, NULL) == STATUS_OK)
        facts_set_format(begun, key, "%s, %s", path, identity);
}

enum status program_begun_with(const struct program_session *session, const struct facts *facts,
                               struct facts *ret_begun, struct error *error)
{
    CLEANUP(facts_release) struct facts begun = {0};
    const struct program_data *data = session->data;
    char key[HEAP_NAME_BYTES + 16];
    for (size_t i = 0; i < compared_fact_count; i++)
        if (compared_facts[i].decides)
            facts_set(&begun, compared_facts[i].key, facts_get(facts, compared_facts[i].key));
    for (uint32_t i = 0; i < data->heap_count; i++) {
        snprintf(key, sizeof key, "heap.%s", data->heaps[i].name);
        if (*data->heaps[i].problem)
            facts_set(&begun, key, data->heaps[i].problem);
        else if (*data->heaps[i].library)
            add_file(&begun, key, data->heaps[i].library);
    }
    for (uint32_t i = 0; i < session->subjects->count && !session->request->shell; i++) {
        CLEANUP(text_release) struct text path = {0};
        snprintf(key, sizeof key, "program.%u", i + 1);
        if (launch_find_command(session->subjects->items[i].words.items[0], &path, NULL, NULL) == STATUS_OK)
            add_file(&begun, key, text_string(&path));
    }
    enum status status = facts_check(&begun, error);
    if (status != STATUS_OK)
        return status;
    *ret_begun = begun;
    begun = (struct facts){0};
    return STATUS_OK;
}
