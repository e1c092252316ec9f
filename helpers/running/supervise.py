"""Start worker processes so that all of them end, whatever happens to the run."""

import multiprocessing
import multiprocessing.pool
import signal
from contextlib import contextmanager
from multiprocessing.connection import wait
from threading import Thread
from time import perf_counter

from helpers.machine import start_methods
from helpers.running.inside import begin

CHECK_EVERY = 0.1  # seconds


class WatchedContext:
    """A multiprocessing context that remembers the processes it started.

    start_method  "fork", "spawn" or "forkserver" (default: Python's own default)
    time_limit    seconds after which `check` raises
    worker, log   the function and the `Log` of a run: then its processes enrol as workers

    Raises ValueError for a start method that this platform does not have.
    """

    def __init__(self, start_method=None, time_limit=60.0, worker=None, log=None):
        if start_method not in (None, *start_methods()):
            known = ", ".join(map(repr, start_methods()))
            raise ValueError(f"start_method={start_method!r} is not known here. Use one of {known}.")
        self._context = multiprocessing.get_context(start_method)
        self._deadline = perf_counter() + time_limit
        self._started = []
        self.worker, self.log = worker, log

    def __getattr__(self, name):
        return getattr(self._context, name)

    def Process(self, *, target, args=(), kwargs=None, **options):
        # a Pool replaces a worker that died: the new one takes an old one's place, until `check` ends them all
        number = len(self._started) % len(self.log.ready) + 1 if self.log else None
        begun = (number, self.worker, self.log, target, args, kwargs or {})
        process = self._context.Process(target=begin, args=begun, **options)
        self._started.append(process)
        return process

    @property
    def time_left(self):
        """Seconds until the time limit, never below 0."""
        return max(0.0, self._deadline - perf_counter())

    def check(self):
        """Raise TimeoutError if no time is left, RuntimeError if a process has died."""
        if not self.time_left:
            raise TimeoutError("The run took longer than its time limit. Its workers were ended.")
        died = [process for process in self._started if process.exitcode]
        if died:
            # an executor ends the others by SIGTERM when one has died
            first = min(died, key=lambda process: process.exitcode == -signal.SIGTERM)
            raise RuntimeError(
                f"A worker process (PID {first.pid}) {how_it_ended(first.exitcode)}, "
                "and its task with it. The other workers were ended."
            )

    def wait_for(self, answer):
        """Wait for a Pool's AsyncResult and return it, with the errors of `check`."""
        while not answer.ready():
            answer.wait(timeout=CHECK_EVERY)
            self.check()
        return answer

    def each(self, results):
        """Yield what a Pool's imap_unordered gives (of chunksize 1), with the errors of `check`."""
        checked = perf_counter()
        while True:
            try:
                yield results.next(timeout=CHECK_EVERY)
            except StopIteration:
                return
            except multiprocessing.TimeoutError:
                pass
            if perf_counter() - checked > CHECK_EVERY:
                self.check()
                checked = perf_counter()

    def receive_all(self, pipes):
        """Yield all that comes through `pipes`, until each of their processes has ended by itself.

        Raises what `check` raises, and each exception that comes through a pipe.
        """
        while pipes:
            for pipe in wait(pipes, timeout=CHECK_EVERY):
                try:
                    received = pipe.recv()
                except EOFError:
                    pipes.remove(pipe)
                    continue
                if isinstance(received, Exception):
                    raise received
                yield received
            self.check()
        self.join()

    def join(self):
        """Wait until all processes have ended by themselves, with the errors of `check`."""
        for process in self._started:
            process.join(self.time_left)
        self.check()

    def kill(self):
        """End all processes at once."""
        started = [process for process in self._started if process.pid is not None]
        for process in started:
            process.kill()
        for process in started:
            process.join()

    @contextmanager
    def no_process_left(self):
        """End what the block leaves running, however it is left."""
        try:
            yield
        finally:
            self.kill()

    @contextmanager
    def pool(self, workers, initializer=None, initargs=()):
        """A multiprocessing.Pool that ends even if one of its workers was killed."""
        pool = multiprocessing.pool.Pool(workers, initializer, initargs, context=self)
        try:
            yield pool
        finally:
            # terminate() waits for ever for the queue's lock if a killed worker held it
            ending = Thread(target=pool.terminate, daemon=True)
            ending.start()
            ending.join(timeout=1)


def how_it_ended(exitcode):
    """Say in words what the exit code of a process that died means."""
    if exitcode < 0:
        return f"was killed by {signal.Signals(-exitcode).name}"
    return f"died with exit code {exitcode}"
