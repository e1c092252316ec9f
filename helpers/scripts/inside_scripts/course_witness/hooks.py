"""What the witness looks at: functions of multiprocessing, concurrent.futures, threading and time are wrapped.

They are wrapped when their module is imported, so a script pays for what it uses only. Wrapped, they do and return the
same as before, and no traceback shows that they are.

Much of what is wrapped is private to multiprocessing, and a later Python may have it no more. Then that is noted, and
the script goes on. So a function here that wraps something looks up all that it needs before it changes anything.
"""

import functools
import itertools
import os
import sys
import time
from contextlib import contextmanager
from importlib.machinery import PathFinder
from time import perf_counter, thread_time

from course_witness import notes
from course_witness.notes import RECEIVED, SENT, TAKEN, WAIT, blind, mine, note, quiet, settings, unharmed
from course_witness.tracebacks import hide_witness, hiding

WORKERS = ("count_primes", "fetch_page", "hash_password", "mandelbrot_tile")  # those of helpers.workers that work
MOST_FRAMES = 30  # looked through for a line of the script
MOST_TEXT = 1000  # letters of what is printed at once
pool_numbers = itertools.count(1)


def watch(folder, start_method):
    """Write notes into `folder`; let `start_method`, if given, be the script's default."""
    settings.update(folder=folder, start_method=start_method)
    notes.begin()
    note("python", computed=thread_time())
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=notes.begin)
    note_what_is_printed()
    sys.excepthook = hiding(sys.excepthook)
    time.sleep = noting_wait(time.sleep, "sleep", seconds_at=0)
    for name in PATCHES.keys() & sys.modules.keys():  # a .pth file of the environment may have imported some
        with unharmed:
            PATCHES[name](sys.modules[name])
    sys.meta_path.insert(0, PatchOnImport)


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


# --- Waits ---


def noting_wait(wait, what, whom=None, seconds_at=1):
    """Wrap a function that may wait, so that it is noted what for, from when to when, and until when at most.

    what        what it waits for, as `helpers.scripts.tracing` knows it; or a function of the first argument
    whom        a function that returns a number for whom or what exactly, given the first argument
    seconds_at  the place of the most seconds among its arguments, if they are not given as `timeout`

    Only the outermost wait is noted: what `get()` waits for inside is not what the script asked for.
    """

    @functools.wraps(wait)
    def noted_wait(*args, **kwargs):
        if quiet():
            return wait(*args, **kwargs)
        try:
            subject = args[0] if args else None
            seconds = args[seconds_at] if len(args) > seconds_at else kwargs.get("timeout")
            until = perf_counter() + seconds if isinstance(seconds, (int, float)) else 0.0
            name = what(subject) if callable(what) else what
            records = mine()
            place, began = records.begin(WAIT, name, whom(subject) if whom else 0, until, line_of_script())
        except Exception as error:  # noqa: BLE001 - whatever it is, the script goes on
            blind(error)
            return wait(*args, **kwargs)
        records.quiet = True
        try:
            return wait(*args, **kwargs)
        finally:
            records.quiet = False
            with unharmed:
                records.end_wait(place, began)

    return noted_wait


@contextmanager
def silence():
    """A block in which no wait is noted: it is not the script's."""
    records = None
    with unharmed:
        records = mine()
        was, records.quiet = records.quiet, True
    try:
        yield
    finally:
        if records:
            records.quiet = was


def wrap_waits(kind, what, names, **more):
    """Wrap those methods of a class, of these names, that it has."""
    for name in names:
        if method := getattr(kind, name, None):
            setattr(kind, name, noting_wait(method, what, **more))


def line_of_script():
    """Return the innermost line of the script's own that is being run, and the number of its file above 32 bits."""
    frame = sys._getframe(2)
    for _ in range(MOST_FRAMES):
        file = frame.f_code.co_filename
        if number := notes.files_of_script.get(file):
            return frame.f_lineno | number << 32
        if number is None:
            notes.files_of_script[file] = is_of_script(file) and notes.number_of(os.path.basename(file))  # noqa: PTH119
            continue
        frame = frame.f_back
        if frame is None or frame.f_code.co_name == "_bootstrap":  # a forked child has its parent's lines below
            break
    return 0


def is_of_script(file):
    """Return whether a file is the script, or lies beside it."""
    for name in ("__mp_main__", "__main__"):
        if script := getattr(sys.modules.get(name), "__file__", None):
            folder = os.path.dirname(script)  # noqa: PTH120 - pathlib is slow to import
            return file == script or (file.startswith(folder) and "site-packages" not in file)
    return False


def patch_selectors(module):
    """An asyncio loop waits with a selector."""
    for name in ("SelectSelector", "PollSelector", "EpollSelector", "KqueueSelector"):  # each system has some
        if kind := getattr(module, name, None):
            wrap_waits(kind, "selector", ["select"])


def patch_queue(module):
    wrap_waits(module.Queue, "thread queue get", ["get"], seconds_at=2)
    wrap_waits(module.Queue, "thread queue put", ["put"], seconds_at=3)
    wrap_waits(module.Queue, "queue join", ["join"])


# --- Locks ---


def holding(acquire, release, what, number, notes_holder):
    """Wrap the two methods of a lock so that it is noted who waits for it and, if asked, who holds it.

    what          "Lock", "RLock", "Semaphore" ...
    number        a function that returns the lock's number
    notes_holder  whether the lock has one holder
    """
    held = []  # (the holder's records, the place of the record, when it began), outermost first

    def noted_acquire(*args, **kwargs):
        if quiet():
            return acquire(*args, **kwargs)
        got = wait(*args, **kwargs)
        if got and notes_holder:
            with unharmed:
                records = mine()
                held.append((records, *records.begin(notes.HOLD, what, number())))
        return got

    def noted_release():
        if held and not quiet():
            with unharmed:
                records, place, began = held.pop()
                if records.pid == os.getpid():
                    records.end_wait(place, began)
        return release()

    wait = noting_wait(acquire, what, lambda _: number(), seconds_at=1)
    return noted_acquire, noted_release


def patch_synchronize(module):
    make, kinds = module.SemLock._make_methods, (module.Lock, module.RLock)
    locks = module.SemLock

    def noted_make(self):
        make(self)
        with unharmed:
            semaphore = self._semlock  # and not the lock itself: it would never be freed
            methods, number = (self.acquire, self.release), functools.partial(number_of_semaphore, semaphore)
            self.acquire, self.release = holding(*methods, type(self).__name__, number, isinstance(self, kinds))

    locks._make_methods = noted_make
    locks.__enter__ = lambda self: self.acquire()
    locks.__exit__ = lambda self, *error: self.release()
    for kind, what in ((module.Condition, "condition"), (module.Event, "event")):
        wrap_waits(kind, what, ["wait", "wait_for"])


def number_of_semaphore(semaphore):
    """Return what all processes know a semaphore by: its name, or, in forked processes, its place in memory."""
    name = getattr(semaphore, "name", None)
    return int.from_bytes(name.encode()[-8:], "big") if name else semaphore.handle & (2**64 - 1)


# --- Calls ---


def watched(function):
    """Wrap a function so that each of its calls is noted, with its beginning and its end. None stays None."""
    if function is None or hasattr(function, "is_watched"):
        return function
    try:
        return watched_anew(function)
    except TypeError:  # it can't be a key
        return watched_anew.__wrapped__(function)


@functools.lru_cache(maxsize=100)
def watched_anew(function):
    name = name_of(function) or ""

    @functools.wraps(function)
    def call(*args, **kwargs):
        try:
            records = mine()
            place, began = records.begin_call(name)
        except Exception as error:  # noqa: BLE001 - whatever it is, the script goes on
            blind(error)
            return function(*args, **kwargs)
        try:
            return function(*args, **kwargs)
        finally:
            with unharmed:
                records.end_call(place, began, name)

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
    start, bootstrap, run = process.start, process._bootstrap, process.run

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

    join = noting_wait(process.join, "join", lambda waited_for: waited_for.pid or 0)

    def noted_join(self, timeout=None):
        join(self, timeout)
        if self.exitcode is not None:
            note("joined", child=self.pid, exit_code=self.exitcode)

    def noted_bootstrap(self, *args, **kwargs):
        """Runs in the child."""
        note("began", name=self.name)
        with unharmed:
            if not is_of_pool(self._target):
                self._target = watched(self._target)
            if type(self).run is not run:  # of a subclass, which needs no target
                self.run = watched(self.run)
        exit_code = bootstrap(self, *args, **kwargs)
        note("ended", exit_code=exit_code)
        return exit_code

    def noting_end(end):
        @functools.wraps(end)
        def noted_end(self):
            note("ends", child=self.pid, how=end.__name__)
            return end(self)

        return noted_end

    process.start, process.join, process._bootstrap = noted_start, noted_join, noted_bootstrap
    process.terminate, process.kill = noting_end(process.terminate), noting_end(process.kill)


def patch_popen(module):
    """A process's parent learns how it ended when it looks, in join() or elsewhere."""
    kind = module.Popen
    poll = kind.poll

    def noted_poll(self, *args, **kwargs):
        exit_code = poll(self, *args, **kwargs)
        if exit_code is not None and not hasattr(self, "is_noted"):
            self.is_noted = True
            note("reaped", child=self.pid, exit_code=exit_code)
        return exit_code

    kind.poll = noted_poll


def is_of_pool(target):
    """Return whether a process with this target is a pool's worker."""
    return getattr(target, "__module__", None) in ("multiprocessing.pool", "concurrent.futures.process")


def patch_threading(module):
    thread, lock = module.Thread, module.Lock
    run, start = thread.run, thread.start

    def noted_start(self):
        self.course_asked = perf_counter()
        with silence():  # it waits until the thread has begun
            return start(self)

    def noted_run(self):
        with unharmed:
            target = self._target
            of = getattr(target, "__module__", None) or ""
            plumbing = of.partition(".")[0] in ("multiprocessing", "concurrent")
            if plumbing and name_of(target) not in ("worker", "_worker"):  # those run a pool's tasks
                mine().quiet = True
            else:
                note("thread", name=self.name, asked=self.course_asked, daemon=self.daemon)
            if of in ("__main__", "__mp_main__"):
                self._target = watched(target)
        try:
            run(self)
        finally:
            note("thread ended")

    thread.start, thread.run = noted_start, noted_run
    thread.join = noting_wait(thread.join, lambda waited_for: f"thread {waited_for.name}")
    for kind, what in ((module.Condition, "condition"), (module.Event, "event"), (module.Barrier, "barrier")):
        wrap_waits(kind, what, ["wait"])
    module.excepthook = hiding(module.excepthook)
    module.Lock = LockOfScript(lock)


class LockOfScript:
    """What the script calls as `threading.Lock()`: its own locks are watched, those of libraries are not."""

    def __init__(self, kind):
        self.kind = kind

    def __call__(self):
        lock = self.kind()
        return WatchedLock(lock) if is_of_script(sys._getframe(1).f_code.co_filename) else lock

    def __getattr__(self, name):
        return getattr(self.kind, name)

    def __instancecheck__(self, thing):  # from 3.13 on, `threading.Lock` is a class
        return isinstance(thing, (self.kind, WatchedLock))

    def __or__(self, other):
        return self.kind | other


class WatchedLock:
    """A lock that notes who waits for it and who holds it. Otherwise it is the lock that it wraps."""

    numbers = itertools.count(1)

    def __init__(self, lock):
        self.lock = lock
        number = next(self.numbers) << 32 | os.getpid()  # in a forked child, a copy has that of the original
        self.acquire, self.release = holding(lock.acquire, lock.release, "thread lock", lambda: number, True)

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *error):
        self.release()

    def __getattr__(self, name):
        return getattr(self.lock, name)

    def __repr__(self):
        return repr(self.lock)

    def __reduce_ex__(self, protocol):
        return self.lock.__reduce_ex__(protocol)  # raises, as that of every lock


def patch_context(module):
    if method := settings["start_method"]:
        default = module._default_context  # the script may still choose another
        default._default_context = default.get_context(method)


def patch_util(module):
    import atexit
    from multiprocessing import active_children

    # After multiprocessing's own, so it runs before: that one ends the daemonic processes and waits for the others
    atexit.register(lambda: note("end", alive=[child.pid for child in active_children()], computed=thread_time()))


# --- Pipes and queues ---


def patch_connection(module):
    base, pipe = module._ConnectionBase, module.Pipe
    kinds = [module.Connection] if hasattr(module, "Connection") else []  # not on a Windows without Unix sockets
    if hasattr(module, "PipeConnection"):
        kinds.append(module.PipeConnection)
    for kind, send, receive in [(kind, kind._send_bytes, kind._recv_bytes) for kind in kinds]:
        kind._send_bytes, kind._recv_bytes = noting_sent(send), noting_received(receive)
    wrap_waits(base, "recv", ["recv", "recv_bytes", "recv_bytes_into"], whom=channel_of, seconds_at=9)
    wrap_waits(base, "recv", ["poll"], whom=channel_of)
    wrap_waits(base, "send", ["send", "send_bytes"], whom=channel_of, seconds_at=9)
    module.wait = noting_wait(module.wait, "several")  # join(), poll() and get() wait so, on Windows without a selector

    @functools.wraps(pipe)
    def noted_pipe(duplex=True):
        ends = pipe(duplex)
        with unharmed:
            note("pipe", ends=[channel_of(end) for end in ends])
        return ends

    module.Pipe = noted_pipe


def channel_of(connection):
    """Return the number that all processes know this end of a pipe by: 0 on Windows, where there is none."""
    try:
        return connection.noted_as
    except AttributeError:
        number = os.fstat(connection.fileno()).st_ino if os.name == "posix" else 0
        connection.noted_as = number
        return number


def noting_sent(send):
    """Wrap the method with which a connection sends, so that each message is noted with its size."""

    def noted_send(self, message):
        try:
            mine().moment(SENT, channel_of(self), len(message))
        except Exception as error:  # noqa: BLE001 - whatever it is, the script goes on
            blind(error)
        return send(self, message)

    return noted_send


def noting_received(receive):
    """Likewise for the method with which it receives."""

    def noted_receive(self, maxsize=None):
        received = receive(self, maxsize)
        if received is not None:
            try:
                mine().moment(RECEIVED, channel_of(self), received.getbuffer().nbytes)
            except Exception as error:  # noqa: BLE001 - whatever it is, the script goes on
                blind(error)
        return received

    return noted_receive


def patch_queues(module):
    queue, simple = module.Queue, module.SimpleQueue
    start_thread, drained = queue._start_thread, queue._finalize_join
    noting_made(queue, "queue")
    noting_made(simple, "queue")
    wrap_waits(queue, "get", ["get"], whom=reader_of, seconds_at=2)
    wrap_waits(simple, "get", ["get"], whom=reader_of)
    wrap_waits(queue, "put", ["put"], whom=reader_of, seconds_at=3)
    wrap_waits(simple, "put", ["put"], whom=reader_of, seconds_at=9)
    wrap_waits(module.JoinableQueue, "queue join", ["join"])

    def noted_start_thread(self):
        start_thread(self)
        with unharmed:
            self._thread.noted_as = reader_of(self)

    def thread_of(reference):
        return getattr(reference(), "noted_as", 0)

    queue._start_thread = noted_start_thread
    queue._finalize_join = staticmethod(noting_wait(drained, "drain", thread_of))


def reader_of(queue):
    """Return the number of the pipe that a queue is made of. A pool's worker closes the end that it does not use."""
    return channel_of(queue._writer if queue._reader.closed else queue._reader)


def noting_made(kind, what):
    """Note each queue of that class that is made, with its pipe."""
    make = kind.__init__

    @functools.wraps(make)
    def noted_make(self, *args, **kwargs):
        make(self, *args, **kwargs)
        with unharmed:
            note("queue", ends=[reader_of(self)])

    kind.__init__ = noted_make


def patch_managers(module):
    wrap_waits(module.BaseProxy, "manager", ["_callmethod"], seconds_at=9)


# --- Pools and executors ---


def patch_pool(module):
    work, chunks, alone = module.worker, (module.mapstar, module.starmapstar), module._helper_reraises_exception
    pool, result, iterator = module.Pool, module.ApplyResult, module.IMapIterator
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
        note_taken(size)
        return job, number, function, args, kwargs

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
        note_taken(size)
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
            function = watched(function)
        return submit(self, function, *args, **kwargs)

    executor.submit = watched_submit
    executor.shutdown = noting_wait(noting_use(executor.shutdown), "pool end", seconds_at=9)


def patch_futures(module):
    wrap_waits(module.Future, "result future", ["result", "exception"])
    module.wait = noting_wait(module.wait, "result future")


def note_taken(size):
    """Note that a pool's worker has taken a packet of so many tasks."""
    records = mine()
    records.begin_packet()
    records.moment(TAKEN, size=size)


def note_pool(kind, size, queues, *methods):
    """Note each pool of that kind that is made, and each call of the methods, which end it.

    kind     a class
    size     the name of its attribute that holds how many workers it has
    queues   a function that returns the queues between a pool and its workers
    methods  the names of its methods that end it
    """
    make = kind.__init__

    @functools.wraps(make)
    def noted_make(self, *args, **kwargs):
        make(self, *args, **kwargs)
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

    class Watched:
        """The queue of tasks."""

        def __init__(self, queue):
            self.queue = queue
            self.get_task = noting_wait(queue.get, "task", seconds_at=9)

        def __getattr__(self, name):
            return getattr(self.queue, name)

        def get(self, *args, **kwargs):
            task = self.get_task(*args, **kwargs)
            with unharmed:
                return task and watched_task(task)  # None says that there are no more
            return task

    @functools.wraps(work)
    def watched_work(queue, *args, **kwargs):
        return work(Watched(queue), *args, **kwargs)

    return watched_work


PATCHES = {
    "traceback": hide_witness,
    "threading": patch_threading,
    "queue": patch_queue,
    "selectors": patch_selectors,
    "multiprocessing.synchronize": patch_synchronize,
    "multiprocessing.process": patch_process,
    "multiprocessing.popen_fork": patch_popen,
    "multiprocessing.popen_forkserver": patch_popen,
    "multiprocessing.popen_spawn_win32": patch_popen,
    "multiprocessing.context": patch_context,
    "multiprocessing.util": patch_util,
    "multiprocessing.connection": patch_connection,
    "multiprocessing.queues": patch_queues,
    "multiprocessing.managers": patch_managers,
    "multiprocessing.pool": patch_pool,
    "concurrent.futures._base": patch_futures,
    "concurrent.futures.process": patch_executor,
    "concurrent.futures.thread": patch_thread_executor,
    "helpers.workers": patch_workers,
}
