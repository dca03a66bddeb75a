// A program that does, by the word it is given, what recorders are known to fail at. It says on standard
// output what it did, in lines NAME NUMBER, for the test to compare with what was recorded.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { THREADS = 4, SLOTS = 64, ROUNDS = 20000, SIZE = 48 };

#define CHECK(condition)                                                                                     \
    do                                                                                                       \
        if (!(condition)) {                                                                                  \
            dprintf(2, "line %d: %s\n", __LINE__, #condition);                                               \
            _exit(97);                                                                                       \
        }                                                                                                    \
    while (0)

// Without stdio, which allocates.
static void say(const char *name, unsigned long number)
{
    dprintf(1, "%s %lu\n", name, number);
}

static void touch(void *object, size_t size)
{
    memset(object, 0x5a, size);
    __asm__ volatile("" : : "r"(object) : "memory");
}

// ---- reuse: the same addresses go round between threads, through realloc above all ----

static _Atomic(void *) slots[SLOTS];

static void *reuse(void *argument)
{
    uint64_t state = (uintptr_t)argument * 7919 + 1;
    for (int i = 0; i < ROUNDS; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        size_t size = 40 + (state >> 60) * 40;
        void *object = atomic_exchange(&slots[state >> 40 & (SLOTS - 1)], NULL);
        object = object ? realloc(object, size) : malloc(size);
        touch(object, 40);
        object = atomic_exchange(&slots[state >> 34 & (SLOTS - 1)], object);
        free(object);
    }
    return NULL;
}

static void run_threads(void *(*function)(void *), int count)
{
    pthread_t threads[64];
    for (intptr_t i = 0; i < count; i++)
        CHECK(pthread_create(&threads[i], NULL, function, (void *)i) == 0);
    for (int i = 0; i < count; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

static int mode_reuse(void)
{
    run_threads(reuse, THREADS);
    for (int i = 0; i < SLOTS; i++)
        free(slots[i]);
    return 0;
}

// ---- early: before any library was made ready ----

static int early_objects;
static void nothing(void)
{
}

static void early(int count, char **words, char **variables)
{
    (void)count;
    (void)words;
    while (*variables && strcmp(*variables, "RECORDED_EARLY=1") != 0)
        variables++;
    if (!*variables)
        return; // getenv does not know yet
    for (int i = 0; i < 40; i++)
        atexit(nothing);                                                // 32 fit without calloc
    if (!dlsym(RTLD_DEFAULT, "there_is_no_such_function") && dlerror()) // its message is allocated
        early_objects++;
    void *object = calloc(3, 1111);
    touch(object, 3333);
    free(object);
}
__attribute__((section(".preinit_array"), used)) static void (*const early_entry)(int, char **,
                                                                                  char **) = early;

static int mode_early(void)
{
    say("early", (unsigned long)early_objects);
    return 0;
}

// ---- signals: a handler that allocates, in the middle of whatever ----

static volatile sig_atomic_t handled;

static void handle(int number)
{
    int saved = errno;
    (void)number;
    void *object = malloc(777);
    object = realloc(object, 778);
    free(object);
    handled++;
    errno = saved;
}

static int mode_signals(void)
{
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    const struct itimerval often = {{0, 50}, {0, 50}}, never = {{0, 0}, {0, 0}};
    unsigned long rounds = 0;
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    for (; handled < 500; rounds++) {
        void *object = malloc(333);
        free(object);
    }
    setitimer(ITIMER_REAL, &never, NULL);
    say("handled", (unsigned long)handled);
    say("rounds", rounds);
    return 0;
}

// ---- tls: data of threads that is allocated when it is first used ----

static void *use_tls(void *function)
{
    int (*call)(void);
    memcpy(&call, &function, sizeof call);
    for (int i = 0; i < 10; i++)
        CHECK(call() == i + 1);
    free(malloc(SIZE));
    return NULL;
}

static int mode_tls(const char *const *libraries)
{
    unsigned long loaded = 0;
    for (; *libraries; libraries++) {
        void *library = dlopen(*libraries, RTLD_NOW);
        if (!library)
            continue; // no room for its data left: so it is without the recorder
        loaded++;
        void *function = dlsym(library, "count_calls");
        CHECK(function);
        for (int i = 0; i < 8; i++) {
            pthread_t thread;
            CHECK(pthread_create(&thread, NULL, use_tls, function) == 0);
            CHECK(pthread_join(thread, NULL) == 0);
        }
    }
    say("loaded", loaded);
    return 0;
}

// ---- destructors: of the data of threads, many of them ----

static pthread_key_t key;

static void destroy(void *object)
{
    static _Thread_local int round;
    free(object);
    void *other = malloc(444);
    if (++round < 3)
        pthread_setspecific(key, other);
    else
        free(other);
}

static void *with_destructor(void *argument)
{
    (void)argument;
    pthread_setspecific(key, malloc(443));
    return NULL;
}

static int mode_destructors(int threads)
{
    CHECK(pthread_key_create(&key, destroy) == 0);
    for (int i = 0; i < threads; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, with_destructor, NULL) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
    }
    return 0;
}

// ---- fork and vfork, beside threads that allocate ----

static atomic_bool is_over;

static void *allocate_always(void *argument)
{
    (void)argument;
    while (!is_over)
        free(malloc(SIZE));
    return NULL;
}

static void wait_for(pid_t pid)
{
    int status;
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void in_child(void)
{
    for (int i = 0; i < 100; i++)
        free(malloc(555));
    run_threads(reuse, 2);
    _exit(0);
}

static int mode_fork(const char *other)
{
    pthread_t threads[THREADS];
    void *inherited = malloc(556);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, allocate_always, NULL) == 0);
    for (int i = 0; i < 5; i++) {
        pid_t child = fork();
        if (child == 0) {
            free(inherited);
            in_child();
        }
        wait_for(child);
        child = vfork();
        if (child == 0) {
            execl(other, other, "nothing", (char *)NULL);
            _exit(96);
        }
        wait_for(child);
        char *const arguments[] = {(char *)(uintptr_t)other, (char *)"nothing", NULL};
        CHECK(posix_spawn(&child, other, NULL, NULL, arguments, environ) == 0);
        wait_for(child);
    }
    is_over = true;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    free(inherited);
    return 0;
}

// ---- loader: libraries come and go in several threads ----

static const char *library_path;

static void *load_always(void *argument)
{
    (void)argument;
    for (int i = 0; i < 50; i++) {
        void *library = dlopen(library_path, RTLD_NOW | RTLD_LOCAL);
        void *(*allocate)(size_t);
        CHECK(library);
        void *function = dlsym(library, "allocate");
        memcpy(&allocate, &function, sizeof allocate);
        free(allocate(666));
        dlclose(library);
    }
    return NULL;
}

static int mode_loader(const char *path)
{
    library_path = path;
    run_threads(load_always, THREADS);
    return 0;
}

// ---- deepbind: a library that calls the C library's heap itself ----

static int mode_deepbind(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    void *(*allocate)(size_t);
    void (*release)(void *);
    CHECK(library);
    void *function = dlsym(library, "allocate");
    memcpy(&allocate, &function, sizeof allocate);
    function = dlsym(library, "release");
    memcpy(&release, &function, sizeof release);
    for (int i = 0; i < 10; i++)
        free(allocate(1234)); // from there, ended here
    for (int i = 0; i < 10; i++)
        release(malloc(4321)); // from here, ended there; the address comes back
    free(malloc(4321));
    return 0;
}

// ---- entries: each function once ----

static int mode_entries(void)
{
    void *object;
    free(NULL);
    object = malloc(0);
    free(object);
    object = malloc(2047);
    touch(object, malloc_usable_size(object));
    free(object);
    object = calloc(7, 11);
    object = realloc(object, 200);
    object = reallocarray(object, 3, 100);
    touch(object, malloc_usable_size(object));
    CHECK(!reallocarray(object, SIZE_MAX / 2, 3));
    free(object);
    object = realloc(NULL, 31);
    object = realloc(object, 0);
    object = aligned_alloc(64, 128);
    CHECK((uintptr_t)object % 64 == 0);
    free(object);
    CHECK(posix_memalign(&object, 256, 100) == 0 && (uintptr_t)object % 256 == 0);
    free(object);
    CHECK(posix_memalign(&object, 3, 100) == EINVAL);
    object = memalign(32, 55);
    free(object);
    object = valloc(77);
    free(object);
    object = pvalloc(78);
    touch(object, 4096);
    free(object);
    volatile size_t too_much = SIZE_MAX / 2;
    CHECK(!malloc(too_much) && errno == ENOMEM);
    CHECK(!calloc(too_much, 4));
    object = strdup("fifteen letters");
    free(object);
    return 0;
}

// ---- ends: however it ends, nothing is lost ----

static int mode_ends(const char *how, const char *other)
{
    for (int i = 0; i < 1000; i++)
        free(malloc(888));
    if (strcmp(how, "kill") == 0)
        kill(getpid(), SIGKILL);
    if (strcmp(how, "crash") == 0)
        *(volatile int *)8 = 1;
    if (strcmp(how, "exec") == 0)
        execl(other, other, "nothing", (char *)NULL);
    _exit(0);
}

// ---- many: so many events ----

static int mode_many(unsigned long count)
{
    for (unsigned long i = 0; i < count; i++)
        free(malloc(999));
    return 0;
}

int main(int count, char **words)
{
    const char *mode = count > 1 ? words[1] : "";
    const char *first = count > 2 ? words[2] : "", *second = count > 3 ? words[3] : "";
    if (strcmp(mode, "reuse") == 0)
        return mode_reuse();
    if (strcmp(mode, "early") == 0)
        return mode_early();
    if (strcmp(mode, "signals") == 0)
        return mode_signals();
    if (strcmp(mode, "tls") == 0)
        return mode_tls((const char *const *)words + 2);
    if (strcmp(mode, "destructors") == 0)
        return mode_destructors(atoi(first));
    if (strcmp(mode, "fork") == 0)
        return mode_fork(words[0]);
    if (strcmp(mode, "loader") == 0)
        return mode_loader(first);
    if (strcmp(mode, "deepbind") == 0)
        return mode_deepbind(first);
    if (strcmp(mode, "entries") == 0)
        return mode_entries();
    if (strcmp(mode, "ends") == 0)
        return mode_ends(first, second);
    if (strcmp(mode, "many") == 0)
        return mode_many(strtoul(first, NULL, 10));
    if (strcmp(mode, "wait") == 0)
        return pause();
    if (strcmp(mode, "crash") == 0)
        *(volatile int *)8 = 1;
    free(malloc(111)); // "nothing": what each process does at least
    return 0;
}
