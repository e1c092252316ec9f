"""What surrounds a worker's function in its process: recording, and the way home of results and errors.

Standard library only: every worker process imports this file.
"""

import os
import pickle
import threading
from collections import namedtuple
from functools import partial
from multiprocessing import parent_process
from threading import Thread, get_native_id, local
from time import perf_counter

Span = namedtuple("Span", "process thread start end result")
Span.__doc__ = """One task as it happened.

process  the PID of its worker
thread   the operating system's id of its worker's thread
start    when it began, in seconds on the clock that all processes of a machine share
end      when it ended
result   what the worker returned
"""


def timed(worker):
    """Wrap a worker so that each call returns a `Span` around the worker's own result."""
    return partial(call_timed, worker)


def call_timed(worker, *args):
    """Call `worker(*args)` and return the `Span` of the call."""
    start = perf_counter()
    try:
        result = worker(*args)
    except Exception as error:
        raise portable(error) from None
    return Span(os.getpid(), threading.get_native_id(), start, perf_counter(), result)


def portable(error):
    """Return `error`, or a RuntimeError that tells of it where it would not survive the way home.

    A Pool waits for ever for a result whose exception can't be unpickled.
    """
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def put_numbered(queue, number, worker, *args):
    """Call `worker(*args)` and put (number, `Span` of the call) into the queue."""
    queue.put((number, call_timed(worker, *args)))


def wait_at(barrier):
    """Initialise a worker: say that it is up, and wait until all are."""
    barrier.wait(timeout=60)


def work_alone(worker, items, barrier, connection):
    """Run all items in this process once everyone is at the barrier; send (start, end)."""
    with connection:
        barrier.wait(timeout=60)
        start = perf_counter()
        for item in items:
            worker(item)
        connection.send((start, perf_counter()))


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
