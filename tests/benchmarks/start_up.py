"""What a worker process needs before its first result."""

import subprocess
import sys
from collections import defaultdict

from benchmarks.first_results import settings, start_rounds
from benchmarks.pictures import dots
from benchmarks.telling import ordinary, told_by_new_python
from benchmarks.tools import Figure, Findings, ratio

ROUNDS = 25
MOST = 1.1  # of a bare worker's time


def imports():
    """what a worker process imports beyond multiprocessing.pool"""
    code = (
        "import multiprocessing.pool, pickle, sys, time; began = time.perf_counter(); "
        "import helpers.running.inside, helpers.running.log; print(1000 * (time.perf_counter() - began))"
    )

    def millis():
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=ordinary())
        return float(ran.stdout)

    millis()  # warm-up
    what = "a worker's import of what surrounds its function"
    return Findings([Figure(what, [millis() for _ in range(15)], " ms", 1, most=5)])


def start_up():
    """start-up: from the call until the first result of one worker is there, by start method

    Each way to start a worker is compared with itself: bare, and as a recorded run of the course. Both are called in a
    new Python that has imported what the course needs for a run, but no pictures. A fork server is up before.

    The course's own must take at most 1.1 times as long.
    """
    millis = defaultdict(list)
    for *what, figure in told_by_new_python(start_rounds, ROUNDS):
        millis[tuple(what)].append(figure)
    return Findings(figures_of(millis), picture_of(millis))


def figures_of(millis):
    """Return the `Figure`s for the milliseconds to the first result: (start method, how, if bare) → round by round."""
    figures = [Figure(said(*what), millis[what], " ms", 1) for what in settings()]
    for method, how in dict.fromkeys((method, how) for method, how, _ in settings()):
        what = f"{method}, {how}: the course's ÷ bare"
        figures.append(ratio(what, millis[method, how, False], millis[method, how, True], MOST))
    return figures


def said(method, how, bare):
    return f"{method}, {how}: {'bare' if bare else 'as a run of the course'}"


def picture_of(millis):
    """Return a picture of the same: a chart for each start method."""
    groups = defaultdict(dict)
    for method, how, bare in settings():
        groups[method][f"{how}, {'bare' if bare else 'the course'}"] = millis[method, how, bare]
    return dots(groups, "milliseconds to the first result")
