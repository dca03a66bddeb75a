"""The shell scripts are well-formed and executable, and no bats test has a line that cannot fail: `! command` does not
end a test unless it is the last line."""

import re
import subprocess

from repository import ROOT, files, finish, text

scripts = [name for name in files() if text(name).startswith(("#!/usr/bin/env bash", "#!/bin/sh", "#!/bin/bash"))]
scripts += files(".sh")
problems = []
for name in scripts:
    done = subprocess.run(["bash", "-n", ROOT / name], capture_output=True, text=True)
    if done.returncode != 0:
        problems.append(done.stderr.strip())
    if not name.endswith(".sh") and not (ROOT / name).stat().st_mode & 0o111:
        problems.append(f"{name}: not executable")
tests = files(".bats", ".bash")
for name in tests:
    for number, line in enumerate(text(name).split("\n"), 1):
        if re.match(r"\s+! ", line):
            problems.append(f"{name}:{number}: cannot fail; use refute: {line.strip()}")
finish(problems, min(len(scripts), len(tests)), 4, "scripts, and as many tests,")
