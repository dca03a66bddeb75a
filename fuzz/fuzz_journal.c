// A journal: as it is, and with the checksums of its frames put right, so that what they hold is reached.
// What is accepted must be sound: a prefix of it decodes to the same, its request makes a plan or is refused,
// and what it holds fits that plan or is refused.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "frames.h"
#include "runner/journal.h"
#include "wire/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { LARGEST_PLAN = 20000 };

static void require(bool holds)
{
    if (!holds)
        abort();
}

// What fits the plan has a place there, each its own.
static void check_fit(struct journal_content *content, const struct plan *plan)
{
    struct error error = {0};
    if (journal_check(content, plan, "journal", &error) != STATUS_OK) {
        require(error.cause[0] && error.remedy[0]);
        return;
    }
    require(content->count <= plan->count + plan->spare_count);
    require(content->measurement_count <= plan_count_measurements(plan));
}

static void check_plan(struct journal_content *content)
{
    const struct plan_request *request = &content->request;
    if (request->processes > MAX_PROCESSES || request->spare_processes > MAX_PROCESSES ||
        request->processes + request->spare_processes >
            LARGEST_PLAN / ((int)STRATEGY_COUNT * (int)PATTERN_COUNT * SIZE_COUNT))
        return; // only to be fast
    struct error error = {0};
    CLEANUP(plan_release) struct plan plan = {0};
    enum status status = plan_build(request, &plan, &error);
    require(status == STATUS_OK ? plan.count > 0 : error.cause[0] != '\0');
    if (status == STATUS_OK)
        check_fit(content, &plan);
}

static void check_records(const struct journal_content *content)
{
    for (size_t i = 0; i < content->count; i++) {
        const struct process_record *record = &content->records[i];
        require(record->outcome < OUTCOME_COUNT);
        require(memchr(record->reason, '\0', sizeof record->reason) != NULL);
        require(record->trials != NULL);
        for (size_t t = 0; t < record->trial_count; t++)
            require(record->trials[t].migrated == 0 || record->trials[t].migrated == 1);
    }
}

static void decode(const uint8_t *bytes, size_t length)
{
    struct journal_content content = {0}, again = {0};
    struct error error = {0};
    if (journal_decode(bytes, length, "journal", &content, &error) != STATUS_OK) {
        require(error.cause[0] && error.remedy[0] && !content.records && content.count == 0);
        return;
    }
    require(content.valid_bytes <= length);
    check_records(&content);
    check_plan(&content);
    require(journal_decode(bytes, content.valid_bytes, "journal", &again, NULL) == STATUS_OK);
    require(again.count == content.count && again.valid_bytes == content.valid_bytes);
    journal_content_release(&again);
    journal_content_release(&content);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    decode(bytes, length);
    uint8_t *sealed = malloc(length ? length : 1);
    require(sealed);
    if (length)
        memcpy(sealed, bytes, length);
    seal_frames(sealed, length);
    decode(sealed, length);
    free(sealed);
    return 0;
}
