"""How good advice is."""

from collections import defaultdict
from multiprocessing import Pool
from multiprocessing.pool import ThreadPool
from statistics import median
from time import perf_counter

import known_work as known

from benchmarks.tools import Figure, Findings
from helpers.advice.choosing import choose
from helpers.advice.looking import look_at
from helpers.pages import page_server
from helpers.words import counted
from helpers.workers import count_primes, fetch_page, hash_password

PAGES, ROUNDS = 48, 3
NEAR_BEST, OFF = 15, 20  # percent: the engine's seconds above the best one's, and the error of the speedup


def known_work(address):
    """Return work of a known nature: what it is → (function, items)."""
    return {
        "long tasks": (count_primes, [40_000] * 32),
        "tiny tasks": (known.double, range(20_000)),
        "short tasks": (count_primes, [1_500] * 2_000),
        "uneven tasks": (count_primes, range(2_000, 62_000, 2_000)),
        "one long task at the end": (count_primes, [10_000] * 100 + [150_000]),
        "two tasks": (count_primes, [250_000] * 2),
        "little to do in all": (count_primes, [1_000] * 10),
        "pages to fetch": (fetch_page, [f"{address}/{number}" for number in range(PAGES)]),
        "waits, then computes": (known.ask_and_compute, [20_000] * 60),
        "lets go of the GIL": (hash_password, [str(number) for number in range(60)]),
        "large items": (known.check_sum, [bytes(8 * known.MEGABYTE)] * 24),
        "large results": (known.make_picture, [16] * 40),
        "moves memory": (known.copy_memory, [32] * 24),
        "has threads of its own": (known.multiply, [400] * 60),
        "can't be pickled": (known.counter_of_primes(), [20_000] * 60),
    }


def advice():
    """how good advice is: the engine that it names beside the best one, and the speedup that it predicts

    The other engines are measured as the model would use them. What can't be done in processes isn't.
    """
    rows, above, errors = [], [], []
    with page_server(latency=0.1) as address:
        for what, (worker, items) in known_work(address).items():
            choice = choose(look_at(worker, items, what))
            seconds = seconds_of_engines(worker, list(items), [choice.loop, *choice.others])
            middle = {engine: median(values) for engine, values in seconds.items()}
            engine = choice.best.engine
            above.append(100 * (middle[engine] / min(middle.values()) - 1))
            errors.append(100 * abs(choice.speedup * middle[engine] / middle["loop"] - 1))
            speedups = [alone / divided for alone, divided in zip(seconds["loop"], seconds[engine])]
            said = f"{engine}, {counted(choice.best.workers, 'worker')}, speedup {choice.speedup:.2f}"
            rows.append(Figure(f"advice on {what}: {said}; measured", speedups, "", 2))
            rows.append(Figure(f"advice on {what}: {engine} above the best engine", above[-1:], " %", most=NEAR_BEST))
            rows.append(Figure(f"advice on {what}: the speedup is off", errors[-1:], " %", most=OFF))
    near, right = sum(over <= NEAR_BEST for over in above), sum(error <= OFF for error in errors)
    figures = [
        Figure(f"advice: of {len(above)} kinds of work, engine near the best", [near], least=len(above)),
        Figure(f"advice: of {len(errors)} kinds of work, speedup right", [right], least=len(errors) * 10 / 12),
        *rows,
    ]
    return Findings(figures)


def seconds_of_engines(worker, items, candidates):
    """Return for each engine the seconds that all items took, round by round, from before its workers started."""
    engines = {
        "loop": lambda workers, chunksize: [worker(item) for item in items],
        "threads": lambda workers, chunksize: map_in(ThreadPool, worker, items, workers, chunksize),
        "processes": lambda workers, chunksize: map_in(Pool, worker, items, workers, chunksize),
    }
    seconds = defaultdict(list)
    for _ in range(ROUNDS):
        for candidate in candidates:
            began = perf_counter()
            engines[candidate.engine](candidate.workers, candidate.chunksize)
            seconds[candidate.engine].append(perf_counter() - began)
    return seconds


def map_in(kind, worker, items, workers, chunksize):
    with kind(workers) as pool:
        return pool.map(worker, items, chunksize)
