// The completion for bash: plain bash without helper packages, so that it works wherever bash does.
#include <string.h>

#include "command_line/help.h"
#include "command_line/parse.h"

static void append_values(struct text *text, const struct command_table *commands,
                          const struct command *command)
{
    text_append(text, "        case $previous in\n");
    for (size_t i = 0; i < command->option_count; i++) {
        const struct option_row *row = &command->options[i];
        if (row->type == OPTION_FLAG)
            continue;
        text_append_format(text, "        --%s)", row->name);
        if (row->type == OPTION_PATH) {
            text_append(text, " kind=path");
        } else {
            text_append(text, row->type == OPTION_LIST ? " kind=list words='" : " kind=word words='");
            for (size_t c = 0; row->choices && c < row->choices->count; c++)
                if (row->choices->name(c))
                    text_append_format(text, "%s ", row->choices->name(c));
            text_append(text, row->type == OPTION_LIST ? "all'" : "'");
        }
        text_append(text, " ;;\n");
    }
    text_append(text, "        *) kind=word words='");
    for (size_t i = 0; strcmp(command->name, "help") == 0 && i < commands->count; i++)
        text_append_format(text, "%s ", commands->rows[i]->name);
    for (size_t i = 0; i < command->option_count; i++)
        text_append_format(text, "--%s ", command->options[i].name);
    text_append(text, "--help' ;;\n        esac\n        ;;\n");
}

void completion_append_bash(struct text *text, const struct command_table *commands)
{
    text_append(text, "# bash completion for memalloc-bench; load it with\n"
                      "#     source <(memalloc-bench help --completion)\n"
                      "_memalloc_bench()\n{\n"
                      "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
                      "    local kind=word words='' prefix=''\n"
                      "    # The shell makes three words of --option=value.\n"
                      "    if [[ $current == = ]]; then\n"
                      "        current=''\n"
                      "    elif [[ $previous == = ]]; then\n"
                      "        previous=${COMP_WORDS[COMP_CWORD - 2]}\n"
                      "    fi\n"
                      "    if ((COMP_CWORD == 1)); then\n        words='");
    for (size_t i = 0; i < commands->count; i++)
        text_append_format(text, "%s ", commands->rows[i]->name);
    text_append(text, "--help --version'\n    else\n    case ${COMP_WORDS[1]} in\n");
    for (size_t i = 0; i < commands->count; i++) {
        if (commands->rows[i] == commands->implied)
            continue;
        text_append_format(text, "    %s)\n", commands->rows[i]->name);
        append_values(text, commands, commands->rows[i]);
    }
    text_append(text, "    *)\n"); // and an argument without a command is one of the implied command
    append_values(text, commands, commands->implied);
    text_append(
        text, "    esac\n    fi\n"
              "    COMPREPLY=()\n"
              "    case $kind in\n"
              "    path) mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); compopt -o filenames ;;\n"
              "    list)\n"
              "        [[ $current == *,* ]] && prefix=${current%,*},\n"
              "        mapfile -t COMPREPLY < <(compgen -P \"$prefix\" -W \"$words\" -- \"${current##*,}\")\n"
              "        compopt -o nospace\n"
              "        ;;\n"
              "    *) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\") ;;\n"
              "    esac\n"
              "}\n"
              "# Where none of that fits, files: results to compare or analyse, libraries of a heap.\n"
              "complete -o default -F _memalloc_bench memalloc-bench\n");
}
