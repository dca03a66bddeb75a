// Commands as words, and words as a shell takes them.
#include <string.h>

#include "base/cleanup.h"
#include "program/program.h"

// What a shell would do something with: without one it would silently be an argument.
static const char of_shells[] = "|&;<>()$`*?[#~!";

static enum status refuse(const char *command, const char *what, const char *remedy, struct error *error)
{
    return error_set(error, STATUS_USAGE, remedy, "the command '%s' has %s", command, what);
}

// Appends what is inside of the quotes that begin at `quote`. NULL when they do not end.
static const char *take_quoted(const char *quote, struct text *word)
{
    const char *c = quote + 1;
    for (; *c && *c != *quote; c++) {
        if (*quote == '"' && *c == '\\' && c[1] && strchr("\"\\$`", c[1]))
            c++;
        text_append_bytes(word, c, 1);
    }
    return *c ? c + 1 : NULL;
}

enum status program_split_words(const char *command, struct string_list *ret_words, struct error *error)
{
    static const char remedy[] = "Add --shell sh to have a shell run it, or put that character into quotes.";
    CLEANUP(string_list_release) struct string_list words = {0};
    CLEANUP(text_release) struct text word = {0};
    enum status status = STATUS_OK;
    for (const char *c = command; *c && status == STATUS_OK;) {
        c += strspn(c, " \t\n");
        bool has_word = *c != '\0';
        text_clear(&word);
        while (c && *c && !strchr(" \t\n", *c)) {
            if (strchr(of_shells, *c))
                return refuse(command, "a character that only a shell can do something with", remedy, error);
            if (*c == '\'' || *c == '"') {
                c = take_quoted(c, &word);
                continue;
            }
            c += *c == '\\' && c[1];
            text_append_bytes(&word, c++, 1);
        }
        if (!c)
            return refuse(command, "a quote that does not end", "Close it, or write \\ before it.", error);
        status = text_check(&word, error);
        if (status == STATUS_OK && has_word)
            status = string_list_add(&words, text_string(&word), error);
    }
    if (status != STATUS_OK)
        return status;
    string_list_release(ret_words);
    *ret_words = words;
    words = (struct string_list){0};
    return STATUS_OK;
}

void program_append_command(struct text *text, const struct string_list *words)
{
    for (size_t i = 0; i < words->count; i++) {
        text_append(text, i ? " " : "");
        text_append_shell_word(text, words->items[i]);
    }
}
