"""Keep the witness out of the script's tracebacks: they show what they would show without it."""

import functools
import os

OWN_FOLDER = os.path.dirname(__file__)  # noqa: PTH120 - pathlib is slow to import


def hide_witness(traceback):
    """Let the module `traceback` pass over the witness's own lines."""
    make = traceback.TracebackException.__init__

    @functools.wraps(make)
    def make_without(self, kind, error, lines, *args, **kwargs):
        make(self, kind, error, without_witness(lines), *args, **kwargs)

    traceback.TracebackException.__init__ = make_without


def hiding(show):
    """Wrap a hook that shows an error that nobody caught, so that it passes over the witness's own lines."""

    @functools.wraps(show)
    def show_without(*args):
        # sys.excepthook is given the kind, the error and its traceback, threading's an object with these
        error = args[1] if len(args) > 1 else args[0].exc_value
        clean(error, set())
        if len(args) > 1:
            args = (*args[:2], without_witness(args[2]))
        return show(*args)

    return show_without


def clean(error, seen):
    """Take the witness's lines out of the traceback of an error, and of those that led to it."""
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        error.__traceback__ = without_witness(error.__traceback__)
        clean(error.__cause__, seen)
        error = error.__context__


def without_witness(lines):
    """Return a traceback without the witness's own lines. It is changed in place."""
    while lines and is_own(lines):
        lines = lines.tb_next
    line = lines
    while line and line.tb_next:
        if is_own(line.tb_next):
            line.tb_next = line.tb_next.tb_next
        else:
            line = line.tb_next
    return lines


def is_own(line):
    return os.path.dirname(line.tb_frame.f_code.co_filename) == OWN_FOLDER  # noqa: PTH120
