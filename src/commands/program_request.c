// From the command line of `program` to its request.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "commands/private.h"
#include "commands/program_options.h"
#include "program/measure.h"

enum { NAME_CHARACTERS = 64 };

static const char separator[] = ":::";

// ---- texts ----

// NULL stays NULL.
static enum status copy_text(const char *text, char **ret_copy, struct error *error)
{
    if (!text)
        return STATUS_OK;
    *ret_copy = strdup(text);
    return *ret_copy ? STATUS_OK : error_set_no_memory(error);
}

// ---- names ----

// A name out of any text: what is no letter or digit becomes '-', none at the start.
static enum status derive_name(const char *text, const char *otherwise, char **ret_name, struct error *error)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    char name[NAME_CHARACTERS + 1];
    size_t length = 0;
    for (; *text && length < NAME_CHARACTERS; text++) {
        bool fits = strchr(allowed, *text) && (length > 0 || !strchr("._-", *text));
        if (fits || length > 0)
            name[length++] = fits ? *text : '-';
    }
    name[length] = '\0';
    return copy_text(length ? name : otherwise, ret_name, error);
}

static enum status check_name(const char *option, const char *name, struct error *error)
{
    if (platform_check(name, NULL) == STATUS_OK)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE,
                     "Use 1 to 64 letters, digits, '.', '_' and '-', beginning with a letter or digit.",
                     "--%s cannot be '%s'", option, show_word(name).text);
}

static enum status set_names(const struct option_value *values, struct program_request *request,
                             struct error *error)
{
    char host[256] = "";
    const char *name = values[PROGRAM_OPTION_NAME].text, *platform = values[PROGRAM_OPTION_PLATFORM].text;
    enum status status = STATUS_OK;
    if (gethostname(host, sizeof host - 1) == 0)
        host[strcspn(host, ".")] = '\0';
    if (platform)
        status = check_name("platform", platform, error);
    if (status == STATUS_OK && name)
        status = check_name("name", name, error);
    if (status == STATUS_OK)
        status = platform ? copy_text(platform, &request->platform, error)
                          : derive_name(host, "local", &request->platform, error);
    if (status != STATUS_OK || name || request->command_count == 0)
        return status == STATUS_OK ? copy_text(name, &request->name, error) : status;
    const char *word = request->commands[0].words.items[0];
    char *first = strndup(word, strcspn(word, " \t\n|&;"));
    if (!first)
        return error_set_no_memory(error);
    const char *slash = strrchr(first, '/');
    status = derive_name(slash ? slash + 1 : first, "program", &request->name, error);
    free(first);
    return status;
}

// ---- commands ----

static enum status add_command(struct program_request *request, struct string_list *words,
                               struct error *error)
{
    if (words->count == 0)
        return error_set(error, STATUS_USAGE, "Write a program and its arguments there.",
                         "one of the commands is empty");
    if (request->command_count == PROGRAM_MAX_COMMANDS)
        return error_set(error, STATUS_USAGE, "Measure them in separate runs.",
                         "at most %d commands fit one run", PROGRAM_MAX_COMMANDS);
    request->commands[request->command_count++].words = *words;
    *words = (struct string_list){0};
    return STATUS_OK;
}

// For a shell: what was one word stays as it is, several become words of the shell.
static enum status join_words(struct string_list *words, struct error *error)
{
    CLEANUP(text_release) struct text line = {0};
    if (words->count < 2)
        return STATUS_OK;
    program_append_command(&line, words);
    enum status status = text_check(&line, error);
    string_list_release(words);
    return status == STATUS_OK ? string_list_add(words, text_string(&line), error) : status;
}

static enum status add_words(const struct invocation *invocation, struct program_request *request,
                             struct error *error)
{
    CLEANUP(string_list_release) struct string_list words = {0};
    enum status status = STATUS_OK;
    for (size_t i = 0; i <= invocation->word_count && invocation->word_count > 0 && status == STATUS_OK;
         i++) {
        bool ends = i == invocation->word_count || strcmp(invocation->words[i], separator) == 0;
        if (!ends) {
            status = string_list_add(&words, invocation->words[i], error);
            continue;
        }
        if (request->shell)
            status = join_words(&words, error);
        if (status == STATUS_OK)
            status = add_command(request, &words, error);
    }
    return status;
}

static enum status add_commands(const struct invocation *invocation, struct program_request *request,
                                struct error *error)
{
    const struct string_list *commands = &invocation->values[PROGRAM_OPTION_COMMAND].names;
    const char *shell = invocation->values[PROGRAM_OPTION_SHELL].text;
    enum status status = STATUS_OK;
    if (strcmp(shell, "none") != 0)
        status = copy_text(shell, &request->shell, error);
    for (size_t i = 0; i < commands->count && status == STATUS_OK; i++) {
        CLEANUP(string_list_release) struct string_list words = {0};
        status = request->shell ? string_list_add(&words, commands->items[i], error)
                                : program_split_words(commands->items[i], &words, error);
        if (status == STATUS_OK)
            status = add_command(request, &words, error);
    }
    return status == STATUS_OK ? add_words(invocation, request, error) : status;
}

// ---- parameters and metrics: NAME=… ----

// The part before the '='; the rest is in `ret_rest`.
static enum status split_name(const char *option, const char *text, char **ret_name, const char **ret_rest,
                              struct error *error)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
    size_t length = strspn(text, allowed);
    if (length == 0 || length >= PROGRAM_METRIC_NAME_BYTES || text[length] != '=' || !text[length + 1])
        return error_set(error, STATUS_USAGE,
                         "Write NAME=VALUE, the name of letters, digits, '_', '.' and '-'.",
                         "--%s cannot be '%s'", option, show_word(text).text);
    *ret_rest = text + length + 1;
    *ret_name = strndup(text, length);
    return *ret_name ? STATUS_OK : error_set_no_memory(error);
}

static enum status add_parameters(const struct string_list *texts, struct program_request *request,
                                  struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < texts->count && status == STATUS_OK; i++) {
        const char *rest = "";
        if (request->parameter_count == PROGRAM_MAX_PARAMETERS)
            return error_set(error, STATUS_USAGE, "Measure them in separate runs.",
                             "at most %d parameters fit one run", PROGRAM_MAX_PARAMETERS);
        struct program_parameter *parameter = &request->parameters[request->parameter_count];
        status = split_name("parameter", texts->items[i], &parameter->name, &rest, error);
        if (status != STATUS_OK)
            return status;
        request->parameter_count++;
        status = string_list_split(&parameter->values, rest, ',', error);
        for (uint32_t k = 0; k + 1 < request->parameter_count && status == STATUS_OK; k++)
            if (strcmp(request->parameters[k].name, parameter->name) == 0)
                status = error_set(error, STATUS_USAGE, "Give all of its values once, with commas between.",
                                   "--parameter %s is given twice", parameter->name);
    }
    return status;
}

// Names that the program's own metrics have.
static bool is_taken(const struct program_request *request, const char *name)
{
    for (int m = 0; m < LAUNCH_METRIC_COUNT; m++)
        if (strcmp(launch_metrics[m].name, name) == 0)
            return true;
    for (uint32_t i = 0; i < request->own_metric_count; i++)
        if (strcmp(request->own_metrics[i].name, name) == 0)
            return true;
    return false;
}

static enum status add_metrics(const struct string_list *texts, struct program_request *request,
                               struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < texts->count && status == STATUS_OK; i++) {
        CLEANUP(free_pointer) char *name = NULL;
        const char *pattern = "";
        if (request->own_metric_count == PROGRAM_MAX_OWN_METRICS)
            return error_set(error, STATUS_USAGE, "Take them in separate runs.",
                             "at most %d metrics fit one run", PROGRAM_MAX_OWN_METRICS);
        status = split_name("metric", texts->items[i], &name, &pattern, error);
        if (status == STATUS_OK)
            status = program_pattern_check(pattern, error);
        if (status != STATUS_OK || !name)
            return status;
        if (is_taken(request, name))
            return error_set(error, STATUS_USAGE, "Choose another name.", "two metrics are called '%s'",
                             name);
        struct program_own_metric *metric = &request->own_metrics[request->own_metric_count++];
        snprintf(metric->name, sizeof metric->name, "%s", name);
        status = copy_text(pattern, &metric->pattern, error);
    }
    return status;
}

static enum status mark_higher(const struct string_list *names, struct program_request *request,
                               struct error *error)
{
    for (size_t i = 0; i < names->count; i++) {
        uint32_t m = 0;
        while (m < request->own_metric_count && strcmp(request->own_metrics[m].name, names->items[i]) != 0)
            m++;
        if (m == request->own_metric_count)
            return error_set(error, STATUS_USAGE, "Name one of those given by --metric.",
                             "--higher-is-better: there is no metric '%s'", show_word(names->items[i]).text);
        request->own_metrics[m].higher_is_better = true;
    }
    return STATUS_OK;
}

// ---- the rest ----

static enum status set_output(const char *where, struct program_request *request, struct error *error)
{
    static const struct {
        const char *word;
        enum launch_output output;
    } words[] = {
        {"null", LAUNCH_OUTPUT_NULL}, {"pipe", LAUNCH_OUTPUT_PIPE}, {"inherit", LAUNCH_OUTPUT_INHERIT}};
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcmp(where, words[i].word) == 0) {
            request->output = words[i].output;
            return STATUS_OK;
        }
    request->output = LAUNCH_OUTPUT_FILE;
    return copy_text(where, &request->output_file, error);
}

// "TERM", "SIGTERM" or a number.
static enum status set_stop_signal(const char *word, struct program_request *request, struct error *error)
{
    static const struct {
        const char *name;
        int number;
    } signals[] = {{"TERM", SIGTERM}, {"INT", SIGINT},   {"HUP", SIGHUP},   {"QUIT", SIGQUIT},
                   {"KILL", SIGKILL}, {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"ABRT", SIGABRT}};
    if (!word)
        return STATUS_OK;
    const char *name = strncmp(word, "SIG", 3) == 0 ? word + 3 : word;
    for (size_t i = 0; i < COUNT_OF(signals); i++) {
        char number[16];
        snprintf(number, sizeof number, "%d", signals[i].number);
        if (strcmp(signals[i].name, name) == 0 || strcmp(number, word) == 0)
            request->stop_signal = signals[i].number;
    }
    if (request->stop_signal)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "Name one of TERM, INT, HUP, QUIT, KILL, USR1, USR2 and ABRT.",
                     "--stop: '%s' is not a signal that ends a server", show_word(word).text);
}

static enum status check_combination(const struct invocation *invocation,
                                     const struct program_request *request, struct error *error)
{
    const struct option_value *values = invocation->values;
    if (values[PROGRAM_OPTION_PROCESSES].given && values[PROGRAM_OPTION_TIME_BUDGET].given)
        return error_set(error, STATUS_USAGE, "Leave one of them out.",
                         "--processes and --time-budget contradict each other: the number follows from the "
                         "time");
    if (values[PROGRAM_OPTION_JSON].given && request->output == LAUNCH_OUTPUT_INHERIT)
        return error_set(error, STATUS_USAGE, "Leave one of them out.",
                         "--json and --output inherit would both write to standard output");
    if (!request->client && (values[PROGRAM_OPTION_READY].given || values[PROGRAM_OPTION_STOP].given))
        return error_set(error, STATUS_USAGE, "Add --client CMD, the command that uses the server.",
                         "--%s is for a server", values[PROGRAM_OPTION_READY].given ? "ready" : "stop");
    if (request->own_metric_count > 0 && request->output != LAUNCH_OUTPUT_PIPE)
        return error_set(error, STATUS_USAGE, "Leave --output out.",
                         "--metric reads what the command prints, which needs --output pipe");
    if (request->command_count == 0 && !values[PROGRAM_OPTION_RESUME].given)
        return error_set(error, STATUS_USAGE,
                         "Write memalloc-bench program [options] COMMAND, as in memalloc-bench program "
                         "xmllint --noout file.xml.",
                         "program needs a command to run");
    if (request->command_count == 0 && !request->name)
        return error_set(error, STATUS_USAGE, "Add --name, or the command that the run was started with.",
                         "--resume needs the name of the run");
    return STATUS_OK;
}

static enum status set_texts(const struct option_value *values, struct program_request *request,
                             struct error *error)
{
    const struct {
        enum program_option option;
        char **text;
    } texts[] = {
        {PROGRAM_OPTION_PREPARE, &request->prepare}, {PROGRAM_OPTION_CLEANUP, &request->cleanup},
        {PROGRAM_OPTION_INPUT, &request->input},     {PROGRAM_OPTION_READY, &request->ready},
        {PROGRAM_OPTION_CLIENT, &request->client},
    };
    enum status status = STATUS_OK;
    for (size_t i = 0; i < COUNT_OF(texts) && status == STATUS_OK; i++)
        status = copy_text(values[texts[i].option].text, texts[i].text, error);
    if (status == STATUS_OK)
        status = set_output(values[PROGRAM_OPTION_OUTPUT].text, request, error);
    if (status == STATUS_OK)
        status = set_stop_signal(values[PROGRAM_OPTION_STOP].text, request, error);
    if (status == STATUS_OK)
        status = add_parameters(&values[PROGRAM_OPTION_PARAMETER].names, request, error);
    if (status == STATUS_OK)
        status = add_metrics(&values[PROGRAM_OPTION_METRIC].names, request, error);
    if (status == STATUS_OK)
        status = mark_higher(&values[PROGRAM_OPTION_HIGHER_IS_BETTER].names, request, error);
    return status;
}

// The system's heap is always there, and the first.
static enum status set_heaps(const struct option_value *values, struct program_request *request,
                             struct error *error)
{
    struct option_value chosen = {.given = values[PROGRAM_OPTION_HEAPS].given,
                                  .chosen = values[PROGRAM_OPTION_HEAPS].chosen | 1};
    CLEANUP(free_pointer) struct plan_request *plan = calloc(1, sizeof *plan);
    if (!plan)
        return error_set_no_memory(error);
    enum status status = heap_options_apply(&chosen, &values[PROGRAM_OPTION_HEAP], plan, error);
    if (status != STATUS_OK)
        return status;
    memcpy(request->heaps, plan->heaps, sizeof request->heaps);
    request->heap_count = plan->heap_count;
    return STATUS_OK;
}

enum status program_request_from(const struct invocation *invocation, struct program_request *ret_request,
                                 struct error *error)
{
    const struct option_value *values = invocation->values;
    struct program_request *request = ret_request;
    request->blocks = (uint32_t)values[PROGRAM_OPTION_PROCESSES].number;
    request->seconds = values[PROGRAM_OPTION_TIME_BUDGET].decimal;
    request->warmups = (uint32_t)values[PROGRAM_OPTION_WARMUP].number;
    request->seed = values[PROGRAM_OPTION_SEED].number;
    request->timeout_seconds = values[PROGRAM_OPTION_TIMEOUT].decimal;
    request->ignore_failure = values[PROGRAM_OPTION_IGNORE_FAILURE].given;
    request->check_output = strcmp(values[PROGRAM_OPTION_CHECK_OUTPUT].text, "on") == 0;
    enum status status = add_commands(invocation, request, error);
    if (status == STATUS_OK)
        status = set_names(values, request, error);
    if (status == STATUS_OK)
        status = set_texts(values, request, error);
    if (status == STATUS_OK)
        status = set_heaps(values, request, error);
    return status == STATUS_OK ? check_combination(invocation, request, error) : status;
}
