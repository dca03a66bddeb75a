// Replays a trace with each strategy on each heap, and says what that comes to.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "command_line/terminal.h"
#include "commands/private.h"
#include "commands/program_options.h"

enum {
    OPTION_STRATEGIES,
    OPTION_POLICY,
    OPTION_TIMED,
    OPTION_HEAP_STATE,
    OPTION_KEEP_STREAMS,
#define REPLAY_OPTION(id, ...) OPTION_##id,
#define MEASURING_OPTION REPLAY_OPTION
#define RESULT_OPTION REPLAY_OPTION
#include "commands/measuring_options.def"
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

static const struct option_row options[OPTION_COUNT] = {
    [OPTION_STRATEGIES] = {.name = "strategies",
                           .type = OPTION_LIST,
                           .value_name = "LIST",
                           .choices = &replayed_choices,
                           .help = "strategies to replay with, beside box"},
    [OPTION_POLICY] = {.name = "policy",
                       .type = OPTION_PATH,
                       .value_name = "FILE",
                       .help = "replay with this policy and box alone: lines 'size BYTES STRATEGY', 'site N "
                               "STRATEGY' and 'otherwise STRATEGY'"},
    [OPTION_TIMED] = {.name = "timed",
                      .type = OPTION_FLAG,
                      .help =
                          "make each request no earlier than the program did, so that heaps have the time "
                          "to give memory back"},
    [OPTION_HEAP_STATE] = HEAP_STATE_OPTION(fresh_choices),
    [OPTION_KEEP_STREAMS] = {.name = "keep-streams",
                             .type = OPTION_FLAG,
                             .help = "keep the streams, to run memalloc-bench-replayer STREAM TOUCH under "
                                     "another tool"},
#define REPLAY_OPTION(id, ...) [OPTION_##id] = {__VA_ARGS__},
#define MEASURING_OPTION REPLAY_OPTION
#define RESULT_OPTION REPLAY_OPTION
#include "commands/measuring_options.def"
};

static const struct argument_row arguments[] = {
    {"FILE", "a trace, as memalloc-bench record writes it"},
};

static enum status choose_strategies(const struct invocation *invocation, struct replaying *replaying,
                                     struct error *error)
{
    const struct option_value *values = invocation->values;
    const char *policy = values[OPTION_POLICY].text;
    const uint64_t chosen = 1u << REPLAY_BOX | (policy ? 0 : values[OPTION_STRATEGIES].chosen);
    const struct replay_request request = {.trace_path = invocation->arguments[0],
                                           .with_gaps = values[OPTION_TIMED].given};
    if (policy && values[OPTION_STRATEGIES].given)
        return error_set(error, STATUS_USAGE, "Leave one of them out.",
                         "--policy and --strategies contradict each other");
    for (int i = 0; i < REPLAY_STRATEGY_COUNT; i++)
        if (chosen >> i & 1)
            replaying->items[replaying->count++] =
                (struct replayed){.name = replay_strategies[i].name,
                                  .policy = {.otherwise = (enum replay_strategy)i},
                                  .request = request};
    if (!policy)
        return STATUS_OK;
    struct replayed *item = &replaying->items[replaying->count++];
    *item = (struct replayed){.name = "policy", .request = request};
    return replay_policy_read(policy, &item->policy, error);
}

static enum status write_json(const struct replaying *replaying, const struct replay_results *results,
                              struct text *output, struct error *error)
{
    CLEANUP(free_pointer) char *bytes = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&bytes, &length);
    if (!stream)
        return error_set_no_memory(error);
    struct json json = {.stream = stream};
    const struct replay_made *made = &replaying->items[0].made;
    json_open(&json, NULL, '{');
    json_text(&json, "trace", replaying->items[0].request.trace_path);
    json_unsigned(&json, "events", made->events);
    json_unsigned(&json, "left_out", made->left_out);
    json_unsigned(&json, "objects", made->objects);
    json_unsigned(&json, "handed_over", made->handed_over);
    json_unsigned(&json, "peak_bytes", made->peak_bytes);
    json_unsigned(&json, "threads", made->threads);
    json_boolean(&json, "timed", replaying->items[0].request.with_gaps);
    replay_results_write_json(&json, replaying, results);
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
    CLEANUP(replay_results_release) struct replay_results results = {0};
    enum status status = replaying_read(replaying, &results, error);
    if (status != STATUS_OK)
        return status;
    if (invocation->values[OPTION_JSON].given)
        return write_json(replaying, &results, &invocation->output, error);
    if (invocation->values[OPTION_QUIET].given)
        return STATUS_OK;
    replay_text_append(&invocation->output, replaying, &results, terminal_wants_colour(STDOUT_FILENO));
    text_append_format(&invocation->output, "\nWritten: %s\n", text_string(&replaying->result));
    return STATUS_OK;
}

static enum status execute(struct invocation *invocation, struct error *error)
{
    CLEANUP(replaying_release) struct replaying replaying = {.invocation = invocation};
    const char *suffix = invocation->values[OPTION_NAME].given ? "" : "-replay";
    enum status status = choose_strategies(invocation, &replaying, error);
    if (status == STATUS_OK)
        status = replaying_begin(&replaying, invocation->arguments[0], suffix, error);
    if (status != STATUS_OK)
        return status;
    status = replaying_compile(&replaying, error);
    if (status == STATUS_OK)
        status = replaying_measure(&replaying, error);
    if (status == STATUS_OK)
        status = report(invocation, &replaying, error);
    if (!invocation->values[OPTION_KEEP_STREAMS].given)
        replaying_remove_streams(&replaying);
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
