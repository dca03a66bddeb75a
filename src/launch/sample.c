// What is asked of a process each time is its share of memory, which program it runs, and whether the witness
// is in its map: a process may start itself anew without it.
#include <string.h>
#include <unistd.h>

#include "os/os.h"
#include "os/processes.h"
#include "private.h"

enum { NS_OF_MS = 1000000 };

static struct sighting *find_sighting(struct keeper *keeper, pid_t pid, const char *program)
{
    for (size_t i = keeper->sighting_count; i > 0; i--)
        if (keeper->sightings[i - 1].pid == pid && strcmp(keeper->sightings[i - 1].program, program) == 0)
            return &keeper->sightings[i - 1];
    if (keeper->sighting_count == MAX_PROCESSES)
        return NULL;
    struct sighting *sighting = &keeper->sightings[keeper->sighting_count++];
    *sighting = (struct sighting){.pid = pid};
    memcpy(sighting->program, program, strlen(program) + 1);
    return sighting;
}

static void look_at(struct keeper *keeper, pid_t pid)
{
    char program[LAUNCH_PATH_BYTES];
    if (!os_process_program(pid, program, sizeof program))
        return;
    struct sighting *sighting = find_sighting(keeper, pid, program);
    if (!sighting)
        return;
    sighting->has_witness = os_process_maps(pid, task_text(keeper->task, TASK_WITNESS));
    sighting->times_without += !sighting->has_witness;
}

void sample(struct keeper *keeper)
{
    struct os_process tree[MAX_PROCESSES];
    const uint64_t begin_ns = os_thread_cpu_ns();
    size_t count = os_descendants(getpid(), tree, MAX_PROCESSES);
    uint64_t sum = 0, bytes;
    bool has_pss = false;
    for (size_t i = 0; i < count; i++) {
        if (keeper_is_helpers(keeper, tree[i].group))
            continue;
        if (os_process_pss_bytes(tree[i].pid, &bytes)) {
            sum += bytes;
            has_pss = true;
        }
        look_at(keeper, tree[i].pid);
    }
    if (has_pss) {
        keeper->record->samples++;
        keeper->has_pss = true;
        keeper->peak_pss_bytes = sum > keeper->peak_pss_bytes ? sum : keeper->peak_pss_bytes;
    }
    const uint64_t now_ns = os_wall_ns(), share_ns = LAUNCH_SAMPLE_SHARE * (os_thread_cpu_ns() - begin_ns);
    const uint64_t pause_ns = (uint64_t)LAUNCH_SAMPLE_MS * NS_OF_MS;
    keeper->next_sample_ns = now_ns + (share_ns > pause_ns ? share_ns : pause_ns);
}
