#include "base/spawn.h"

#include <signal.h>

int spawn_setup_init(struct spawn_setup *setup, bool own_group)
{
    sigset_t none, all;
    int error_number = posix_spawn_file_actions_init(&setup->actions);
    if (error_number)
        return error_number;
    error_number = posix_spawnattr_init(&setup->attributes);
    if (error_number) {
        posix_spawn_file_actions_destroy(&setup->actions);
        return error_number;
    }
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&setup->attributes, &none);
    posix_spawnattr_setsigdefault(&setup->attributes, &all);
    if (own_group)
        posix_spawnattr_setpgroup(&setup->attributes, 0);
    posix_spawnattr_setflags(&setup->attributes, (short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                         (own_group ? POSIX_SPAWN_SETPGROUP : 0)));
    return 0;
}

void spawn_setup_release(struct spawn_setup *setup)
{
    posix_spawnattr_destroy(&setup->attributes);
    posix_spawn_file_actions_destroy(&setup->actions);
}
