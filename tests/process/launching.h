// Launching of commands, for the tests of it.
#ifndef TESTS_LAUNCHING_H
#define TESTS_LAUNCHING_H

#include <sys/types.h>

#include "launch/launch.h"

// What the tests are given by their environment, and a folder of their own, which is the current one.
struct launching {
    struct launch_tools tools;
    const char *launched, *launched_static, *launched_own, *launched_place, *heap_that_aborts;
    char folder[64];
};

extern struct launching launching;

// Setup and teardown of a group of tests.
int launching_begin(void **state);
int launching_end(void **state);

// A request of that command: output is read, nothing is preloaded.
struct launch_request request_of(char *const *arguments);

// Launches it and asserts that the program itself did not fail.
void launch(const struct launch_request *request, struct launch_record *ret_record);

// launch() of the words, up to NULL.
#define LAUNCH(ret_record, ...) launch(&(struct launch_request){LAUNCH_DEFAULTS(__VA_ARGS__)}, (ret_record))
#define LAUNCH_DEFAULTS(...)                                                                                 \
    .tools = &launching.tools, .arguments = (char *const[]){__VA_ARGS__, NULL},                              \
    .output = LAUNCH_OUTPUT_PIPE, .interrupt = -1, .keep_output = true

// The number that a program wrote into the file; it is waited for. 0 when there is none after a while.
pid_t number_in(const char *path);

// Whether the process has ended, or does so soon.
bool is_gone(pid_t pid);

// The row of a program of that name, of that service; NULL when there is none.
const struct launch_served *row_of(const struct launch_record *record, const char *program,
                                   enum launch_service service);

#endif
