// One sentence of cause and one of remedy for everything that is not an ordinary end.
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "private.h"

static void say(struct launch_record *record, const char *remedy, const char *format, ...) PRINTF_LIKE(3, 4);

static void say(struct launch_record *record, const char *remedy, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(record->cause, sizeof record->cause, format, arguments);
    va_end(arguments);
    snprintf(record->remedy, sizeof record->remedy, "%s", remedy);
}

// The last line of what it wrote to standard error, " (…)", or "".
static void last_words(const struct launch_record *record, char ret_words[200])
{
    size_t end = strlen(record->errors);
    while (end > 0 && strchr(" \n", record->errors[end - 1]))
        end--;
    size_t begin = end;
    while (begin > 0 && record->errors[begin - 1] != '\n')
        begin--;
    ret_words[0] = '\0';
    if (end > begin)
        snprintf(ret_words, 200, ": %.*s", (int)(end - begin), record->errors + begin);
    if (end - begin >= 198) // cut within a character
        for (size_t last = strlen(ret_words); last > 0 && (unsigned char)ret_words[last - 1] >= 0x80; last--)
            ret_words[last - 1] = '\0';
}

static const char *name_of(const struct launch_request *request)
{
    return request->client ? "the client" : "the command";
}

static void explain_failure(const struct launch_request *request, struct launch_record *record)
{
    char words[200];
    last_words(record, words);
    switch (record->failure) {
    case LAUNCH_FAILURE_NONE:
        break;
    case LAUNCH_FAILURE_NOT_FOUND: // what can be seen of the file is said by launch_find_command
    case LAUNCH_FAILURE_NOT_EXECUTABLE:
    case LAUNCH_FAILURE_NO_INTERPRETER:
        say(record,
            "Start it by hand; a program's dynamic linker may be missing, or its file system forbid "
            "programs.",
            "the system does not start %.200s: %s", request->arguments[0], strerror(record->error_number));
        break;
    case LAUNCH_FAILURE_BAD_FORMAT:
        say(record, "Begin a script with #! and its interpreter, or use a shell.",
            "%.200s is neither a program of this machine nor a script that names its interpreter",
            request->arguments[0]);
        break;
    case LAUNCH_FAILURE_INPUT:
        say(record, "Name a readable file.", "the command's input %.300s cannot be opened: %s",
            request->input ? request->input : "/dev/null", strerror(record->error_number));
        break;
    case LAUNCH_FAILURE_OUTPUT:
        say(record, "Name a writable file.", "the command's output %.300s cannot be opened: %s",
            request->output_file ? request->output_file : "/dev/null", strerror(record->error_number));
        break;
    case LAUNCH_FAILURE_SYSTEM:
        say(record, error_remedy(record->error_number, "Try again when the machine is less busy."),
            "the command %.200s cannot be started: %s", request->arguments[0],
            strerror(record->error_number));
        break;
    case LAUNCH_FAILURE_NOT_READY:
        say(record,
            "Check that the server stays in the foreground, and that the command of --ready succeeds by hand "
            "beside it.",
            "the server was not ready in time, or ended before%s", words);
        break;
    case LAUNCH_FAILURE_SERVER_ENDED:
        say(record, "Start it in the foreground, not as a daemon; start it by hand to see its messages.",
            "the server ended while the client ran%s", words);
        break;
    }
}

// The heap's library may be what ended it.
static bool ended_at_load(const struct launch_request *request, const struct launch_record *record)
{
    return request->library && *request->library && record->served_count > 0 &&
           record->served[0].service == LAUNCH_UNSERVED_AT_LOAD;
}

static void explain_end(const struct launch_request *request, struct launch_record *record)
{
    char words[200], buffer[16];
    last_words(record, words);
    const char *signal_name = launch_signal_name(record->signal_number, buffer);
    const bool by_signal = record->outcome == LAUNCH_SIGNALED;
    if (ended_at_load(request, record) && by_signal)
        say(record, "Check whether the library works with this program: start both by hand with LD_PRELOAD.",
            "%s was ended by %s while %.200s was loaded%s", name_of(request), signal_name, request->library,
            words);
    else if (ended_at_load(request, record) && record->exit_code != 0)
        say(record, "Check whether the library works with this program: start both by hand with LD_PRELOAD.",
            "%s exited with %d while %.200s was loaded%s", name_of(request), record->exit_code,
            request->library, words);
    else if (record->out_of_memory && (record->signal_number == SIGKILL || record->exit_code != 0))
        say(record, "Give it less to do, or the machine more memory.",
            "the system ran out of memory and killed a process while %s ran%s", name_of(request), words);
    else if (by_signal)
        say(record, "Start it by hand on this heap: a bug that another malloc hides is still a bug.",
            "%s was ended by %s%s", name_of(request), signal_name, words);
    else if (record->exit_code != 0)
        say(record, "Start it by hand to see why; --ignore-failure measures it all the same.",
            "%s exited with %d%s", name_of(request), record->exit_code, words);
    else if (record->lived_on > 0)
        say(record, "Have it stay in the foreground, or measure it as a server: --ready, --client, --stop.",
            "%u process%s of the command (%s) lived on after it and %s ended", record->lived_on,
            record->lived_on == 1 ? "" : "es", record->lived_on_name, record->lived_on == 1 ? "was" : "were");
}

void explain(const struct launch_request *request, struct launch_record *record)
{
    switch (record->outcome) {
    case LAUNCH_NOT_STARTED:
        explain_failure(request, record);
        break;
    case LAUNCH_TIMED_OUT:
        say(record, "Give it more time with --timeout, or less to do; it cannot read from a terminal here.",
            "the command did not end within %g s and was killed with all its processes",
            request->timeout_seconds);
        break;
    case LAUNCH_INTERRUPTED:
        say(record, "", "the command was interrupted and ended with all its processes");
        break;
    case LAUNCH_EXITED:
    case LAUNCH_SIGNALED:
        explain_end(request, record);
    }
}
