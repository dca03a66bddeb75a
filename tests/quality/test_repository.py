"""Rules of the repository: files that fit in a head, nothing left for later, nothing of a private machine."""

import re

from repository import files, finish, text

MAX_LINES = 500

# Written in pieces, so that the rules do not find themselves.
LEFT_OVER = re.compile(
    r"\b(" + "|".join(["TO" "DO", "FIX" "ME", "X" "XX", "HA" "CK", "not " "implemented", "for " "now"]) + r")\b"
)
PRIVATE = re.compile(r"(?<![\w.}~-])/(?:" + "|".join(["ho" "me", "Us" "ers", "ro" "ot", "wo" "rk", "fa" "rm"]) + r")/\w")
HOSTS = re.compile(
    "|".join([r"registry\." "npmjs", r"deb\." "debian", r"pypi\." "org", r"crates\." "io/", r"pythonhosted\." "org"])
)

CODE = ("src/", "reference/", "tests/", "tools/", "fuzz/", "cmake/", "bench", "check", ".ci/")
DRAWN = (".svg", ".lock", "package-lock.json")
NEEDED = [
    "bench", "check", ".ci/run", "README.md", "README.ja.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md",
    "LICENSE", "docs/methodology.md",
]


def problems_in(name, content):
    found = []
    lines = content.split("\n")
    if name.startswith("src/") and name.endswith((".c", ".h")) and len(lines) - 1 > MAX_LINES:
        found.append(f"{name}: {len(lines) - 1} lines; at most {MAX_LINES}")
    for number, line in enumerate(lines, 1):
        if name.startswith(CODE) and LEFT_OVER.search(line):
            found.append(f"{name}:{number}: left for later: {line.strip()[:80]}")
        if PRIVATE.search(line):
            found.append(f"{name}:{number}: a path of somebody's machine: {line.strip()[:80]}")
        if HOSTS.search(line):
            found.append(f"{name}:{number}: a registry's host: {line.strip()[:80]}")
    return found


# The rules themselves.
assert problems_in("src/a/a.c", "x\n" * (MAX_LINES + 1)) and not problems_in("src/a/a.c", "x\n" * MAX_LINES)
assert problems_in("tests/a.c", "// TO" "DO: more") and not problems_in("tests/a.c", "// To do")
assert problems_in("docs/a.md", "see /ho" "me/ann/x") and not problems_in("docs/a.md", "~/x results/old/x /proc/self/x")
assert problems_in("a.json", "https://registry." "npmjs.org/x")

own = [name for name in files() if not name.endswith(DRAWN)]
contents = {name: text(name) for name in own}
problems = [problem for name in own for problem in problems_in(name, contents[name])]
problems += [f"{name}: missing" for name in NEEDED if name not in contents]
finish(problems, sum(bool(content) for content in contents.values()), 40, "text files")
