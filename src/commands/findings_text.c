#include "commands/private.h"

#include <string.h>

#include "base/cleanup.h"
#include "command_line/wrap.h"

enum { MAX_FINDINGS_SHOWN = 16, MAX_PLATFORMS_NOTED = 12 };

void warnings_text_append(struct text *text, const struct analysis *analysis)
{
    for (size_t p = 0; p < analysis->platform_count; p++)
        for (size_t i = 0; i < analysis->platforms[p].warnings.count && p < MAX_PLATFORMS_NOTED; i++) {
            CLEANUP(text_release) struct text line = {0};
            text_append_format(&line, "Note on %s: %s", analysis->platforms[p].label,
                               analysis->platforms[p].warnings.items[i]);
            wrap_append(text, text_string(&line), 4, 0);
        }
}

void findings_text_append(struct text *text, const struct analysis *analysis, enum finding_topic said)
{
    size_t shown = 0, more = 0;
    const char *platform = NULL;
    for (size_t i = 0; i < analysis->finding_count; i++) {
        const struct finding *finding = &analysis->findings[i];
        if (finding->topic == said)
            continue;
        if (shown == MAX_FINDINGS_SHOWN) {
            more++;
            continue;
        }
        if (finding->platform && (!platform || strcmp(platform, finding->platform) != 0))
            text_append_format(text, "%s:\n", finding->platform);
        platform = finding->platform;
        text_append(text, "  ");
        wrap_append(text, finding->text, 4, 2);
        shown++;
    }
    if (more > 0)
        text_append_format(text, "  … and %zu more findings in the report and in --json\n", more);
}
