"""Note what a script does with processes, threads and pools, for `helpers.scripts.trace` to read.

`sitecustomize` starts the witness in the script and in each of its workers. Functions of multiprocessing are wrapped
when their module is imported, so a script pays for what it uses only. Wrapped, they do and return the same as before.

A note is one line, the repr of a dict. Each thread writes to a file of its own, so nobody waits for anybody, and what
a process noted before it was killed stays whole.
"""

import functools
import itertools
import os
import sys
from _thread import get_ident
from importlib.machinery import PathFinder
from time import perf_counter

WORKERS = ("count_primes", "fetch_page", "hash_password", "mandelbrot_tile")  # those of helpers.workers that work

# A process that goes round for ever shall not fill the disk
MOST_NOTES = 20_000
MOST_TEXT = 1000  # letters of what is printed at once

settings = {}
notes = itertools.count()
pool_numbers = itertools.count(1)


def watch(folder, start_method):
    """Write notes into `folder`; let `start_method`, if given, be the script's default."""
    settings.update(folder=folder, start_method=start_method)
    note("python")
    note_what_is_printed()
    for name in PATCHES.keys() & sys.modules.keys():  # a .pth file of the environment may have imported some
        PATCHES[name](sys.modules[name])
    sys.meta_path.insert(0, PatchOnImport)


def note(what, **facts):
    """Write down a fact: who (process and thread), when, what."""
    if next(notes) >= MOST_NOTES:
        return
    try:
        who = os.getpid(), get_ident()
        line = repr({"what": what, "process": who[0], "thread": who[1], "at": perf_counter(), **facts})
        with open("{}/{}-{}".format(settings["folder"], *who), "a", encoding="utf-8") as file:  # noqa: PTH123
            file.write(line + "\n")
    except (OSError, NameError, TypeError):  # the folder is gone, or, as the interpreter ends, the names used here
        pass


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
            patch(module)

        spec.loader.exec_module = execute_and_patch
        return spec


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
    start, join, bootstrap = process.start, process.join, process._bootstrap

    def noted_start(self):
        target, began = getattr(self, "_target", None), perf_counter()  # start() forgets the target
        start(self)
        note(
            "started",
            child=self.pid,
            began=began,
            name=self.name,
            daemon=self.daemon,
            start_method=self._start_method or sys.modules["multiprocessing"].get_start_method(),
            target=name_of(target),
            of_pool=is_of_pool(target),
            runs=target is not None or type(self).run is not process.run,
        )

    def noted_join(self, timeout=None):
        join(self, timeout)
        if self.exitcode is not None:
            note("joined", child=self.pid, exit_code=self.exitcode)

    def noted_bootstrap(self, *args, **kwargs):
        """Runs in the child."""
        note("began")
        if not is_of_pool(self._target):
            self._target = watched(self._target)
        if type(self).run is not process.run:  # of a subclass, which needs no target
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
        if getattr(self._target, "__module__", None) in ("__main__", "__mp_main__"):
            self._target = watched(self._target)
        run(self)

    module.Thread.run = noted_run


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
    for kind in filter(None, (module.Connection, getattr(module, "PipeConnection", None))):
        kind._send_bytes = noting_size(kind._send_bytes)


def noting_size(send):
    """Wrap the method with which a connection sends, so that the size of each message is noted."""

    def noted_send(self, message):
        note("message", bytes=len(message))
        return send(self, message)

    return noted_send


# --- Pools and executors ---


def patch_pool(module):
    note_pool(module.Pool, "_processes", "close", "terminate", "join")
    for method in ("apply", "apply_async", "map", "map_async", "starmap", "starmap_async", "imap", "imap_unordered"):
        setattr(module.Pool, method, noting_use(getattr(module.Pool, method)))

    def watched_task(task):
        job, number, function, args, kwargs = task
        size = 1
        if function in (module.mapstar, module.starmapstar):  # a chunk
            ((function_of_each, chunk),) = args
            args, size = ((watched(function_of_each), chunk),), len(chunk)
        elif function is not module._helper_reraises_exception:
            function = watched(function)
        note("chunk", tasks=size)
        return job, number, function, args, kwargs

    module.worker = with_watched_tasks(module.worker, watched_task)


def patch_executor(module):
    note_pool(module.ProcessPoolExecutor, "_max_workers", "shutdown")
    submit = noting_use(module.ProcessPoolExecutor.submit)
    module.ProcessPoolExecutor.submit = submit

    def watched_task(task):
        size = 1
        if isinstance(task.fn, functools.partial) and task.fn.func is module._process_chunk:
            task.fn = functools.partial(module._process_chunk, *map(watched, task.fn.args))
            size = len(task.args[0])
        else:
            task.fn = watched(task.fn)
        note("chunk", tasks=size)
        return task

    module._process_worker = with_watched_tasks(module._process_worker, watched_task)


def patch_thread_executor(module):
    note_pool(module.ThreadPoolExecutor, "_max_workers", "shutdown")
    submit = noting_use(module.ThreadPoolExecutor.submit)
    module.ThreadPoolExecutor.submit = lambda self, function, /, *args, **kwargs: submit(
        self, watched(function), *args, **kwargs
    )


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
            return task and watched_task(task)  # None says that there are no more

    @functools.wraps(work)
    def watched_work(queue, *args, **kwargs):
        return work(Watched(queue), *args, **kwargs)

    return watched_work


PATCHES = {
    "threading": patch_threading,
    "multiprocessing.process": patch_process,
    "multiprocessing.context": patch_context,
    "multiprocessing.util": patch_util,
    "multiprocessing.connection": patch_connection,
    "multiprocessing.pool": patch_pool,
    "concurrent.futures.process": patch_executor,
    "concurrent.futures.thread": patch_thread_executor,
    "helpers.workers": patch_workers,
}
