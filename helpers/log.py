"""What the workers of a run write down while it goes on.

Standard library only, as in `helpers.workers`: every worker process imports this file.
"""

import os
from multiprocessing import RawArray, RawValue, parent_process
from threading import Thread, get_native_id, local
from time import perf_counter

from helpers.workers import Span, portable


class Log:
    """Memory that the workers of a run share with whoever watches it.

    tasks    how many tasks there are
    workers  how many workers there may be

    Times are in seconds on the clock that all processes of a machine share; 0 stands for "not yet".
    No lock is needed: each task and each worker has a place of its own, which one worker writes.
    """

    def __init__(self, tasks, workers):
        self.began = RawValue("d")
        self.ended = RawValue("d")
        # of each worker: its PID, the system's id of its thread, and when it was up
        self.process = RawArray("q", workers)
        self.thread = RawArray("q", workers)
        self.ready = RawArray("d", workers)
        # of each task: its worker, counted from 1, and when it began and ended
        self.worker = RawArray("i", tasks)
        self.start = RawArray("d", tasks)
        self.end = RawArray("d", tasks)

    def spans(self, results):
        """Return a `Span` for each task of a finished run, given its results in the order of the tasks."""
        return [
            Span(self.process[worker - 1], self.thread[worker - 1], start, end, result)
            for worker, start, end, result in zip(self.worker, self.start, self.end, results)
        ]

    def crew(self):
        """Return (PID, thread) → when it was up, for each worker that came up."""
        return {
            (process, thread): ready for process, thread, ready in zip(self.process, self.thread, self.ready) if ready
        }


own = local()  # `own.run` is what the worker in this thread knows: its number, its function and the log


def enrol(number, worker, log):
    """Make the calling thread a worker of a run: its `number` counts from 1, `worker` is its function."""
    own.run = number, worker, log
    log.process[number - 1] = os.getpid()
    log.thread[number - 1] = get_native_id()
    log.ready[number - 1] = perf_counter()


def run_task(task):
    """Run the task (index, item), write down when it began and ended, and return (index, result)."""
    index, item = task
    number, worker, log = own.run
    log.start[index] = perf_counter()
    log.worker[index] = number
    try:
        result = worker(item)
    except Exception as raised:
        error = portable(raised)
        error.add_note(f"This happened in task {index + 1}.")
        raise error from None
    log.end[index] = perf_counter()
    return index, result


def run_chunk(tasks):
    """Run several tasks, one after the other; return their (index, result)s."""
    return [run_task(task) for task in tasks]


def work_through(tasks, connection):
    """Run a share of the tasks in a Process of its own; send each (index, result), or the exception that ends it."""
    with connection:
        for task in tasks:
            try:
                connection.send(run_task(task))
            except Exception as error:
                connection.send(error)
                break


def begin(number, worker, log, target, args, kwargs):
    """Enrol this process as a worker if there is a log, then do what it was started for."""
    end_with_parent()
    if log:
        enrol(number, worker, log)
    target(*args, **kwargs)


def end_with_parent():
    """See to it that this process ends when its parent does, even if the parent is killed."""

    def watch():
        parent_process().join()
        os._exit(1)

    Thread(target=watch, daemon=True).start()
