// A request as bytes: a resumed run takes it from its journal.
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "private.h"

enum { MAX_WORDS = 4096, NUMBERS_BYTES = 256 };

// The texts that may be missing, in the order of the journal.
#define OPTIONAL_TEXTS(request)                                                                              \
    {                                                                                                        \
        &(request)->platform, &(request)->name, &(request)->shell, &(request)->prepare, &(request)->cleanup, \
            &(request)->input, &(request)->output_file, &(request)->ready, &(request)->client                \
    }

static size_t words_bytes(const struct string_list *words)
{
    size_t bytes = 4;
    for (size_t i = 0; i < words->count; i++)
        bytes += 4 + strlen(words->items[i]);
    return bytes;
}

size_t program_request_bytes(const struct program_request *request)
{
    char *const *texts[] = OPTIONAL_TEXTS(request);
    size_t bytes = NUMBERS_BYTES + sizeof request->heaps + sizeof request->own_metrics;
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        bytes += 5 + (*texts[i] ? strlen(*texts[i]) : 0);
    for (uint32_t i = 0; i < request->command_count; i++)
        bytes += words_bytes(&request->commands[i].words);
    for (uint32_t i = 0; i < request->parameter_count; i++)
        bytes += 4 + strlen(request->parameters[i].name) + words_bytes(&request->parameters[i].values);
    for (uint32_t i = 0; i < request->own_metric_count; i++)
        bytes += 8 + strlen(request->own_metrics[i].pattern);
    return bytes;
}

static void put_words(struct byte_writer *writer, const struct string_list *words)
{
    put_number(writer, words->count, 4);
    for (size_t i = 0; i < words->count; i++)
        put_text(writer, words->items[i]);
}

static uint64_t milliseconds(double seconds)
{
    return (uint64_t)(seconds * 1000 + 0.5);
}

void program_put_request(struct byte_writer *writer, const struct program_request *request)
{
    char *const *texts[] = OPTIONAL_TEXTS(request);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        put_number(writer, *texts[i] != NULL, 1);
        if (*texts[i])
            put_text(writer, *texts[i]);
    }
    put_number(writer, request->command_count, 1);
    for (uint32_t i = 0; i < request->command_count; i++)
        put_words(writer, &request->commands[i].words);
    put_number(writer, request->parameter_count, 1);
    for (uint32_t i = 0; i < request->parameter_count; i++) {
        put_text(writer, request->parameters[i].name);
        put_words(writer, &request->parameters[i].values);
    }
    put_number(writer, request->own_metric_count, 1);
    for (uint32_t i = 0; i < request->own_metric_count; i++) {
        put_text(writer, request->own_metrics[i].name);
        put_text(writer, request->own_metrics[i].pattern);
        put_number(writer, request->own_metrics[i].higher_is_better, 1);
    }
    put_number(writer, request->heap_count, 1);
    for (uint32_t i = 0; i < request->heap_count; i++) {
        put_text(writer, request->heaps[i].name);
        put_text(writer, request->heaps[i].library);
        put_text(writer, request->heaps[i].tunables);
    }
    put_number(writer, request->blocks, 4);
    put_number(writer, request->warmups, 4);
    put_number(writer, milliseconds(request->seconds), 8);
    put_number(writer, request->seed, 8);
    put_number(writer, (uint64_t)request->output, 1);
    put_number(writer, (uint64_t)request->stop_signal, 4);
    put_number(writer, milliseconds(request->timeout_seconds), 8);
    put_number(writer, request->ignore_failure, 1);
    put_number(writer, request->check_output, 1);
}

// ---- back ----

// A new string in `ret_text`; it may be there already, and is then replaced.
static bool get_string(struct byte_reader *reader, char **ret_text)
{
    CLEANUP(text_release) struct text text = {0};
    if (!get_long_text(reader, FRAME_MAX_TEXT_BYTES, &text) || text.failed)
        return false;
    free(*ret_text);
    *ret_text = text.length ? text_take(&text) : strdup("");
    return *ret_text != NULL;
}

static bool get_words(struct byte_reader *reader, struct string_list *words)
{
    uint64_t count = get_number(reader, 4);
    bool fits = !reader->overrun && count <= MAX_WORDS;
    for (uint64_t i = 0; i < count && fits; i++) {
        CLEANUP(free_pointer) char *word = NULL;
        fits = get_string(reader, &word) && string_list_add(words, word, NULL) == STATUS_OK;
    }
    return fits;
}

// Into an array of characters.
static bool get_name(struct byte_reader *reader, char *ret_name, size_t capacity)
{
    CLEANUP(text_release) struct text text = {0};
    if (!get_long_text(reader, capacity - 1, &text) || text.failed)
        return false;
    memcpy(ret_name, text_string(&text), text.length + 1);
    return true;
}

static bool get_commands(struct byte_reader *reader, struct program_request *request)
{
    uint64_t commands = get_number(reader, 1);
    bool fits = !reader->overrun && commands >= 1 && commands <= PROGRAM_MAX_COMMANDS;
    for (uint64_t i = 0; i < commands && fits; i++) {
        request->command_count++;
        fits = get_words(reader, &request->commands[i].words) && request->commands[i].words.count > 0;
    }
    uint64_t parameters = fits ? get_number(reader, 1) : 0;
    fits = fits && parameters <= PROGRAM_MAX_PARAMETERS;
    for (uint64_t i = 0; i < parameters && fits; i++) {
        struct program_parameter *parameter = &request->parameters[request->parameter_count++];
        fits = get_string(reader, &parameter->name) && get_words(reader, &parameter->values) &&
               parameter->values.count > 0;
    }
    return fits;
}

static bool get_metrics_and_heaps(struct byte_reader *reader, struct program_request *request)
{
    uint64_t metrics = get_number(reader, 1);
    bool fits = !reader->overrun && metrics <= PROGRAM_MAX_OWN_METRICS;
    for (uint64_t i = 0; i < metrics && fits; i++) {
        struct program_own_metric *metric = &request->own_metrics[request->own_metric_count++];
        fits = get_name(reader, metric->name, sizeof metric->name) && get_string(reader, &metric->pattern);
        metric->higher_is_better = get_number(reader, 1) != 0;
    }
    uint64_t count = fits ? get_number(reader, 1) : 0;
    fits = fits && count >= 1 && count <= MAX_HEAPS;
    for (uint64_t i = 0; i < count && fits; i++) {
        struct plan_heap *heap = &request->heaps[request->heap_count++];
        fits = get_name(reader, heap->name, sizeof heap->name) &&
               get_name(reader, heap->library, sizeof heap->library) &&
               get_name(reader, heap->tunables, sizeof heap->tunables);
    }
    return fits;
}

bool program_get_request(struct byte_reader *reader, struct program_request *ret_request)
{
    struct program_request *request = ret_request;
    char **texts[] = OPTIONAL_TEXTS(request);
    bool fits = true;
    for (size_t i = 0; i < COUNT_OF(texts) && fits; i++)
        fits = get_number(reader, 1) == 0 || get_string(reader, texts[i]);
    fits = fits && request->platform && request->name && get_commands(reader, request) &&
           get_metrics_and_heaps(reader, request);
    if (!fits)
        return false;
    request->blocks = (uint32_t)get_number(reader, 4);
    request->warmups = (uint32_t)get_number(reader, 4);
    request->seconds = (double)get_number(reader, 8) / 1000;
    request->seed = get_number(reader, 8);
    uint64_t output = get_number(reader, 1);
    request->stop_signal = (int)get_number(reader, 4);
    request->timeout_seconds = (double)get_number(reader, 8) / 1000;
    request->ignore_failure = get_number(reader, 1) != 0;
    request->check_output = get_number(reader, 1) != 0;
    request->output = output <= LAUNCH_OUTPUT_FILE ? (enum launch_output)output : LAUNCH_OUTPUT_NULL;
    return !reader->overrun && output <= LAUNCH_OUTPUT_FILE && request->blocks >= 1 &&
           request->blocks <= MAX_PROCESSES;
}
