"""The shell scripts are well-formed, and none depends on the folder that it is called from."""

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
finish(problems, len(scripts), 4, "shell scripts")
