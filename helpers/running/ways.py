"""The ways to run tasks: in this process, in threads, in processes, in a pool, in an executor.

A new way is an entry in `WAYS` and a function that does the work. A new method of a pool is an entry in `METHODS`.
"""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.pool import ThreadPool
from queue import SimpleQueue

from helpers.running.inside import run_chunk, run_task, send_results
from helpers.words import counted


@dataclass(frozen=True)
class Way:
    """One way to run tasks.

    label    what it is called in menus and pictures
    run      runs the tasks: called with the tasks (index, item), the number of workers, the chunksize, the method (a
             key of `METHODS`) and a `WatchedContext`, which keeps each result as it arrives
    uses     which of the settings "workers", "chunksize", "start_method" and "method" make a difference to it
    imports  what its code needs, such as "multiprocessing" or "multiprocessing.pool.ThreadPool"
    code     the call as a learner would write it, for a list `items`, with {worker}, {workers}, {chunksize},
             {module} (multiprocessing, or the context of a start method), {context} (an executor's) and {call} (the
             code of a `Method`) to fill in
    """

    label: str
    run: Callable
    uses: tuple[str, ...]
    imports: tuple[str, ...]
    code: str

    def title(self, workers):
        """Return what a run is called in pictures, such as "Pool, 2 workers"."""
        return f"{self.label}, {counted(workers, 'worker')}" if "workers" in self.uses else self.label


@dataclass(frozen=True)
class Method:
    """One way to call a pool.

    run        makes the call, with the pool, the tasks (index, item), the chunksize and a `WatchedContext`
    chunksize  whether it takes a chunksize
    code       the call as a learner would write it, with {worker} and {chunksize} to fill in
    """

    run: Callable
    chunksize: bool
    code: str


def run_serial(tasks, workers, chunksize, method, context):
    context.enroll_thread()
    with context.alarm():
        for task in tasks:
            context.keep(*run_task(task))
            context.check_time()


def run_threads(tasks, workers, chunksize, method, context):
    pool = ThreadPool(workers, context.enroll_thread)
    try:
        call_map(pool, tasks, 1, context)
    finally:
        pool.terminate()  # a thread that hangs can't be ended: it keeps running


def run_processes(tasks, workers, chunksize, method, context):
    """Deal the tasks out to `workers` processes like cards. Each sends its results through a pipe."""
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


def run_pool(tasks, workers, chunksize, method, context):
    with context.pool(workers) as pool:
        METHODS[method].run(pool, tasks, chunksize, context)


def call_map(pool, tasks, chunksize, context):
    for index, result in context.fetch(pool.map_async(run_task, tasks, chunksize)):
        context.keep(index, result)


def call_imap(pool, tasks, chunksize, context):
    keep_each(pool.imap, tasks, chunksize, context)


def call_imap_unordered(pool, tasks, chunksize, context):
    keep_each(pool.imap_unordered, tasks, chunksize, context)


def keep_each(imap, tasks, chunksize, context):
    """Call a pool's imap or imap_unordered, and keep the results as they arrive."""
    if chunksize == 1:
        for index, result in context.each(imap(run_task, tasks)):
            context.keep(index, result)
    else:  # given a chunksize, imap returns a generator, which can't wait with a timeout
        for results in context.each(imap(run_chunk, chunks(tasks, chunksize))):
            for index, result in results:
                context.keep(index, result)


def call_apply_async(pool, tasks, chunksize, context):
    handles = [pool.apply_async(run_task, [task]) for task in tasks]
    for handle in handles:
        context.keep(*context.fetch(handle))


def run_executor(tasks, workers, chunksize, method, context):
    executor = ProcessPoolExecutor(workers, mp_context=context)
    try:
        submit_all(executor, chunks(tasks, chunksize), context)
    except BrokenProcessPool:
        context.check_broken()  # raises an error that says more
        raise
    except BaseException:
        give_up(executor, context)
        raise
    finally:
        executor.shutdown(cancel_futures=True)


def give_up(executor, context):
    """End an executor's processes, so that its shutdown waits for neither their tasks nor the rest of a result."""
    context.kill()
    results = getattr(executor, "_result_queue", None)
    if hasattr(results, "_writer"):  # with it the last writer is gone
        results._writer.close()


def submit_all(executor, packets, context):
    """Hand chunks of tasks to an executor, and keep the results as they arrive."""
    done = SimpleQueue()
    for packet in packets:
        try:
            future = executor.submit(run_chunk, packet)
        except OSError:  # on Python 3.11 also if a worker died while the next one was being started
            context.check_broken()  # raises an error that says more
            raise
        future.add_done_callback(done.put)
    for _ in packets:
        for index, result in context.take(done).result():
            context.keep(index, result)


def chunks(tasks, chunksize):
    """Return the tasks in lists of `chunksize`."""
    return [tasks[first : first + chunksize] for first in range(0, len(tasks), chunksize)]


METHODS = {
    "map": Method(
        run=call_map,
        chunksize=True,
        code="results = pool.map({worker}, items, chunksize={chunksize})",
    ),
    "imap": Method(
        run=call_imap,
        chunksize=True,
        code="results = list(pool.imap({worker}, items, chunksize={chunksize}))",
    ),
    "imap_unordered": Method(
        run=call_imap_unordered,
        chunksize=True,
        code="results = list(pool.imap_unordered({worker}, items, chunksize={chunksize}))",
    ),
    "apply_async": Method(
        run=call_apply_async,
        chunksize=False,
        code="""\
handles = [pool.apply_async({worker}, [item]) for item in items]
results = [handle.get() for handle in handles]""",
    ),
}

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
        imports=("multiprocessing.pool.ThreadPool",),
        code="""\
with ThreadPool({workers}) as pool:
    results = pool.map({worker}, items, chunksize=1)""",
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
        uses=("workers", "chunksize", "start_method", "method"),
        imports=("multiprocessing",),
        code="""\
with {module}.Pool({workers}) as pool:
{call}""",
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
