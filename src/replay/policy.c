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
#define REPLAY_STRATEGY(id, name, summary, cost) [REPLAY_##id] = {name, summary, cost},
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
    for (int i = 0; i < REPLAY_STRATEGY_COUNT; i++)
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
    *ret_number = strtoull(word, &end, 10);
    return word[0] >= '0' && word[0] <= '9' && !*end && errno == 0 && *ret_number != UINT64_MAX;
}

// The words of one line, without its comment.
static enum status split_line(const char *line, size_t length, struct string_list *ret_words,
                              struct error *error)
{
    static const char blanks[] = " \t\r";
    enum status status = STATUS_OK;
    const char *end = memchr(line, '#', length);
    end = end ? end : line + length;
    while (status == STATUS_OK) {
        CLEANUP(text_release) struct text word = {0};
        line += strspn(line, blanks);
        if (line >= end)
            break;
        const size_t room = (size_t)(end - line), word_length = strcspn(line, " \t\r\n#");
        text_append_bytes(&word, line, word_length < room ? word_length : room);
        status = text_check(&word, error);
        if (status == STATUS_OK)
            status = string_list_add(ret_words, text_string(&word), error);
        line += word_length;
    }
    return status;
}

// False when the words are no rule. `*ret_failed` when memory ran out.
static bool take_rule(const struct string_list *words, struct replay_policy *policy, bool *ret_failed)
{
    char *const *word = words->items;
    enum replay_strategy strategy;
    uint64_t number;
    if (words->count == 0)
        return true;
    if (words->count == 2 && strcmp(word[0], "otherwise") == 0)
        return parse_strategy(word[1], &policy->otherwise);
    struct number_map *map = strcmp(word[0], "site") == 0   ? &policy->sites
                             : strcmp(word[0], "size") == 0 ? &policy->sizes
                                                            : NULL;
    if (words->count != 3 || !map || !parse_number(word[1], &number) || !parse_strategy(word[2], &strategy))
        return false;
    *ret_failed = !number_map_set(map, number, strategy);
    return true;
}

enum status replay_policy_read(const char *path, struct replay_policy *ret_policy, struct error *error)
{
    CLEANUP(text_release) struct text content = {0};
    struct replay_policy policy = {0};
    enum status status = file_read(path, MAX_POLICY_BYTES, &content, error);
    size_t number = 1;
    for (const char *line = text_string(&content); status == STATUS_OK && *line; number++) {
        CLEANUP(string_list_release) struct string_list words = {0};
        const size_t length = strcspn(line, "\n");
        bool failed = false;
        status = split_line(line, length, &words, error);
        if (status == STATUS_OK && !take_rule(&words, &policy, &failed))
            status = error_set(error, STATUS_USAGE,
                               "Write lines such as 'size 24 slab', 'site 7 arena' or 'otherwise box'.",
                               "line %zu of the policy %.300s cannot be understood", number, path);
        if (failed)
            status = error_set_no_memory(error);
        line += length + (line[length] == '\n');
    }
    if (status == STATUS_OK)
        *ret_policy = policy;
    else
        replay_policy_release(&policy);
    return status;
}
