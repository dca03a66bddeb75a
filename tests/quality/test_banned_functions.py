"""Functions that the project does not use, and who alone prints and ends the program. Read from the code with comments
and strings taken out, so that prose may name them."""

import re

from repository import files, finish, text

BANNED = {
    "strcpy": "snprintf or struct text", "strcat": "struct text", "strncpy": "snprintf", "strncat": "struct text",
    "stpcpy": "struct text", "sprintf": "snprintf", "vsprintf": "vsnprintf", "gets": "fgets",
    "strtok": "string_list_split", "strtok_r": "string_list_split", "system": "os/ and posix_spawn",
    "popen": "os/ and posix_spawn", "atoi": "strtol with a check", "atol": "strtol with a check",
    "atoll": "strtoll with a check", "atof": "strtod with a check", "scanf": "strtol and friends",
    "alloca": "a fixed array or malloc", "rand": "base/random.h", "srand": "base/random.h", "random": "base/random.h",
    "drand48": "base/random.h", "tmpnam": "mkstemp", "tempnam": "mkstemp", "mktemp": "mkstemp", "setjmp": "a status",
    "longjmp": "a status", "gmtime": "gmtime_r", "localtime": "localtime_r", "ctime": "strftime",
    "asctime": "strftime", "putenv": "the child's own environment",
}
PRINTING = {"printf", "vprintf", "puts", "putchar", "perror"}
ENDING = {"exit", "abort", "quick_exit"}
PRINTERS = ("src/command_line/", "src/commands/", "src/main.c", "src/made_up/program.c", "src/replay/replayer.c")
ENDERS = ("src/main.c", "src/worker/main.c")

CALL = re.compile(r"(?<![\w.>])([A-Za-z_]\w*)\s*\(")
NOT_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def code_of(source):
    """The source without comments and strings, its line breaks kept."""
    return NOT_CODE.sub(lambda match: " " + "\n" * match.group().count("\n"), source)


def problems_in(name, source):
    found = []
    for number, line in enumerate(code_of(source).split("\n"), 1):
        for called in CALL.findall(line):
            if called in BANNED:
                found.append(f"{name}:{number}: {called} is not used here: {BANNED[called]}")
            elif called in PRINTING and not name.startswith(PRINTERS):
                found.append(f"{name}:{number}: {called}: only src/command_line and src/commands print")
            elif called in ENDING and name not in ENDERS:
                found.append(f"{name}:{number}: {called}: only main.c ends the program")
    return found


# The rule itself: it sees each of its words in code, and none in prose, names that contain them, or members.
for word in [*BANNED, *PRINTING, *ENDING]:
    assert problems_in("src/x/x.c", f"a = {word}(b);"), word
    assert not problems_in("src/x/x.c", f'// {word}(b)\n/* {word}(b) */ a = my_{word}("{word}(b)"); c->{word}(d);'), word
assert not problems_in("src/command_line/help.c", "puts(text);") and not problems_in("src/main.c", "exit(1);")

sources = files(".c", ".h", under="src/")
finish([problem for name in sources for problem in problems_in(name, text(name))], len(sources), 20, "source files")
