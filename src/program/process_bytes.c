// A process as bytes.
#include <math.h>

#include "private.h"

void program_put_process(struct byte_writer *writer, const struct program_process *process,
                         uint32_t metric_count)
{
    const struct program_service *service = &process->service;
    put_number(writer, process->planned.order, 4);
    put_number(writer, process->start_ns, 8);
    put_number(writer, (uint64_t)process->outcome, 1);
    put_number(writer, (uint64_t)process->exit_code, 4);
    put_number(writer, (uint64_t)process->signal_number, 4);
    put_bytes(writer, process->cause, sizeof process->cause);
    put_number(writer, process->has_output, 1);
    put_number(writer, process->output_bytes, 8);
    put_number(writer, process->output_hash, 8);
    put_number(writer, process->lived_on, 4);
    put_number(writer, service->processes, 4);
    put_number(writer, service->served, 4);
    put_number(writer, (uint64_t)service->service, 1);
    put_number(writer, (uint64_t)service->why_not, 1);
    put_real(writer, service->served_cpu);
    put_bytes(writer, service->file, sizeof service->file);
    put_bytes(writer, service->unserved_program, sizeof service->unserved_program);
    for (uint32_t i = 0; i < metric_count; i++)
        put_real(writer, process->values[i]);
}

bool program_get_process(struct byte_reader *reader, uint32_t metric_count,
                         struct program_process *ret_process)
{
    struct program_process process = {0};
    struct program_service *service = &process.service;
    process.planned.order = (uint32_t)get_number(reader, 4);
    process.start_ns = get_number(reader, 8);
    uint64_t outcome = get_number(reader, 1);
    process.exit_code = (int)get_number(reader, 4);
    process.signal_number = (int)get_number(reader, 4);
    get_text(reader, process.cause, sizeof process.cause);
    process.has_output = get_number(reader, 1) != 0;
    process.output_bytes = get_number(reader, 8);
    process.output_hash = get_number(reader, 8);
    process.lived_on = (uint32_t)get_number(reader, 4);
    service->processes = (uint32_t)get_number(reader, 4);
    service->served = (uint32_t)get_number(reader, 4);
    uint64_t served_by = get_number(reader, 1), why_not = get_number(reader, 1);
    service->served_cpu = get_real(reader);
    get_text(reader, service->file, sizeof service->file);
    get_text(reader, service->unserved_program, sizeof service->unserved_program);
    for (uint32_t i = 0; i < PROGRAM_MAX_METRICS; i++)
        process.values[i] = i < metric_count ? get_real(reader) : (double)NAN;
    if (reader->overrun || reader->position != reader->length || outcome >= PROGRAM_OUTCOME_COUNT ||
        served_by > LAUNCH_UNSERVED_REFUSED || why_not > LAUNCH_UNSERVED_REFUSED)
        return false;
    process.outcome = (enum program_outcome)outcome;
    service->service = (enum launch_service)served_by;
    service->why_not = (enum launch_service)why_not;
    *ret_process = process;
    return true;
}
