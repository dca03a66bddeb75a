// Which of a program's objects belong into a slab, a list or an arena: replays a trace with single groups
// moved, picks on one part of the events and judges on another, and says what that comes to.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "advise/advise.h"
#include "base/cleanup.h"
#include "command_line/terminal.h"
#include "commands/private.h"
#include "commands/program_options.h"

enum { MAX_TESTS = 8 };

enum {
    OPTION_TEST,
    OPTION_BY,
    OPTION_VALIDATE,
    OPTION_HEAP_STATE,
#define REPLAY_OPTION(id, ...) OPTION_##id,
#define MEASURING_OPTION REPLAY_OPTION
#define RESULT_OPTION REPLAY_OPTION
#include "commands/measuring_options.def"
    OPTION_COUNT
};

static const char *by_name(size_t index)
{
    static const char *const names[] = {[ADVISE_BY_SITE] = "site", [ADVISE_BY_SIZE] = "size"};
    return names[index];
}

static const struct choices by_choices = {"group", 2, by_name, NULL, NULL};

static const struct option_row options[OPTION_COUNT] = {
    [OPTION_TEST] = {.name = "test",
                     .type = OPTION_TEXTS,
                     .value_name = "FILE2",
                     .help = "judge on this trace, another recording of the same program, may be repeated; "
                             "without it the first half of FILE is for picking and the second for judging"},
    [OPTION_BY] = {.name = "by",
                   .type = OPTION_CHOICE,
                   .value_name = "WORD",
                   .choices = &by_choices,
                   .help = "what objects are put together by; without it by call site where the trace knows "
                           "it, otherwise by size"},
    [OPTION_VALIDATE] = {.name = "validate",
                         .type = OPTION_FLAG,
                         .help =
                             "also run COMMAND, the recorded program, on the heaps, and calibrate what is "
                             "predicted by what it shows"},
    [OPTION_HEAP_STATE] = HEAP_STATE_OPTION(every_state_choices),
#define REPLAY_OPTION(id, ...) [OPTION_##id] = {__VA_ARGS__},
#define MEASURING_OPTION REPLAY_OPTION
#define RESULT_OPTION REPLAY_OPTION
#include "commands/measuring_options.def"
};

static const struct argument_row arguments[] = {
    {"FILE", "a trace, as memalloc-bench record writes it"},
};

// A replay, and what it came to.
struct stage {
    struct replaying replaying;
    struct replay_results results;
    const char *trace;
    uint64_t from, until; // of the events; 0: all
    size_t *orders[HEAP_STATE_COUNT];
};

struct advising {
    struct invocation *invocation;
    const char *trace;
    uint64_t all_events;
    struct advise_groups groups;
    struct advise_change changes[ADVISE_MAX_CHANGES];
    size_t change_count;
    struct stage training, tests[MAX_TESTS], whole;
    size_t test_count;
    struct advise_judged judged[MAX_TESTS * HEAP_STATE_COUNT];
    size_t judged_count;
    struct replaying program; // the real one
    struct program_data program_data;
    struct program_results program_results;
    struct advise_validation validation;
    char names[PROGRAM_MAX_COMMANDS][32]; // of what is replayed in training
};

static void stage_release(struct stage *stage)
{
    replaying_remove_streams(&stage->replaying);
    replaying_release(&stage->replaying);
    replay_results_release(&stage->results);
    for (size_t s = 0; s < HEAP_STATE_COUNT; s++)
        free(stage->orders[s]);
}

static void advising_free(struct advising **advising)
{
    struct advising *one = *advising;
    if (!one)
        return;
    stage_release(&one->training);
    for (size_t i = 0; i < MAX_TESTS; i++)
        stage_release(&one->tests[i]);
    stage_release(&one->whole);
    replaying_release(&one->program);
    program_results_release(&one->program_results);
    program_data_release(&one->program_data);
    advise_validation_release(&one->validation);
    advise_groups_release(&one->groups);
    free(one);
    *advising = NULL;
}

// ---- a stage ----

// Every stage has the same share of the time.
static double seconds_of_a_stage(const struct advising *advising)
{
    const bool validates = advising->invocation->values[OPTION_VALIDATE].given;
    const size_t stages = advising->test_count + (advising->groups.count > 0) + (validates ? 2 : 0);
    return advising->invocation->values[OPTION_TIME_BUDGET].decimal / (double)stages;
}

static struct replaying new_replaying(const struct advising *advising)
{
    return (struct replaying){.invocation = advising->invocation,
                              .seconds = seconds_of_a_stage(advising),
                              .keeps_what_is_there = true};
}

static struct replayed *add_item(struct stage *stage, const char *name)
{
    struct replayed *item = &stage->replaying.items[stage->replaying.count++];
    *item = (struct replayed){
        .name = name,
        .request = {.trace_path = stage->trace, .from = stage->from, .until = stage->until},
    };
    return item;
}

static enum status run_stage(const struct advising *advising, struct stage *stage, const char *suffix,
                             struct error *error)
{
    struct replaying *replaying = &stage->replaying;
    enum status status = replaying_begin(replaying, advising->trace, suffix, error);
    if (status == STATUS_OK)
        status = replaying_compile(replaying, error);
    if (status == STATUS_OK)
        status = replaying_measure(replaying, error);
    if (status == STATUS_OK)
        status = replaying_read(replaying, &stage->results, error);
    for (size_t s = 0; s < replaying->state_count && status == STATUS_OK; s++) {
        const struct replay_summary *summary = &stage->results.summaries[s];
        stage->orders[s] = malloc((summary->count + 1) * sizeof *stage->orders[s]);
        if (!stage->orders[s])
            return error_set_no_memory(error);
        advise_rank(summary, stage->orders[s]);
    }
    return status;
}

// ---- training ----

static enum status train(struct advising *advising, struct error *error)
{
    struct stage *stage = &advising->training;
    enum status status = STATUS_OK;
    stage->trace = advising->trace;
    stage->until = advising->invocation->values[OPTION_TEST].given ? 0 : advising->all_events / 2;
    stage->replaying = new_replaying(advising);
    stage->replaying.heaps = "system";
    add_item(stage, replay_strategies[REPLAY_BOX].name);
    for (size_t g = 0; g < advising->groups.count; g++)
        for (int s = ADVISE_FIRST_STRATEGY; s < REPLAY_STRATEGY_COUNT && status == STATUS_OK; s++) {
            char *name = advising->names[stage->replaying.count];
            snprintf(name, sizeof advising->names[0], "%s-%zu", replay_strategies[s].name, g + 1);
            status = advise_add_rules(&advising->groups, g, (enum replay_strategy)s, advising->trace, NULL,
                                      &add_item(stage, name)->policy, error);
        }
    if (status == STATUS_OK)
        status = run_stage(advising, stage, "-training", error);
    if (status == STATUS_OK)
        advise_take_training(&advising->groups, stage->results.summaries, stage->replaying.state_count);
    return status;
}

// ---- judging ----

static enum status add_changes(struct advising *advising, struct stage *stage, struct error *error)
{
    const char *other = stage->trace == advising->trace ? NULL : stage->trace;
    enum status status = STATUS_OK;
    stage->replaying.count = 0;
    add_item(stage, replay_strategies[REPLAY_BOX].name);
    for (size_t i = 0; i < advising->change_count && status == STATUS_OK; i++) {
        const struct advise_change *change = &advising->changes[i];
        struct replayed *item = add_item(stage, change->name);
        for (size_t g = 0; g < advising->groups.count && status == STATUS_OK; g++)
            if (change->groups >> g & 1)
                status = advise_add_rules(&advising->groups, g, advising->groups.items[g].strategy,
                                          advising->trace, other, &item->policy, error);
    }
    return status;
}

static enum status judge(struct advising *advising, size_t number, struct error *error)
{
    struct stage *stage = &advising->tests[number];
    char suffix[32] = "-judging";
    const struct string_list *tests = &advising->invocation->values[OPTION_TEST].names;
    if (number > 0)
        snprintf(suffix, sizeof suffix, "-judging-%zu", number + 1);
    stage->trace = tests->count > 0 ? tests->items[number] : advising->trace;
    stage->from = tests->count > 0 ? 0 : advising->all_events / 2;
    stage->replaying = new_replaying(advising);
    enum status status = add_changes(advising, stage, error);
    if (status == STATUS_OK)
        status = run_stage(advising, stage, suffix, error);
    for (size_t s = 0; s < stage->replaying.state_count && status == STATUS_OK; s++) {
        struct advise_judged *judged = &advising->judged[advising->judged_count++];
        *judged = (struct advise_judged){.trace = stage->trace,
                                         .from = stage->from,
                                         .events = stage->replaying.items[0].made.events,
                                         .state = stage->replaying.states[s],
                                         .summary = &stage->results.summaries[s],
                                         .order = stage->orders[s]};
        for (size_t i = 0; i < stage->replaying.count; i++)
            judged->moved[i] = stage->replaying.items[i].made.pooled;
    }
    return status;
}

// ---- validation ----

static enum status measure_program(struct advising *advising, struct error *error)
{
    struct replaying *program = &advising->program;
    *program = new_replaying(advising);
    program->is_fresh_only = true;
    enum status status = replaying_begin(program, advising->trace, "-program", error);
    if (status == STATUS_OK)
        status = replaying_measure_command(program, &advising->invocation->rest, error);
    if (status == STATUS_OK)
        status = program_file_read(text_string(&program->result), &advising->program_data, error);
    return status == STATUS_OK ? program_analyze(&advising->program_data, &advising->program_results, error)
                               : status;
}

static enum status validate(struct advising *advising, struct error *error)
{
    struct stage *stage = &advising->whole;
    stage->trace = advising->trace;
    stage->replaying = new_replaying(advising);
    stage->replaying.is_fresh_only = true;
    enum status status = add_changes(advising, stage, error);
    if (status == STATUS_OK)
        status = run_stage(advising, stage, "-whole", error);
    if (status == STATUS_OK)
        status = measure_program(advising, error);
    if (status != STATUS_OK)
        return status;
    const struct replay_made *made = &stage->replaying.items[0].made;
    return advise_validate(&stage->results.summaries[0], made->events, made->threads > 1,
                           &advising->program_results.items[0], &advising->validation, error);
}

// ---- the answer ----

static enum status write_json(const struct advising *advising, struct text *output, struct error *error)
{
    CLEANUP(free_pointer) char *bytes = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&bytes, &length);
    if (!stream)
        return error_set_no_memory(error);
    struct json json = {.stream = stream};
    json_open(&json, NULL, '{');
    json_text(&json, "trace", advising->trace);
    json_unsigned(&json, "events", advising->all_events);
    json_unsigned(&json, "training_events", advising->groups.events);
    advise_groups_write_json(&json, &advising->groups);
    json_open(&json, "judged", '[');
    for (size_t i = 0; i < advising->judged_count; i++)
        advise_judged_write_json(&json, &advising->judged[i], &advising->groups, advising->changes);
    json_close(&json, ']');
    if (advising->validation.points)
        advise_validation_write_json(&json, &advising->validation, &advising->whole.results.summaries[0]);
    else
        json_null(&json, "validation");
    json_close(&json, '}');
    fputc('\n', stream);
    bool failed = ferror(stream) != 0;
    if (fclose(stream) != 0 || failed)
        return error_set_no_memory(error);
    text_append_bytes(output, bytes, length);
    return text_check(output, error);
}

static enum status report(struct invocation *invocation, const struct advising *advising, struct error *error)
{
    const struct advice advice = {
        .trace = advising->trace,
        .groups = &advising->groups,
        .changes = advising->changes,
        .judged = advising->judged,
        .judged_count = advising->judged_count,
        .validation = advising->validation.points ? &advising->validation : NULL,
        .whole = &advising->whole.results.summaries[0],
    };
    if (invocation->values[OPTION_JSON].given)
        return write_json(advising, &invocation->output, error);
    if (!invocation->values[OPTION_QUIET].given)
        advise_text_append(&invocation->output, &advice, terminal_wants_colour(STDOUT_FILENO));
    return text_check(&invocation->output, error);
}

static enum status check_combination(const struct invocation *invocation, struct error *error)
{
    const struct option_value *values = invocation->values;
    if (values[OPTION_VALIDATE].given && invocation->rest.count == 0)
        return error_set(error, STATUS_USAGE,
                         "Write it at the end, as in memalloc-bench advise FILE --validate -- COMMAND.",
                         "--validate needs the command that was recorded");
    if (!values[OPTION_VALIDATE].given && invocation->rest.count > 0)
        return error_set(error, STATUS_USAGE, "Add --validate, or leave it out.",
                         "advise runs a command only with --validate");
    if (values[OPTION_PROCESSES].given && values[OPTION_TIME_BUDGET].given)
        return error_set(error, STATUS_USAGE, "Leave one of them out.",
                         "--processes and --time-budget contradict each other");
    if (values[OPTION_TEST].names.count > MAX_TESTS)
        return error_set(error, STATUS_USAGE, "Leave some of them out.", "advise judges on at most %d traces",
                         MAX_TESTS);
    return STATUS_OK;
}

static enum status execute(struct invocation *invocation, struct error *error)
{
    const struct option_value *values = invocation->values;
    enum status status = check_combination(invocation, error);
    if (status != STATUS_OK)
        return status;
    CLEANUP(advising_free) struct advising *advising = calloc(1, sizeof *advising);
    if (!advising)
        return error_set_no_memory(error);
    advising->invocation = invocation;
    advising->trace = invocation->arguments[0];
    advising->test_count = values[OPTION_TEST].names.count ? values[OPTION_TEST].names.count : 1;
    status = advise_count_events(advising->trace, &advising->all_events, error);
    if (status == STATUS_OK)
        status = advise_find_groups(advising->trace, values[OPTION_TEST].given ? 0 : advising->all_events / 2,
                                    values[OPTION_BY].given,
                                    (enum advise_by)(values[OPTION_BY].chosen >> ADVISE_BY_SIZE & 1),
                                    &advising->groups, error);
    if (status == STATUS_OK && advising->groups.count > 0)
        status = train(advising, error);
    if (status == STATUS_OK)
        advising->change_count = advise_list_changes(&advising->groups, advising->changes);
    for (size_t i = 0; i < advising->test_count && status == STATUS_OK; i++)
        status = judge(advising, i, error);
    if (status == STATUS_OK && values[OPTION_VALIDATE].given)
        status = validate(advising, error);
    return status == STATUS_OK ? report(invocation, advising, error) : status;
}

const struct command command_advise = {
    .name = "advise",
    .summary = "find out which objects of a program belong into a slab",
    .description =
        "Replays a trace with one group of objects at a time, those of a call site or of a size, moved to a "
        "slab, a free list or an arena, then with the best ones together, and with every object on each heap "
        "instead. Says what to change, what that saves in time and memory and how certain that is, and how "
        "much is lost by the simplest choice: nothing, or another heap alone.\n\n"
        "Changes are picked on one part of the events and judged on another: on the traces of --test, or on "
        "the second half of FILE. Both a fresh and a littered heap are replayed on, since pools that gain "
        "nothing on the one may on the other.\n\n"
        "With --validate, the recorded program itself is run on the heaps as well (memalloc-bench program). "
        "What it gains there, compared with what the replay predicts, calibrates what is predicted for the "
        "changes.\n\n"
        "The measurements are written to DIR/program_NAME-training.parquet and its like. See docs/traces.md.",
    .arguments = arguments,
    .min_arguments = 1,
    .max_arguments = 1,
    .rest_name = "-- COMMAND",
    .options = options,
    .option_count = OPTION_COUNT,
    .execute = execute,
};
