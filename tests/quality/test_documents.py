"""The documents say what is there: every path, option, command and function that they name in `code` exists, links lead
somewhere, and the two READMEs have the same content."""

import os
import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path

from repository import ROOT, files, finish, text

# What the program writes, what the build makes, and where systems keep things.
MADE = re.compile(
    r"^(results|build|build-\w+|node_modules|target)(/|$)|^(benchmark|details)_|^[\w{}<>*]*\.(svg|png|pdf|csv|html|journal)$|^analysis\.json$|^\.\w+$|^[/~$]"
)
PATH = re.compile(r"^[\w.@*-]+(/[\w.@*-]+)*/?$")
SUFFIXES = (".md", ".c", ".h", ".def", ".sql", ".py", ".mjs", ".sh", ".json", ".cmake", ".txt", ".bats", ".toml", ".1")
OWN_FILES = files()
PLACEHOLDERS = ("--", "--option")
OWN_PROGRAMS = ("memalloc-bench", "build/memalloc-bench", "./bench", "./check", "bench", "check")
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def said_by(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL).stdout


def known_options():
    program = os.environ["MEMALLOC_BENCH"]
    helps = [said_by(program, "--help"), said_by(ROOT / "bench", "--help"), said_by(ROOT / "check", "--help")]
    commands = re.findall(r"^  (\w+) +\S", helps[0].split("Commands:")[1].split("Exit codes:")[0], re.MULTILINE)
    assert "run" in commands and "list" in commands, helps[0]
    helps += [said_by(program, command, "--help") for command in commands]
    return {option for said in helps for option in re.findall(r"(?<![\w-])--[a-z][\w-]*", said)} | {"--version"}


def exists(path, document):
    """A path from the project's folder, from src/ or from the document's own; a bare name may be anywhere below that."""
    folder = str(Path(document).parent).removeprefix(".")
    if any(fnmatch(Path(name).name, path) for name in OWN_FILES if name.startswith(folder)):
        return True
    for base in (ROOT, ROOT / "src", (ROOT / document).parent):
        if any(base.glob(path.rstrip("/"))):
            return True
    return False


def own_command_lines(content):
    """The lines and spans that call this project's own programs."""
    lines = [line.strip() for _, code in FENCE.findall(content) for line in code.split("\n")]
    lines += SPAN.findall(FENCE.sub("", content))
    return [line for line in lines if line.split(" ")[0] in OWN_PROGRAMS]


class Examination:
    def __init__(self, options, source):
        self.options, self.source = options, source
        self.problems, self.count = [], 0

    def expect(self, document, holds, what):
        self.count += 1
        if not holds:
            self.problems.append(f"{document}: {what}")

    def document(self, name, content):
        for span in SPAN.findall(FENCE.sub("", content)):
            word = span.split(" ")[0].split("=")[0]
            if word in PLACEHOLDERS:
                continue
            elif word.startswith("--"):
                self.expect(name, word in self.options, f"no program here has the option {word}")
            elif re.fullmatch(r"\w+\(\)", span):
                self.expect(name, re.search(rf"\b{span[:-2]}\(", self.source), f"no function {span}")
            elif PATH.match(span) and not MADE.match(span) and ("/" in span or span.endswith(SUFFIXES)):
                self.expect(name, exists(span, name), f"no file {span}")
        for line in own_command_lines(content):
            for option in re.findall(r"(?<![\w-])--[a-z][\w-]*", line.split("#")[0]):
                self.expect(name, option in self.options, f"no program here has the option {option}: {line}")
        for target in LINK.findall(FENCE.sub("", content)):
            if not re.match(r"[a-z]+:", target) and not target.startswith("#"):
                path = (ROOT / name).parent / target.split("#")[0]
                self.expect(name, path.exists(), f"a link leads nowhere: {target}")


def essence(readme):
    """What both languages must share: code spans, links, and code blocks without their comments."""
    blocks = [re.sub(r"\s*#.*", "", code) for _, code in FENCE.findall(readme)]
    prose = FENCE.sub("", readme)
    links = [link for link in LINK.findall(prose) if not link.startswith("README") and "#" not in link]
    numbers = re.findall(r"(?<![\d.])\d[\d.]*\d", prose)
    return {"code": set(SPAN.findall(prose)), "links": set(links), "numbers": set(numbers)}, blocks


examination = Examination(known_options(), "".join(text(name) for name in files(".c", ".h", under="src/")))

# The rules themselves.
trial = Examination({"--seed"}, "int f(void)")
trial.document("README.md", "`src/nothing.c` `--none` `g()` [x](nowhere.md)\n```\n./bench --never\n```\n")
assert len(trial.problems) == 5, trial.problems
trial = Examination({"--seed"}, "int f(void)")
trial.document("README.md", "`src/main.c` `--seed` `f()` [x](LICENSE)\n```\n./bench --seed 1\n```\n")
assert not trial.problems and trial.count == 5, trial.problems

for name in files(".md"):
    examination.document(name, text(name))
architecture = text("ARCHITECTURE.md")
folders = {"/".join(name.split("/")[:2]) for name in files() if name.count("/") > 1}
for top in sorted(folder for folder in folders if folder.startswith(("src/", "tests/"))):
    examination.expect("ARCHITECTURE.md", f"`{top}/`" in architecture, f"says nothing of {top}/")
(english, english_code), (japanese, japanese_code) = essence(text("README.md")), essence(text("README.ja.md"))
for kind in english:
    for each in sorted(english[kind] ^ japanese[kind]):
        where = "README.ja.md" if each in english[kind] else "README.md"
        examination.expect(where, False, f"the other README has {kind} {each!r}")
examination.expect("README.ja.md", english_code == japanese_code, "the code blocks differ from README.md's")
finish(examination.problems, examination.count, 50, "names")
