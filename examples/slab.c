// The slab library in a program of one's own: compile this file with slab.c, nothing else.
//
//     cc -O2 -I src/slab examples/slab.c src/slab/slab.c
//
// Sessions that refer to each other by key. A key is smaller than a pointer, survives growth, and one that is
// stale is refused instead of followed.
#include <stdio.h>

#include "slab.h"

struct session {
    char user[16];
    size_t invited_by; // a key, or SLAB_NO_KEY
};

SLAB_DEFINE(sessions, struct session)

// Returns the new session's key, or SLAB_NO_KEY when there is no memory.
static size_t open_session(struct sessions *sessions, const char *user, size_t invited_by)
{
    size_t key;
    struct session *session = sessions_insert(sessions, &key);
    if (!session)
        return SLAB_NO_KEY;
    *session = (struct session){.invited_by = invited_by};
    snprintf(session->user, sizeof session->user, "%s", user);
    return key;
}

static void print_sessions(const struct sessions *sessions)
{
    SLAB_FOR_EACH(key, &sessions->slab)
    {
        const struct session *session = sessions_get(sessions, key);
        const struct session *host = sessions_get(sessions, session->invited_by);
        printf("%zu: %s, invited by %s\n", key, session->user, host ? host->user : "nobody here");
    }
}

int main(void)
{
    struct sessions sessions;
    sessions_init(&sessions);
    size_t ada = open_session(&sessions, "ada", SLAB_NO_KEY);
    size_t ben = open_session(&sessions, "ben", ada);
    size_t cem = open_session(&sessions, "cem", ben);
    if (ada == SLAB_NO_KEY || ben == SLAB_NO_KEY || cem == SLAB_NO_KEY)
        return 1;
    sessions_remove(&sessions, ben);
    if (!sessions_remove(&sessions, ben))
        printf("%zu: closed before\n", ben);
    print_sessions(&sessions);
    printf("%zu open, next key %zu\n", sessions_length(&sessions), sessions_next_key(&sessions));
    sessions_release(&sessions);
    return 0;
}
