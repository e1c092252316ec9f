"""What tracing a script costs."""

import os
import resource
import subprocess
import sys
import sysconfig
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from benchmarks.tools import TIME_LIMIT, Figure, Findings, ratio, timed
from helpers.scripts.capture import environment

ROUNDS, RIVAL_ROUNDS = 21, 3  # VizTracer takes up to twenty times as long as the script
COMPUTING = 0.002  # seconds of each task that takes "a millisecond or more"

POOL_SCRIPT = """from multiprocessing import Pool

{function}

if __name__ == "__main__":
    with Pool({workers}) as pool:
        pool.map({call})
        pool.close()
        pool.join()
"""

ECHO = """def echo(item):
    return item"""

COUNT = """def count(number):
    for _ in range(number):
        pass"""

MESSAGES = """from multiprocessing import Process, SimpleQueue

MESSAGES = 10_000

def send(queue):
    for number in range(MESSAGES):
        queue.put(number)

if __name__ == "__main__":
    queue = SimpleQueue()
    sender = Process(target=send, args=(queue,))
    sender.start()
    for _ in range(MESSAGES):
        queue.get()
    sender.join()
"""


def tracing():
    """what tracing a script costs, compared with the script alone and with VizTracer

    A script is timed from its launch until it has ended, so it includes the start of Python and of the witness. The
    bar for tasks of 2 ms is on the processor time of all processes, since 3% of the seconds would be lost in the noise.
    """
    counts = 1_000_000
    number = round(counts * COMPUTING / min(timed(lambda: count_to(counts), rounds=5, clock=process_time)))
    scripts = {  # what → the script and the most that traced ÷ bare may be, of its time and of its processor time
        "no tasks": (POOL_SCRIPT.format(function=ECHO, workers=2, call="echo, []"), None, None),
        "20,000 tiny tasks": (POOL_SCRIPT.format(function=ECHO, workers=2, call="echo, range(20_000)"), 1.5, None),
        "20,000 tiny tasks, chunksize 1": (
            POOL_SCRIPT.format(function=ECHO, workers=2, call="echo, range(20_000), 1"),
            1.5,
            None,
        ),
        "10,000 messages": (MESSAGES, None, None),
        "2,000 tasks of 2 ms": (
            POOL_SCRIPT.format(function=COUNT, workers=2, call=f"count, [{number}] * 2000, 1"),
            None,
            1.03,
        ),
    }
    figures = []
    with TemporaryDirectory() as folder:
        rival = viztracer(Path(folder, "environment"))
        for what, (text, *most) in scripts.items():
            script = Path(folder, "script.py")
            script.write_text(text)
            figures += cost_of_tracing(f"a script, {what}", script, rival, *most)
    return Findings(figures)


def count_to(number):
    for _ in range(number):
        pass


def cost_of_tracing(what, script, rival, most_seconds, most_processor_time):
    """Return the figures of a script: bare, traced and, unless `rival` is None, under VizTracer."""
    ways = {"bare": [script], "traced": [script]}
    seconds, computed, stored = repeat_ways(ways, ROUNDS)
    if rival:
        ways = {"bare": [script], "VizTracer": ["-m", "viztracer", "--quiet", "-o", "trace.json", script]}
        theirs = repeat_ways(ways, RIVAL_ROUNDS, PYTHONPATH=rival)
    figures = [Figure(f"{what}: {way}", values, " s", 2) for way, values in seconds.items()]
    figures.append(ratio(f"{what}: traced ÷ bare", seconds["traced"], seconds["bare"], most_seconds))
    of_processors = f"{what}: traced ÷ bare, processor time"
    figures.append(ratio(of_processors, computed["traced"], computed["bare"], most_processor_time))
    figures.append(Figure(f"{what}: stored", stored["traced"], " MB", 2))
    if rival:
        seconds, _, stored = theirs
        figures.append(ratio(f"{what}: VizTracer ÷ bare", seconds["VizTracer"], seconds["bare"]))
        figures.append(Figure(f"{what}: stored by VizTracer", stored["VizTracer"], " MB", 2))
    return figures


def repeat_ways(ways, rounds, **settings):
    """Run commands in turn, round by round. Return their seconds, processor times and stored MB, each by way."""
    seconds, computed, stored = defaultdict(list), defaultdict(list), defaultdict(list)
    for round in range(1 + rounds):
        for way, command in ways.items():
            with TemporaryDirectory() as notes:
                own = {"COURSE_WITNESS": notes} if way == "traced" else settings
                taken, processor_time = seconds_of(command, notes, **own)
                if round:  # the first one warms up
                    seconds[way].append(taken)
                    computed[way].append(processor_time)
                    stored[way].append(on_disk(notes) / 1e6)
    return seconds, computed, stored


def seconds_of(command, folder, PYTHONPATH="", **settings):
    """Return how long Python takes to run a script in a folder, and the processor time of all the script's processes.

    It runs in the environment that the course gives to scripts.
    """
    own = environment()
    own.pop("PYTHONDONTWRITEBYTECODE", None)  # see `ordinary`
    own["PYTHONPATH"] = os.pathsep.join(filter(None, [own["PYTHONPATH"], PYTHONPATH]))
    began, computed = perf_counter(), children_computed()
    subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**own, **settings},
        check=True,
        timeout=TIME_LIMIT,
        capture_output=True,
    )
    return perf_counter() - began, children_computed() - computed


def children_computed():
    """Return the processor time, in seconds, of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def on_disk(folder):
    """Return how many bytes of disk space the files in a folder take. The witness's files are sparse."""
    files = [path.stat() for path in Path(folder).rglob("*") if path.is_file()]
    return sum(512 * getattr(file, "st_blocks", -(-file.st_size // 512)) for file in files)  # Windows knows no blocks


def viztracer(folder):
    """Install VizTracer into a new virtual environment in that folder. Return the folder to import it from, or None.

    The course's own Python imports it, so that the only difference is which tool traces.
    """
    paths = sysconfig.get_paths("venv", vars={"base": str(folder), "platbase": str(folder)})
    python = str(Path(paths["scripts"], "python"))
    try:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True, capture_output=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "viztracer"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"VizTracer can't be installed, so it is left out: {error}", file=sys.stderr, flush=True)
        return None
    return paths["platlib"]
