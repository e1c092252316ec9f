"""Run a worker over items in different ways and keep what happened."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count, islice
from time import perf_counter

from helpers.machine import usable_cores
from helpers.running.inside import Span, enrol, put_numbered, run_chunk, run_task, timed, work_through
from helpers.running.log import Log
from helpers.running.supervise import WatchedContext
from helpers.words import counted

__all__ = ["Run", "put_numbered", "recording", "run", "timed"]


@dataclass
class Run:
    """What happened in one run of a worker over items; all times in seconds.

    title    what the run is called in pictures
    spans    one `Span` a task, in the order of the items
    began    when the run began, before any worker was started
    ended    when the last result had arrived
    size     how many workers it was to have; 0 if that was not written down
    crew     (PID, thread) → when it was up, for each worker, where that was written down
    """

    title: str
    spans: list[Span]
    began: float
    ended: float
    size: int = 0
    crew: dict[tuple[int, int], float] = field(default_factory=dict)

    @property
    def results(self):
        """What the worker returned, one a task, in the order of the items."""
        return [span.result for span in self.spans]

    @property
    def makespan(self):
        """Seconds from the beginning of the run until the last result had arrived."""
        return self.ended - self.began

    @property
    def spans_of_worker(self):
        """(PID, thread) → the spans of that worker, in the order of `crew`; else who started first comes first."""
        found = {key: [] for key in self.crew}
        for span in sorted(self.spans, key=lambda span: span.start):
            found.setdefault((span.process, span.thread), []).append(span)
        return found

    @property
    def workers(self):
        """The spans of each worker."""
        return list(self.spans_of_worker.values())

    @property
    def worker_of_task(self):
        """For each task the number of the worker that ran it, counted from 1."""
        numbers = {key: number for number, key in enumerate(self.spans_of_worker, start=1)}
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
    items = list(items)
    workers = usable_cores() if workers is None else whole_number("workers", workers)
    log = Log(len(items), workers)
    results = run_logged(worker, items, log, how, chunksize, start_method, time_limit)
    return logged_run(log, results, title(how, workers))


def run_logged(worker, items, log, how, chunksize=1, start_method=None, time_limit=60.0):
    """Do what `run` does with as many workers as the `Log` has room for, and return the results."""
    if how not in WAYS:
        raise ValueError(f"how={how!r} is not known. Use one of {', '.join(map(repr, WAYS))}.")
    whole_number("chunksize", chunksize)
    require_importable(worker)
    context = WatchedContext(start_method, time_limit, worker, log)
    results = [None] * len(items)
    log.began.value = perf_counter()
    with context.no_process_left(), closing(WAYS[how](items, len(log.ready), chunksize, context)) as arriving:
        for index, result in islice(arriving, len(items)):
            results[index] = result
        log.ended.value = perf_counter()
        for _ in arriving:  # no more results come, but the workers' end
            pass
    return results


def logged_run(log, results, title):
    """Return what the `Log` says of a finished run, and its results, as a `Run`."""
    return Run(title, log.spans(results), log.began.value, log.ended.value, len(log.ready), log.crew())


def title(how, workers):
    """Return what a run is called in pictures, such as "pool, 2 workers"."""
    return how if how == "serial" else f"{how}, {counted(workers, 'worker')}"


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


# Each way is a generator of (index, result), as the results arrive.


def run_serial(items, workers, chunksize, context):
    enrol(1, context.worker, context.log)
    yield from map(run_task, enumerate(items))


def run_threads(items, workers, chunksize, context):
    numbers = count(1)
    executor = ThreadPoolExecutor(workers, initializer=lambda: enrol(next(numbers), context.worker, context.log))
    try:
        yield from executor.map(run_task, enumerate(items), timeout=context.time_left)
    except TimeoutError:
        context.check()  # which says more
        raise
    finally:
        executor.shutdown(wait=False, cancel_futures=True)  # a thread that hangs can't be ended


def run_processes(items, workers, chunksize, context):
    """Deal the tasks out to `workers` processes like cards; each sends its results through a pipe."""
    tasks = list(enumerate(items))
    pipes = []
    for first in range(workers):
        receiver, sender = context.Pipe(duplex=False)
        context.Process(target=work_through, args=(tasks[first::workers], sender)).start()
        sender.close()  # so that the pipe ends when the process does
        pipes.append(receiver)
    yield from context.receive_all(pipes)


def run_pool(items, workers, chunksize, context):
    with context.pool(workers) as pool:
        if chunksize == 1:
            yield from context.each(pool.imap_unordered(run_task, enumerate(items)))
        # imap_unordered has a chunksize of its own, but then its results come without a time-out
        else:
            for results in context.each(pool.imap_unordered(run_chunk, in_chunks(items, chunksize))):
                yield from results


def run_executor(items, workers, chunksize, context):
    with ProcessPoolExecutor(workers, mp_context=context) as executor:
        try:
            futures = [executor.submit(run_chunk, chunk) for chunk in in_chunks(items, chunksize)]
            for future in as_completed(futures, timeout=context.time_left):
                yield from future.result()
        except BaseException as error:
            if isinstance(error, BrokenProcessPool):
                executor.shutdown()  # it ends the other workers itself: only then it is clear how each ended
            try:
                context.check()  # says more, if a worker died or time ran out
            finally:
                context.kill()  # leaving the block would wait for the running tasks
            raise


def in_chunks(items, chunksize):
    """Return the numbered items in lists of `chunksize`."""
    tasks = list(enumerate(items))
    return [tasks[first : first + chunksize] for first in range(0, len(tasks), chunksize)]


WAYS = {
    "serial": run_serial,
    "threads": run_threads,
    "processes": run_processes,
    "pool": run_pool,
    "executor": run_executor,
}
