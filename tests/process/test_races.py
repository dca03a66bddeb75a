"""Threads that share objects: ThreadSanitizer sees no race in the slabs that threads share, nor in the worker's trials with
several threads. It cannot be in one program with the other sanitizers, hence a build of its own: of the preset tsan,
with the two tests alone. The strategy of test_team that gives objects twice races on purpose.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ["SOURCE_DIR"])
TESTS = ("test_slab_shared", "test_team")


def run(*command, **options):
    return subprocess.run([str(word) for word in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **options)


def must(*command, **options):
    done = run(*command, **options)
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


def compiler():
    cache = pathlib.Path(os.environ["BUILD_DIR"], "CMakeCache.txt").read_text()
    return next(line.split("=", 1)[1] for line in cache.splitlines() if line.startswith("CMAKE_C_COMPILER:"))


# A race that is there on purpose: without it, silence says nothing.
RACE = """
#include <pthread.h>
static int number;
static void *add(void *unused)
{
    number++;
    return unused;
}
int main(void)
{
    pthread_t thread;
    pthread_create(&thread, 0, add, 0);
    number++;
    pthread_join(thread, 0);
    return 0;
}
"""


def skip_without_sanitizer(folder, options):
    (folder / "race.c").write_text(RACE)
    built = run(compiler(), "-fsanitize=thread", "-g", folder / "race.c", "-o", folder / "race")
    if built.returncode != 0 or run(folder / "race", env=options).returncode != 66:
        print("no ThreadSanitizer here")
        sys.exit(77)


def main():
    options = {**os.environ, "TSAN_OPTIONS": "exitcode=66"}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        skip_without_sanitizer(folder, options)
        (folder / "on_purpose").write_text("race:given_twice.c\n")
        options["TSAN_OPTIONS"] += f" suppressions={folder / 'on_purpose'}"
        must("cmake", "--preset", "tsan", "-B", folder / "build", f"-DCMAKE_C_COMPILER={compiler()}", cwd=SOURCE)
        must("cmake", "--build", folder / "build", "--target", *TESTS)
        for test in TESTS:
            said = must(folder / "build" / "tests" / "unit" / test, env=options)
            assert "[  PASSED  ]" in said and "WARNING: ThreadSanitizer" not in said, said[-6000:]


main()
