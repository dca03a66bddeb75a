"""Every function and table that a file of src/ gives to others is used by another file, of src/ or of a test: what only
its own file uses is static, and what nobody uses is gone."""

from object_files import build_folder, objects, symbols
from repository import finish

# Libraries that are preloaded into programs define functions for these, not for us.
PRELOADED = ("recorder/", "witness/")


def unused(given, used):
    """The names that nobody else uses; main, and what a sanitizer adds, are used by the system."""
    return sorted(name for name in given - used if name != "main" and not name.startswith("__odr_asan."))


# The rule itself: a name that another file uses, one that none does, one of the system.
assert unused({"shared", "alone", "main", "__odr_asan.table"}, {"shared", "printf"}) == ["alone"]

build = build_folder()
made = [object_file for _, object_file in objects(build, "") if object_file.exists()]  # some are made on request
given, asked = symbols(made)
used = set().union(*asked.values())
problems, examined = [], 0
for source, object_file in objects(build):
    if object_file in given and not source.startswith(PRELOADED):
        examined += len(given[object_file])
        problems += [f"src/{source}: no other file uses {name}" for name in unused(given[object_file], used)]
finish(sorted(set(problems)), examined, 500, "names that files give to others")
