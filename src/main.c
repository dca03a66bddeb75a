#include "command_line/program.h"
#include "commands/commands.h"

int main(int argc, char **argv)
{
    return program_run(&all_commands, argc, (const char *const *)argv);
}
