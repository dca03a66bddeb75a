#include "document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"

void append_markdown(struct text *text, const char *plain)
{
    for (; *plain; plain++) {
        if (strchr("\\`*_<>|[]", *plain))
            text_append(text, "\\");
        text_append_bytes(text, plain, 1);
    }
}

static const char *find_marker(const char *content, const char *kind, const char *name)
{
    char marker[128];
    snprintf(marker, sizeof marker, "<!-- %s: %s -->\n", kind, name);
    const char *found = strstr(content, marker);
    if (!found)
        fail_msg("the document has no line %s", marker);
    return strcmp(kind, "begin") == 0 ? found + strlen(marker) : found;
}

void assert_document_part(const char *document, const char *name, const char *expected)
{
    CLEANUP(text_release) struct text path = {0};
    CLEANUP(text_release) struct text content = {0};
    CLEANUP(text_release) struct text updated = {0};
    text_append_format(&path, "%s/%s", SOURCE_DIR, document);
    assert_int_equal(file_read(text_string(&path), 1 << 20, &content, NULL), STATUS_OK);
    const char *begin = find_marker(text_string(&content), "begin", name);
    const char *end = find_marker(begin, "end", name);
    assert_true(*expected != '\0');
    text_append_bytes(&updated, content.bytes, (size_t)(begin - content.bytes));
    text_append(&updated, expected);
    text_append(&updated, end);
    if (strcmp(text_string(&updated), text_string(&content)) == 0)
        return;
    if (getenv("MEMALLOC_BENCH_UPDATE"))
        assert_int_equal(file_write(text_string(&path), updated.bytes, updated.length, NULL), STATUS_OK);
    else
        fail_msg("%s is not what the tables say; run this test with MEMALLOC_BENCH_UPDATE=1", document);
}
