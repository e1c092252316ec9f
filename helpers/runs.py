"""Run a worker over items in different ways, and keep what happened."""

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.pool import MaybeEncodingError
from pickle import PicklingError
from time import perf_counter

from helpers.inputs import function, listed, number_of_workers, one_of, seconds, text, whole_number
from helpers.machine import usable_cores
from helpers.running.changed import label_of, require_readable, require_unchanged, without_partial
from helpers.running.inside import UNSENT, Span, WorkerEnded, first_unsendable, put_numbered, task_note, timed, unsent
from helpers.running.load import Load, Watch
from helpers.running.log import Life, Log
from helpers.running.supervise import (
    TIME_LIMIT,
    WatchedContext,
    explain_limit,
    explain_no_space,
    interrupts_deferred,
    no_space_explained,
)
from helpers.running.ways import METHODS, WAYS

__all__ = ["Run", "WorkerEnded", "put_numbered", "recording", "run", "timed"]

# how a Pool quotes what it can't send: one (index, result), or a list of several
FIRST_OF_CHUNK = re.compile(r"\[?\((\d+), ")

IN_THIS_PROCESS = {"serial", "threads", "thread_executor"}  # nothing has to be sent to another process


@dataclass
class Run:
    """What happened in one run of a worker over items. All times are in seconds.

    title         what the run is called in pictures
    spans         one `Span` per task, in the order of the items
    began         when the run began, before any worker was started
    ended         when the last result had arrived
    logged_lives  the `Life` of each worker, if it was recorded
    load          how much of the cores other programs took during the run, if it was measured
    """

    title: str
    spans: list[Span]
    began: float
    ended: float
    logged_lives: list[Life] = field(default_factory=list)
    load: Load | None = None

    @property
    def results(self):
        """What the worker returned for each task, in the order of the items."""
        return [span.result for span in self.spans]

    @property
    def makespan(self):
        """Seconds from the beginning of the run until the last result had arrived."""
        return self.ended - self.began

    @property
    def time_in_tasks(self):
        """Seconds that the tasks took, summed over all tasks."""
        return sum(span.end - span.start for span in self.spans)

    @property
    def computing(self):
        """Seconds for which the tasks computed, summed over all tasks."""
        return sum(span.computing for span in self.spans)

    @property
    def start_up(self):
        """Seconds until a worker was up, averaged over the workers that were started."""
        started = [life for life in self.lives if life.asked]
        ups = [min(max(self.began, life.ready or self.ended), self.ended) - self.began for life in started]
        return sum(ups) / max(1, len(ups))

    @property
    def size(self):
        """How many workers were started."""
        return sum(bool(life.asked) for life in self.lives)

    @property
    def lives(self):
        """The `Life` of each worker. If not recorded, it is taken from the spans, in the order of their starts."""
        if self.logged_lives:
            return self.logged_lives
        first = {}
        for span in sorted(self.spans, key=lambda span: span.start):
            first.setdefault((span.process, span.thread), span)
        return [Life(span.process, span.thread, span.up, span.up, 0.0) for span in first.values()]

    @property
    def workers(self):
        """The spans of each worker, in the order of `lives`."""
        found = {(life.process, life.thread): [] for life in self.lives}
        for span in sorted(self.spans, key=lambda span: span.start):
            found[span.process, span.thread].append(span)
        return [found[life.process, life.thread] for life in self.lives]

    @property
    def worker_of_task(self):
        """For each task the number of the worker that ran it, counted from 1."""
        numbers = {(life.process, life.thread): number for number, life in enumerate(self.lives, start=1)}
        return [numbers[span.process, span.thread] for span in self.spans]


@contextmanager
def recording(title):
    """Record what the block does as a `Run`. The block makes the real multiprocessing call.

    with recording("Pool(4)") as run:
        with Pool(4) as pool:
            run.spans = pool.map(timed(worker), items)

    Raises TypeError if the block's pool can't send a result, or if the spans are not what `timed` workers return.
    """
    run = Run(text("title", title, "Pool(4)"), [], perf_counter(), 0.0)
    try:
        yield run
    except MaybeEncodingError as error:
        raise unsent([], error.exc) from error
    finally:
        run.ended = perf_counter()
    if not isinstance(run.spans, list | tuple) or not all(isinstance(span, Span) for span in run.spans):
        raise TypeError("run.spans must be what a timed worker returned: run.spans = pool.map(timed(worker), items).")


def run(worker, items, how="pool", workers=None, chunksize=1, start_method=None, time_limit=TIME_LIMIT, method="map"):
    """Run `worker` over `items` and return a `Run`.

    worker        a function of one item that a worker process can import; any function for "serial", "threads" and
                  "thread_executor", which need no other process
    items         what the worker is called with, one item per task
    how           "serial", "threads", "processes", "pool", "executor", "thread_executor", "asyncio", "joblib" or, since
                  Python 3.14, "interpreters"
    workers       how many threads, processes or interpreters (default: the usable cores); "serial" has one
    chunksize     tasks handed to a worker at a time, by "pool", "executor" and "joblib"
    start_method  "fork", "spawn" or "forkserver" (default: Python's own default)
    time_limit    seconds after which the run is stopped. What runs in a thread or in this process can't always be
                  stopped: a task in a thread keeps running (and of an executor's thread, Python waits for it at
                  its own end), and a serial run off the main thread, or on Windows, stops
                  once its current task is done
    method        what "pool" calls: "map", "imap", "imap_unordered" or "apply_async", which takes no chunksize.
                  Like Python's own, map raises a task's error only when all other tasks are done

    Raises ValueError or TypeError for arguments that can't work, for an item or a result that can't be sent, or if the
    worker's file has changed since it was imported; SyntaxError if that file has a mistake by now;
    TimeoutError after `time_limit`; `WorkerEnded`, which is a RuntimeError, if a worker ends before its task is done,
    whatever its exit code; OSError if the memory that processes share is full; and whatever `worker` raises. In each
    case all its worker processes have ended. Something that ends a process at once, such as os._exit(), ends this one
    if `how` is "serial", "threads", "thread_executor" or "interpreters".
    """
    items = listed(items)
    workers = usable_cores() if workers is None else number_of_workers(workers)
    with no_space_explained(), interrupts_deferred():  # a file with a name is made for it, which is taken away at once
        log = Log(len(items), 1 if how == "serial" else workers)
    results = run_logged(worker, items, log, how, chunksize, start_method, time_limit, method)
    return logged_run(log, results, WAYS[how].title(workers))


def run_logged(worker, items, log, how, chunksize=1, start_method=None, time_limit=TIME_LIMIT, method="map"):
    """Do what `run` does with as many workers as the `Log` has room for, and return the results."""
    one_of("how", how, WAYS)
    one_of("method", method, METHODS)
    whole_number("chunksize", chunksize)
    seconds("time_limit", time_limit, least=0.001)
    if how in IN_THIS_PROCESS:
        function("The worker", worker)
    else:
        require_importable(worker)
    require_unchanged(worker)
    context = WatchedContext(start_method, time_limit, worker, log)
    if "start_method" in WAYS[how].uses and context.get_start_method() != "fork" or how == "joblib":
        require_readable(worker)
    watch = Watch()
    log.began = perf_counter()
    try:
        with context.no_process_left():
            WAYS[how].run(list(enumerate(items)), len(log.ready), chunksize, method, context)
    except Exception as error:
        if not (isinstance(error, (WorkerEnded, TimeoutError)) or task_note(error)):
            explain_no_space(error)
            explain_limit(error)
            if how not in IN_THIS_PROCESS:
                explain_unsendable(worker, items, error)
            explain_unsent(log, context.results, chunksize, error)
        raise
    log.ended = log.ended or perf_counter()  # without items there was no last result
    log.load = watch.load(used=processor_time_of_workers(log))
    return [context.results[index] for index in range(len(items))]


def explain_unsendable(worker, items, error):
    """Raise a TypeError if the worker or an item can't be sent to another process, which then caused the `error`."""
    found = first_unsendable([worker, *items])
    if found:
        place, reason = found
        what = f"Item {place}" if place else "The worker"
        raise TypeError(
            f"{what} can't be sent to a worker process, since it can't be pickled: {reason}. "
            "Send numbers, strings, lists and similar values, and let the worker open or create the rest."
        ) from error


def explain_unsent(log, results, chunksize, error):
    """Raise a TypeError if the `error` says that a result could not be pickled, and not yet of which task."""
    if UNSENT in str(error):
        return
    done = [index for index, end in enumerate(log.end) if end and index not in results]
    if first := FIRST_OF_CHUNK.match(getattr(error, "value", "")):
        done = [index for index in done if 0 <= index - int(first[1]) < chunksize]
    if done and isinstance(error, (MaybeEncodingError, PicklingError, TypeError, AttributeError)):
        raise unsent(done, getattr(error, "exc", error)) from error


def processor_time_of_workers(log):
    """Return for how many seconds the worker processes of a run have computed. This process is none of them."""
    here = os.getpid()
    return sum(used for used, life in zip(log.used, log.lives) if life.process != here)


def logged_run(log, results, title):
    """Return the `Log` of a finished run and its results as a `Run`."""
    return Run(title, log.spans(results), log.began, log.ended, log.lives, log.load)


def require_importable(worker):
    """Raise a TypeError if a worker process could not import `worker` by its name."""
    worker, name = without_partial(worker), label_of(worker)
    function("The worker", worker)
    advice = "Write it with def into a .py file (%%writefile my_workers.py) and import it from there."
    if "<" in name:
        raise TypeError(f"{name} has no name that a worker process could import. {advice}")
    if getattr(worker, "__module__", None) == "__main__":
        raise TypeError(f"{name} lives in this notebook, where a worker process can't import it. {advice}")
