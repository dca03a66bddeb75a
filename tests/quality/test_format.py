"""Every C file looks as .clang-format says. The format differs a little between versions of clang-format, so another
version than the one the tree is formatted by is a reason to skip, not to fail."""

import shutil
import subprocess
import sys

from repository import ROOT, files, finish

VERSION = 14
SKIPPED = 77


def formatter():
    for name in (f"clang-format-{VERSION}", "clang-format"):
        if shutil.which(name):
            said = subprocess.run([name, "--version"], capture_output=True, text=True, check=True).stdout
            if f"version {VERSION}." in said:
                return name
            print(f"the tree is formatted by clang-format {VERSION}; this is {said.strip()}")
    sys.exit(SKIPPED)


sources = files(".c", ".h")
done = subprocess.run([formatter(), "--dry-run", *sources], cwd=ROOT, capture_output=True, text=True, check=True)
problems = [line for line in done.stderr.splitlines() if "[-Wclang-format-violations]" in line]
finish(problems, len(sources), 20, "C files")
