#include "launching.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

struct launching launching;

static const char *given(const char *name)
{
    const char *value = getenv(name);
    if (!value)
        fail_msg("%s is not set", name);
    return value;
}

int launching_begin(void **state)
{
    (void)state;
    snprintf(launching.tools.launcher, sizeof launching.tools.launcher, "%s", given("LAUNCHER"));
    snprintf(launching.tools.witness, sizeof launching.tools.witness, "%s", given("WITNESS"));
    launching.launched = given("LAUNCHED");
    launching.launched_static = given("LAUNCHED_STATIC");
    launching.launched_own = given("LAUNCHED_OWN");
    launching.launched_place = given("LAUNCHED_PLACE");
    launching.heap_that_aborts = given("HEAP_THAT_ABORTS");
    snprintf(launching.folder, sizeof launching.folder, "/tmp/memalloc-bench-test-XXXXXX");
    return mkdtemp(launching.folder) && chdir(launching.folder) == 0 ? 0 : 1;
}

int launching_end(void **state)
{
    (void)state;
    DIR *folder = opendir(launching.folder);
    for (struct dirent *entry = folder ? readdir(folder) : NULL; entry; entry = readdir(folder))
        if (entry->d_name[0] != '.')
            unlink(entry->d_name);
    if (folder)
        closedir(folder);
    return chdir("/") == 0 && rmdir(launching.folder) == 0 ? 0 : 1;
}

struct launch_request request_of(char *const *arguments)
{
    return (struct launch_request){.tools = &launching.tools,
                                   .arguments = arguments,
                                   .output = LAUNCH_OUTPUT_PIPE,
                                   .keep_output = true,
                                   .interrupt = -1};
}

void launch(const struct launch_request *request, struct launch_record *ret_record)
{
    struct error error = {0};
    if (launch_run(request, ret_record, &error) != STATUS_OK)
        fail_msg("%s: %s. %s", request->arguments[0], error.cause, error.remedy);
}

pid_t number_in(const char *path)
{
    long number = 0;
    for (int i = 0; i < 3000 && number == 0; i++) {
        FILE *file = fopen(path, "r");
        char line[32];
        if (file && fgets(line, sizeof line, file) && strchr(line, '\n'))
            number = strtol(line, NULL, 10);
        if (file)
            fclose(file);
        if (number == 0)
            usleep(10000);
    }
    return (pid_t)number;
}

bool is_gone(pid_t pid)
{
    for (int i = 0; i < 3000; i++) {
        if (kill(pid, 0) != 0 && errno == ESRCH)
            return true;
        usleep(10000);
    }
    return false;
}

const struct launch_served *row_of(const struct launch_record *record, const char *program,
                                   enum launch_service service)
{
    for (uint32_t i = 0; i < record->served_count; i++) {
        const char *path = record->served[i].program;
        const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
        if (record->served[i].service == service && strcmp(name, program) == 0)
            return &record->served[i];
    }
    return NULL;
}
