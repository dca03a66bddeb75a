// Machines with what the doctor must say of them.
#ifndef TESTS_DOCTOR_MACHINES_H
#define TESTS_DOCTOR_MACHINES_H

#include <stdbool.h>

#include "doctor/doctor.h"

struct known_fact {
    const char *key;
    const char *value;
};

struct expected_finding {
    enum doctor_check_id check;
    enum doctor_severity severity;
    const char *words; // that the sentence must hold; NULL: any
    const char *fix;   // NULL: no command
    const char *undo;
    bool is_absent; // nothing may be said
};

struct doctor_machine {
    const char *name;
    const struct known_fact *facts;                          // up to one without a key
    void (*observe)(struct doctor_observation *observation); // NULL: nothing is observed
    const struct expected_finding *findings;                 // all of them, up to one of DOCTOR_CHECK_COUNT
};

extern const struct doctor_machine doctor_machines[];
extern const size_t doctor_machine_count;

#endif
