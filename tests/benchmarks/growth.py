"""How seconds and memory grow with the number of tasks and of workers."""

import re
import resource
from collections import defaultdict
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import psutil

from benchmarks.drawing import made_up_log
from benchmarks.pictures import lines
from benchmarks.telling import tell, told_by_new_python
from benchmarks.tools import Figure, Findings, in_turn
from benchmarks.tracing import ECHO, POOL_SCRIPT
from benchmarks.work import echo
from helpers.panels.scene import scene
from helpers.running.comparison import Comparison
from helpers.runs import logged_run, run
from helpers.scripts.story import story_of
from helpers.scripts.tracing import traced_run
from helpers.scripts.xray import picture_of as xray_of
from helpers.simulate import Costs, simulate
from helpers.timelines import finished

TASKS, WORKERS = [100, 1_000, 10_000, 100_000, 1_000_000], [1, 8, 64]
FEW_WORKERS, FEW_TASKS = 2, 10_000  # while the other one grows
ROUNDS = 3
ONCE = 1_000_000  # tasks: with so many, one round is enough, and takes minutes
TIME_LIMIT = 600  # seconds
SETTLED = 10_000  # tasks: with fewer, what is done once takes longer than they do
STEEPEST = 1.1  # exponent: 1 is as steep as the number itself, 2 is its square
LARGEST = 1.0  # MB of a picture
LITTLE = 0.1  # MB: less than that of memory is too little to tell
COSTS = Costs(setup=1e-3, launch=1e-3, boot=5e-3, parent_chunk=2e-5, worker_chunk=2e-5)


# Each returns a call to measure. If it makes a picture, the call returns how many bytes that has.


def recording(tasks, workers):
    return lambda: run(echo, range(tasks), "pool", workers) and None


def live_picture(tasks, workers):
    log = made_up_log(tasks, workers)

    def call():
        drawn = scene(log, 2.0)
        return len(drawn["bars"]) + len(drawn["home"])

    return call


def drawing(tasks, workers):
    made = logged_run(made_up_log(tasks, workers), [None] * tasks, "Pool")

    def call():
        picture = finished(Comparison(made, made))
        return len(picture.svg()) + len(picture.png())

    return call


def tracing(tasks, workers):
    text = POOL_SCRIPT.format(function=ECHO, workers=workers, call=f"echo, range({tasks}), 1")

    def call():
        with TemporaryDirectory() as folder:
            script = Path(folder, "script.py")
            script.write_text(text)
            trace = traced_run(script, TIME_LIMIT)
        if trace.exit_code:
            raise RuntimeError(f"The traced script ended with exit code {trace.exit_code}.")
        picture = xray_of(trace, story_of(trace, TIME_LIMIT))
        return len(picture.svg()) + len(picture.png())

    return call


def simulating(tasks, workers):
    made = logged_run(made_up_log(tasks, 1), [None] * tasks, "serial")
    return lambda: simulate(made, COSTS, workers) and None


SUBJECTS = {
    "recording a run": recording,
    "a live picture": live_picture,
    "drawing a run": drawing,
    "an X-ray": tracing,
    "simulating a run": simulating,
}


def growth():
    """growth: what 100 to 1,000,000 tasks and 1 to 64 workers cost in seconds and memory

    Each figure is measured in a new Python, after a warm-up with 100 tasks: a million tasks once, fewer three times.
    Recording runs tasks that return their argument, in a Pool. An X-ray traces a script that does so, reads what it
    noted, and draws it. Memory is the most that this Python needed in addition. Its workers are left out, and less than
    0.1 MB counts as 0.1 MB. The exponents are those of a log-log fit, for the tasks from 10,000 on, since with fewer of
    them it matters more what is done once. An exponent of 1 means: ten times as many tasks, ten times as long.

    An exponent must be at most 1.1, and a picture at most 1 MB.
    """
    found = defaultdict(list)
    for round in range(ROUNDS):
        for what, tasks, workers in in_turn([point for point in points() if not round or point[1] < ONCE], round):
            told = told_by_new_python(measure_once, what, tasks, workers, time_limit=TIME_LIMIT)
            found[what, tasks, workers] += told
    return Findings(figures_of(found), picture_of(found))


def points():
    """Return what is measured: (subject, tasks, workers)."""
    sizes = [(tasks, FEW_WORKERS) for tasks in TASKS] + [(FEW_TASKS, workers) for workers in WORKERS]
    return [(what, *size) for what in SUBJECTS for size in sizes]


def measure_once(what, tasks, workers):
    """In a new Python: do one thing once, and tell the seconds and the MB that it took, and the MB of its picture."""
    SUBJECTS[what](100, FEW_WORKERS)()  # warm-up
    call = SUBJECTS[what](tasks, workers)
    before, began = psutil.Process().memory_info().rss, perf_counter()
    size = call()
    seconds = perf_counter() - began
    tell((seconds, max(LITTLE, (peak_memory() - before) / 1e6), size and size / 1e6))


def peak_memory():
    """Return the most memory, in bytes, that this process has had so far. Linux and macOS only."""
    status = Path("/proc/self/status")
    if status.exists():  # there, getrusage counts what the parent had when it started this process
        return 1024 * int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


SECONDS, MEMORY, PICTURE = range(3)  # of what is told


def series(found, what, place, over):
    """Return the figures of one subject: tasks or workers → a number for each round."""
    if over == "tasks":
        return {tasks: [told[place] for told in found[what, tasks, FEW_WORKERS]] for tasks in TASKS}
    return {workers: [told[place] for told in found[what, FEW_TASKS, workers]] for workers in WORKERS}


def exponent(points):
    """Return the slope of a line through the medians, both axes being logarithmic."""
    sizes, middle = [*points], [max(median(values), 1e-9) for values in points.values()]
    return float(np.polyfit(np.log(sizes), np.log(middle), 1)[0])


def exponents(found):
    """Return a `Figure` for each exponent."""
    figures = []
    for what in SUBJECTS:
        for place, unit, over in [
            (SECONDS, "seconds", "tasks"),
            (MEMORY, "memory", "tasks"),
            (SECONDS, "seconds", "workers"),
        ]:
            measured = series(found, what, place, over)
            settled = {size: values for size, values in measured.items() if over == "workers" or size >= SETTLED}
            figures.append(Figure(f"{what}: exponent of {unit} over {over}", [exponent(settled)], "", 2, most=STEEPEST))
    return figures


def figures_of(found):
    """Return the `Figure`s for (subject, tasks, workers) → for each round, what `measure_once` told."""
    figures = exponents(found)
    for what, tasks, workers in points():
        seconds, memory, picture = zip(*found[what, tasks, workers])
        size = f"{what}, {tasks:,} tasks, {workers} workers"
        figures.append(Figure(size, seconds, " s", 3))
        figures.append(Figure(f"{size}: memory", memory, " MB", 1))
        if all(picture):
            figures.append(Figure(f"{size}: its picture", picture, " MB", 2, most=LARGEST))
    return figures


def picture_of(found):
    """Return a picture of the same."""
    grown = partial(series, found)
    return lines(
        {
            ("tasks", "seconds"): {what: grown(what, SECONDS, "tasks") for what in SUBJECTS},
            ("tasks", "MB"): {what: grown(what, MEMORY, "tasks") for what in SUBJECTS},
            ("workers", "seconds"): {what: grown(what, SECONDS, "workers") for what in SUBJECTS},
        }
    )
