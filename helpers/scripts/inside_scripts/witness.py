"""Note what a script does with processes, threads and pools, for `helpers.scripts.attempt` to read.

`sitecustomize` starts the witness in the script and in each of its workers. Functions of multiprocessing are wrapped
when their module is imported, so a script pays for what it uses only. Wrapped, they do and return the same as before.

A note is one line, the repr of a dict. Each thread writes to a file of its own, so nobody waits for anybody, and what
a process noted before it was killed stays whole.

Much of what is wrapped is private to multiprocessing, and a later Python may have it no more. Then that is noted, and
the script goes on. So a function here that wraps something looks up all that it needs before it changes anything.
"""

import functools
import itertools
import os
import sys
import time
from _thread import get_ident
from importlib.machinery import PathFinder
from time import perf_counter

WORKERS = ("count_primes", "fetch_page", "hash_password", "mandelbrot_tile")  # those of helpers.workers that work

# A script that goes round for ever shall not fill the disk, nor take long to read about
MOST_NOTED = 2_000_000  # bytes of all notes of a script: then there are no more of the kinds that come in masses
MOST_NOTED_OF_ALL = 2 * MOST_NOTED  # bytes: then there are no more at all
IN_MASSES = {"printed", "call", "message", "chunk", "waits"}
MEASURE_EVERY = 100  # notes of one process
MOST_TEXT = 1000  # letters of what is printed at once
SHORT = 1.0  # seconds: no wait is noted as shorter, so that a loop of them gives few notes

settings = {}
notes = itertools.count()
noted = {"bytes": 0, "waits until": 0.0}  # by all processes, when last measured; by this one
pool_numbers = itertools.count(1)


def watch(folder, start_method):
    """Write notes into `folder`; let `start_method`, if given, be the script's default."""
    settings.update(folder=folder, start_method=start_method)
    note("python")
    note_what_is_printed()
    time.sleep = noting_wait(time.sleep, seconds_at=0, shortest=0.0)
    for name in PATCHES.keys() & sys.modules.keys():  # a .pth file of the environment may have imported some
        with unharmed:
            PATCHES[name](sys.modules[name])
    sys.meta_path.insert(0, PatchOnImport)


def note(what, **facts):
    """Write down a fact: who (process and thread), when, what."""
    try:
        if next(notes) % MEASURE_EVERY == 0:
            with os.scandir(settings["folder"]) as files:
                noted["bytes"] = sum(file.stat().st_size for file in files)
        if noted["bytes"] > (MOST_NOTED if what in IN_MASSES else MOST_NOTED_OF_ALL):
            return
        who = os.getpid(), get_ident()
        line = repr({"what": what, "process": who[0], "thread": who[1], "at": perf_counter(), **facts})
        with open("{}/{}-{}".format(settings["folder"], *who), "a", encoding="utf-8") as file:  # noqa: PTH123
            file.write(line + "\n")
    except (OSError, NameError, TypeError):  # the folder is gone, or, as the interpreter ends, the names used here
        pass


class Unharmed:
    """A block of code that looks at the script: what fails in it is noted, and the script goes on."""

    def __enter__(self):
        pass

    def __exit__(self, kind, error, traceback):
        if isinstance(error, Exception):
            note("blind", why=f"{type(error).__name__}: {error}")
        return isinstance(error, Exception)


unharmed = Unharmed()


def note_what_is_printed():
    """Note what this process prints, so that it is known who printed what."""
    write = sys.stdout.write

    def noted_write(text):
        note("printed", text=text[:MOST_TEXT])
        return write(text)

    sys.stdout.write = noted_write


class PatchOnImport:
    """Patches a module as soon as it has been imported."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        patch = PATCHES.get(name)
        spec = patch and PathFinder.find_spec(name, path)
        if not spec:
            return None
        execute = spec.loader.exec_module

        def execute_and_patch(module):
            execute(module)
            with unharmed:
                patch(module)

        spec.loader.exec_module = execute_and_patch
        return spec


# --- Waiting for time ---


def noting_wait(wait, seconds_at=1, shortest=SHORT):
    """Wrap a function that waits for so many seconds at most, so that it is noted until when.

    seconds_at  the place of the seconds among its arguments, if they are not given as `timeout`; None are for ever
    shortest    seconds: only longer waits are noted. Managers and others look around once a second, for ever
    """

    @functools.wraps(wait)
    def noted_wait(*args, **kwargs):
        with unharmed:
            seconds = args[seconds_at] if len(args) > seconds_at else kwargs.get("timeout")
            if isinstance(seconds, (int, float)) and seconds > shortest:
                note_wait(perf_counter() + max(seconds, SHORT))
        return wait(*args, **kwargs)

    return noted_wait


def note_wait(until):
    """Note that a thread of this process waits until that time, unless about the same is noted already."""
    if until > noted["waits until"] + SHORT:
        noted["waits until"] = until
        note("waits", until=until)


def patch_condition(module):
    """Events, queues, futures and the results of pools wait with a condition."""
    module.Condition.wait = noting_wait(module.Condition.wait)


def patch_selectors(module):
    """An asyncio loop waits with a selector."""
    for name in ("SelectSelector", "PollSelector", "EpollSelector", "KqueueSelector"):  # each system has some
        if kind := getattr(module, name, None):
            kind.select = noting_wait(kind.select)


# --- Calls ---


def watched(function):
    """Wrap a function so that each of its calls is noted, with its beginning and its end. None stays None."""
    if function is None or hasattr(function, "is_watched"):
        return function

    @functools.wraps(function)
    def call(*args, **kwargs):
        began = perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            with unharmed:
                note("call", function=name_of(function), began=began)

    call.is_watched = True
    return call


def name_of(function):
    """Return the name of a function, of the one inside a partial, or None if it has none."""
    while isinstance(function, functools.partial):
        function = function.func
    return getattr(function, "__name__", None)


def patch_workers(workers):
    for name in WORKERS:
        setattr(workers, name, watched(getattr(workers, name)))


# --- Processes and threads ---


def patch_process(module):
    process = module.BaseProcess
    start, join, bootstrap, run = process.start, process.join, process._bootstrap, process.run

    def noted_start(self):
        target, began = getattr(self, "_target", None), perf_counter()  # start() forgets the target
        start(self)
        with unharmed:
            note(
                "started",
                child=self.pid,
                began=began,
                name=self.name,
                daemon=self.daemon,
                start_method=self._start_method or sys.modules["multiprocessing"].get_start_method(),
                target=name_of(target),
                of_pool=is_of_pool(target),
                runs=target is not None or type(self).run is not run,
            )

    def noted_join(self, timeout=None):
        join(self, timeout)
        if self.exitcode is not None:
            note("joined", child=self.pid, exit_code=self.exitcode)

    def noted_bootstrap(self, *args, **kwargs):
        """Runs in the child."""
        note("began")
        with unharmed:
            if not is_of_pool(self._target):
                self._target = watched(self._target)
            if type(self).run is not run:  # of a subclass, which needs no target
                self.run = watched(self.run)
        exit_code = bootstrap(self, *args, **kwargs)
        note("ended", exit_code=exit_code)
        return exit_code

    process.start, process.join, process._bootstrap = noted_start, noted_join, noted_bootstrap


def is_of_pool(target):
    """Return whether a process with this target is a pool's worker."""
    return getattr(target, "__module__", None) in ("multiprocessing.pool", "concurrent.futures.process")


def patch_threading(module):
    run = module.Thread.run

    def noted_run(self):
        with unharmed:
            if getattr(self._target, "__module__", None) in ("__main__", "__mp_main__"):
                self._target = watched(self._target)
        run(self)

    module.Thread.run = noted_run
    patch_condition(module)


def patch_context(module):
    if method := settings["start_method"]:
        default = module._default_context  # the script may still choose another
        default._default_context = default.get_context(method)


def patch_util(module):
    import atexit
    from multiprocessing import active_children

    # After multiprocessing's own, so it runs before: that one ends the daemonic processes and waits for the others
    atexit.register(lambda: note("end", alive=[child.pid for child in active_children()]))


def patch_connection(module):
    kinds = [module.Connection] if hasattr(module, "Connection") else []  # not on a Windows without Unix sockets
    if hasattr(module, "PipeConnection"):
        kinds.append(module.PipeConnection)
    for kind, send in [(kind, kind._send_bytes) for kind in kinds]:
        kind._send_bytes = noting_size(send)
    module.wait = noting_wait(module.wait)  # join(), poll() and get() wait so, on Windows without a selector


def noting_size(send):
    """Wrap the method with which a connection sends, so that the size of each message is noted."""

    def noted_send(self, message):
        note("message", bytes=len(message))
        return send(self, message)

    return noted_send


# --- Pools and executors ---


def patch_pool(module):
    work, chunks, alone = module.worker, (module.mapstar, module.starmapstar), module._helper_reraises_exception
    note_pool(module.Pool, "_processes", "close", "terminate", "join")
    for method in ("apply", "apply_async", "map", "map_async", "starmap", "starmap_async", "imap", "imap_unordered"):
        setattr(module.Pool, method, noting_use(getattr(module.Pool, method)))

    def watched_task(task):
        job, number, function, args, kwargs = task
        size = 1
        if function in chunks:
            ((function_of_each, chunk),) = args
            args, size = ((watched(function_of_each), chunk),), len(chunk)
        elif function is not alone:
            function = watched(function)
        note("chunk", tasks=size)
        return job, number, function, args, kwargs

    module.worker = with_watched_tasks(work, watched_task)


def patch_executor(module):
    work, process_chunk = module._process_worker, module._process_chunk
    note_pool(module.ProcessPoolExecutor, "_max_workers", "shutdown")
    submit = noting_use(module.ProcessPoolExecutor.submit)
    module.ProcessPoolExecutor.submit = submit

    def watched_task(task):
        size = 1
        if isinstance(task.fn, functools.partial) and task.fn.func is process_chunk:
            task.fn = functools.partial(process_chunk, *map(watched, task.fn.args))
            size = len(task.args[0])
        else:
            task.fn = watched(task.fn)
        note("chunk", tasks=size)
        return task

    module._process_worker = with_watched_tasks(work, watched_task)


def patch_thread_executor(module):
    note_pool(module.ThreadPoolExecutor, "_max_workers", "shutdown")
    submit = noting_use(module.ThreadPoolExecutor.submit)

    def watched_submit(self, function, /, *args, **kwargs):
        with unharmed:
            function = watched(function)
        return submit(self, function, *args, **kwargs)

    module.ThreadPoolExecutor.submit = watched_submit


def note_pool(kind, size, *methods):
    """Note each pool of that kind that is made, and each call of the methods, which end it.

    kind     a class
    size     the name of its attribute that holds how many workers it has
    methods  the names of its methods that end it
    """
    make = kind.__init__

    @functools.wraps(make)
    def noted_make(self, *args, **kwargs):
        make(self, *args, **kwargs)
        self.noted_as = next(pool_numbers)
        with unharmed:
            note("pool", pool=self.noted_as, kind=type(self).__name__, size=int(getattr(self, size)))

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

    class Watched:
        """The queue of tasks."""

        def __init__(self, queue):
            self.queue = queue

        def __getattr__(self, name):
            return getattr(self.queue, name)

        def get(self, *args, **kwargs):
            task = self.queue.get(*args, **kwargs)
            with unharmed:
                return task and watched_task(task)  # None says that there are no more
            return task

    @functools.wraps(work)
    def watched_work(queue, *args, **kwargs):
        return work(Watched(queue), *args, **kwargs)

    return watched_work


PATCHES = {
    "threading": patch_threading,
    "selectors": patch_selectors,
    "multiprocessing.synchronize": patch_condition,
    "multiprocessing.process": patch_process,
    "multiprocessing.context": patch_context,
    "multiprocessing.util": patch_util,
    "multiprocessing.connection": patch_connection,
    "multiprocessing.pool": patch_pool,
    "concurrent.futures.process": patch_executor,
    "concurrent.futures.thread": patch_thread_executor,
    "helpers.workers": patch_workers,
}
