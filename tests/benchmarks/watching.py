"""What watching a run costs."""

from threading import Event
from time import perf_counter, process_time

from benchmarks.kernels import told_by
from benchmarks.telling import tell
from benchmarks.tools import TIME_LIMIT, Figure, Findings, timed
from helpers.machine import usable_cores
from helpers.panels import Panel
from helpers.running.hosted import Hosted
from helpers.running.log import Log
from helpers.runs import run_logged
from helpers.workers import count_primes

ROUNDS, RUN_SECONDS = 11, 2.0


def watching():
    """what watching costs: a run of about two seconds in a panel of a real kernel, whose messages are read"""
    pictures = []

    def note(message):
        if message["msg_type"] == "comm_msg" and "picture" in message["content"]["data"].get("state", {}):
            pictures.append(perf_counter())

    rounds = told_by(watch_rounds, ROUNDS, note=note)
    seen = [sum(began <= at <= ended for at in pictures) / (ended - began) for _, (began, ended, _) in rounds]
    alone = [makespan for makespan, _ in rounds]
    watched = [ended - began for _, (began, ended, _) in rounds]
    busy = [100 * share for _, (_, _, share) in rounds]
    more = [100 * (with_eyes / without - 1) for with_eyes, without in zip(watched, alone)]
    figures = [
        Figure("a run that nobody watches", alone, " s", 2),
        Figure("the same run in a panel", watched, " s", 2),
        Figure("watching adds, round by round", more, " %", 1, most=3),
        Figure("processor time that the kernel takes meanwhile, of all cores'", busy, " %", 1),
        Figure("pictures that arrive in a second of the run", seen, "", 1, least=4),
    ]
    return Findings(figures)


def watch_rounds(rounds):
    """In the kernel: run the same tasks unwatched and in a panel. Tell how long they took, and from when to when."""
    task = min(timed(lambda: count_primes(20_000), rounds=10))
    tasks = round(RUN_SECONDS * usable_cores() / task)
    panel = Panel(tasks=tasks, size=20_000)
    settings = panel.controls.settings
    ended, busy = Event(), []
    panel.observe(lambda change: "Done" in change.new and ended.set(), "status")
    panel.observe(
        lambda change: change.new["state"] == "live" and busy.append((perf_counter(), process_time())), "picture"
    )

    def alone():
        log = Log(settings.tasks, settings.workers)
        with settings.work() as (worker, items):
            Hosted(run_logged, worker, items, log, settings.how, settings.chunksize, settings.start_method).result()
        return log.ended - log.began

    def watched():
        ended.clear()
        busy.clear()
        panel.run()
        assert ended.wait(TIME_LIMIT), panel.status
        run = panel.history.entries[-1].run
        (start, used), *_, (end, used_then) = busy
        return run.began, run.ended, (used_then - used) / (end - start) / usable_cores()

    watched()  # warm-up: it also runs the tasks one after the other
    for number in range(rounds):
        if number % 2:
            with_eyes, without = watched(), alone()
        else:
            without, with_eyes = alone(), watched()
        tell((without, with_eyes))
