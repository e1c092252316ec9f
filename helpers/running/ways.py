"""The ways to run tasks: in this process, in threads, in processes, in a pool, in an executor and so on.

A new way is an entry in `WAYS` and a function that does the work. A new method of a pool is an entry in `METHODS`.
"""

import asyncio
import pickle
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.pool import ThreadPool
from queue import SimpleQueue

from helpers.running.inside import enroll_interpreter, run_chunk, run_task, send_results
from helpers.running.supervise import GRACE
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
    context.let_end()


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
    with ending(ProcessPoolExecutor(workers, mp_context=context), context) as executor:
        submit_all(executor, chunks(tasks, chunksize), context)


def run_joblib(tasks, workers, chunksize, method, context):
    """Use joblib's default engine, the executor of loky. joblib would keep its processes for the next call."""
    from joblib.externals.loky import ProcessPoolExecutor  # here: it takes longer than starting a process

    with ending(ProcessPoolExecutor(workers, context=context.started_by_joblib()), context) as executor:
        submit_all(executor, chunks(tasks, chunksize), context)


def run_asyncio(tasks, workers, chunksize, method, context):
    """Run an event loop in a thread of its own, since this one may have a loop already, as a notebook's has."""
    done = SimpleQueue()
    with (
        ThreadPoolExecutor(1) as thread,  # it ends last: the loop waits for what the executor's processes do
        ending(ProcessPoolExecutor(workers, mp_context=context), context) as executor,
    ):
        loop = thread.submit(asyncio.run, await_all(executor, tasks, done))
        loop.add_done_callback(done.put)  # taken only if the loop failed before all tasks were done
        for _ in tasks:
            context.keep(*context.take(done).result())


async def await_all(executor, tasks, done):
    """Let an executor run the tasks, and put each future into the queue `done` once it is."""

    async def await_one(task):
        future = executor.submit(run_task, task)
        try:
            await asyncio.wrap_future(future)  # these two lines are what run_in_executor does
        except Exception:
            pass  # the one who takes the future will hear of it, with its notes
        done.put(future)

    await asyncio.gather(*map(await_one, tasks))


def run_thread_executor(tasks, workers, chunksize, method, context):
    executor = ThreadPoolExecutor(workers, initializer=context.enroll_thread)
    submit_all_to_threads(executor, tasks, context)


def run_interpreters(tasks, workers, chunksize, method, context):
    from concurrent.futures import InterpreterPoolExecutor  # here: it came with Python 3.14
    from concurrent.interpreters import create_queue

    numbers = create_queue()
    for number in range(1, workers + 1):
        numbers.put(number)
    known = numbers, tuple(sys.path), pickle.dumps(context.worker), *context.log.shared
    executor = InterpreterPoolExecutor(workers, initializer=enroll_interpreter, initargs=known)
    submit_all_to_threads(executor, tasks, context)


def submit_all_to_threads(executor, tasks, context):
    """Hand tasks to an executor whose workers are threads. If one of them hangs, leave it: it can't be ended."""
    try:
        submit_all(executor, chunks(tasks, 1), context)
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        raise
    executor.shutdown()


@contextmanager
def ending(executor, context):
    """Give an executor of processes to the block, and end it. If a worker has died, raise an error that says more."""
    try:
        yield executor
    except BrokenProcessPool:
        context.check_broken()  # raises an error that says more
        raise
    except BaseException:
        give_up(executor, context)
        raise
    finally:
        shut_down(executor, context)


def shut_down(executor, context):
    """Shut an executor down, and kill those of its processes that don't end by themselves."""
    manager = executor._executor_manager_thread
    executor.shutdown(wait=False)
    context.let_end()
    context.kill()
    if manager and manager.is_alive():  # the system may not have been able to start another thread
        manager.join(GRACE)


def give_up(executor, context):
    """End an executor's processes, so that its shutdown waits for neither their tasks nor the rest of a result."""
    context.kill()
    manager, results = executor._executor_manager_thread, executor._result_queue
    if manager and manager.is_alive():
        manager.join(GRACE)
        if manager.is_alive() and hasattr(results, "_writer"):  # it waits for the rest. This was the last writer:
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
    "thread_executor": Way(
        label="ThreadPoolExecutor",
        run=run_thread_executor,
        uses=("workers",),
        imports=("concurrent.futures.ThreadPoolExecutor",),
        code="""\
with ThreadPoolExecutor({workers}) as executor:
    results = list(executor.map({worker}, items))""",
    ),
    "asyncio": Way(
        label="asyncio",
        run=run_asyncio,
        uses=("workers", "start_method"),
        imports=("asyncio", "concurrent.futures.ProcessPoolExecutor"),
        code="""\
async def main():
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor({workers}{context}) as executor:
        return await asyncio.gather(*[loop.run_in_executor(executor, {worker}, item) for item in items])

results = asyncio.run(main())  # in a notebook: results = await main()""",
    ),
    "joblib": Way(
        label="joblib",
        run=run_joblib,
        uses=("workers", "chunksize"),
        imports=("joblib.Parallel", "joblib.delayed"),
        code="""\
results = Parallel(n_jobs={workers}, batch_size={chunksize})(delayed({worker})(item) for item in items)""",
    ),
}

if sys.version_info >= (3, 14):
    WAYS["interpreters"] = Way(
        label="InterpreterPoolExecutor",
        run=run_interpreters,
        uses=("workers",),
        imports=("concurrent.futures.InterpreterPoolExecutor",),
        code="""\
with InterpreterPoolExecutor({workers}) as executor:
    results = list(executor.map({worker}, items))""",
    )
