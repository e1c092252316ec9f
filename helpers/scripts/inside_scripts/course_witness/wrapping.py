"""Wrap functions, so that their waits and calls are noted."""

import functools
import os
import sys

from course_witness import notes
from course_witness.notes import WAIT, blind, mine, unharmed

STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep  # noqa: PTH120 - pathlib is slow to import
MOST_FRAMES = 30  # searched for a line of the script


# --- Waits ---


def noting_wait(wait, what, whom=None, seconds_at=1, rare=False):
    """Wrap a function that may wait, so that each wait is noted: what for, from when to when, and its time limit.

    what        what it waits for, in the terms of `helpers.scripts.tracing`; or a function of the first argument that
                returns that, or None if it never waits
    whom        a function of the first argument that returns the number of what it waits for
    rare        whether every wait is noted, however short, because such waits are rare
    seconds_at  the position of the time limit, in seconds, among the arguments, if it isn't passed as `timeout`

    Only the outermost wait is noted: what `get()` waits for inside is not what the script asked for.
    """

    @functools.wraps(wait)
    def noted_wait(*args, **kwargs):
        place = None
        try:
            records = mine()
            if not records.quiet:
                subject = args[0] if args else None
                seconds = args[seconds_at] if len(args) > seconds_at else kwargs.get("timeout")
                seconds = seconds if isinstance(seconds, (int, float)) else None
                if name := what(subject) if callable(what) else what:
                    number = whom(subject) if whom else 0
                    place, began = records.begin(WAIT, name, number, seconds, line_of_script())
                    records.quiet = True
        except Exception as error:  # noqa: BLE001 - whatever it is, the script continues
            blind(error)
        if place is None:
            return wait(*args, **kwargs)
        try:
            return wait(*args, **kwargs)
        finally:
            records.quiet = False
            try:
                records.end(place) if rare else records.end_wait(place, began)
            except Exception as error:  # noqa: BLE001
                blind(error)

    return noted_wait


class silence:  # noqa: N801 - it is used like a function
    """A block in which no wait is noted, because it is not the script's."""

    def __enter__(self):
        self.was, self.records = False, None
        with unharmed:
            self.records = mine()
            self.was, self.records.quiet = self.records.quiet, True

    def __exit__(self, *error):
        if self.records:
            self.records.quiet = self.was


def wrap_waits(kind, what, names, **more):
    """Wrap the methods with these names, as far as the class has them."""
    for name in names:
        if method := getattr(kind, name, None):
            setattr(kind, name, noting_wait(method, what, **more))


def line_of_script():
    """Return the innermost line of the script that is running; its file's number is above the lower 32 bits."""
    frame = sys._getframe(2)
    for _ in range(MOST_FRAMES):
        file = frame.f_code.co_filename
        if number := notes.files_of_script.get(file):
            return frame.f_lineno | number << 32
        if number is None:
            notes.files_of_script[file] = is_of_script(file) and notes.number_of(os.path.basename(file))  # noqa: PTH119
            continue
        frame = frame.f_back
        if frame is None or notes.is_first_of_child(frame.f_code.co_filename, frame.f_code.co_name):
            break
    return 0


def is_of_script(file):
    """Return whether a file is the script, or is in the script's folder."""
    for name in ("__mp_main__", "__main__"):
        if script := getattr(sys.modules.get(name), "__file__", None):
            folder = os.path.dirname(script) + os.sep  # noqa: PTH120 - pathlib is slow to import
            others = file.startswith(STANDARD_LIBRARY) or "site-packages" in file
            return file == script or (file.startswith(folder) and not others)
    return False


# --- Calls ---


def watched(function):
    """Wrap a function so that the beginning and the end of each call are noted. None stays None."""
    if function is None or hasattr(function, "is_watched"):
        return function
    try:
        return watched_anew(function)
    except TypeError:  # it can't be hashed
        return watched_anew.__wrapped__(function)


@functools.lru_cache(maxsize=100)
def watched_anew(function):
    name = name_of(function) or ""

    @functools.wraps(function)
    def call(*args, **kwargs):
        try:
            records = mine()
            place, began = records.begin_call(name)
        except Exception as error:  # noqa: BLE001 - whatever it is, the script continues
            blind(error)
            return function(*args, **kwargs)
        try:
            return function(*args, **kwargs)
        finally:
            try:
                records.end_call(place, began, name)
            except Exception as error:  # noqa: BLE001
                blind(error)

    call.is_watched = True
    return call


def name_of(function):
    """Return the name of a function, of the one inside a partial, or None if it has none."""
    while isinstance(function, functools.partial):
        function = function.func
    return getattr(function, "__name__", None)
