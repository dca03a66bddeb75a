// A task is a header, and its strings one after the other, each with its zero byte.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "private.h"

enum { TASK_MAGIC = 0x4c61756e };

struct task_header {
    uint32_t magic;
    uint32_t record_bytes; // of another build it would be another number
    enum launch_output output;
    bool keep_output;
    bool is_attended;
    double timeout_seconds, ready_seconds;
    int stop_signal;
    uint32_t argument_count, variable_count;
};

void task_release(struct task *task)
{
    string_list_release(&task->texts);
    string_list_release(&task->arguments);
    string_list_release(&task->environment);
}

const char *task_text(const struct task *task, enum task_text which)
{
    return task->texts.items[which];
}

static void append_list(struct text *bytes, const struct string_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        text_append_bytes(bytes, list->items[i], strlen(list->items[i]) + 1);
}

bool task_write(int descriptor, const struct task *task)
{
    CLEANUP(text_release) struct text bytes = {0};
    const struct task_header header = {
        .magic = TASK_MAGIC,
        .record_bytes = sizeof(struct launch_record),
        .output = task->output,
        .keep_output = task->keep_output,
        .is_attended = task->is_attended,
        .timeout_seconds = task->timeout_seconds,
        .ready_seconds = task->ready_seconds,
        .stop_signal = task->stop_signal,
        .argument_count = (uint32_t)task->arguments.count,
        .variable_count = (uint32_t)task->environment.count,
    };
    text_append_bytes(&bytes, &header, sizeof header);
    append_list(&bytes, &task->texts);
    append_list(&bytes, &task->arguments);
    append_list(&bytes, &task->environment);
    if (bytes.failed)
        errno = ENOMEM;
    return !bytes.failed && file_write_all(descriptor, bytes.bytes, bytes.length) &&
           lseek(descriptor, 0, SEEK_SET) == 0;
}

static bool read_all(int descriptor, struct text *bytes)
{
    char buffer[16384];
    for (;;) {
        ssize_t got = read(descriptor, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0 && !bytes->failed;
        text_append_bytes(bytes, buffer, (size_t)got);
    }
}

// Takes `count` strings from `*at` on.
static bool take_list(const struct text *bytes, size_t *at, size_t count, struct string_list *list)
{
    for (size_t i = 0; i < count; i++) {
        const char *string = bytes->bytes + *at;
        size_t length = strnlen(string, bytes->length - *at);
        if (length == bytes->length - *at || string_list_add(list, string, NULL) != STATUS_OK)
            return false;
        *at += length + 1;
    }
    return true;
}

static bool parse_task(const struct text *bytes, struct task *task)
{
    struct task_header header;
    size_t at = sizeof header;
    if (bytes->length < sizeof header)
        return false;
    memcpy(&header, bytes->bytes, sizeof header);
    if (header.magic != TASK_MAGIC || header.record_bytes != sizeof(struct launch_record))
        return false;
    task->output = header.output;
    task->keep_output = header.keep_output;
    task->is_attended = header.is_attended;
    task->timeout_seconds = header.timeout_seconds;
    task->ready_seconds = header.ready_seconds;
    task->stop_signal = header.stop_signal;
    return take_list(bytes, &at, TASK_TEXT_COUNT, &task->texts) &&
           take_list(bytes, &at, header.argument_count, &task->arguments) &&
           take_list(bytes, &at, header.variable_count, &task->environment);
}

bool task_read(int descriptor, struct task *ret_task)
{
    CLEANUP(text_release) struct text bytes = {0};
    struct task task = {0};
    bool is_task = read_all(descriptor, &bytes) && parse_task(&bytes, &task);
    if (is_task)
        *ret_task = task;
    else
        task_release(&task);
    return is_task;
}

bool result_write(int descriptor, const struct launch_record *record, const char *output, size_t output_bytes)
{
    struct launch_record sent = *record;
    sent.output = (struct text){0};
    return file_write_all(descriptor, &sent, sizeof sent) && file_write_all(descriptor, output, output_bytes);
}

bool result_read(int descriptor, struct launch_record *ret_record)
{
    CLEANUP(text_release) struct text bytes = {0};
    if (lseek(descriptor, 0, SEEK_SET) != 0 || !read_all(descriptor, &bytes) ||
        bytes.length < sizeof *ret_record)
        return false;
    memcpy(ret_record, bytes.bytes, sizeof *ret_record);
    ret_record->output = (struct text){0};
    text_append_bytes(&ret_record->output, bytes.bytes + sizeof *ret_record,
                      bytes.length - sizeof *ret_record);
    return !ret_record->output.failed;
}
