"""The account of a run's time, and how full the bars of its tasks are."""

import subprocess
import sys
from threading import Event

from benchmarks.kernels import told_by
from benchmarks.telling import tell
from benchmarks.tools import TIME_LIMIT, Figure, Findings
from helpers.machine import usable_cores
from helpers.pages import page_server
from helpers.panels import Panel, workloads
from helpers.running.breakdown import time_spent
from helpers.runs import run
from helpers.workers import count_primes, fetch_page

PANELS, PROGRAMS = 100, 3


def account():
    """the account of time: default panels run one after another, then while other programs compute"""
    least, farthest, told, busy = zip(*told_by(default_panels, PANELS))
    figures = [
        Figure(f"{PANELS} default panels: the least part of a run", [min(least)], " s", 4, least=0),
        Figure("the farthest that the parts of a run are from workers × makespan", [max(farthest)], " %", 2, most=1),
        Figure("the highest efficiency that was told", [max(filter(None, told))], " %", most=103),
        Figure("runs that said the machine was busy", [sum(busy)]),
    ]
    for when, only_first in {"during the first serial run": True, "throughout": False}.items():
        _, _, told, busy = zip(*told_by(busy_panels, only_first))
        others = f"{PROGRAMS} other programs {when}"
        figures.append(Figure(f"{others}: the highest efficiency told", [max(map(float, told))], " %", most=105))
        figures.append(Figure(f"{others}: runs that say so", [100 * sum(busy) / len(busy)], " %", least=100))
    return Findings(figures)


def default_panels(panels):
    """In the kernel: run new panels, and tell the `facts` of each run."""
    for _ in range(panels):
        tell(facts(run_of_new_panel()))


def busy_panels(only_first, rounds=5):
    """In the kernel: run new panels while other programs compute, during the first serial run only or all the time."""
    for workers in [1, 2] * rounds:
        others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(PROGRAMS)]

        def end(others=others):
            for other in others:
                other.kill()
                other.wait()

        try:
            tell(facts(run_of_new_panel(end if only_first else None, workers=workers)))
        finally:
            end()


def facts(compared):
    """Return of a `Comparison`: its least part, how far its parts are from the whole (%), efficiency (%), if busy."""
    spent = time_spent(compared.run)
    whole = compared.run.size * compared.run.makespan
    said = " ".join([*compared.remarks(), compared.figures()])
    efficiency = 100 * compared.efficiency if compared.efficiency is not None else 0
    return min(spent.values()), 100 * abs(sum(spent.values()) / whole - 1), efficiency, "machine was busy" in said


def run_of_new_panel(after_serial=None, **settings):
    """Return the `Comparison` of the first run of a new panel.

    after_serial  a function to call once the first serial run has ended
    """
    # A default panel takes seconds, so that a learner sees it run: a hundred of them would take ten minutes
    workloads.SHARE = 0.1
    panel = Panel(**settings)
    ended = Event()
    panel.observe(lambda change: change.new.startswith("Done") and ended.set(), "status")
    if after_serial:
        panel.observe(lambda change: change.new.startswith("Running") and after_serial(), "status")
    panel.run()
    assert ended.wait(TIME_LIMIT), panel.status
    return panel.history.entries[-1].comparison


def fullness():
    """how full the bars of different kinds of work are"""
    figures = []
    with page_server(latency=0.1) as address:
        pages = [f"{address}/{number}" for number in range(24)]
        for what, worker, items, how, workers, least, most in [
            ("two threads count primes", count_primes, [40_000] * 24, "threads", 2, 45, 55),
            ("twice as many processes as cores", count_primes, [40_000] * 48, "pool", 2 * usable_cores(), 45, 55),
            ("four threads fetch pages", fetch_page, pages, "threads", 4, None, 15),
            ("as many processes as cores", count_primes, [40_000] * 48, "pool", usable_cores(), 90, None),
        ]:
            runs = [run(worker, items, how, workers) for _ in range(5)]
            full = [100 * made.computing / made.time_in_tasks for made in runs]
            figures.append(Figure(f"computing, of the area of the bars: {what}", full, " %", most=most, least=least))
    return Findings(figures)
