#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/printable.h"
#include "command_line/parse.h"
#include "commands/private.h"
#include "commands/program_options.h"
#include "launch/launch.h"
#include "program/data.h"

// ---- options ----

static const char *written_name(size_t index)
{
    static const char *const names[] = {"none", "word", "all"};
    return names[index];
}

static const char *state_name(size_t index)
{
    return axes[AXIS_heap_state].text((uint32_t)index);
}

static bool is_fresh(size_t index)
{
    return index == HEAP_STATE_fresh;
}

static bool is_any(size_t index)
{
    return index < HEAP_STATE_COUNT;
}

const struct choices written_choices = {"touch", 3, written_name, NULL, NULL};
const struct choices fresh_choices = {"state", HEAP_STATE_COUNT, state_name, is_fresh, NULL};
const struct choices every_state_choices = {"state", HEAP_STATE_COUNT, state_name, is_any, NULL};

// The value of the option of that name, which is one of the invocation's command.
static const struct option_value *value_of(const struct invocation *invocation, const char *name)
{
    size_t i = 0;
    while (strcmp(invocation->command->options[i].name, name) != 0)
        i++;
    return &invocation->values[i];
}

// ---- names ----

void replaying_release(struct replaying *replaying)
{
    for (size_t i = 0; i < replaying->count; i++) {
        replay_policy_release(&replaying->items[i].policy);
        text_release(&replaying->items[i].stream);
    }
    text_release(&replaying->name);
    text_release(&replaying->result);
    text_release(&replaying->journal);
}

static enum status set_name(struct replaying *replaying, const char *trace, const char *suffix,
                            struct error *error)
{
    static const char extension[] = ".parquet";
    enum { MOST_OF_A_NAME = 48 };
    const char *given = value_of(replaying->invocation, "name")->text;
    const char *slash = strrchr(trace, '/'), *file = slash ? slash + 1 : trace;
    size_t length = strlen(file);
    if (length >= sizeof extension && strcmp(file + length - (sizeof extension - 1), extension) == 0)
        length -= sizeof extension - 1;
    if (given)
        text_append(&replaying->name, given);
    else
        text_append_bytes(&replaying->name, file, length > MOST_OF_A_NAME ? MOST_OF_A_NAME : length);
    text_append(&replaying->name, suffix);
    enum status status = text_check(&replaying->name, error);
    if (status == STATUS_OK && !given && platform_check(text_string(&replaying->name), NULL) != STATUS_OK)
        status = error_set(error, STATUS_USAGE, "Give the run a name with --name.",
                           "the trace's name, %s, cannot be that of a run", show_word(file).text);
    return status;
}

enum status replaying_begin(struct replaying *replaying, const char *trace, const char *suffix,
                            struct error *error)
{
    const char *directory = value_of(replaying->invocation, "output-dir")->text;
    enum status status = set_name(replaying, trace, suffix, error);
    if (status == STATUS_OK)
        status = launch_find_file("memalloc-bench-replayer", X_OK, replaying->replayer,
                                  sizeof replaying->replayer, error);
    if (status != STATUS_OK)
        return status;
    for (int state = 0; state < HEAP_STATE_COUNT; state++)
        if (replaying->is_fresh_only ? state == HEAP_STATE_fresh
                                     : value_of(replaying->invocation, "heap-state")->chosen >> state & 1)
            replaying->states[replaying->state_count++] = (enum heap_state_id)state;
    if (replaying->state_count * replaying->count > PROGRAM_MAX_COMMANDS)
        return error_set(error, STATUS_USAGE, "Leave a state of the heap out.",
                         "%zu strategies on %zu states of the heap are more than the %d that fit one run",
                         replaying->count, replaying->state_count, PROGRAM_MAX_COMMANDS);
    program_file_path(&replaying->result, directory, text_string(&replaying->name));
    text_append_format(&replaying->journal, "%s/program_%s.journal", directory,
                       text_string(&replaying->name));
    status = text_check(&replaying->result, error);
    return status == STATUS_OK ? text_check(&replaying->journal, error) : status;
}

// ---- streams ----

enum status replaying_compile(struct replaying *replaying, struct error *error)
{
    const char *directory = value_of(replaying->invocation, "output-dir")->text;
    enum status status = file_make_directory(directory, error);
    for (size_t i = 0; i < replaying->count && status == STATUS_OK; i++) {
        struct replayed *item = &replaying->items[i];
        text_append_format(&item->stream, "%s/replay_%s.%s.stream", directory, text_string(&replaying->name),
                           item->name);
        status = text_check(&item->stream, error);
        item->request.policy = &item->policy;
        if (status == STATUS_OK)
            status = replay_compile(&item->request, text_string(&item->stream), &item->made, error);
    }
    return status;
}

void replaying_remove_streams(const struct replaying *replaying)
{
    for (size_t i = 0; i < replaying->count; i++)
        unlink(text_string(&replaying->items[i].stream));
}

// ---- the command line of `program` ----

static enum status add_word(struct string_list *words, struct error *error, const char *format, ...)
    PRINTF_LIKE(3, 4);

static enum status add_word(struct string_list *words, struct error *error, const char *format, ...)
{
    CLEANUP(text_release) struct text word = {0};
    va_list list;
    va_start(list, format);
    text_append_arguments(&word, format, list);
    va_end(list);
    enum status status = text_check(&word, error);
    return status == STATUS_OK ? string_list_add(words, text_string(&word), error) : status;
}

static enum status add_option(const struct option_row *row, const struct option_value *value,
                              struct string_list *words, struct error *error)
{
    CLEANUP(text_release) struct text names = {0};
    enum status status = STATUS_OK;
    switch (row->type) {
    case OPTION_FLAG:
        return add_word(words, error, "--%s", row->name);
    case OPTION_NUMBER:
        return add_word(words, error, "--%s=%llu", row->name, (unsigned long long)value->number);
    case OPTION_DURATION:
        return add_word(words, error, "--%s=%.0f", row->name, value->decimal);
    case OPTION_LIST:
        choices_append(&names, row->choices, value->chosen);
        return add_word(words, error, "--%s=%s", row->name, text_string(&names));
    case OPTION_TEXTS:
        for (size_t i = 0; i < value->names.count && status == STATUS_OK; i++)
            status = add_word(words, error, "--%s=%s", row->name, value->names.items[i]);
        return status;
    default:
        return add_word(words, error, "--%s=%s", row->name, value->text);
    }
}

// Those that both commands have; what this run has in their place comes afterwards.
static enum status add_options(const struct replaying *replaying, struct string_list *words,
                               struct error *error)
{
    static const enum program_option shared[] = {
#define MEASURING_OPTION(id, ...) PROGRAM_OPTION_##id,
#define RESULT_OPTION MEASURING_OPTION
#include "commands/measuring_options.def"
    };
    enum status status = add_word(words, error, "--name=%s", text_string(&replaying->name));
    for (size_t i = 0; i < COUNT_OF(shared) && status == STATUS_OK; i++) {
        const struct option_row *row = &program_option_rows[shared[i]];
        const struct option_value *value = value_of(replaying->invocation, row->name);
        const bool is_heap = shared[i] == PROGRAM_OPTION_HEAPS || shared[i] == PROGRAM_OPTION_HEAP;
        bool is_replaced = shared[i] == PROGRAM_OPTION_NAME || shared[i] == PROGRAM_OPTION_JSON;
        is_replaced |= is_heap && replaying->heaps;
        is_replaced |= shared[i] == PROGRAM_OPTION_TIME_BUDGET && replaying->seconds > 0;
        if (shared[i] == PROGRAM_OPTION_RESUME && replaying->keeps_what_is_there)
            is_replaced |= access(text_string(&replaying->journal), F_OK) != 0;
        if (value->given && !is_replaced)
            status = add_option(row, value, words, error);
    }
    if (status == STATUS_OK && replaying->heaps)
        status = add_word(words, error, "--heaps=%s", replaying->heaps);
    if (status == STATUS_OK && replaying->seconds > 0 && !value_of(replaying->invocation, "processes")->given)
        status = add_word(words, error, "--time-budget=%.0f", replaying->seconds);
    return status;
}

static enum status add_command(const struct replaying *replaying, const struct replayed *item,
                               enum heap_state_id state, struct string_list *words, struct error *error)
{
    const struct invocation *invocation = replaying->invocation;
    CLEANUP(text_release) struct text command = {0};
    text_append_shell_word(&command, replaying->replayer);
    text_append(&command, " ");
    text_append_shell_word(&command, text_string(&item->stream));
    text_append_format(&command, " %s", value_of(invocation, "touch")->text);
    if (state == HEAP_STATE_littered)
        text_append_format(&command, " %llu %llu", (unsigned long long)value_of(invocation, "litter")->number,
                           (unsigned long long)value_of(invocation, "seed")->number);
    enum status status = text_check(&command, error);
    return status == STATUS_OK ? add_word(words, error, "--command=%s", text_string(&command)) : status;
}

static enum status add_commands(const struct replaying *replaying, struct string_list *words,
                                struct error *error)
{
    enum status status = add_word(words, error, "--check-output=off");
    for (int m = 0; m < REPLAY_METRIC_COUNT && status == STATUS_OK; m++)
        status = add_word(words, error, "--metric=%s=^%s=([0-9.]+)", replay_metric_names[m],
                          replay_metric_names[m]);
    for (size_t s = 0; s < replaying->state_count; s++)
        for (size_t i = 0; i < replaying->count && status == STATUS_OK; i++)
            status = add_command(replaying, &replaying->items[i], replaying->states[s], words, error);
    return status;
}

static bool is_there(const struct replaying *replaying)
{
    return replaying->keeps_what_is_there && value_of(replaying->invocation, "resume")->given &&
           access(text_string(&replaying->journal), F_OK) != 0 &&
           access(text_string(&replaying->result), R_OK) == 0;
}

static enum status run_program(const struct replaying *replaying, const struct string_list *words,
                               struct error *error)
{
    const struct invocation *invocation = replaying->invocation;
    CLEANUP(invocation_release) struct invocation program = {0};
    enum status status = command_parse(invocation->commands, command_find(invocation->commands, "program"),
                                       words->count, (const char *const *)words->items, &program, error);
    if (status == STATUS_OK)
        status = program.command->execute(&program, error);
    if (status == STATUS_INTERRUPTED && error)
        snprintf(error->remedy, sizeof error->remedy, "Go on with the same command and --resume.");
    return status;
}

enum status replaying_measure(const struct replaying *replaying, struct error *error)
{
    CLEANUP(string_list_release) struct string_list words = {0};
    if (is_there(replaying))
        return STATUS_OK;
    enum status status = add_options(replaying, &words, error);
    if (status == STATUS_OK)
        status = add_commands(replaying, &words, error);
    return status == STATUS_OK ? run_program(replaying, &words, error) : status;
}

enum status replaying_measure_command(const struct replaying *replaying, const struct string_list *command,
                                      struct error *error)
{
    CLEANUP(string_list_release) struct string_list words = {0};
    if (is_there(replaying))
        return STATUS_OK;
    enum status status = add_options(replaying, &words, error);
    if (status == STATUS_OK)
        status = string_list_add(&words, "--", error);
    if (status == STATUS_OK)
        status = string_list_add_all(&words, command, error);
    return status == STATUS_OK ? run_program(replaying, &words, error) : status;
}

// ---- the result ----

enum status replaying_read(const struct replaying *replaying, struct replay_results *ret_results,
                           struct error *error)
{
    struct replay_results *results = ret_results;
    for (size_t i = 0; i < replaying->count; i++)
        results->names[i] = replaying->items[i].name;
    enum status status = program_file_read(text_string(&replaying->result), &results->data, error);
    if (status == STATUS_OK && results->data.subject_count != replaying->count * replaying->state_count)
        status = error_set(error, STATUS_USAGE, "Start it again with --force and without --resume.",
                           "%s was made with other options", text_string(&replaying->result));
    if (status == STATUS_OK)
        status = program_analyze(&results->data, &results->results, error);
    for (size_t s = 0; s < replaying->state_count && status == STATUS_OK; s++)
        status = replay_summarize(&results->results, s * replaying->count, replaying->count, results->names,
                                  &results->summaries[s], error);
    return status;
}

void replay_results_release(struct replay_results *results)
{
    for (size_t i = 0; i < HEAP_STATE_COUNT; i++)
        replay_summary_release(&results->summaries[i]);
    program_results_release(&results->results);
    program_data_release(&results->data);
}

void replay_results_write_json(struct json *json, const struct replaying *replaying,
                               const struct replay_results *results)
{
    json_open(json, "heap_states", '[');
    for (size_t s = 0; s < replaying->state_count; s++) {
        json_open(json, NULL, '{');
        json_text(json, "heap_state", state_name(replaying->states[s]));
        replay_summary_write_json(json, &results->summaries[s]);
        json_close(json, '}');
    }
    json_close(json, ']');
}
