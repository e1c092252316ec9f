"""What the benchmarks run inside a worker process. Only quick parts of the standard library: it counts as start-up."""

from multiprocessing import RawArray, Value
from time import perf_counter


def echo(item):
    return item


def number_and_call(worker, task):
    index, item = task
    return index, worker(item)


def note_up(moments, count):
    """Initialize a worker: note that it is up. See `Ups`."""
    with count.get_lock():
        place, count.value = count.value, count.value + 1
    if place < len(moments):
        moments[place] = perf_counter()


class Ups:
    """Memory in which workers note when they are up. Give them `note_up` to begin with, and its arguments, `shared`."""

    def __init__(self, workers):
        self.shared = RawArray("d", workers), Value("i", 0)

    @property
    def moments(self):
        """When each worker was up."""
        moments, count = self.shared
        return list(moments)[: count.value]


def compute_share(worker, items, sender, shared):
    """Call `worker` for each item in a process of its own, and send each result."""
    note_up(*shared)
    with sender:
        for item in items:
            sender.send(worker(item))
