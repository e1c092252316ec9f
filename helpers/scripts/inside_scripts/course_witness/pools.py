"""Pools and executors: their tasks, their sizes, and how they are used."""

import functools
import itertools
import sys

from course_witness.channels import reader_of
from course_witness.notes import INITIALIZER, WAIT, blind, mine, note, unharmed
from course_witness.wrapping import name_of, noting_wait, watched, wrap_waits

pool_numbers = itertools.count(1)


def patch_pool(module):
    work, chunks, alone = module.worker, (module.mapstar, module.starmapstar), module._helper_reraises_exception
    pool, result, iterator = module.Pool, module.ApplyResult, module.IMapIterator
    set_up = pool._setup_queues
    note_pool(pool, "_processes", queues_of_pool, "close")
    for method in ("join", "terminate"):
        setattr(pool, method, noting_wait(noting_use(getattr(pool, method)), "pool end", seconds_at=9))
    for method in ("apply_async", "map_async", "starmap_async", "imap", "imap_unordered"):
        setattr(pool, method, noting_use(getattr(pool, method)))
    for method in ("apply", "map", "starmap"):
        setattr(pool, method, noting_wait(noting_use(getattr(pool, method)), f"result pool.{method}", seconds_at=9))
    wrap_waits(result, "result get", ["get", "wait"])
    wrap_waits(iterator, "result imap", ["next", "__next__"])

    def watched_task(task):
        job, number, function, args, kwargs = task
        size = 1
        if function in chunks:
            ((function_of_each, chunk),) = args
            args, size = ((watched(function_of_each), chunk),), len(chunk)
        elif function is not alone:
            function = watched(function)
        mine().begin_chunk(size)
        return job, number, function, args, kwargs

    def set_up_queues(self):
        set_up(self)
        with unharmed:
            self._quick_put, self._quick_get = unwatched(self._quick_put), unwatched(self._quick_get)

    pool._setup_queues = set_up_queues
    module.worker = with_watched_tasks(work, watched_task)


def queues_of_pool(pool):
    return [pool._inqueue, pool._outqueue, pool._change_notifier]


def patch_executor(module):
    work, process_chunk, executor = module._process_worker, module._process_chunk, module.ProcessPoolExecutor
    note_pool(executor, "_max_workers", pipes_of_executor)
    executor.submit = noting_use(executor.submit)
    executor.shutdown = noting_wait(noting_use(executor.shutdown), "pool end", seconds_at=9)

    def watched_task(task):
        size = 1
        if isinstance(task.fn, functools.partial) and task.fn.func is process_chunk:
            task.fn = functools.partial(process_chunk, *map(watched, task.fn.args))
            size = len(task.args[0])
        else:
            task.fn = watched(task.fn)
        mine().begin_chunk(size)
        return task

    module._process_worker = with_watched_tasks(work, watched_task)


def pipes_of_executor(executor):
    return [executor._call_queue, executor._result_queue, executor._executor_manager_thread_wakeup]


def patch_thread_executor(module):
    executor = module.ThreadPoolExecutor
    note_pool(executor, "_max_workers", lambda _: [])
    submit = noting_use(executor.submit)

    def watched_submit(self, function, /, *args, **kwargs):
        with unharmed:
            if type(self).__name__ != "InterpreterPoolExecutor":  # its function is pickled, by name
                function = watched(function)
        return submit(self, function, *args, **kwargs)

    executor.submit = watched_submit
    executor.shutdown = noting_wait(noting_use(executor.shutdown), "pool end", seconds_at=9)


def patch_futures(module):
    waiter = module._Waiter
    make = waiter.__init__

    def noted_make(self):
        make(self)
        self.event.wait = noting_wait(self.event.wait, "result future", seconds_at=0)  # of as_completed(), too

    waiter.__init__ = noted_make
    wrap_waits(module.Future, "result future", ["result", "exception"])
    module.wait = noting_wait(module.wait, "result future")


def note_pool(kind, size, queues, *methods):
    """Note each pool of this kind that is made, and each call of the methods that end it.

    kind     a class
    size     the name of its attribute that holds how many workers it has
    queues   a function that returns the queues between a pool and its workers
    methods  the names of the methods that end it
    """
    make = kind.__init__

    @functools.wraps(make)
    def noted_make(self, *args, **kwargs):
        make(self, *args, **kwargs)
        if sys._getframe(1).f_globals.get("__name__", "").startswith("distributed."):
            return  # Dask keeps some for itself, and doesn't end them all
        self.noted_as = next(pool_numbers)
        with unharmed:
            note("pool", pool=self.noted_as, kind=type(self).__name__, size=int(getattr(self, size)))
        with unharmed:
            note("plumbing", ends=[reader_of(queue) for queue in queues(self) if hasattr(queue, "_reader")])

    kind.__init__ = noted_make
    for method in methods:
        setattr(kind, method, noting_use(getattr(kind, method)))


def noting_use(method):
    """Wrap a pool's method so that each of its calls is noted."""

    @functools.wraps(method)
    def noted(self, *args, **kwargs):
        if hasattr(self, "noted_as"):  # not if its __init__ failed
            note("used", pool=self.noted_as, method=method.__name__)
        return method(self, *args, **kwargs)

    return noted


def with_watched_tasks(work, watched_task):
    """Wrap a pool's `work`, which takes tasks out of a queue, so that it gets each as `watched_task(task)`."""

    class Tasks(Unwatched):
        """The queue of tasks."""

        def __init__(self, queue):
            super().__init__(queue)
            self._get = noting_own_wait(self.get, "task")
            self.get = self._get_watched

        def _get_watched(self, *args, **kwargs):
            task = self._get(*args, **kwargs)
            try:
                return task and watched_task(task)  # None means that there are no more
            except Exception as error:  # noqa: BLE001 - whatever it is, the script continues
                blind(error)
                return task

    @functools.wraps(work)
    def watched_work(tasks, results, initializer=None, *args, **kwargs):
        return work(Tasks(tasks), Results(results), initializer and noting_initializer(initializer), *args, **kwargs)

    return watched_work


def noting_initializer(initializer):
    """Wrap the initializer of a pool's worker, so that its call is noted."""

    @functools.wraps(initializer)
    def noted_initializer(*args):
        place = None
        with unharmed:
            place, _ = mine().begin(INITIALIZER, name_of(initializer) or "")
        try:
            return initializer(*args)
        finally:
            if place is not None:
                with unharmed:
                    mine().end(place)

    return noted_initializer


class Unwatched:
    """A queue whose waits are not noted, because it belongs to a pool and not to the script."""

    def __init__(self, queue):
        self._queue = queue
        self.get, self.put = unwatched(queue.get), unwatched(queue.put)
        if hasattr(queue, "_reader"):  # not in a pool of threads
            for end, name in [(queue._reader, "recv_bytes"), (queue._writer, "send_bytes")]:
                setattr(end, name, unwatched(getattr(end, name)))

    def __getattr__(self, name):
        return getattr(self._queue, name)


def unwatched(method):
    """Return the method without the wrapper that notes its waits."""
    original = getattr(method, "__wrapped__", None)
    return original.__get__(method.__self__) if original else method


def noting_own_wait(wait, what, whom=0):
    """Wrap a method that a pool's worker calls for each task, so that its waits are noted.

    It does less than `noting_wait`, and takes less time: there may be many short tasks.
    """

    def noted_wait(*args, **kwargs):
        try:
            records = mine()
            place, began = records.begin(WAIT, what, whom)
            records.quiet = True
        except Exception as error:  # noqa: BLE001 - whatever it is, the script continues
            blind(error)
            return wait(*args, **kwargs)
        try:
            return wait(*args, **kwargs)
        finally:
            records.quiet = False
            with unharmed:
                records.end_wait(place, began)

    return noted_wait


class Results(Unwatched):
    """The queue into which a pool's worker puts its results."""

    def __init__(self, queue):
        super().__init__(queue)
        if hasattr(queue, "_reader"):  # not in a pool of threads
            with unharmed:
                number = reader_of(queue)
                self.put = noting_own_wait(self.put, "send", number)
