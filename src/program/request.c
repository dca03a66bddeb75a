// From commands with parameters to subjects.
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "program/program.h"

void program_request_release(struct program_request *request)
{
    char *const texts[] = {request->platform, request->name,    request->shell,
                           request->prepare,  request->cleanup, request->input,
                           request->ready,    request->client,  request->output_file};
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        free(texts[i]);
    for (uint32_t i = 0; i < request->command_count; i++)
        string_list_release(&request->commands[i].words);
    for (uint32_t i = 0; i < request->parameter_count; i++) {
        free(request->parameters[i].name);
        string_list_release(&request->parameters[i].values);
    }
    for (uint32_t i = 0; i < request->own_metric_count; i++)
        free(request->own_metrics[i].pattern);
    *request = (struct program_request){0};
}

static void release_subject(struct program_subject *subject)
{
    char *const texts[] = {subject->title, subject->parameters, subject->prepare, subject->cleanup,
                           subject->input, subject->ready,      subject->client};
    string_list_release(&subject->words);
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        free(texts[i]);
}

void program_subjects_release(struct program_subjects *subjects)
{
    for (uint32_t i = 0; i < subjects->count; i++)
        release_subject(&subjects->items[i]);
    free(subjects->items);
    *subjects = (struct program_subjects){0};
}

// ---- a parameter's place ----

// A combination: which value of each parameter.
struct combination {
    const struct program_request *request;
    size_t values[PROGRAM_MAX_PARAMETERS];
    bool *used; // of the request's parameters: it stands somewhere
};

// The parameter whose "{NAME}" begins at `brace`; the count when there is none.
static uint32_t parameter_at(const struct program_request *request, const char *brace)
{
    const char *end = strchr(brace, '}');
    uint32_t i = 0;
    for (; i < request->parameter_count; i++) {
        const char *name = request->parameters[i].name;
        if (end && strlen(name) == (size_t)(end - brace - 1) && strncmp(name, brace + 1, strlen(name)) == 0)
            break;
    }
    return i;
}

static void append_filled(struct text *text, const char *pattern, const struct combination *combination)
{
    const struct program_request *request = combination->request;
    for (const char *c = pattern; *c; c++) {
        uint32_t parameter = *c == '{' ? parameter_at(request, c) : request->parameter_count;
        if (parameter == request->parameter_count) {
            text_append_bytes(text, c, 1);
            continue;
        }
        text_append(text, request->parameters[parameter].values.items[combination->values[parameter]]);
        combination->used[parameter] = true;
        c = strchr(c, '}');
    }
}

// NULL stays NULL.
static enum status fill(const char *pattern, const struct combination *combination, char **ret_text,
                        struct error *error)
{
    CLEANUP(text_release) struct text text = {0};
    if (!pattern)
        return STATUS_OK;
    append_filled(&text, pattern, combination);
    *ret_text = text.failed ? NULL : text.length ? text_take(&text) : strdup("");
    return *ret_text ? STATUS_OK : error_set_no_memory(error);
}

// ---- subjects ----

static enum status fill_words(const struct string_list *words, const struct combination *combination,
                              struct program_subject *subject, struct error *error)
{
    CLEANUP(text_release) struct text title = {0};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < words->count && status == STATUS_OK; i++) {
        CLEANUP(text_release) struct text word = {0};
        append_filled(&word, words->items[i], combination);
        status = text_check(&word, error);
        if (status == STATUS_OK)
            status = string_list_add(&subject->words, text_string(&word), error);
    }
    if (status != STATUS_OK)
        return status;
    if (combination->request->shell)
        text_append(&title, subject->words.items[0]);
    else
        program_append_command(&title, &subject->words);
    subject->title = text_take(&title);
    return subject->title ? STATUS_OK : error_set_no_memory(error);
}

static enum status name_values(const struct combination *combination, char **ret_text, struct error *error)
{
    CLEANUP(text_release) struct text text = {0};
    const struct program_request *request = combination->request;
    for (uint32_t i = 0; i < request->parameter_count; i++)
        text_append_format(&text, "%s%s=%s", i ? ", " : "", request->parameters[i].name,
                           request->parameters[i].values.items[combination->values[i]]);
    *ret_text = text.failed ? NULL : text.length ? text_take(&text) : strdup("");
    return *ret_text ? STATUS_OK : error_set_no_memory(error);
}

static enum status fill_subject(const struct combination *combination, uint32_t command,
                                struct program_subject *subject, struct error *error)
{
    const struct program_request *request = combination->request;
    const struct {
        const char *pattern;
        char **filled;
    } texts[] = {
        {request->prepare, &subject->prepare}, {request->cleanup, &subject->cleanup},
        {request->input, &subject->input},     {request->ready, &subject->ready},
        {request->client, &subject->client},
    };
    subject->command = command;
    enum status status = fill_words(&request->commands[command].words, combination, subject, error);
    if (status == STATUS_OK)
        status = name_values(combination, &subject->parameters, error);
    for (size_t i = 0; i < COUNT_OF(texts) && status == STATUS_OK; i++)
        status = fill(texts[i].pattern, combination, texts[i].filled, error);
    return status;
}

// The next combination, the last parameter's value changing first. False after the last.
static bool advance(struct combination *combination)
{
    for (uint32_t i = combination->request->parameter_count; i-- > 0;) {
        if (++combination->values[i] < combination->request->parameters[i].values.count)
            return true;
        combination->values[i] = 0;
    }
    return false;
}

static enum status check_used(const struct program_request *request, const bool *used, struct error *error)
{
    for (uint32_t i = 0; i < request->parameter_count; i++)
        if (!used[i])
            return error_set(error, STATUS_USAGE,
                             "Write it into the command in braces, or leave the parameter out.",
                             "--parameter %s is not used in the command: there is no {%s}",
                             request->parameters[i].name, request->parameters[i].name);
    return STATUS_OK;
}

enum status program_subjects_build(const struct program_request *request,
                                   struct program_subjects *ret_subjects, struct error *error)
{
    struct program_subjects subjects = {0};
    bool used[PROGRAM_MAX_PARAMETERS] = {false};
    size_t count = request->command_count;
    for (uint32_t i = 0; i < request->parameter_count; i++)
        count *= request->parameters[i].values.count;
    if (count > PROGRAM_MAX_SUBJECTS)
        return error_set(error, STATUS_USAGE, "Measure them in separate runs.",
                         "commands and values of parameters give %zu programs to measure; at most %d fit one "
                         "run",
                         count, PROGRAM_MAX_SUBJECTS);
    subjects.items = calloc(count + 1, sizeof *subjects.items);
    if (!subjects.items)
        return error_set_no_memory(error);
    enum status status = STATUS_OK;
    for (uint32_t command = 0; command < request->command_count && status == STATUS_OK; command++) {
        struct combination combination = {.request = request, .used = used};
        do
            status = fill_subject(&combination, command, &subjects.items[subjects.count++], error);
        while (status == STATUS_OK && advance(&combination));
    }
    if (status == STATUS_OK)
        status = check_used(request, used, error);
    if (status == STATUS_OK)
        *ret_subjects = subjects;
    else
        program_subjects_release(&subjects);
    return status;
}
