// What a hypervisor says of itself to the program: CPUID leaves that are kept for it.
#include <string.h>

#include "base/cleanup.h"
#include "environment/private.h"

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>

static const struct {
    const char *signature;
    const char *name;
} hypervisors[] = {
    {"KVMKVMKVM", "kvm"},         {"Microsoft Hv", "hyper-v"}, {"VMwareVMware", "vmware"},
    {"XenVMMXenVMM", "xen"},      {"TCGTCGTCGTCG", "qemu"},    {"VBoxVBoxVBox", "virtualbox"},
    {" lrpepyh vr", "parallels"}, {"bhyve bhyve ", "bhyve"},   {"ACRNACRNACRN", "acrn"},
};

void read_native(struct facts *facts)
{
    enum { FEATURES = 1, HYPERVISOR = 0x40000000 };
    const unsigned present = UINT32_C(1) << 31;
    unsigned a, b, c, d;
    if (!__get_cpuid(FEATURES, &a, &b, &c, &d) || !(c & present))
        return;
    __cpuid(HYPERVISOR, a, b, c, d);
    char signature[13] = "";
    memcpy(signature, &b, 4);
    memcpy(signature + 4, &c, 4);
    memcpy(signature + 8, &d, 4);
    const char *name = signature;
    for (size_t i = 0; i < COUNT_OF(hypervisors); i++)
        if (strcmp(signature, hypervisors[i].signature) == 0)
            name = hypervisors[i].name;
    facts_set(facts, "machine.virtual", "yes");
    facts_set(facts, "machine.hypervisor", name);
}
#else
void read_native(struct facts *facts)
{
    (void)facts;
}
#endif

void read_native_load(struct facts *facts, const char *prefix)
{
    (void)facts;
    (void)prefix;
}
