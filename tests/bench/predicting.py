"""How well a replay predicts which heap a program runs best on: see tests/bench/run. Six programs are recorded, their traces
replayed on every heap, and the programs themselves run on every heap. For each heap, the change of the program's CPU time
against the system's heap stands beside what the replay predicts. Then: how many pairs of heaps, of those that differ for
certain in the program, are in the right order; Kendall's tau over the heaps; heaps whose sign is wrong; and the slope of
real to predicted. Programs that are not installed are left out, and said."""

import itertools
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

HEAPS = "jemalloc,mimalloc,tcmalloc,tbbmalloc"
PROCESSES = 15

PERL = "my %h; for my $i (1..150000) { push @{$h{$i % 5000}}, \"v$i\" x 3; } print scalar(keys %h), \"\\n\";"
LUA = "local t = {} for i = 1, 400000 do t[i % 5000] = {i, tostring(i)} end print(#t)"
PYTHON = "values = [{'a': [i, str(i)]} for i in range(60000)]; import json; print(len(json.dumps(values)))"
SQL = "create table t(a, b text); with recursive n(i) as (select 1 union all select i + 1 from n where i < 60000) " \
      "insert into t select i, hex(i * 7919) from n; select count(distinct b), sum(length(b)) from t; " \
      "select b from t order by b desc limit 1;"


def made_xml(folder):
    path = folder / "made.xml"
    path.write_text("<all>" + "".join(f"<item id='{i}'><name>n{i}</name><v>{i * i}</v></item>" for i in range(40000)) + "</all>")
    return path


def made_c(folder):
    path = folder / "made.c"
    path.write_text("".join(f"struct s{i} {{ int a[{i % 7 + 1}]; struct s{i} *next; }};\n"
                            f"int f{i}(struct s{i} *s, int n) {{ int r = 0; while (s) {{ for (int i = 0; i < n; i++) "
                            f"r += s->a[i % {i % 7 + 1}] * {i}; s = s->next; }} return r; }}\n" for i in range(700)))
    return path


def programs(folder):
    compiler = subprocess.run(["gcc", "-print-prog-name=cc1"], capture_output=True, text=True).stdout.strip() if shutil.which("gcc") else ""
    return {
        "xmllint": ["xmllint", "--noout", made_xml(folder)],
        "perl": ["perl", "-e", PERL],
        "lua": [next((name for name in ("lua5.4", "lua5.3", "lua") if shutil.which(name)), "lua"), "-e", LUA],
        "sqlite3": ["sqlite3", ":memory:", SQL],
        "cc1": [compiler or "cc1", "-quiet", "-O1", made_c(folder), "-o", "/dev/null"],
        "python3": ["env", "PYTHONMALLOC=malloc", sys.executable, "-c", PYTHON],
    }


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{words[1]} failed: {done.stderr}")
    return done.stdout


def changes(program, folder, name, command):
    """Of each heap: what is predicted, what is real, and the real one's interval; shares of the program's CPU time."""
    trace = folder / f"{name}.parquet"
    options = ("--heaps", HEAPS, "--processes", PROCESSES, "--output-dir", folder, "--json", "--quiet")
    run(program, "record", "-o", trace, "--no-symbols", "--", *command)
    replayed = json.loads(run(program, "replay", trace, "--strategies", "box", *options))
    measured = json.loads(run(program, "program", *options, "--name", name, "--", *command))["programs"][0]
    heaps = {heap["heap"]: heap for heap in measured["heaps"] if not heap["twin"]}
    cells = {cell["heap"]: cell for cell in replayed["heap_states"][0]["cells"] if cell["state"] == "measured"}
    whole = heaps["system"]["metrics"]["cpu_ns"]["median"]
    rows = {}
    for heap, cell in cells.items():
        real = heaps.get(heap, {}).get("metrics", {}).get("cpu_ns")
        if heap == "system" or not real or real["ratio"] is None or real["ratio_interval"] is None:
            continue
        predicted = (cell["ratio"]["value"] - 1) * cells["system"]["event_ns"] * replayed["events"] / whole
        rows[heap] = (predicted, real["ratio"] - 1, [end - 1 for end in real["ratio_interval"]])
    return replayed["events"], rows


def tau(rows):
    pairs = list(itertools.combinations(rows.values(), 2))
    signs = [(a[0] > b[0]) - (a[0] < b[0]) for a, b in pairs], [(a[1] > b[1]) - (a[1] < b[1]) for a, b in pairs]
    return sum(x * y for x, y in zip(*signs)) / len(pairs) if pairs else float("nan")


def decided_pairs(rows):
    """(right, all) of the pairs whose intervals do not overlap; the system's heap is one of them."""
    right = of = 0
    for a, b in itertools.combinations([(0, 0, (0, 0)), *rows.values()], 2):
        if a[2][1] < b[2][0] or b[2][1] < a[2][0]:
            of += 1
            right += (a[0] < b[0]) == (a[1] < b[1])
    return right, of


def main():
    program, chosen = sys.argv[1], sys.argv[2:]
    right = of = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for name, command in programs(folder).items():
            if chosen and name not in chosen:
                continue
            if not shutil.which(str(command[0])):
                print(f"{name}: not installed")
                continue
            events, rows = changes(program, folder, name, command)
            decided = decided_pairs(rows)
            right, of = right + decided[0], of + decided[1]
            wrong = sum(1 for predicted, real, (low, high) in rows.values() if (low > 0 or high < 0) and predicted * real < 0)
            slope = sum(p * r for p, r, _ in rows.values()) / (sum(p * p for p, *_ in rows.values()) or float("nan"))
            print(f"{name}: {events} events, tau {tau(rows):.2f}, {decided[0]} of {decided[1]} pairs right, {wrong} signs wrong, slope {slope:.2f}")
            for heap, (predicted, real, (low, high)) in rows.items():
                print(f"    {heap:<12} real {100 * real:+6.1f} % ({100 * low:+.1f} to {100 * high:+.1f})   predicted {100 * predicted:+6.1f} %")
    print(f"all: {right} of {of} pairs that differ for certain are predicted in the right order")


main()
