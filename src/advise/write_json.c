#include "advise/advise.h"

void advise_groups_write_json(struct json *json, const struct advise_groups *groups)
{
    json_text(json, "by", groups->by == ADVISE_BY_SITE ? "site" : "size");
    json_open(json, "groups", '[');
    for (size_t i = 0; i < groups->count; i++) {
        const struct advise_group *group = &groups->items[i];
        json_open(json, NULL, '{');
        json_unsigned(json, groups->by == ADVISE_BY_SITE ? "site" : "size", group->key);
        json_text(json, "place", group->place);
        json_unsigned(json, "events", group->events);
        json_real(json, "share", (double)group->events / (double)groups->events);
        json_unsigned(json, "objects", group->objects);
        json_unsigned(json, "bytes", group->bytes);
        json_unsigned(json, "least_bytes", group->least_bytes);
        json_unsigned(json, "most_bytes", group->most_bytes);
        json_unsigned(json, "left_objects", group->left_objects);
        json_unsigned(json, "handed_over", group->handed_over);
        json_real(json, "mean_life_events", group->mean_life_events);
        json_text(json, "strategy", replay_strategies[group->strategy].name);
        json_real(json, "training_ratio", group->training_ratio);
        json_boolean(json, "goes_together", group->goes_together);
        json_close(json, '}');
    }
    json_close(json, ']');
}

// The groups of the cell's change; none of box.
static void write_groups_of(struct json *json, const struct replay_summary *summary, size_t cell,
                            const struct advise_groups *groups, const struct advise_change *changes)
{
    const size_t command = replay_command_of(summary, cell);
    json_open(json, "groups", '[');
    for (size_t g = 0; g < groups->count && command > 0; g++)
        if (changes[command - 1].groups >> g & 1)
            json_unsigned(json, NULL, g);
    json_close(json, ']');
}

static void write_row(struct json *json, const struct advise_judged *judged, size_t cell,
                      const struct advise_groups *groups, const struct advise_change *changes)
{
    const struct replay_summary *summary = judged->summary;
    const struct replay_cell *row = &summary->cells[cell];
    const struct estimate saved = advise_saved_ns(summary, cell, judged->events);
    json_open(json, NULL, '{');
    json_text(json, "change", cell < summary->heap_count ? "nothing" : row->strategy);
    write_groups_of(json, summary, cell, groups, changes);
    json_unsigned(json, "moved_objects", judged->moved[replay_command_of(summary, cell)]);
    json_text(json, "heap", row->result->heap->name);
    json_text(json, "state", program_state_name(row->result->state));
    json_real(json, "event_ns", row->medians[REPLAY_EVENT_NS]);
    replay_write_estimate(json, "ratio", &row->ratio);
    json_text(json, "verdict", cell > 0 ? verdict_name(row->verdict) : NULL);
    replay_write_estimate(json, "saved_ns", &saved);
    json_real(json, "footprint", row->medians[REPLAY_FOOTPRINT]);
    json_real(json, "footprint_ratio", row->footprint_ratio);
    json_close(json, '}');
}

void advise_judged_write_json(struct json *json, const struct advise_judged *judged,
                              const struct advise_groups *groups, const struct advise_change *changes)
{
    const struct replay_summary *summary = judged->summary;
    size_t best = 0, simplest = 0;
    json_open(json, NULL, '{');
    json_text(json, "trace", judged->trace);
    json_unsigned(json, "from", judged->from);
    json_unsigned(json, "events", judged->events);
    json_text(json, "heap_state", axes[AXIS_heap_state].text(judged->state));
    json_text(json, "answer", advise_answer_name(advise_answer_of(summary)));
    json_real(json, "threshold", summary->threshold);
    json_open(json, "rows", '[');
    for (size_t i = 0; i < summary->count; i++) {
        best = judged->order[i] == summary->best ? i : best;
        simplest = judged->order[i] == summary->simplest ? i : simplest;
        write_row(json, judged, judged->order[i], groups, changes);
    }
    json_close(json, ']');
    json_unsigned(json, "best", best);
    json_unsigned(json, "simplest", simplest);
    replay_write_estimate(json, "regret", &summary->regret);
    json_close(json, '}');
}

void advise_validation_write_json(struct json *json, const struct advise_validation *validation,
                                  const struct replay_summary *summary)
{
    json_open(json, "validation", '{');
    json_text(json, "metric", validation->metric);
    json_real(json, "allocation_share", validation->allocation_share);
    replay_write_estimate(json, "slope", &validation->slope);
    json_real(json, "tau", validation->tau);
    json_unsigned(json, "signs", validation->signs);
    json_unsigned(json, "sign_errors", validation->sign_errors);
    json_open(json, "rows", '[');
    for (size_t i = 0; i < validation->count; i++) {
        const struct advise_point *point = &validation->points[i];
        const struct replay_cell *cell = &summary->cells[point->cell];
        json_open(json, NULL, '{');
        json_text(json, "change", point->cell < summary->heap_count ? "nothing" : cell->strategy);
        json_text(json, "heap", cell->result->heap->name);
        replay_write_estimate(json, "predicted", &point->predicted);
        replay_write_estimate(json, "calibrated", &point->calibrated);
        if (point->is_real)
            replay_write_estimate(json, "real", &point->real);
        else
            json_null(json, "real");
        json_real(json, "predicted_memory", point->predicted_memory);
        json_real(json, "real_memory", point->real_memory);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
}
