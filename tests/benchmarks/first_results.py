"""How soon the first result of a worker is there. Imports no pictures: a worker that is forked has what is here."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from time import perf_counter

from benchmarks.telling import tell
from benchmarks.tools import in_turn
from benchmarks.work import echo
from helpers.machine import start_methods
from helpers.runs import run
from helpers.workers import send_results


def process(context):
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=send_results, args=(echo, [0], sender))
    process.start()
    sender.close()
    receiver.recv()
    arrived = perf_counter()
    process.join()
    return arrived


def pool(context):
    with context.Pool(1) as pool:
        pool.map(echo, [0])
        return perf_counter()


def executor(context):
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        list(executor.map(echo, [0]))
        return perf_counter()


BARE = {"processes": process, "pool": pool, "executor": executor}  # how `run` is told to do the same


def settings():
    """Return what is measured: (start method, how, whether it is bare)."""
    return [(method, how, bare) for method in start_methods() for how in BARE for bare in (True, False)]


def start_rounds(rounds):
    """In a new Python: start a worker in each way, and tell the milliseconds until its first result."""
    for round in range(1 + rounds):
        for method, how, bare in in_turn(settings(), round):
            began = perf_counter()
            if bare:
                arrived = BARE[how](multiprocessing.get_context(method))
            else:
                arrived = run(echo, [0], how, 1, start_method=method).ended
            if round:  # the first one warms up
                tell((method, how, bare, 1000 * (arrived - began)))
