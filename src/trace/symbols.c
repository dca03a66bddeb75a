// addr2line (binutils, or LLVM's) answers on two lines for each address: the function, and FILE:LINE. The
// addresses go to it in a file, so that neither program waits for the other.
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "private.h"

extern char **environ;

static int start(const char *program, const char *module, int input, int output, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    char *arguments[] = {(char *)(uintptr_t)program, (char *)"-f", (char *)"-C", (char *)"-e",
                         (char *)(uintptr_t)module,  NULL};
    int error_number = posix_spawn_file_actions_init(&actions);
    if (error_number)
        return error_number;
    error_number = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    if (!error_number)
        error_number = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (!error_number)
        error_number = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (!error_number)
        error_number = posix_spawnp(ret_pid, program, &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error_number;
}

// A line without its end; false at the end of the file.
static bool read_line(FILE *stream, char **line, size_t *capacity)
{
    ssize_t length = getline(line, capacity, stream);
    if (length <= 0)
        return false;
    if ((*line)[length - 1] == '\n')
        (*line)[length - 1] = '\0';
    return true;
}

static void take_line(struct place *place, char *line)
{
    char *colon = strrchr(line, ':');
    if (line[0] == '?' || !colon)
        return;
    place->line = strtoull(colon + 1, NULL, 10);
    *colon = '\0';
    place->source = strdup(line);
}

static void read_answers(FILE *answers, struct place *const *places, size_t count)
{
    char *line = NULL;
    size_t capacity = 0;
    for (size_t i = 0; i < count && read_line(answers, &line, &capacity); i++) {
        if (line[0] != '?' && line[0] != '\0')
            places[i]->function = strdup(line);
        if (!read_line(answers, &line, &capacity))
            break;
        take_line(places[i], line);
    }
    free(line);
}

enum status symbols_find(const char *module, struct place *const *places, size_t count, struct error *error)
{
    static const char *const programs[] = {"addr2line", "llvm-addr2line"};
    CLEANUP(close_stream) FILE *questions = tmpfile(), *answers = tmpfile();
    int wait_status;
    pid_t pid;
    if (!questions || !answers)
        return error_set_errno(error, STATUS_ENVIRONMENT, errno,
                               "Free some space in the folder of temporary files, or leave symbols out.",
                               "symbols cannot be looked up");
    for (size_t i = 0; i < count; i++)
        fprintf(questions, "0x%" PRIx64 "\n", places[i]->offset);
    if (fflush(questions) != 0 || lseek(fileno(questions), 0, SEEK_SET) < 0)
        return error_set_errno(error, STATUS_ENVIRONMENT, errno,
                               "Free some space in the folder of temporary files.",
                               "symbols cannot be looked up");
    for (size_t i = 0; i < COUNT_OF(programs); i++) {
        if (start(programs[i], module, fileno(questions), fileno(answers), &pid) != 0)
            continue;
        while (waitpid(pid, &wait_status, 0) < 0 && errno == EINTR)
            continue;
        rewind(answers);
        read_answers(answers, places, count);
        break;
    }
    return STATUS_OK;
}
