// The journal of a run: what every finished process gave, appended and synced before the next one starts. A
// run that was killed at any moment goes on from it. Private to the runner.
//
// A header (the request that the plan was built from, and what the run was begun with), then one entry per
// process and one per cell and kind of measurement that has a process of its own; all framed by their length
// and a checksum. A crash leaves
// a torn last entry. From the first entry that is torn or damaged on, the journal is cut off and measured
// again. An entry that is whole but makes no sense is an error, and so is a header that is not whole.
#ifndef RUNNER_JOURNAL_H
#define RUNNER_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/facts.h"
#include "plan/plan.h"
#include "runner/frames.h"
#include "wire/record.h"

struct journal {
    struct frame_file file;
};

#define JOURNAL_CLOSED ((struct journal){.file = FRAME_FILE_CLOSED})

// Creates the journal of `plan`, begun with these facts (provenance.h). An older one is replaced.
MUST_CHECK enum status journal_create(struct journal *ret_journal, const char *path, const struct plan *plan,
                                      const struct facts *provenance, struct error *error);

// Appends one entry and syncs it to disk. A closed journal takes it and keeps nothing.
MUST_CHECK enum status journal_append(struct journal *journal, const struct process_record *record,
                                      struct error *error);

// Appends one that may be lost with the machine's power: it is quickly taken again.
MUST_CHECK enum status journal_append_measurement(struct journal *journal,
                                                  const struct measurement_record *record,
                                                  struct error *error);

void journal_close(struct journal *journal);

// What a journal holds, decoded from bytes: any bytes are accepted.
struct journal_content {
    struct plan_request request;
    uint64_t fingerprint;
    struct facts provenance;
    struct process_record *records;
    size_t count;
    struct measurement_record *measurements;
    size_t measurement_count;
    size_t valid_bytes;   // the whole entries before the first one that is not
    size_t cut_off_bytes; // behind that
};

MUST_CHECK enum status journal_decode(const uint8_t *bytes, size_t length, const char *path,
                                      struct journal_content *ret_content, struct error *error);

// Whether what it holds is of this plan: no process and no measurement that the plan does not have, none
// twice, no more trials than planned. STATUS_BAD_DATA otherwise.
MUST_CHECK enum status journal_check(struct journal_content *content, const struct plan *plan,
                                     const char *path, struct error *error);

// What the journal of `plan` holds, checked (owned by the caller); of a plan that was cut, what that has.
// Errors: as of journal_resume.
MUST_CHECK enum status journal_read(const char *path, const struct plan *plan, const struct facts *provenance,
                                    struct journal_content *ret_content, struct error *error);

// Opens the journal of `plan` to go on: hands back what it holds, checked (owned by the caller), and cuts off
// what is behind the last whole entry. STATUS_USAGE when it is of another plan, or was begun with something
// else than `provenance`; STATUS_BAD_DATA when it is no journal.
MUST_CHECK enum status journal_resume(struct journal *ret_journal, const char *path, const struct plan *plan,
                                      const struct facts *provenance, struct journal_content *ret_content,
                                      struct error *error);
void journal_content_release(struct journal_content *content);

#endif
