"""In a process that takes one step when told: it stops before each line of its function, as in a debugger.

Standard library only, and only its quick parts: every such process imports this file.

What it tells its `helpers.steps.scheduler.Scheduler`:

    ("at", line, variables)    it stands before a line, given by its number in the file
    ("waits", name)            it waits for a lock that another process holds
    ("got", name)              it has a lock
    ("freed", name)            it has released a lock
    ("done", None, variables)  the function has returned
    ("failed", error)          the function has raised an error, given in words
"""

import os
import signal
import sys
from multiprocessing.synchronize import Lock

LONGEST = 40  # characters of a variable's value that are shown


def follow(worker, shared, scheduler):
    """Call `worker(**shared)` line by line, as told through the pipe `scheduler`. Then wait to be told to begin again.

    worker  a function
    shared  name → what both processes share, such as a `Value` or a `Lock`
    """
    end_on_interrupt()
    watched = {
        name: WatchedLock(thing, name, scheduler) if isinstance(thing, Lock) else thing
        for name, thing in shared.items()
    }
    while True:
        call_in_steps(worker, watched, scheduler)
        wait_for_permission(scheduler)


def end_on_interrupt():
    """Let an interrupt of the kernel end this process without a traceback. Until now interrupts were held back."""
    if os.name == "posix":
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def call_in_steps(worker, shared, scheduler):
    """Call `worker(**shared)`. Before each of its lines, tell where it is and wait for permission to run that line."""
    own = {}

    def stop(frame, event, _):
        nonlocal own
        own = {name: shortened(value) for name, value in frame.f_locals.items() if name not in shared}
        if event == "line":
            tell(scheduler, "at", frame.f_lineno, own)
            wait_for_permission(scheduler)
        return stop

    def enter(frame, *_):
        return stop if frame.f_code is worker.__code__ else None

    sys.settrace(enter)
    try:
        worker(**shared)
    except Exception as error:
        tell(scheduler, "failed", f"{type(error).__name__}: {error}")
    else:
        tell(scheduler, "done", None, own)
    finally:
        sys.settrace(None)


def tell(scheduler, *message):
    """Send a message to the scheduler, or end this process if the scheduler's has ended."""
    try:
        scheduler.send(message)
    except OSError:
        sys.exit()


def wait_for_permission(scheduler):
    """Wait until the scheduler gives permission to go on, or end this process if the scheduler's has ended."""
    try:
        scheduler.recv()
    except (EOFError, OSError):
        sys.exit()


def shortened(value):
    """Return a value as text, cut if it is long."""
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


class WatchedLock:
    """A real lock. It tells the scheduler who waits for it, who has it, and who has released it.

    lock       a multiprocessing `Lock`
    name       what the worker calls it
    scheduler  the pipe to the scheduler
    """

    def __init__(self, lock, name, scheduler):
        self._lock, self._name, self._scheduler = lock, name, scheduler

    def acquire(self):
        if not self._lock.acquire(block=False):
            tell(self._scheduler, "waits", self._name)
            self._lock.acquire()
        tell(self._scheduler, "got", self._name)
        return True

    def release(self):
        self._lock.release()
        tell(self._scheduler, "freed", self._name)

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *_):
        self.release()
