#include "wire/record.h"

#include <stdlib.h>

const char *outcome_name(enum outcome outcome)
{
    static const char *const names[OUTCOME_COUNT] = {
        [OUTCOME_OK] = "ok",
        [OUTCOME_SKIPPED] = "skipped",
        [OUTCOME_OUT_OF_MEMORY] = "out_of_memory",
        [OUTCOME_CORRUPT] = "corrupt",
        [OUTCOME_CRASHED] = "crashed",
        [OUTCOME_TIMED_OUT] = "timed_out",
        [OUTCOME_MALFORMED] = "malformed",
        [OUTCOME_NOT_STARTED] = "not_started",
    };
    return names[outcome];
}

void process_record_release(struct process_record *record)
{
    if (!record)
        return;
    free(record->trials);
    measured_values_release(&record->values);
    *record = (struct process_record){0};
}

void measurement_record_release(struct measurement_record *record)
{
    if (!record)
        return;
    measured_values_release(&record->values);
    *record = (struct measurement_record){0};
}
