// The journal of `program`: as it is, and with the checksums of its frames put right, so that what they hold
// is reached. A request that comes out of it is made subjects and a plan of.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "frames.h"
#include "program/private.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void use_request(const struct program_request *request)
{
    CLEANUP(program_subjects_release) struct program_subjects subjects = {0};
    CLEANUP(program_plan_release) struct program_plan plan = {0};
    CLEANUP(program_data_release) struct program_data data = {0};
    bool usable[MAX_HEAPS] = {true};
    struct error error = {0};
    if (program_subjects_build(request, &subjects, &error) != STATUS_OK) {
        require(error.cause[0] && error.remedy[0]);
        return;
    }
    require(program_plan_build(request, subjects.count, usable, 2, &plan, &error) == STATUS_OK);
    require(plan.count == (size_t)2 * 2 * subjects.count);
    require(program_request_equals(request, request));
}

static void decode(const uint8_t *bytes, size_t length)
{
    struct program_journal_content content = {0}, again = {0};
    struct error error = {0};
    if (program_journal_decode(bytes, length, "journal", &content, &error) != STATUS_OK) {
        require(error.cause[0] && error.remedy[0] && content.count == 0);
        return;
    }
    require(content.valid_bytes + content.cut_off_bytes == length);
    use_request(&content.request);
    require(program_journal_decode(bytes, content.valid_bytes, "journal", &again, NULL) == STATUS_OK);
    require(again.count == content.count);
    program_journal_release(&again);
    program_journal_release(&content);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    decode(bytes, length);
    CLEANUP(free_pointer) uint8_t *sealed = malloc(length ? length : 1);
    require(sealed);
    if (length)
        memcpy(sealed, bytes, length);
    seal_frames(sealed, length);
    decode(sealed, length);
    return 0;
}
