#include "os/os.h"
#include "replayer.h"

enum { LOOKS = 64 };

uint64_t memory_resident_bytes(void)
{
    struct os_memory now;
    os_memory_of_process(&now);
    return now.proportional_bytes ? now.proportional_bytes : os_resident_bytes();
}

void memory_begin(struct memory *memory, uint64_t duration_ns)
{
    memory->latest_bytes = memory->most_bytes = memory_resident_bytes();
    memory->last_ns = os_wall_ns();
    memory->interval_ns = duration_ns / LOOKS;
    memory->next_ns = memory->last_ns + memory->interval_ns;
}

void memory_look(struct memory *memory)
{
    const uint64_t begin_ns = os_wall_ns(), begin_cpu_ns = os_thread_cpu_ns();
    const uint64_t bytes = memory_resident_bytes();
    const uint64_t passed_ns = begin_ns - memory->last_ns;
    memory->byte_ns += ((double)memory->latest_bytes + (double)bytes) / 2 * (double)passed_ns;
    memory->watched_ns += passed_ns;
    memory->latest_bytes = bytes;
    if (bytes > memory->most_bytes)
        memory->most_bytes = bytes;
    memory->last_ns = os_wall_ns();
    memory->next_ns = memory->last_ns + memory->interval_ns;
    memory->cpu_ns += os_thread_cpu_ns() - begin_cpu_ns;
}
