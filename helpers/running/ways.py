"""The ways to run tasks: in this process, in threads, in processes, in a pool, in an executor.

A new way is one more entry in `WAYS`, and a function that does its work.
"""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from queue import SimpleQueue

from helpers.running.inside import run_chunk, run_task, send_results
from helpers.running.supervise import GRACE
from helpers.words import counted


@dataclass(frozen=True)
class Way:
    """One way to run tasks.

    label    what it is called in menus and pictures
    run      does it: called with the tasks (index, item), the number of workers, the chunksize and a `WatchedContext`,
             which keeps each result as it arrives
    uses     those of the settings "workers", "chunksize" and "start_method" that make a difference to it
    imports  what its code needs, such as "multiprocessing" or "concurrent.futures.ThreadPoolExecutor"
    code     the call as a learner would write it, for a list `items`, with {worker}, {workers}, {chunksize},
             {module} (multiprocessing, or the context of a start method) and {context} (an executor's) to fill in
    """

    label: str
    run: Callable
    uses: tuple[str, ...]
    imports: tuple[str, ...]
    code: str

    def title(self, workers):
        """Return what a run is called in pictures, such as "Pool, 2 workers"."""
        return f"{self.label}, {counted(workers, 'worker')}" if "workers" in self.uses else self.label


def run_serial(tasks, workers, chunksize, context):
    context.enrol_thread()
    with context.alarm():
        for task in tasks:
            context.keep(*run_task(task))
            context.check_time()


def run_threads(tasks, workers, chunksize, context):
    executor = ThreadPoolExecutor(workers, initializer=context.enrol_thread)
    try:
        submit_all(executor, chunks(tasks, 1), context)
    finally:
        executor.shutdown(wait=False, cancel_futures=True)  # a thread that hangs can't be ended


def run_processes(tasks, workers, chunksize, context):
    """Deal the tasks out to `workers` processes like cards; each sends its results through a pipe."""
    shares = {}
    for first in range(workers):
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=send_results, args=(tasks[first::workers], sender))
        process.start()
        sender.close()  # so that the pipe ends when the process does
        shares[receiver] = process, len(tasks[first::workers])
    for index, result in context.receive(shares):
        context.keep(index, result)
    context.join()


def run_pool(tasks, workers, chunksize, context):
    with context.pool(workers) as pool:
        if chunksize == 1:
            for index, result in context.each(pool.imap_unordered(run_task, tasks)):
                context.keep(index, result)
        else:  # imap_unordered has a chunksize of its own, but then its results come without a time-out
            for results in context.each(pool.imap_unordered(run_chunk, chunks(tasks, chunksize))):
                for index, result in results:
                    context.keep(index, result)


def run_executor(tasks, workers, chunksize, context):
    executor = ProcessPoolExecutor(workers, mp_context=context)
    try:
        submit_all(executor, chunks(tasks, chunksize), context)
    except BrokenProcessPool:
        context.join(GRACE)
        context.check()  # says more
        raise
    except BaseException:
        give_up(executor, context)
        raise
    finally:
        executor.shutdown(cancel_futures=True)


def give_up(executor, context):
    """End an executor's processes, so that its shutdown waits neither for their tasks nor for the rest of a result."""
    context.kill()
    results = getattr(executor, "_result_queue", None)
    if hasattr(results, "_writer"):  # with it the last writer is gone
        results._writer.close()


def submit_all(executor, packets, context):
    """Hand packets of tasks to an executor, and keep the results as they come."""
    done = SimpleQueue()
    for packet in packets:
        executor.submit(run_chunk, packet).add_done_callback(done.put)
    for _ in packets:
        for index, result in context.take(done).result():
            context.keep(index, result)


def chunks(tasks, chunksize):
    """Return the tasks in lists of `chunksize`."""
    return [tasks[first : first + chunksize] for first in range(0, len(tasks), chunksize)]


WAYS = {
    "serial": Way(
        label="serial",
        run=run_serial,
        uses=(),
        imports=(),
        code="results = [{worker}(item) for item in items]",
    ),
    "threads": Way(
        label="threads",
        run=run_threads,
        uses=("workers",),
        imports=("concurrent.futures.ThreadPoolExecutor",),
        code="""\
with ThreadPoolExecutor({workers}) as executor:
    results = list(executor.map({worker}, items))""",
    ),
    "processes": Way(
        label="processes",
        run=run_processes,
        uses=("workers", "start_method"),
        imports=("multiprocessing", "helpers.workers.send_results"),
        code="""\
receivers = []
for n in range({workers}):
    receiver, sender = {module}.Pipe(duplex=False)
    process = {module}.Process(target=send_results, args=({worker}, items[n::{workers}], sender))
    process.start()
    sender.close()
    receivers.append(receiver)
results = [receivers[n % {workers}].recv() for n in range(len(items))]""",
    ),
    "pool": Way(
        label="Pool",
        run=run_pool,
        uses=("workers", "chunksize", "start_method"),
        imports=("multiprocessing",),
        code="""\
with {module}.Pool({workers}) as pool:
    results = list(pool.imap_unordered({worker}, items, chunksize={chunksize}))""",
    ),
    "executor": Way(
        label="ProcessPoolExecutor",
        run=run_executor,
        uses=("workers", "chunksize", "start_method"),
        imports=("concurrent.futures.ProcessPoolExecutor",),
        code="""\
with ProcessPoolExecutor({workers}{context}) as executor:
    results = list(executor.map({worker}, items, chunksize={chunksize}))""",
    ),
}
