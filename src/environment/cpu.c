// Which processor this is, from /proc/cpuinfo: the first CPU's block, since the file of a large machine is
// slow to read; that of another CPU where there are several kinds. x86 names the processor; arm64 gives
// numbers, whose names are in tables here.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "environment/private.h"

struct numbered_name {
    unsigned number;
    const char *name;
};

// Numbers of MIDR_EL1, Arm Architecture Reference Manual.
static const struct numbered_name arm_implementers[] = {
    {0x41, "ARM"},       {0x42, "Broadcom"}, {0x43, "Cavium"}, {0x46, "Fujitsu"},
    {0x48, "HiSilicon"}, {0x4e, "NVIDIA"},   {0x50, "APM"},    {0x51, "Qualcomm"},
    {0x53, "Samsung"},   {0x56, "Marvell"},  {0x61, "Apple"},  {0xc0, "Ampere"},
};

// Parts of implementer 0x41, from their technical reference manuals.
static const struct numbered_name arm_parts[] = {
    {0xd03, "Cortex-A53"},  {0xd04, "Cortex-A35"},  {0xd05, "Cortex-A55"},  {0xd07, "Cortex-A57"},
    {0xd08, "Cortex-A72"},  {0xd09, "Cortex-A73"},  {0xd0a, "Cortex-A75"},  {0xd0b, "Cortex-A76"},
    {0xd0c, "Neoverse-N1"}, {0xd0d, "Cortex-A77"},  {0xd40, "Neoverse-V1"}, {0xd41, "Cortex-A78"},
    {0xd44, "Cortex-X1"},   {0xd46, "Cortex-A510"}, {0xd47, "Cortex-A710"}, {0xd48, "Cortex-X2"},
    {0xd49, "Neoverse-N2"}, {0xd4a, "Neoverse-E1"}, {0xd4d, "Cortex-A715"}, {0xd4e, "Cortex-X3"},
    {0xd4f, "Neoverse-V2"},
};

static const char *find_name(const struct numbered_name *names, size_t count, const char *number)
{
    unsigned long value = strtoul(number, NULL, 0);
    for (size_t i = 0; i < count; i++)
        if (names[i].number == value)
            return names[i].name;
    return NULL;
}

static void read_arm(const struct source *source, const struct text *cpuinfo)
{
    char implementer[LINE_BYTES], part[LINE_BYTES], variant[LINE_BYTES], revision[LINE_BYTES];
    if (!find_value(cpuinfo, "CPU implementer", implementer) || !find_value(cpuinfo, "CPU part", part))
        return;
    const char *vendor = find_name(arm_implementers, COUNT_OF(arm_implementers), implementer);
    facts_set(source->facts, "cpu.vendor", vendor ? vendor : implementer);
    bool is_arm = vendor && strcmp(vendor, "ARM") == 0;
    const char *model = is_arm ? find_name(arm_parts, COUNT_OF(arm_parts), part) : NULL;
    if (model)
        facts_set(source->facts, "cpu.model", model);
    else
        facts_set_format(source->facts, "cpu.model", "%s part %s", vendor ? vendor : implementer, part);
    facts_set(source->facts, "cpu.model_number", part);
    if (find_value(cpuinfo, "CPU variant", variant) && find_value(cpuinfo, "CPU revision", revision))
        facts_set_format(source->facts, "cpu.stepping", "r%lup%lu", strtoul(variant, NULL, 0),
                         strtoul(revision, NULL, 0));
}

static void read_cpuinfo(const struct source *source, const struct text *cpuinfo)
{
    // Later rows of a key are tried when the earlier ones found nothing.
    static const struct {
        const char *name, *key;
    } rows[] = {
        {"vendor_id", "cpu.vendor"},    {"model name", "cpu.model"},  {"uarch", "cpu.model"},
        {"cpu", "cpu.model"},           {"cpu family", "cpu.family"}, {"CPU architecture", "cpu.family"},
        {"model", "cpu.model_number"},  {"stepping", "cpu.stepping"}, {"revision", "cpu.stepping"},
        {"microcode", "cpu.microcode"}, {"flags", "cpu.flags"},       {"Features", "cpu.flags"},
        {"isa", "cpu.flags"},           {"bugs", "cpu.bugs"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char value[LINE_BYTES];
        if (!facts_get(source->facts, rows[i].key) && find_value(cpuinfo, rows[i].name, value))
            facts_set(source->facts, rows[i].key, value);
    }
    char flags[LINE_BYTES];
    if (!find_value(cpuinfo, "flags", flags) || !has_word(flags, "tsc"))
        return;
    bool invariant = has_word(flags, "constant_tsc") && has_word(flags, "nonstop_tsc");
    facts_set(source->facts, "clock.invariant_tsc", invariant ? "yes" : "no");
    facts_set(source->facts, "machine.virtual", has_word(flags, "hypervisor") ? "yes" : "no");
}

// "name=what", the kernel's sentence cut at its first semicolon; nothing for what the processor does not
// have.
static void read_mitigations(const struct source *source)
{
    static const char folder[] = "/sys/devices/system/cpu/vulnerabilities";
    CLEANUP(string_list_release) struct string_list names = {0};
    CLEANUP(text_release) struct text summary = {0};
    source_list(source, folder, "", &names);
    for (size_t i = 0; i < names.count; i++) {
        char line[LINE_BYTES];
        if (!source_line(source, line, "%s/%s", folder, names.items[i]) ||
            strncmp(line, "Not affected", strlen("Not affected")) == 0)
            continue;
        line[strcspn(line, ";")] = '\0';
        static const char mitigation[] = "Mitigation: ";
        bool mitigated = strncmp(line, mitigation, strlen(mitigation)) == 0;
        text_append_format(&summary, "%s%s=%s", summary.length > 0 ? "; " : "", names.items[i],
                           line + (mitigated ? strlen(mitigation) : 0));
    }
    if (names.count > 0)
        facts_set(source->facts, "cpu.mitigations", summary.length > 0 ? text_string(&summary) : "none");
}

// Where the block of that CPU begins; NULL when there is none.
static const char *find_block(const struct text *cpuinfo, int cpu)
{
    static const char name[] = "processor";
    for (const char *line = text_string(cpuinfo); *line; line += strcspn(line, "\n"), line += *line == '\n') {
        if (strncmp(line, name, strlen(name)) != 0)
            continue;
        const char *value = line + strlen(name);
        value += strspn(value, " \t:");
        uint64_t number;
        if (read_number(value, &number, NULL) && number == (uint64_t)cpu)
            return line;
    }
    return NULL;
}

void read_cpu_model(const struct source *source, int cpu)
{
    CLEANUP(text_release) struct text cpuinfo = {0}, block = {0};
    if (!source_read(source, &cpuinfo, FILE_LIMIT_BYTES, "/proc/cpuinfo"))
        return;
    const char *begin = find_block(&cpuinfo, cpu);
    if (!begin)
        return;
    const char *end = strstr(begin, "\n\n");
    text_append_bytes(&block, begin, end ? (size_t)(end - begin) : strlen(begin));
    read_arm(source, &block);
    read_cpuinfo(source, &block);
}

void read_cpu(const struct source *source)
{
    CLEANUP(text_release) struct text cpuinfo = {0};
    if (source_read(source, &cpuinfo, 16384, "/proc/cpuinfo")) {
        read_arm(source, &cpuinfo);
        read_cpuinfo(source, &cpuinfo);
    }
    read_mitigations(source);
}
