// What this program is: its version, the compiler, the flags, the C library.
#include <stdio.h>
#include <string.h>

#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "environment/private.h"
#include "environment_build.h"    // by CMake, when it configures
#include "environment_revision.h" // by CMake, at every build

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER ""
#endif

#if defined(__x86_64__)
#define ARCHITECTURE "x86-64"
#elif defined(__aarch64__)
#define ARCHITECTURE "arm64"
#elif defined(__i386__)
#define ARCHITECTURE "x86"
#elif defined(__arm__)
#define ARCHITECTURE "arm"
#elif defined(__riscv)
#define ARCHITECTURE "riscv"
#elif defined(__powerpc64__)
#define ARCHITECTURE "ppc64"
#elif defined(__s390x__)
#define ARCHITECTURE "s390x"
#else
#define ARCHITECTURE ""
#endif

#ifdef __OPTIMIZE__
#define OPTIMISED "yes"
#else
#define OPTIMISED "no"
#endif

#ifdef NDEBUG
#define ASSERTIONS "no"
#else
#define ASSERTIONS "yes"
#endif

static void read_sanitizers(struct facts *facts, const char *flags)
{
    static const char option[] = "-fsanitize=";
    const char *found = strstr(flags, option);
    if (!found)
        return;
    found += strlen(option);
    facts_set_format(facts, "build.sanitizers", "%.*s", (int)strcspn(found, " ;"), found);
}

void read_build(struct facts *facts)
{
    facts_set(facts, "program.version", BUILD_VERSION);
    facts_set(facts, "program.revision", BUILD_REVISION);
    facts_set(facts, "build.compiler", COMPILER);
    facts_set(facts, "build.flags", BUILD_FLAGS);
    facts_set(facts, "build.measured_flags", BUILD_MEASURED_FLAGS);
    facts_set(facts, "build.type", BUILD_TYPE);
    facts_set(facts, "build.optimised", OPTIMISED);
    facts_set(facts, "build.assertions", ASSERTIONS);
    read_sanitizers(facts, BUILD_FLAGS);
    facts_set(facts, "build.architecture", ARCHITECTURE);
    facts_set(facts, "build.rust", BUILD_RUST);
#ifdef __GLIBC__
    facts_set(facts, "libc.name", "glibc");
    facts_set(facts, "libc.version", gnu_get_libc_version());
#elif defined(__APPLE__)
    facts_set(facts, "libc.name", "libSystem");
#endif
}
