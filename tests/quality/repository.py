"""What the rules of the repository are checked on: its own files, and a count so that no rule passes on nothing."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(os.environ.get("SOURCE_DIR") or Path(__file__).resolve().parents[2])

# Folders that are made, never written by hand. Only needed where the project is no git work tree.
MADE = {"node_modules", "results", "__pycache__", "target", ".git"}


def _by_git():
    command = ["git", "-c", "safe.directory=*", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others"]
    try:
        listed = subprocess.run([*command, "--exclude-standard"], capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return [name for name in listed.decode().split("\0") if name]


def _by_walking():
    names = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in MADE and not name.startswith("build")]
        names += [str(Path(folder, name).relative_to(ROOT)) for name in files]
    return names


def files(*suffixes, under=""):
    """Paths relative to ROOT of the project's own files, sorted; those that end in one of `suffixes` if given."""
    names = _by_git() or _by_walking()
    chosen = {
        name
        for name in names
        if name.startswith(under) and (not suffixes or name.endswith(suffixes)) and (ROOT / name).is_file()
    }
    return sorted(chosen)


def text(name):
    """The file's text, or "" if it is no text."""
    try:
        return (ROOT / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def finish(problems, examined, least, what):
    """Ends the test: prints the problems, fails on any, and fails if fewer than `least` things were looked at."""
    for problem in problems:
        print(problem)
    print(f"{examined} {what} examined, {len(problems)} problems")
    sys.exit(1 if problems or examined < least else 0)
