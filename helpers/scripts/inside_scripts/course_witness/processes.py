"""Processes and threads: what starts, joins and ends them."""

import functools
import os
import sys
from time import perf_counter, thread_time

from course_witness.locks import LockOfScript
from course_witness.notes import mine, note, settings, unharmed
from course_witness.tracebacks import hiding
from course_witness.wrapping import name_of, noting_wait, silence, watched, watched_anew, wrap_waits

LAST_OF_ALL = -1000  # multiprocessing's own finalizers have priorities of -100 and more


def patch_process(module):
    process = module.BaseProcess
    start, bootstrap, run = process.start, process._bootstrap, process.run

    def noted_start(self):
        target, began = getattr(self, "_target", None), perf_counter()  # start() forgets the target
        with silence():  # it may exchange messages with a fork server
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

    join = noting_wait(process.join, "join", lambda waited_for: waited_for.pid or 0, rare=True)

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
            if type(self).run is not run:  # a subclass's own run, which needs no target
                self.run = watched(self.run)
        exit_code = bootstrap(self, *args, **kwargs)
        note_ended(exit_code)
        return exit_code

    def noting_end(end):
        @functools.wraps(end)
        def noted_end(self):
            note("ends", child=self.pid, how=end.__name__)
            return end(self)

        return noted_end

    process.start, process.join, process._bootstrap = noted_start, noted_join, noted_bootstrap
    process.terminate, process.kill = noting_end(process.terminate), noting_end(process.kill)


def note_ended(exit_code):
    """Note that this process ends, but only once its own processes have ended and its queues are flushed.

    Up to Python 3.12 that has happened by now; later versions do it at exit.
    """
    with unharmed:
        from multiprocessing import util

        if not util.is_exiting():
            util.Finalize(None, note, ["ended"], {"exit_code": exit_code}, exitpriority=LAST_OF_ALL)
            return
    note("ended", exit_code=exit_code)


def patch_popen(module):
    """Note when a parent ends a process, and when it learns, in join() or elsewhere, how the process ended."""
    kind = module.Popen
    poll = kind.poll

    def noted_poll(self, *args, **kwargs):
        exit_code = poll(self, *args, **kwargs)
        if exit_code is not None and not hasattr(self, "is_noted"):
            self.is_noted = True
            note("reaped", child=self.pid, exit_code=exit_code)
        return exit_code

    def noting_stop(stop):
        @functools.wraps(stop)
        def noted_stop(self):
            note("stopped", child=self.pid)
            return stop(self)

        return noted_stop

    kind.poll = noted_poll
    for name in {"terminate", "kill"} & vars(kind).keys():
        setattr(kind, name, noting_stop(vars(kind)[name]))


def is_of_pool(target):
    """Return whether a process with this target is a worker of a pool or an executor."""
    return getattr(target, "__module__", None) in ("multiprocessing.pool", "concurrent.futures.process")


def is_of_script(thing):
    """Return whether a function or a class is the script's own, or one of a module in the script's folder."""
    name = getattr(thing, "__module__", None)
    if name in ("__main__", "__mp_main__"):
        return True
    script = sys.modules.get("__mp_main__", sys.modules["__main__"])
    files = [getattr(module, "__file__", None) or "" for module in (sys.modules.get(name), script)]
    folders = [file.rpartition(os.sep)[0] for file in files]
    return bool(folders[0]) and folders[0] == folders[1]


def patch_threading(module):
    thread, lock = module.Thread, module.Lock
    run, start = thread.run, thread.start

    def noted_start(self):
        self.course_asked = perf_counter()
        with unharmed:
            if type(self).run is not noted_run and is_of_script(type(self)):  # a subclass's own run
                self.run = functools.partial(noted, self, watched_anew.__wrapped__(self.run))
        with silence():  # it waits until the thread has begun
            return start(self)

    def noted_run(self):
        with unharmed:
            if is_of_script(self._target):
                self._target = watched(self._target)
        noted(self, functools.partial(run, self))

    def noted(self, run):
        """Run a thread, and note when it began and ended."""
        with unharmed:
            target = getattr(self, "_target", None)
            of = getattr(target, "__module__", None) or ""
            plumbing = of.partition(".")[0] in ("multiprocessing", "concurrent")
            if plumbing and name_of(target) not in ("worker", "_worker"):  # those run a pool's tasks
                mine().quiet = True
            else:
                note("thread", name=self.name, asked=self.course_asked, daemon=self.daemon)
        try:
            run()
        finally:
            note("thread ended")

    thread.start, thread.run = noted_start, noted_run
    thread.join = noting_wait(thread.join, lambda waited_for: f"thread {waited_for.name}")
    for kind, what in ((module.Condition, "condition"), (module.Event, "event"), (module.Barrier, "barrier")):
        wrap_waits(kind, what, ["wait"])
    module.excepthook = hiding(module.excepthook)
    module.Lock = LockOfScript(lock)


def patch_context(module):
    if method := settings["start_method"]:
        default = module._default_context  # the script may still choose another
        default._default_context = default.get_context(method)


def patch_util(module):
    import atexit
    from multiprocessing import active_children

    # registered after multiprocessing's handler, so it runs before that ends daemonic processes and joins the others
    atexit.register(lambda: note("end", alive=[child.pid for child in active_children()], computed=thread_time()))
