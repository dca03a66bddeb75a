#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "replay/replay.h"

enum { MAX_POLICY_BYTES = 16 << 20 };

const struct replay_strategy_row replay_strategies[REPLAY_STRATEGY_COUNT] = {
#define REPLAY_STRATEGY(id, name, summary) [REPLAY_##id] = {name, summary},
#include "replay/strategies.def"
#undef REPLAY_STRATEGY
};

void replay_policy_release(struct replay_policy *policy)
{
    number_map_release(&policy->sites);
    number_map_release(&policy->sizes);
    *policy = (struct replay_policy){0};
}

enum replay_strategy replay_policy_of(const struct replay_policy *policy, uint32_t site, uint64_t size)
{
    const uint64_t *strategy = number_map_find(&policy->sites, site);
    if (!strategy)
        strategy = number_map_find(&policy->sizes, size);
    return strategy ? (enum replay_strategy) * strategy : policy->otherwise;
}

static bool parse_strategy(const char *word, enum replay_strategy *ret_strategy)
{
    for (int i = 0; word && i < REPLAY_STRATEGY_COUNT; i++)
        if (strcmp(replay_strategies[i].name, word) == 0) {
            *ret_strategy = (enum replay_strategy)i;
            return true;
        }
    return false;
}

static bool parse_number(const char *word, uint64_t *ret_number)
{
    char *end = NULL;
    errno = 0;
    *ret_number = word ? strtoull(word, &end, 10) : 0;
    return word && word[0] >= '0' && word[0] <= '9' && !*end && errno == 0 && *ret_number != UINT64_MAX;
}

// One line without its comment. False when it is none.
static bool read_line(char *line, struct replay_policy *policy, bool *ret_failed)
{
    static const char blanks[] = " \t\r";
    char *rest = NULL;
    const char *subject = strtok_r(line, blanks, &rest);
    enum replay_strategy strategy;
    uint64_t number;
    if (!subject)
        return true;
    if (strcmp(subject, "otherwise") == 0)
        return parse_strategy(strtok_r(NULL, blanks, &rest), &policy->otherwise) &&
               !strtok_r(NULL, blanks, &rest);
    struct number_map *table = strcmp(subject, "site") == 0   ? &policy->sites
                               : strcmp(subject, "size") == 0 ? &policy->sizes
                                                              : NULL;
    if (!table || !parse_number(strtok_r(NULL, blanks, &rest), &number) ||
        !parse_strategy(strtok_r(NULL, blanks, &rest), &strategy) || strtok_r(NULL, blanks, &rest))
        return false;
    *ret_failed = !number_map_set(table, number, strategy);
    return true;
}

enum status replay_policy_read(const char *path, struct replay_policy *ret_policy, struct error *error)
{
    CLEANUP(text_release) struct text content = {0};
    CLEANUP(free_pointer) char *copy = NULL;
    struct replay_policy policy = {0};
    bool failed = false;
    enum status status = file_read(path, MAX_POLICY_BYTES, &content, error);
    if (status != STATUS_OK)
        return status;
    copy = strdup(text_string(&content));
    if (!copy)
        return error_set_no_memory(error);
    size_t number = 1;
    for (char *line = copy, *next; line && status == STATUS_OK; line = next, number++) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        line[strcspn(line, "#")] = '\0';
        if (!read_line(line, &policy, &failed))
            status = error_set(error, STATUS_USAGE,
                               "Write lines such as 'size 24 slab', 'site 7 arena' or 'otherwise box'.",
                               "line %zu of the policy %.300s cannot be understood", number, path);
        else if (failed)
            status = error_set_no_memory(error);
    }
    if (status == STATUS_OK)
        *ret_policy = policy;
    else
        replay_policy_release(&policy);
    return status;
}
