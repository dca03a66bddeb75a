"""Measures the programs of docs/programs.md: eight programs on the system's heap and four others, then the same commands by
hyperfine, each twice under two names, to see what it makes of nothing.

    python3 docs/programs/measure.py build/memalloc-bench FOLDER [PLATFORM]

writes FOLDER/program_NAME.parquet and FOLDER/hyperfine.json, and prints what both say. The programs are Debian's; a
redis-server that is built on the C library's malloc (`make MALLOC=libc`) is named by REDIS_SERVER. It takes 15 minutes."""

import json
import math
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

HEAPS = "system,jemalloc,mimalloc,tcmalloc,tbbmalloc"
SECONDS = 50  # of each program
HYPERFINE_RUNS, REPETITIONS = 10, 3
PORT = 26379

PERL = "my %h; for my $i (1 .. 90000) { push @{$h{$i % 9000}}, \"text $i\" } my $n = 0; $n += length join ',', @{$h{$_}} for keys %h; print \"$n\\n\""
LUA = "local t = {} for i = 1, 150000 do t[i] = {tostring(i), i} end local n = 0 for i = 1, #t do n = n + #t[i][1] end print(n)"
SQL = """create table t (i integer primary key, a text, b text);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 60000) insert into t select i, hex(i * 7919), 'text ' || i from n;
create index ta on t (a);
select count(*), sum(length(b)) from t where a > '3';
select b, count(*) from t group by substr(a, 1, 4) order by 2 desc, 1 limit 3;
"""
PYTHON = """import json
values = [{"a": [i, str(i)], "b": {"c": i * 1.5}} for i in range(25000)]
values = json.loads(json.dumps(values))
print(sum(len(v["a"][1]) for v in values))
"""
FUNCTION = """struct s%d { int a, b; double c[4]; };
double f%d(struct s%d *s, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        sum += s[i].c[i %% 4] * s[i].a;
        if (s[i].b > %d) sum -= s[i].c[(i + 1) %% 4]; else sum *= 1.5;
    }
    return sum;
}
"""


def write_inputs(folder):
    (folder / "elements.xml").write_text("<a>\n" + "".join(f'<b n="{i}" m="m{i % 97}">text<c/></b>\n' for i in range(70000)) + "</a>\n")
    (folder / "script.sql").write_text(SQL)
    (folder / "script.py").write_text(PYTHON)
    (folder / "functions.c").write_text("".join(FUNCTION % (i, i, i, i) for i in range(50)))
    (folder / "values.json").write_text(json.dumps([{"a": i, "b": {"c": [i, str(i)], "d": f"text {i}"}} for i in range(40000)]))


def programs():
    """Name, options of `program`, and the command."""
    redis = os.environ.get("REDIS_SERVER", "redis-server")
    return [
        ("xmllint", [], ["xmllint", "--noout", "elements.xml"]),
        ("perl", [], ["perl", "-e", PERL]),
        ("lua", [], ["lua5.4", "-e", LUA]),
        ("sqlite3", [], ["sqlite3", ":memory:", ".read script.sql"]),
        ("gcc", [], ["gcc", "-O1", "-S", "-o", "/dev/null", "functions.c"]),
        ("python3", [], ["env", "PYTHONMALLOC=malloc", "/usr/bin/python3", "script.py"]),
        ("jq", [], ["jq", "-c", "map(.b.d) | length", "values.json"]),
        ("redis-server",
         ["--ready", f"redis-cli -p {PORT} ping", "--client", f"redis-benchmark -p {PORT} -q -n 30000 -d 200 -r 20000 -t set", "--stop", "TERM",
          "--metric", "rps=SET: ([0-9.]+) requests", "--higher-is-better", "rps", "--check-output", "off"],
         [redis, "--port", str(PORT), "--save", "", "--appendonly", "no"]),
    ]


def measure(program, folder, platform):
    for name, options, command in programs():
        finished = subprocess.run(
            [program, "program", "--quiet", "--json", "--force", "--platform", platform, "--name", name, "--heaps", HEAPS, "--output-dir", ".",
             "--time-budget", str(SECONDS), *options, "--", *command], cwd=folder, stdout=subprocess.PIPE, text=True)
        if finished.returncode:
            sys.exit(f"{name} could not be measured")
        show(name, json.loads(finished.stdout)["programs"][0])


def show(name, result):
    time, memory = result["time_metric"], result["memory_metric"]
    print(f"\n{name}, {result['blocks']} processes per heap: {result['sentences'][0]}")
    for heap in result["heaps"]:
        values = [heap["metrics"].get(metric) for metric in (time, memory)]
        shown = [f"{v['ratio']:.3f} {v['verdict'] or ''}" if v and v["ratio"] else "-" for v in values]
        print(f"  {heap['heap'] + (' again' if heap['twin'] else ''):16} {time} {shown[0]:20} {memory} {shown[1]}")
    differing = [metric["name"] for metric in result["metrics"] if metric["twin_differs"]]
    print(f"  the system's heap differs from itself in: {', '.join(differing) or 'nothing'}", flush=True)


def welch_t(one, other):
    """Welch's t and its degrees of freedom."""
    parts = [statistics.variance(times) / len(times) for times in (one, other)]
    freedom = sum(parts) ** 2 / sum(part ** 2 / (len(times) - 1) for part, times in zip(parts, (one, other)))
    return (statistics.mean(one) - statistics.mean(other)) / math.sqrt(sum(parts)), freedom


def two_sided_p(t, freedom):
    """Of Student's distribution, by Simpson's rule."""
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(freedom * math.pi)
    steps, end = 2000, abs(t)
    density = [scale * (1 + (end * i / steps) ** 2 / freedom) ** (-(freedom + 1) / 2) for i in range(steps + 1)]
    area = (density[0] + density[-1] + 4 * sum(density[1:-1:2]) + 2 * sum(density[2:-1:2])) * end / steps / 3
    return max(0.0, 1 - 2 * area)


def compare_twice(folder, name, command):
    """The same command under two names: how hyperfine's summary reads, and Welch's test of its times."""
    line = " ".join("'" + word.replace("'", "'\\''") + "'" for word in command)
    subprocess.run(
        ["hyperfine", "--style", "none", "--shell", "none", "--warmup", "1", "--runs", str(HYPERFINE_RUNS), "--export-json", "twice.json",
         "--command-name", "one", line, "--command-name", "other", line], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    one, other = json.loads((folder / "twice.json").read_text())["results"]
    slow, fast = max(one, other, key=lambda r: r["mean"]), min(one, other, key=lambda r: r["mean"])
    ratio = slow["mean"] / fast["mean"]
    error = ratio * math.hypot(slow["stddev"] / slow["mean"], fast["stddev"] / fast["mean"])
    p = two_sided_p(*welch_t(one["times"], other["times"]))
    return {"name": name, "ratio": ratio, "error": error, "p": p}


def run_hyperfine(folder):
    if not shutil.which("hyperfine"):
        print("\nhyperfine is not here")
        return
    commands = [(name, command) for name, options, command in programs() if "--client" not in options]
    rows = [compare_twice(folder, *each) for _ in range(REPETITIONS) for each in commands]
    (folder / "hyperfine.json").write_text(json.dumps(rows, indent=1) + "\n")
    print(f"\nhyperfine, the same command twice, {HYPERFINE_RUNS} runs each, {len(rows)} times:")
    print(f"  one is called faster in                {len(rows)}")
    print(f"  by more than its own ±                 {sum(row['ratio'] - 1 > row['error'] for row in rows)}")
    print(f"  by more than 1 %                       {sum(row['ratio'] > 1.01 for row in rows)}")
    print(f"  p < 5 % in Welch's test                {sum(row['p'] < 0.05 for row in rows)}")
    print(f"  the largest difference                 {100 * (max(row['ratio'] for row in rows) - 1):.1f} %")


def main(program, name, platform="local"):
    folder = pathlib.Path(name)
    folder.mkdir(parents=True, exist_ok=True)
    write_inputs(folder)
    measure(pathlib.Path(program).resolve(), folder, platform)
    run_hyperfine(folder)


main(*sys.argv[1:])
