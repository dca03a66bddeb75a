#include "commands/commands.h"

#include "base/cleanup.h"
#include "command_line/command.h"

#define COMMAND(name) extern const struct command command_##name;
#include "commands/commands.def"
#undef COMMAND

static const struct command *const rows[] = {
#define COMMAND(name) &command_##name,
#include "commands/commands.def"
#undef COMMAND
};

_Static_assert(COUNT_OF(rows) <= MAX_COMMANDS, "room in command_nearest()");

const struct command_table all_commands = {rows, COUNT_OF(rows), &command_run};
