
#include "base/cleanup.h"
#include "base/json.h"
#include "charts/renderer.h"
#include "command_line/command.h"
#include "database/database.h"
#include "environment/environment.h"
#include "heaps/heaps.h"
#include "runner/runner.h"
#include "strategies/strategies.h"

enum { OPTION_json };

static const struct option_row options[] = {
    [OPTION_json] = {.name = "json",
                     .type = OPTION_FLAG,
                     .help = "print everything that a report of a bug needs, as JSON"},
};

// "built" or why it is not in this build.
static void write_rust(struct json *json)
{
    const struct strategy_absence *absence = NULL;
    for (size_t i = 0; i < STRATEGY_COUNT && !absence; i++)
        absence = strategy_absence(&strategies[i]);
    json_text(json, "rust_reference", absence ? absence->reason : "built");
}

static void write_heaps(struct json *json)
{
    json_open(json, "heaps", '[');
    for (size_t i = 0; i < HEAP_COUNT; i++) {
        struct heap_file file = {0};
        if (!heap_locate(&heaps[i], "", &file, NULL))
            continue;
        json_open(json, NULL, '{');
        json_text(json, "name", heaps[i].name);
        json_text(json, "path", file.path);
        json_text(json, "version", *file.version ? file.version : NULL);
        json_text(json, "package", *file.package ? file.package : NULL);
        json_text(json, "build_id", *file.build_id ? file.build_id : NULL);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void write_parts(struct json *json)
{
    CLEANUP(text_release) struct text worker = {0}, node = {0}, script = {0}, missing = {0};
    bool has_worker = runner_find_worker(TOUCH_word, &worker, NULL) == STATUS_OK;
    json_text(json, "worker", has_worker ? text_string(&worker) : NULL);
    json_text(json, "duckdb", database_version());
    renderer_node_version(&node);
    json_text(json, "node", node.length > 0 ? text_string(&node) : NULL);
    bool has_script = renderer_find(&script, &missing, NULL) == STATUS_OK && missing.length == 0;
    json_text(json, "renderer", has_script ? text_string(&script) : NULL);
}

static void append_json(struct text *text, const struct facts *facts)
{
    struct json json = {.text = text};
    json_open(&json, NULL, '{');
    json_unsigned(&json, "format", 1);
    json_text(&json, "version", MEMALLOC_BENCH_VERSION);
    json_text(&json, "revision", facts_get(facts, "program.revision"));
    json_text(&json, "compiler", facts_get(facts, "build.compiler"));
    json_text(&json, "flags", facts_get(facts, "build.flags"));
    write_rust(&json);
    write_parts(&json);
    write_heaps(&json);
    json_facts(&json, "facts", facts);
    json_close(&json, '}');
    text_append(text, "\n");
}

static enum status execute(struct invocation *invocation, struct error *error)
{
    static const struct {
        const char *key, *title;
    } lines[] = {
        {"program.revision", "revision "},
        {"build.compiler", "compiled by "},
    };
    CLEANUP(facts_release) struct facts facts = {0};
    environment_read(&facts);
    if (invocation->values[OPTION_json].given) {
        append_json(&invocation->output, &facts);
        return facts_check(&facts, error);
    }
    text_append(&invocation->output, "memalloc-bench " MEMALLOC_BENCH_VERSION "\n");
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        const char *value = facts_get(&facts, lines[i].key);
        if (value)
            text_append_format(&invocation->output, "%s%s\n", lines[i].title, value);
    }
    return facts_check(&facts, error);
}

const struct command command_version = {
    .name = "version",
    .summary = "show the version of the program",
    .description =
        "Shows the version of the program, its revision, and the compiler that built it, as --version "
        "does. With --json also the versions of DuckDB and Node.js, the malloc implementations that are "
        "found, where the worker and the renderer are, and all facts about this machine.",
    .options = options,
    .option_count = COUNT_OF(options),
    .execute = execute,
};
