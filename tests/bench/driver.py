"""What the driver itself takes between two workers, in a run of 100,000 processes of which it makes those of half a
minute: see tests/bench/run. The processor time is the driver's alone, as Linux tells it."""

import os
import re
import signal
import subprocess
import sys
import tempfile

PROCESSES = 264 # of each of the 380 cells
SECONDS = 30
AIM_MICROSECONDS = 100


def driver_seconds(pid):
    """User and system time of the process, without its children's."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return [int(ticks) / os.sysconf("SC_CLK_TCK") for ticks in fields[11:13]]


def main(program, *options):
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "run", "bench", "--output-dir", folder, "--processes", str(PROCESSES), "--iterations", str(PROCESSES)]
        run = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        seen = [] # processes that ran, user and system seconds
        for text in run.stderr:
            shown = re.search(r"(\d+) of (\d+) processes, ", text)
            if not shown:
                continue
            seen.append((int(shown[1]), *driver_seconds(run.pid)))
            if len(seen) * 5 > SECONDS:
                break
        run.send_signal(signal.SIGINT)
        run.stderr.read()
        run.wait()
    if len(seen) < 2:
        sys.exit("the run ended before anything could be seen of it")
    count = seen[-1][0] - seen[0][0]
    user, system = (1e6 * (seen[-1][i] - seen[0][i]) / count for i in (1, 2))
    print(f"{count} of {shown[2]} processes")
    verdict = "met" if user <= AIM_MICROSECONDS else "MISSED"
    print(f"driver, user time per process      {user:8.1f} µs   aim ≤ {AIM_MICROSECONDS} µs: {verdict}")
    print(f"driver, system time per process    {system:8.1f} µs   (starting the worker, reading from it, the journal)")


main(*sys.argv[1:])
