// What the runs make of nothing, the twins inside of each, is the floor of the threshold.
#include "compare/private.h"

void raise_threshold(struct comparison *comparison, double threshold, enum threshold_source source)
{
    if (!(threshold > comparison->threshold))
        return;
    comparison->threshold = threshold;
    comparison->threshold_source = source;
}

enum status compare_controls(const struct dataset runs[RUN_COUNT], struct comparison *comparison,
                             struct error *error)
{
    enum status status = STATUS_OK;
    for (int side = 0; side < RUN_COUNT && status == STATUS_OK; side++) {
        struct null_control *control = &comparison->controls[side];
        status = null_control_judge(&runs[side], comparison->metric, control, NULL, error);
        if (status == STATUS_OK)
            raise_threshold(comparison, control->threshold, THRESHOLD_NULL_CONTROL);
    }
    return status;
}
