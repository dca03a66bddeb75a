#include "analysis/private.h"

const struct analysis_kind analysis_kinds[ANALYSIS_KINDS] = {
    {"Footprints", "footprint_stats.csv", footprints_count, footprints_write_stats},
    {"Tails", "tails_stats.csv", tails_count, tails_write_stats},
};

// By the same index.
static const struct {
    enum status (*gather)(struct analysis *analysis, struct error *error);
    void (*release)(struct analysis *analysis);
    void (*write_json)(struct json *json, const struct analysis *analysis);
    enum status (*find)(const struct view *view, struct error *error);
} steps[ANALYSIS_KINDS] = {
    {footprints_gather, footprints_release, footprints_write_json, find_footprint},
    {tails_gather, tails_release, tails_write_json, find_tails},
};

enum status kinds_gather(struct analysis *analysis, struct error *error)
{
    enum status status = STATUS_OK;
    for (int i = 0; i < ANALYSIS_KINDS && status == STATUS_OK; i++)
        status = steps[i].gather(analysis, error);
    return status;
}

enum status kinds_find(const struct view *view, struct error *error)
{
    enum status status = STATUS_OK;
    for (int i = 0; i < ANALYSIS_KINDS && status == STATUS_OK; i++)
        status = steps[i].find(view, error);
    return status;
}

void kinds_write_json(struct json *json, const struct analysis *analysis)
{
    for (int i = 0; i < ANALYSIS_KINDS; i++)
        steps[i].write_json(json, analysis);
}

void kinds_release(struct analysis *analysis)
{
    for (int i = 0; i < ANALYSIS_KINDS; i++)
        steps[i].release(analysis);
}
