"""How soon there is something to see, and how soon everything has ended."""

import multiprocessing
from collections import defaultdict
from time import perf_counter

import psutil

from benchmarks.kernels import kernel, outputs, told_by, wait_until
from benchmarks.telling import tell
from benchmarks.tools import Figure, Findings
from helpers.machine import usable_cores
from helpers.panels.panel import LOOK_EVERY
from helpers.running.families import lives
from helpers.running.hosted import Hosted
from helpers.running.log import Log
from helpers.running.ways import WAYS
from helpers.runs import run_logged
from helpers.workers import count_primes

FIRST_CELL = "from helpers.panels import Panel\nPanel()"


def first_panel():
    """how soon the first panel of a new kernel is shown"""

    def seconds():
        with kernel() as client:
            began = perf_counter()
            for message in outputs(client, FIRST_CELL):
                if "application/vnd.jupyter.widget-view+json" in message["content"].get("data", {}):
                    shown = perf_counter() - began
            return shown

    seconds()  # warm-up: reads all files, and compiles those that aren't yet
    what = "the first panel of a kernel, its imports counted"
    return Findings([Figure(what, [seconds() for _ in range(5)], " s", 2, most=1)])


def begin_and_cancel():
    """how soon a run has begun, and how soon all its processes have ended after a cancel

    A panel must cancel within half a second, which includes the time until it notices the request.
    """
    begun, canceled = [], defaultdict(list)
    for how, until_begun, until_ended in told_by(cancel_rounds, 5):
        begun.append(until_begun)
        canceled[how].append(until_ended)
    figures = [Figure("a run's own process has begun it", begun, " ms")]
    for how, millis in canceled.items():
        figures.append(Figure(f"canceled, all processes ended: {how}", millis, " ms", most=500 - 1000 * LOOK_EVERY))
    return Findings(figures)


def cancel_rounds(rounds):
    """In the kernel: begin and end runs in each way; tell the milliseconds of both."""
    for round in range(1 + rounds):
        for how in WAYS:
            log = Log(usable_cores(), usable_cores())
            asked = perf_counter()
            hosted = Hosted(run_logged, count_primes, [10**9] * usable_cores(), log, how)
            wait_until(lambda log=log, how=how: log.start[0] if how == "serial" else all(log.start))
            [host] = map(psutil.Process, (process.pid for process in multiprocessing.active_children()))
            family = [host, *host.children(recursive=True)]
            wish = perf_counter()
            hosted.end()
            wait_until(lambda family=family: not any(map(lives, family)))
            if round:  # the first one warms up
                tell((how, 1000 * (log.began - asked), 1000 * (perf_counter() - wish)))
