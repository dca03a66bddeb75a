#include "command_line/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "command_line/help.h"
#include "command_line/parse.h"
#include "command_line/private.h"
#include "command_line/wrap.h"

// A descriptor 0, 1 or 2 that the caller closed would otherwise be given to the next file that is opened, and
// output would go into that file. Opened the wrong way round, so that using it stays an error, but for
// standard error.
static void occupy_standard_descriptors(void)
{
    static const int modes[] = {O_WRONLY, O_RDONLY, O_WRONLY};
    for (int descriptor = 0; descriptor <= 2; descriptor++)
        if (fcntl(descriptor, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", modes[descriptor]);
}

// Needs no memory: neither breaks lines nor keeps anything but plain ASCII.
static void print_plainly(const char *before, const char *message, const char *after)
{
    fputs(before, stderr);
    for (const char *c = message; *c; c++)
        putc((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f ? '?' : *c, stderr);
    fputs(after, stderr);
}

// "memalloc-bench: cause." and, on a line of its own, the remedy.
static void print_error(const struct error *error)
{
    CLEANUP(text_release) struct text cause = {0}, remedy = {0}, output = {0};
    text_append(&cause, "memalloc-bench: ");
    text_append_printable(&cause, error->cause[0] ? error->cause : "something failed", "\n");
    text_append(&cause, ".");
    wrap_append(&output, text_string(&cause), 4, 0);
    if (error->remedy[0]) {
        text_append_printable(&remedy, error->remedy, "\n");
        append_spaces(&output, 4);
        wrap_append(&output, text_string(&remedy), 4, 4);
    }
    if (!cause.failed && !remedy.failed && !output.failed) {
        fputs(text_string(&output), stderr);
        return;
    }
    print_plainly("memalloc-bench: ", error->cause, ".\n");
    if (error->remedy[0])
        print_plainly("    ", error->remedy, "\n");
}

// Writes what the command has to say. A reader that went away (as in `| head`) has seen what it wanted.
static enum status write_output(const struct text *output, struct error *error)
{
    enum status status = text_check(output, error);
    if (status != STATUS_OK)
        return status;
    size_t written = 0;
    while (written < output->length) {
        ssize_t length = write(STDOUT_FILENO, output->bytes + written, output->length - written);
        if (length < 0 && errno == EPIPE)
            return STATUS_OK;
        if (length < 0 && errno != EINTR)
            return error_set_errno(error, STATUS_ENVIRONMENT, errno, "Check where the output goes.",
                                   "cannot write to standard output");
        if (length > 0)
            written += (size_t)length;
    }
    return STATUS_OK;
}

static enum status execute(struct invocation *invocation, struct error *error)
{
    if (!invocation->wants_help)
        return invocation->command->execute(invocation, error);
    help_append_command(&invocation->output, invocation->command);
    return STATUS_OK;
}

int program_run(const struct command_table *commands, int argc, const char *const *argv)
{
    occupy_standard_descriptors();
    signal(SIGPIPE, SIG_IGN); // writing into a pipe without reader is an error of the write, handled there
    signal(SIGXFSZ, SIG_IGN); // and so is writing beyond the limit of a file's size
    CLEANUP(invocation_release) struct invocation invocation = {0};
    struct error error = {0};
    enum status status = command_line_parse(commands, argc, argv, &invocation, &error);
    if (status == STATUS_OK)
        status = execute(&invocation, &error);
    if (status != STATUS_OK)
        print_error(&error);
    struct error output_error = {0};
    enum status output_status = write_output(&invocation.output, &output_error);
    if (output_status != STATUS_OK)
        print_error(&output_error);
    if (status == STATUS_OK)
        status = output_status;
    return status == STATUS_OK ? invocation.exit_code : exit_code_of(status);
}
