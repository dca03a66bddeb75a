// Whether the machine is real, virtual or a container, and which.
#include <string.h>

#include "base/cleanup.h"
#include "environment/private.h"

struct hint {
    const char *part; // of the text that was read
    const char *name; // of what it tells
};

static const char *find_hint(const struct hint *hints, size_t count, const char *line)
{
    for (size_t i = 0; i < count; i++)
        if (strstr(line, hints[i].part))
            return hints[i].name;
    return NULL;
}

// What the firmware of virtual machines calls itself. Amazon's and Google's own machines run KVM or Xen; the
// real machines that Amazon lends have "metal" in their name.
static const struct hint firmware_hints[] = {
    {"VMware", "vmware"},
    {"VirtualBox", "virtualbox"},
    {"innotek", "virtualbox"},
    {"QEMU", "qemu"},
    {"KVM", "kvm"},
    {"OpenStack", "kvm"},
    {"Bochs", "bochs"},
    {"Xen", "xen"},
    {"HVM domU", "xen"},
    {"Parallels", "parallels"},
    {"BHYVE", "bhyve"},
    {"Google Compute Engine", "kvm"},
    {"Amazon EC2", "kvm"},
    {"Alibaba Cloud ECS", "kvm"},
    {"DigitalOcean", "kvm"},
    {"Apple Virtualization", "apple"},
    {"Hyper-V", "hyper-v"},
};

static void read_firmware(const struct source *source)
{
    static const char *const files[] = {"product_name", "sys_vendor", "board_vendor", "bios_vendor"};
    char line[LINE_BYTES];
    if (source_line(source, line, "/sys/class/dmi/id/product_name") && strstr(line, "metal"))
        return;
    if (strcmp(line, "Virtual Machine") == 0 && source_line(source, line, "/sys/class/dmi/id/sys_vendor") &&
        strstr(line, "Microsoft"))
        facts_set(source->facts, "machine.hypervisor", "hyper-v");
    for (size_t i = 0; i < COUNT_OF(files) && !facts_get(source->facts, "machine.hypervisor"); i++)
        if (source_line(source, line, "/sys/class/dmi/id/%s", files[i]))
            facts_set(source->facts, "machine.hypervisor",
                      find_hint(firmware_hints, COUNT_OF(firmware_hints), line));
}

static void read_hypervisor(const struct source *source)
{
    char line[LINE_BYTES];
    if (source_line(source, line, "/sys/hypervisor/type"))
        facts_set(source->facts, "machine.hypervisor", line);
    else if (source_line(source, line, "/proc/device-tree/hypervisor/compatible"))
        facts_set(source->facts, "machine.hypervisor", strstr(line, "kvm") ? "kvm" : line);
    else
        read_firmware(source);
    if (facts_get(source->facts, "machine.hypervisor"))
        facts_set(source->facts, "machine.virtual", "yes");
}

static void read_container(const struct source *source)
{
    static const struct hint group_hints[] = {
        {"kubepods", "kubernetes"}, {"docker", "docker"},         {"libpod", "podman"}, {"lxc", "lxc"},
        {"garden", "garden"},       {"containerd", "containerd"},
    };
    static const struct hint kernel_hints[] = {{"icrosoft", "wsl"}};
    char line[LINE_BYTES];
    const char *name = NULL;
    CLEANUP(text_release) struct text groups = {0};
    if (source_line(source, line, "/run/systemd/container"))
        name = line;
    else if (source_read(source, &groups, FILE_LIMIT_BYTES, "/proc/self/cgroup"))
        name = find_hint(group_hints, COUNT_OF(group_hints), text_string(&groups));
    if (!name && source_exists(source, "/run/.containerenv"))
        name = "podman";
    if (!name && source_exists(source, "/.dockerenv"))
        name = "docker";
    if (!name && source_line(source, line, "/proc/sys/kernel/osrelease"))
        name = find_hint(kernel_hints, COUNT_OF(kernel_hints), line);
    facts_set(source->facts, "machine.container", name);
}

void read_machine(const struct source *source)
{
    source_fact(source, "machine.product", "/proc/device-tree/model");
    source_fact(source, "machine.product", "/sys/class/dmi/id/product_name");
    read_hypervisor(source);
    read_container(source);
}

// A machine without a battery says nothing, whatever it hangs on. Batteries of mice and the like have the
// scope "Device".
void read_power(const struct source *source)
{
    static const char folder[] = "/sys/class/power_supply";
    CLEANUP(string_list_release) struct string_list names = {0};
    bool has_battery = false, has_mains = false, discharging = false;
    source_list(source, folder, "", &names);
    for (size_t i = 0; i < names.count; i++) {
        char line[LINE_BYTES];
        uint64_t number;
        const char *name = names.items[i];
        if (!source_line(source, line, "%s/%s/type", folder, name))
            continue;
        if (strcmp(line, "Battery") == 0) {
            if (source_line(source, line, "%s/%s/scope", folder, name) && strcmp(line, "Device") == 0)
                continue;
            has_battery = true;
            source_line(source, line, "%s/%s/status", folder, name);
            discharging |= strcmp(line, "Discharging") == 0;
            source_fact(source, "machine.battery_percent", "%s/%s/capacity", folder, name);
        } else if (source_number(source, &number, "%s/%s/online", folder, name)) {
            has_mains |= number != 0;
        }
    }
    if (has_battery && (has_mains || discharging))
        facts_set(source->facts, "machine.power", has_mains ? "mains" : "battery");
}
