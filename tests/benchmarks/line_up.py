"""The same tasks in different tools. Runs in a kernel, as a learner's do."""

import multiprocessing
from collections import namedtuple
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import Pool
from threading import Event
from time import perf_counter

import joblib
import mpire

from benchmarks.tools import TIME_LIMIT
from benchmarks.work import Ups, compute_share, note_up, number_and_call
from helpers.clusters import connect
from helpers.panels import Panel
from helpers.runs import run

Ran = namedtuple("Ran", "results ups done")
Ran.__doc__ = """The same tasks, done once in one of the tools.

results  what they returned, in any order; None if the tool shows them, and gives them to nobody
ups      when each worker was up; or when the first task was sent, to workers that had been up before
done     when all results were a list and, if it is used once only, the pool had ended
"""


def plain_processes(worker, items, workers):
    """Deal the tasks out to processes like cards. Each sends its results through a pipe."""
    ups, started = Ups(workers), []
    for first in range(workers):
        receiver, sender = multiprocessing.Pipe(duplex=False)
        shared = worker, items[first::workers], sender, ups.shared
        process = multiprocessing.Process(target=compute_share, args=shared)
        process.start()
        sender.close()
        started.append((process, receiver))
    results = [started[number % workers][1].recv() for number in range(len(items))]
    for process, _ in started:
        process.join()
    return Ran(results, ups.moments, perf_counter())


def pool_map(worker, items, workers):
    ups = Ups(workers)
    with Pool(workers, note_up, ups.shared) as pool:
        results = pool.map(worker, items, chunksize=1)
    return Ran(results, ups.moments, perf_counter())


def pool_imap_unordered(worker, items, workers):
    ups = Ups(workers)
    with Pool(workers, note_up, ups.shared) as pool:
        results = list(pool.imap_unordered(worker, items))
    return Ran(results, ups.moments, perf_counter())


def imap_unordered_in_order(worker, items, workers):
    """Do the same, and put the results into the order of the tasks."""
    ups = Ups(workers)
    with Pool(workers, note_up, ups.shared) as pool:
        found = dict(pool.imap_unordered(partial(number_and_call, worker), enumerate(items)))
        results = [found[index] for index in range(len(items))]
    return Ran(results, ups.moments, perf_counter())


def executor_map(worker, items, workers):
    ups = Ups(workers)
    with ProcessPoolExecutor(workers, initializer=note_up, initargs=ups.shared) as executor:
        results = list(executor.map(worker, items))
    return Ran(results, ups.moments, perf_counter())


def joblib_parallel(worker, items, workers):
    """Use the processes that joblib has kept since the first round. Afterwards, they take no core."""
    began = perf_counter()
    call = joblib.delayed(worker)
    results = joblib.Parallel(n_jobs=workers, batch_size=1)(call(item) for item in items)
    return Ran(results, [began], perf_counter())


def mpire_with_insights(worker, items, workers):
    ups = Ups(workers)
    method = multiprocessing.get_start_method()
    with mpire.WorkerPool(workers, enable_insights=True, start_method=method) as pool:
        results = list(pool.imap_unordered(worker, items, chunk_size=1, worker_init=partial(note_up, *ups.shared)))
    return Ran(results, ups.moments, perf_counter())


def dask(worker, items, workers):
    """Use a cluster that is up before, and that ends afterwards: its processes would take a little of the cores."""
    with connect(workers) as client:
        client.wait_for_workers(workers)
        began = perf_counter()
        results = client.gather(client.map(worker, items, pure=False))
        return Ran(results, [began], perf_counter())


def recorded(worker, items, workers):
    made = run(worker, items, "pool", workers)
    return Ran(made.results, [life.ready for life in made.lives if life.ready], perf_counter())


class Live:
    """A panel whose run is watched: the kernel draws it as it happens, and the benchmark reads the pictures.

    Its results are there when the last one has arrived. What the panel shows afterwards does not count.
    """

    def __init__(self):
        self._panels, self._ended = {}, Event()

    def __call__(self, worker, items, workers):
        panel = self._panels.get(worker) or self._new_panel(worker, items, workers)
        self._ended.clear()
        panel.run()
        if not self._ended.wait(TIME_LIMIT):
            raise TimeoutError(f"The panel's run has not ended after {TIME_LIMIT} s: {panel.status}")
        made = panel.history.entries[-1].run
        return Ran(None, [life.ready for life in made.lives if life.ready], made.ended)

    def _new_panel(self, worker, items, workers):
        """Return a panel for these tasks. At first, it runs them one after the other, too."""
        self._panels = {worker: Panel(worker=worker, items=items, workers=workers, most_workers=workers)}
        self._panels[worker].observe(lambda change: "Done" in change.new and self._ended.set(), "status")
        return self._panels[worker]


def insist_on_results(label, ran, expected):
    """Raise a RuntimeError if a tool's results are not those that are expected, in any order."""
    if ran.results is not None and sorted(ran.results) != sorted(expected):
        raise RuntimeError(f"{label} has lost results.")


RECORDED, LIVE, BARE = "the course's run, recorded", "the course's panel, live", "Pool.map"
UNORDERED = "Pool.imap_unordered"
OURS = [RECORDED, LIVE]

LINE_UP = {
    UNORDERED: pool_imap_unordered,
    RECORDED: recorded,
    LIVE: Live(),
    BARE: pool_map,
    "plain processes": plain_processes,
    "ProcessPoolExecutor.map": executor_map,
    "joblib.Parallel": joblib_parallel,
    "mpire.WorkerPool.imap_unordered with insights": mpire_with_insights,
    "Dask's Client.map": dask,
}
