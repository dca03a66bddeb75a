// What every program is started with by posix_spawn(3): no signal blocked or ignored, whatever this program
// does about them.
#ifndef BASE_SPAWN_H
#define BASE_SPAWN_H

#include <spawn.h>
#include <stdbool.h>

struct spawn_setup {
    posix_spawn_file_actions_t actions; // none yet
    posix_spawnattr_t attributes;
};

// `own_group`: it leads a process group of its own. Returns 0, or an error number and nothing to release.
int spawn_setup_init(struct spawn_setup *setup, bool own_group);
void spawn_setup_release(struct spawn_setup *setup);

#endif
