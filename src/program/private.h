// What the module's own files share.
#ifndef PROGRAM_PRIVATE_H
#define PROGRAM_PRIVATE_H

#include "base/facts.h"
#include "program/analysis.h"
#include "program/data.h"
#include "program/measure.h"
#include "runner/frames.h"

// ---- the journal's bytes (request_bytes.c, process_bytes.c) ----

// Room that the request takes at most.
size_t program_request_bytes(const struct program_request *request);
void program_put_request(struct byte_writer *writer, const struct program_request *request);

// False when the bytes are none. `ret_request` is released by the caller, also then.
bool program_get_request(struct byte_reader *reader, struct program_request *ret_request);

// Room that any process takes.
enum { PROGRAM_PROCESS_BYTES = 4096 };
void program_put_process(struct byte_writer *writer, const struct program_process *process,
                         uint32_t metric_count);

// False when the bytes are none. Of what was planned only the order is filled in.
bool program_get_process(struct byte_reader *reader, uint32_t metric_count,
                         struct program_process *ret_process);

// ---- the journal (journal.c) ----

struct program_journal_content {
    struct program_request request;
    struct facts begun_with;
    struct program_process *processes; // in the order that they ran in
    size_t count;
    size_t valid_bytes;
    size_t cut_off_bytes; // behind that
};

// Creates the journal of a run; an older one is replaced. `request->blocks` is decided.
MUST_CHECK enum status program_journal_create(struct frame_file *ret_file, const char *path,
                                              const struct program_request *request,
                                              const struct facts *begun_with, struct error *error);

// Appends one process and syncs it.
MUST_CHECK enum status program_journal_append(struct frame_file *file, const struct program_process *process,
                                              uint32_t metric_count, struct error *error);

// What a journal holds, from its bytes: any are accepted. What is behind the last whole entry is left out.
// STATUS_BAD_DATA. The content is released by the caller.
MUST_CHECK enum status program_journal_decode(const uint8_t *bytes, size_t length, const char *path,
                                              struct program_journal_content *ret_content,
                                              struct error *error);
MUST_CHECK enum status program_journal_read(const char *path, struct program_journal_content *ret_content,
                                            struct error *error);
void program_journal_release(struct program_journal_content *content);

// ---- measuring (process.c) ----

struct program_session {
    const struct program_request *request;
    const struct program_subjects *subjects;
    const struct program_measure_options *options;
    const struct program_data *data;        // its heaps
    char **arguments[PROGRAM_MAX_SUBJECTS]; // of each subject, ends with NULL
    double deadlines[PROGRAM_MAX_SUBJECTS]; // seconds of a process; 0: none yet
};

// Runs one process as planned, between prepare and cleanup. `ret_remedy` may be NULL: what helps where the
// process failed. STATUS_INTERRUPTED when a signal came meanwhile; then there is no process.
MUST_CHECK enum status program_run_process(const struct program_session *session,
                                           const struct program_planned *planned,
                                           struct program_process *ret_process, struct text *ret_remedy,
                                           struct error *error);

// What the run is begun with, of the facts of this machine, the heaps' files and the commands'
// (runner/provenance.h).
MUST_CHECK enum status program_begun_with(const struct program_session *session, const struct facts *facts,
                                          struct facts *ret_begun, struct error *error);

// ---- verdicts (verdicts.c) ----

// The row of a process among the results: the twin's is the last.
size_t program_row_of(const struct program_result *result, const struct program_process *process);

// Whether the heap of that row is compared with the system's: it is another one, and its numbers are its own.
bool program_is_compared(const struct program_result *result, size_t row);

// Fills medians, ratios with their intervals, and what the twin shows, of every heap and metric.
// STATUS_NO_MEMORY is the only failure.
MUST_CHECK enum status program_describe(struct program_result *result, struct error *error);

// Fills p values and verdicts, of all subjects together. The metrics of the answer are chosen already.
// STATUS_NO_MEMORY is the only failure.
MUST_CHECK enum status program_judge(struct program_results *results, struct error *error);

#endif
