// How the program was built and started.
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "doctor/private.h"

bool check_build(const struct evidence *evidence, struct doctor_finding *finding)
{
    static const char release[] = "cmake --preset release && cmake --build build";
    if (!*fact(evidence, "build.optimised"))
        return false;
    fix_with(finding, "%s", release);
    if (*fact(evidence, "build.sanitizers"))
        return say(
            finding, DOCTOR_SERIOUS,
            "This is a sanitised build (%s): malloc is the sanitizer's own, and every access is checked; "
            "its times say nothing about the system's malloc.",
            fact(evidence, "build.sanitizers"));
    if (fact_is(evidence, "build.optimised", "no"))
        return say(finding, DOCTOR_SERIOUS,
                   "This build is not optimised (%s): the loops around malloc and the slab take several "
                   "times longer.",
                   *fact(evidence, "build.type") ? fact(evidence, "build.type") : "no build type");
    if (fact_is(evidence, "build.assertions", "yes"))
        return say(finding, DOCTOR_WORTH_KNOWING,
                   "Assertions are compiled in: each call of the slab takes a few instructions more.");
    finding->fix[0] = '\0';
    return say(finding, DOCTOR_FINE, "The build is optimised.");
}

bool check_translation(const struct evidence *evidence, struct doctor_finding *finding)
{
    if (*fact(evidence, "process.translated")) {
        fix_with(finding, "arch -arm64 ./bench");
        return say(finding, DOCTOR_SERIOUS,
                   "The program is translated by %s: neither its instructions nor its memory model are those "
                   "of this "
                   "processor.",
                   fact(evidence, "process.translated"));
    }
    return fact_is(evidence, "kernel.name", "Darwin") &&
           say(finding, DOCTOR_FINE, "The program runs natively.");
}

// Whether malloc is that of the C library, by the name of its file.
static bool is_system_malloc(const char *path)
{
    static const char *const names[] = {"libc.so",          "libc-",      "libc.musl", "ld-musl",
                                        "libsystem_malloc", "libsystem_c"};
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strncmp(name, names[i], strlen(names[i])) == 0)
            return true;
    return *path == '\0';
}

// Quoted for the shell; false when the value has a quote itself or is too long.
static bool quote(const char *value, char *ret_quoted, size_t capacity)
{
    if (strchr(value, '\'') || strchr(value, '\n'))
        return false;
    int length = snprintf(ret_quoted, capacity, is_plain_word(value) ? "%s" : "'%s'", value);
    return length > 0 && (size_t)length < capacity;
}

bool check_preload(const struct evidence *evidence, struct doctor_finding *finding)
{
    static const char *const variables[] = {"LD_PRELOAD", "DYLD_INSERT_LIBRARIES"};
    const char *allocator = fact(evidence, "process.allocator");
    bool replaced = !is_system_malloc(allocator) && !*fact(evidence, "build.sanitizers");
    enum doctor_severity severity = replaced ? DOCTOR_SERIOUS : DOCTOR_WORTH_KNOWING;
    const char *consequence =
        replaced ? "malloc is that library's, not the system's" : "malloc is still the system's";
    for (size_t i = 0; i < COUNT_OF(variables); i++) {
        char key[64], quoted[DOCTOR_COMMAND_BYTES];
        snprintf(key, sizeof key, "environment.%s", variables[i]);
        const char *value = fact(evidence, key);
        if (!*value)
            continue;
        fix_with(finding, "unset %s", variables[i]);
        if (quote(value, quoted, sizeof quoted))
            undo_with(finding, "export %s=%s", variables[i], quoted);
        return say(finding, severity, "%s is set: workers load %s too; %s.", variables[i], value,
                   consequence);
    }
    if (*fact(evidence, "process.preload_file")) {
        fix_with(finding, "sudo mv /etc/ld.so.preload /etc/ld.so.preload.off");
        undo_with(finding, "sudo mv /etc/ld.so.preload.off /etc/ld.so.preload");
        return say(finding, severity, "/etc/ld.so.preload has every program load %s; %s.",
                   fact(evidence, "process.preload_file"), consequence);
    }
    return replaced &&
           say(finding, DOCTOR_SERIOUS, "malloc comes from %s, not from the C library.", allocator);
}

bool check_heap_settings(const struct evidence *evidence, struct doctor_finding *finding)
{
    static const char prefix[] = "environment.";
    CLEANUP(text_release) struct text names = {0};
    CLEANUP(text_release) struct text values = {0};
    bool quotable = true;
    for (size_t i = 0; i < evidence->facts->count; i++) {
        const struct fact *it = &evidence->facts->items[i];
        const char *name = it->key + strlen(prefix);
        if (strncmp(it->key, prefix, strlen(prefix)) != 0 || strncmp(name, "LD_", 3) == 0 ||
            strncmp(name, "DYLD_", 5) == 0)
            continue;
        char quoted[DOCTOR_COMMAND_BYTES];
        quotable = quotable && is_plain_word(name) && quote(it->value, quoted, sizeof quoted);
        text_append_format(&names, " %s", name);
        text_append_format(&values, " %s=%s", name, quotable ? quoted : "");
    }
    if (names.length == 0)
        return false;
    fix_with(finding, "unset%s", text_string(&names));
    if (quotable)
        undo_with(finding, "export%s", text_string(&values));
    return say(finding, DOCTOR_WORTH_KNOWING,
               "Environment variables change what malloc does:%s. Results may differ by a large factor if "
               "they move a threshold.",
               text_string(&names));
}

bool check_aslr(const struct evidence *evidence, struct doctor_finding *finding)
{
    static const char consequence[] =
        "all processes have the same addresses, so intervals are too narrow and another "
        "build may differ by several percent for no other reason";
    const char *value = fact(evidence, "kernel.aslr");
    if (fact_is(evidence, "process.aslr", "off") && strcmp(value, "0") != 0) {
        fix_with(finding, "setarch \"$(uname -m)\" ./bench");
        return say(finding, DOCTOR_SERIOUS, "Address randomisation is off for this process: %s.",
                   consequence);
    }
    if (!*value)
        return false;
    if (strcmp(value, "2") == 0)
        return say(finding, DOCTOR_FINE, "Addresses are random in every process.");
    fix_with(finding, "sudo sysctl kernel.randomize_va_space=2");
    if (is_plain_word(value))
        undo_with(finding, "sudo sysctl kernel.randomize_va_space=%s", value);
    if (strcmp(value, "0") == 0)
        return say(finding, DOCTOR_SERIOUS, "Address randomisation is off: %s.", consequence);
    return say(
        finding, DOCTOR_WORTH_KNOWING,
        "The heap begins at the same distance from the program in every process: part of the layout is not "
        "averaged out.");
}
