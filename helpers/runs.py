"""Run a worker over items in different ways and keep what happened."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Timer
from time import perf_counter

from helpers.contexts import WatchedContext
from helpers.machine import usable_cores
from helpers.workers import Span, timed, work_through


@dataclass
class Run:
    """What happened in one run of a worker over items; all times in seconds.

    title    what the run is called in pictures
    spans    one `Span` a task, in the order of the items
    began    when the run began, before any worker was started
    ended    when the last result had arrived
    """

    title: str
    spans: list[Span]
    began: float
    ended: float

    @property
    def results(self):
        """What the worker returned, one a task, in the order of the items."""
        return [span.result for span in self.spans]

    @property
    def makespan(self):
        """Seconds from the beginning of the run until the last result had arrived."""
        return self.ended - self.began

    @property
    def workers(self):
        """The spans of each worker, the worker that started first in front."""
        workers = {}
        for span in sorted(self.spans, key=lambda span: span.start):
            workers.setdefault((span.process, span.thread), []).append(span)
        return list(workers.values())

    @property
    def worker_of_task(self):
        """For each task the number of the worker that ran it, counted from 1."""
        numbers = {}
        for number, spans in enumerate(self.workers, start=1):
            numbers[spans[0].process, spans[0].thread] = number
        return [numbers[span.process, span.thread] for span in self.spans]


@contextmanager
def recording(title):
    """Record what the block does as a `Run`, while the block makes the real multiprocessing call.

    with recording("Pool(4)") as run:
        with Pool(4) as pool:
            run.spans = pool.map(timed(worker), items)
    """
    run = Run(title, [], perf_counter(), 0.0)
    try:
        yield run
    finally:
        run.ended = perf_counter()


def run(worker, items, how="pool", workers=None, chunksize=1, start_method=None, time_limit=60.0):
    """Run `worker` over `items` and return a `Run`.

    worker        a function of one item that a worker process can import
    items         what the worker is called with, one a task
    how           "serial", "threads", "processes", "pool" or "executor"
    workers       how many threads or processes (default: the usable cores); serial has one
    chunksize     tasks handed over at a time, by "pool" and "executor"
    start_method  "fork", "spawn" or "forkserver" (default: Python's own default)
    time_limit    seconds after which the run is given up

    Raises ValueError or TypeError for arguments that can't work, TimeoutError after
    `time_limit`, RuntimeError if a worker process dies, and whatever `worker` raises.
    In each case all its worker processes have ended.
    """
    if how not in WAYS:
        raise ValueError(f"how={how!r} is not known. Use one of {', '.join(map(repr, WAYS))}.")
    workers = usable_cores() if workers is None else whole_number("workers", workers)
    chunksize = whole_number("chunksize", chunksize)
    require_importable(worker)
    items = list(items)
    began = perf_counter()
    context = WatchedContext(start_method, time_limit)
    with context.no_process_left():
        spans = WAYS[how](worker, items, workers, chunksize, context)
        ended = perf_counter()
    title = how if how == "serial" else f"{how}, {counted(workers, 'worker')}"
    return Run(title, spans, began, ended)


def counted(number, thing):
    """Return "1 worker", "2 workers" …"""
    return f"{number} {thing}" + "s" * (number != 1)


def whole_number(name, value):
    """Return `value` if it is an int of at least 1; else raise a TypeError or ValueError."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number such as 4, not {value!r}.")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, not {value}.")
    return value


def require_importable(worker):
    """Raise a TypeError if a worker process could not import `worker` by its name."""
    while isinstance(worker, partial):
        worker = worker.func
    if not callable(worker):
        raise TypeError(f"The worker must be a function such as count_primes, not {worker!r}.")
    name = getattr(worker, "__qualname__", type(worker).__qualname__)
    advice = "Write it with def into a .py file (%%writefile my_workers.py) and import it from there."
    if "<" in name:
        raise TypeError(f"{name} has no name that a worker process could import. {advice}")
    if getattr(worker, "__module__", None) == "__main__":
        raise TypeError(f"{name} lives in this notebook, where a worker process can't import it. {advice}")


def run_serial(worker, items, workers, chunksize, context):
    return [timed(worker)(item) for item in items]


def run_threads(worker, items, workers, chunksize, context):
    executor = ThreadPoolExecutor(workers)
    try:
        return list(executor.map(timed(worker), items, timeout=context.time_left))
    finally:
        executor.shutdown(wait=False, cancel_futures=True)  # a thread that hangs can't be ended


def run_processes(worker, items, workers, chunksize, context):
    """Deal the items out to `workers` processes like cards; each sends its spans through a pipe."""
    numbered = list(enumerate(items))
    pipes = []
    for number in range(workers):
        receiver, sender = context.Pipe(duplex=False)
        context.Process(target=work_through, args=(worker, numbered[number::workers], sender)).start()
        sender.close()  # so that the pipe ends when the process does
        pipes.append(receiver)
    spans = dict(context.receive_all(pipes))
    return [spans[index] for index in range(len(items))]


def run_pool(worker, items, workers, chunksize, context):
    with context.pool(workers) as pool:
        return context.wait_for(pool.map_async(timed(worker), items, chunksize)).get()


def run_executor(worker, items, workers, chunksize, context):
    with ProcessPoolExecutor(workers, mp_context=context) as executor:
        # the executor notices that its workers are gone; a time-out of its own would leave them running
        time_out = Timer(context.time_left, context.kill)
        time_out.start()
        try:
            return list(executor.map(timed(worker), items, chunksize=chunksize))
        except BrokenProcessPool:
            context.check()
            raise
        except KeyboardInterrupt:
            context.kill()  # leaving the block would wait for the running tasks
            raise
        finally:
            time_out.cancel()


WAYS = {
    "serial": run_serial,
    "threads": run_threads,
    "processes": run_processes,
    "pool": run_pool,
    "executor": run_executor,
}
