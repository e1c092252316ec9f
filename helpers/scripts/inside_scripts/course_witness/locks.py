"""Locks: who waits for them, and who holds them."""

import functools
import itertools
import os
import sys

from course_witness import notes
from course_witness.notes import mine, quiet, unharmed
from course_witness.wrapping import is_of_script, noting_wait, wrap_waits


def holding(acquire, release, what, number, notes_holder):
    """Wrap the two methods of a lock so that it is noted who waits for it and, if asked for, who holds it.

    what          "Lock", "RLock", "Semaphore" ...
    number        a function that returns the lock's number
    notes_holder  whether the lock has one holder
    """
    held = []  # (the holder's `Records`, the place of its record, when that began), outermost first

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
            semaphore = self._semlock  # not the lock itself, which would never be freed
            methods, number = (self.acquire, self.release), functools.partial(number_of_semaphore, semaphore)
            self.acquire, self.release = holding(*methods, type(self).__name__, number, isinstance(self, kinds))

    locks._make_methods = noted_make
    locks.__enter__ = lambda self: self.acquire()
    locks.__exit__ = lambda self, *error: self.release()
    for kind, what in ((module.Condition, "condition"), (module.Event, "event")):
        wrap_waits(kind, what, ["wait", "wait_for"])
    wrap_waits(module.Condition, "woken", ["notify", "notify_all"])
    wrap_waits(module.Event, "woken", ["set"])
    wrap_waits(module.Event, "event lock", ["is_set", "clear"])


def number_of_semaphore(semaphore):
    """Return the number by which all processes know a semaphore: from its name or, if forked, its address."""
    name = getattr(semaphore, "name", None)
    return int.from_bytes(name.encode()[-8:], "big") if name else semaphore.handle & (2**64 - 1)


class LockOfScript:
    """Stands in for `threading.Lock`. The script's own locks are watched, those of libraries are not."""

    def __init__(self, kind):
        self.kind = kind

    def __call__(self):
        lock = self.kind()
        return WatchedLock(lock) if is_of_script(sys._getframe(1).f_code.co_filename) else lock

    def __getattr__(self, name):
        return getattr(self.kind, name)

    def __repr__(self):
        return repr(self.kind)

    def __instancecheck__(self, thing):  # since 3.13 `threading.Lock` is a class
        return isinstance(thing, (self.kind, WatchedLock))

    def __or__(self, other):
        return self.kind | other

    def __reduce__(self):  # a manager's process that isn't forked is sent it, with all that managers can make
        return lock_of_this_process, ()


def lock_of_this_process():
    """Return this process's `threading.Lock`."""
    return sys.modules["threading"].Lock


class WatchedLock:
    """A lock that notes who waits for it and who holds it. Otherwise it is the lock that it wraps."""

    numbers = itertools.count(1)

    def __init__(self, lock):
        self.lock = lock
        number = next(self.numbers) << 32 | os.getpid()  # a copy in a forked child keeps the original's number
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
        return self.lock.__reduce_ex__(protocol)  # raises, as it does for every lock
