"""How much faster several workers are."""

from collections import defaultdict
from functools import partial
from time import process_time

from benchmarks.kernels import told_by
from benchmarks.line_up import BARE, LINE_UP, OURS, UNORDERED, insist_on_results
from benchmarks.pictures import dots
from benchmarks.telling import tell
from benchmarks.tools import Figure, Findings, in_turn, ratio, timed
from helpers.machine import usable_cores
from helpers.measure import time_independent
from helpers.workers import count_primes

ROUNDS, SECONDS, TASK = 11, 2.0, 0.01  # of a run, of a task
SIZE = 20_000  # of the primes that are counted to find out what 10 ms are
ALONE, LIMIT = "one process by itself", "the machine's own limit"
LEAST, MOST = 0.97, 1.01  # of the machine's limit; of a bare Pool's time
TOOLS = {label: tool for label, tool in LINE_UP.items() if label != UNORDERED}


def speedups():
    """speedup beside the machine's own limit: a worker for each core, with two seconds of tasks that take 10 ms

    The limit is what as many processes reach that compute their share of the tasks and have nothing to send to each
    other. Time counts from when the workers are up, on average, until the results are a list. So start-up is left out,
    and what the tasks cost counts. The panel draws its run meanwhile, in a kernel whose messages are read.

    The course's own must reach at least 0.97 of the limit, and take at most 1 % longer than a bare Pool.
    """
    seconds = defaultdict(list)
    for label, figure in told_by(speedup_rounds, ROUNDS, SECONDS):
        seconds[label].append(figure)
    return Findings(figures_of(seconds, usable_cores()), picture_of(seconds, usable_cores()))


def speedup_rounds(rounds, seconds):
    """In the kernel: run the tasks in each tool, and tell the seconds that it takes. See `speedups`."""
    workers = usable_cores()
    size = round(SIZE * TASK / min(timed(lambda: count_primes(SIZE), rounds=5, clock=process_time)))
    share = [size] * round(seconds / TASK)
    expected = [count_primes(size)] * len(share) * workers

    def timed_by(label):
        ran = TOOLS[label](count_primes, share * workers, workers)
        insist_on_results(label, ran, expected)
        return ran.done - sum(ran.ups) / len(ran.ups)

    measures = {
        ALONE: partial(time_independent, count_primes, share, 1, None),
        LIMIT: partial(time_independent, count_primes, share, workers, None),
        **{label: partial(timed_by, label) for label in TOOLS},
    }
    for number in range(1 + rounds):
        for label, measure in in_turn(measures.items(), number):
            taken = measure()
            if number:  # the first one warms up
                tell((label, taken))


def speedups_of(seconds, workers):
    """Return for the limit and for each tool its speedup, round by round: the serial time ÷ its own."""
    serial = [workers * alone for alone in seconds[ALONE]]
    return {label: [one / own for one, own in zip(serial, seconds[label])] for label in (LIMIT, *TOOLS)}


def figures_of(seconds, workers):
    """Return the `Figure`s for the seconds that each tool took, round by round."""
    figures = [Figure(f"speedup: {label}", found, "", 2) for label, found in speedups_of(seconds, workers).items()]
    for label in TOOLS:
        reached = [limit / own for limit, own in zip(seconds[LIMIT], seconds[label])]
        least = LEAST if label in OURS else None
        figures.append(Figure(f"of the limit, round by round: {label}", reached, "", 3, least=least))
    figures += [ratio(f"time: {ours} ÷ {BARE}", seconds[ours], seconds[BARE], MOST, 3) for ours in OURS]
    return figures


def picture_of(seconds, workers):
    """Return a picture of the speedups."""
    return dots({f"speedup with {workers} workers": speedups_of(seconds, workers)}, "times as fast as one", bound=LIMIT)
