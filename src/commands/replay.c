// Compiles a trace into a stream for each strategy, has `program` measure the replayer on them, and says what
// that comes to.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/printable.h"
#include "command_line/parse.h"
#include "command_line/terminal.h"
#include "commands/private.h"
#include "launch/launch.h"
#include "program/data.h"
#include "replay/summary.h"

enum {
    OPTION_strategies,
    OPTION_policy,
    OPTION_touch,
    OPTION_keep_streams,
    OPTION_heaps,
    OPTION_heap,
    OPTION_name,
    OPTION_platform,
    OPTION_processes,
    OPTION_time_budget,
    OPTION_seed,
    OPTION_output_dir,
    OPTION_resume,
    OPTION_force,
    OPTION_quiet,
    OPTION_json,
    OPTION_COUNT
};

static const char *strategy_name(size_t index)
{
    return replay_strategies[index].name;
}

static bool every_strategy(size_t index)
{
    (void)index;
    return true;
}

static const struct choices replayed_choices = {"strategy", REPLAY_STRATEGY_COUNT, strategy_name,
                                                every_strategy, NULL};

static const char *touch_name(size_t index)
{
    static const char *const names[] = {"none", "word", "all"};
    return names[index];
}

static const struct choices written_choices = {"touch", 3, touch_name, NULL, NULL};

static const struct option_row options[OPTION_COUNT] = {
    [OPTION_strategies] = {.name = "strategies",
                           .type = OPTION_LIST,
                           .value_name = "LIST",
                           .choices = &replayed_choices,
                           .help = "strategies to replay with, beside box"},
    [OPTION_policy] = {.name = "policy",
                       .type = OPTION_PATH,
                       .value_name = "FILE",
                       .help = "replay with this policy and box alone: lines 'size BYTES STRATEGY', 'site N "
                               "STRATEGY' and 'otherwise STRATEGY'"},
    [OPTION_touch] = {.name = "touch",
                      .type = OPTION_CHOICE,
                      .value_name = "WORD",
                      .choices = &written_choices,
                      .default_text = "word",
                      .help = "what is written into each object"},
    [OPTION_keep_streams] = {.name = "keep-streams",
                             .type = OPTION_FLAG,
                             .help = "keep the streams, to run memalloc-bench-replayer STREAM TOUCH under "
                                     "another tool"},
    [OPTION_heaps] = {.name = "heaps",
                      .type = OPTION_LIST,
                      .value_name = "LIST",
                      .choices = &program_heap_choices,
                      .help = "malloc implementations to replay on, beside the system's; without it those "
                              "that are installed"},
    [OPTION_heap] = {.name = "heap",
                     .type = OPTION_TEXTS,
                     .value_name = "NAME=LIBRARY",
                     .help = "another malloc under a name of your choice, as in program; may be repeated"},
    [OPTION_name] = {.name = "name",
                     .type = OPTION_TEXT,
                     .value_name = "NAME",
                     .help = "name of the run and of its file; by default the trace's with -replay"},
    [OPTION_platform] = {.name = "platform",
                         .type = OPTION_TEXT,
                         .value_name = "PLATFORM",
                         .help = "name of this machine; by default the host's"},
    [OPTION_processes] = {.name = "processes",
                          .type = OPTION_NUMBER,
                          .value_name = "N",
                          .minimum = 1,
                          .maximum = MAX_PROCESSES,
                          .help = "processes of each strategy on each heap"},
    [OPTION_time_budget] = {.name = "time-budget",
                            .type = OPTION_TEXT,
                            .value_name = "TIME",
                            .default_text = "5m",
                            .help = "as many processes as fit into this time; 10 to 40 of each strategy on "
                                    "each heap"},
    [OPTION_seed] = {.name = "seed",
                     .type = OPTION_NUMBER,
                     .value_name = "N",
                     .maximum = UINT64_MAX,
                     .default_text = "1",
                     .help = "seed of the order"},
    [OPTION_output_dir] = {.name = "output-dir",
                           .type = OPTION_PATH,
                           .value_name = "DIR",
                           .default_text = "results",
                           .help = "directory of the file; created if missing"},
    [OPTION_resume] = {.name = "resume", .type = OPTION_FLAG, .help = "continue an interrupted run"},
    [OPTION_force] = {.name = "force",
                      .type = OPTION_FLAG,
                      .help = "replace an existing result; without --resume, discard an interrupted run"},
    [OPTION_quiet] = {.name = "quiet", .type = OPTION_FLAG, .help = "print only errors"},
    [OPTION_json] = {.name = "json", .type = OPTION_FLAG, .help = "print the result as JSON"},
};

static const struct argument_row arguments[] = {
    {"FILE", "a trace, as memalloc-bench record writes it"},
};

// A strategy, or the policy.
struct replayed {
    const char *name;
    struct replay_policy policy; // what the stream is compiled for
    struct replay_made made;
    struct text stream; // path
};

struct replaying {
    struct replayed items[REPLAY_STRATEGY_COUNT];
    size_t count;
    struct text name, result;
    char replayer[4096]; // path
};

static void replaying_release(struct replaying *replaying)
{
    for (size_t i = 0; i < REPLAY_STRATEGY_COUNT; i++) {
        replay_policy_release(&replaying->items[i].policy);
        text_release(&replaying->items[i].stream);
    }
    text_release(&replaying->name);
    text_release(&replaying->result);
}

// ---- before ----

// x/trace_xmllint.parquet → trace_xmllint-replay
static enum status set_name(const struct invocation *invocation, struct text *name, struct error *error)
{
    static const char extension[] = ".parquet";
    const char *path = invocation->arguments[0], *given = invocation->values[OPTION_name].text;
    const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
    size_t length = strlen(file);
    if (given) {
        text_append(name, given);
        return text_check(name, error);
    }
    if (length >= sizeof extension && strcmp(file + length - (sizeof extension - 1), extension) == 0)
        length -= sizeof extension - 1;
    text_append_format(name, "%.*s-replay", (int)(length > 56 ? 56 : length), file);
    enum status status = text_check(name, error);
    if (status == STATUS_OK && platform_check(text_string(name), NULL) != STATUS_OK)
        status = error_set(error, STATUS_USAGE, "Give the run a name with --name.",
                           "the trace's name, %s, cannot be that of a run", show_word(file).text);
    return status;
}

static enum status choose_strategies(const struct invocation *invocation, struct replaying *replaying,
                                     struct error *error)
{
    const struct option_value *values = invocation->values;
    const char *policy = values[OPTION_policy].text;
    const uint64_t chosen = 1u << REPLAY_BOX | (policy ? 0 : values[OPTION_strategies].chosen);
    if (policy && values[OPTION_strategies].given)
        return error_set(error, STATUS_USAGE, "Leave one of them out.",
                         "--policy and --strategies contradict each other");
    for (int i = 0; i < REPLAY_STRATEGY_COUNT; i++)
        if (chosen >> i & 1)
            replaying->items[replaying->count++] = (struct replayed){
                .name = replay_strategies[i].name, .policy = {.otherwise = (enum replay_strategy)i}};
    if (!policy)
        return STATUS_OK;
    struct replayed *item = &replaying->items[replaying->count++];
    item->name = "policy";
    return replay_policy_read(policy, &item->policy, error);
}

static enum status compile(const struct invocation *invocation, struct replaying *replaying,
                           struct error *error)
{
    const char *directory = invocation->values[OPTION_output_dir].text;
    enum status status = file_make_directory(directory, error);
    for (size_t i = 0; i < replaying->count && status == STATUS_OK; i++) {
        struct replayed *item = &replaying->items[i];
        text_append_format(&item->stream, "%s/replay_%s.%s.stream", directory, text_string(&replaying->name),
                           item->name);
        status = text_check(&item->stream, error);
        if (status == STATUS_OK)
            status = replay_compile(invocation->arguments[0], &item->policy, text_string(&item->stream),
                                    &item->made, error);
    }
    return status;
}

static void remove_streams(const struct replaying *replaying)
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

// The options that both commands have.
static enum status add_options(const struct invocation *invocation, const struct replaying *replaying,
                               struct string_list *words, struct error *error)
{
    enum status status = add_word(words, error, "--name=%s", text_string(&replaying->name));
    for (size_t i = OPTION_heaps; i < OPTION_COUNT && status == STATUS_OK; i++) {
        const struct option_value *value = &invocation->values[i];
        CLEANUP(text_release) struct text names = {0};
        if (!value->given || i == OPTION_name || i == OPTION_json || i == OPTION_quiet)
            continue;
        switch (options[i].type) {
        case OPTION_FLAG:
            status = add_word(words, error, "--%s", options[i].name);
            break;
        case OPTION_NUMBER:
            status = add_word(words, error, "--%s=%llu", options[i].name, (unsigned long long)value->number);
            break;
        case OPTION_LIST:
            choices_append(&names, options[i].choices, value->chosen);
            status = add_word(words, error, "--%s=%s", options[i].name, text_string(&names));
            break;
        case OPTION_TEXTS:
            for (size_t k = 0; k < value->names.count && status == STATUS_OK; k++)
                status = add_word(words, error, "--%s=%s", options[i].name, value->names.items[k]);
            break;
        default:
            status = add_word(words, error, "--%s=%s", options[i].name, value->text);
        }
    }
    return status;
}

static enum status add_commands(const struct invocation *invocation, const struct replaying *replaying,
                                struct string_list *words, struct error *error)
{
    enum status status = add_word(words, error, "--check-output=off");
    for (int m = 0; m < REPLAY_METRIC_COUNT && status == STATUS_OK; m++)
        status = add_word(words, error, "--metric=%s=^%s=([0-9.]+)", replay_metric_names[m],
                          replay_metric_names[m]);
    for (size_t i = 0; i < replaying->count && status == STATUS_OK; i++) {
        CLEANUP(text_release) struct text command = {0};
        text_append_shell_word(&command, replaying->replayer);
        text_append(&command, " ");
        text_append_shell_word(&command, text_string(&replaying->items[i].stream));
        text_append_format(&command, " %s", invocation->values[OPTION_touch].text);
        status = text_check(&command, error);
        if (status == STATUS_OK)
            status = add_word(words, error, "--command=%s", text_string(&command));
    }
    return status;
}

static enum status measure(const struct invocation *invocation, struct replaying *replaying,
                           struct error *error)
{
    CLEANUP(string_list_release) struct string_list words = {0};
    struct invocation program = {0};
    enum status status = add_options(invocation, replaying, &words, error);
    if (status == STATUS_OK)
        status = add_commands(invocation, replaying, &words, error);
    if (status == STATUS_OK && invocation->values[OPTION_quiet].given)
        status = add_word(&words, error, "--quiet");
    if (status == STATUS_OK)
        status = command_parse(invocation->commands, command_find(invocation->commands, "program"),
                               words.count, (const char *const *)words.items, &program, error);
    if (status == STATUS_OK)
        status = program.command->execute(&program, error);
    invocation_release(&program);
    if (status == STATUS_INTERRUPTED && error)
        snprintf(error->remedy, sizeof error->remedy, "Go on with the same command and --resume.");
    return status;
}

// ---- afterwards ----

static enum status write_json(const struct invocation *invocation, const struct replaying *replaying,
                              const struct replay_summary *summary, struct text *output, struct error *error)
{
    CLEANUP(free_pointer) char *bytes = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&bytes, &length);
    if (!stream)
        return error_set_no_memory(error);
    struct json json = {.stream = stream};
    const struct replay_made *made = &replaying->items[0].made;
    json_open(&json, NULL, '{');
    json_text(&json, "trace", invocation->arguments[0]);
    json_unsigned(&json, "events", made->events);
    json_unsigned(&json, "left_out", made->left_out);
    json_unsigned(&json, "objects", made->objects);
    json_unsigned(&json, "handed_over", made->handed_over);
    json_unsigned(&json, "peak_bytes", made->peak_bytes);
    json_unsigned(&json, "threads", made->threads);
    replay_summary_write_json(&json, summary);
    json_close(&json, '}');
    fputc('\n', stream);
    bool failed = ferror(stream) != 0;
    if (fclose(stream) != 0 || failed)
        return error_set_no_memory(error);
    text_append_bytes(output, bytes, length);
    return text_check(output, error);
}

static enum status report(struct invocation *invocation, const struct replaying *replaying,
                          struct error *error)
{
    CLEANUP(program_data_release) struct program_data data = {0};
    CLEANUP(program_results_release) struct program_results results = {0};
    CLEANUP(replay_summary_release) struct replay_summary summary = {0};
    const char *names[REPLAY_STRATEGY_COUNT];
    for (size_t i = 0; i < replaying->count; i++)
        names[i] = replaying->items[i].name;
    enum status status = program_file_read(text_string(&replaying->result), &data, error);
    if (status == STATUS_OK)
        status = program_analyze(&data, &results, error);
    if (status == STATUS_OK)
        status = replay_summarize(&results, names, &summary, error);
    if (status != STATUS_OK)
        return status;
    if (invocation->values[OPTION_json].given)
        return write_json(invocation, replaying, &summary, &invocation->output, error);
    if (invocation->values[OPTION_quiet].given)
        return STATUS_OK;
    replay_text_append(&invocation->output, &summary, &replaying->items[0].made,
                       terminal_wants_colour(STDOUT_FILENO));
    text_append_format(&invocation->output, "\nWritten: %s\n", text_string(&replaying->result));
    return STATUS_OK;
}

static enum status execute(struct invocation *invocation, struct error *error)
{
    CLEANUP(replaying_release) struct replaying replaying = {0};
    enum status status = choose_strategies(invocation, &replaying, error);
    if (status == STATUS_OK)
        status = set_name(invocation, &replaying.name, error);
    if (status == STATUS_OK)
        status = launch_find_file("memalloc-bench-replayer", X_OK, replaying.replayer,
                                  sizeof replaying.replayer, error);
    if (status != STATUS_OK)
        return status;
    program_file_path(&replaying.result, invocation->values[OPTION_output_dir].text,
                      text_string(&replaying.name));
    status = text_check(&replaying.result, error);
    if (status == STATUS_OK)
        status = compile(invocation, &replaying, error);
    if (status == STATUS_OK)
        status = measure(invocation, &replaying, error);
    if (status == STATUS_OK)
        status = report(invocation, &replaying, error);
    if (!invocation->values[OPTION_keep_streams].given)
        remove_streams(&replaying);
    return status;
}

const struct command command_replay = {
    .name = "replay",
    .summary = "replay a trace with other strategies and heaps",
    .description =
        "Makes the requests of a trace again, in the same order and with the same threads, with each "
        "strategy on each heap, in fresh processes that take turns, and says what each takes against box on "
        "the system's heap: time per event, and the largest memory that is resident. Objects that go from "
        "one thread to another come from the heap in any case.\n\n"
        "What the program does with its objects is not replayed, but for what --touch writes and checks. "
        "The harness's own time is measured with the same steps on no heap. docs/traces.md says more.\n\n"
        "The result is written to DIR/program_NAME.parquet, as that of program with a command for each "
        "strategy: analyze, compare and the report read it.",
    .arguments = arguments,
    .min_arguments = 1,
    .max_arguments = 1,
    .options = options,
    .option_count = OPTION_COUNT,
    .execute = execute,
};
