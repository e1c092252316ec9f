"""Keep the witness out of the script's tracebacks, so that they look as they would without it."""

import functools
import os

OWN_FOLDER = os.path.dirname(__file__)  # noqa: PTH120 - pathlib is slow to import


def hide_witness(traceback):
    """Make the module `traceback` skip the witness's own frames."""
    make = traceback.TracebackException.__init__

    @functools.wraps(make)
    def make_without(self, kind, error, lines, *args, **kwargs):
        make(self, kind, error, without_witness(lines), *args, **kwargs)

    traceback.TracebackException.__init__ = make_without


def hiding(show):
    """Wrap a hook that shows an uncaught error, so that it skips the witness's own frames."""

    @functools.wraps(show)
    def show_without(*args):
        # sys.excepthook gets the kind, the error and its traceback; threading's gets one object that holds them
        error = args[1] if len(args) > 1 else args[0].exc_value
        clean(error, set())
        if len(args) > 1:
            args = (*args[:2], without_witness(args[2]))
        return show(*args)

    return show_without


def clean(error, seen):
    """Remove the witness's frames from the traceback of an error, and of the errors that led to it."""
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        error.__traceback__ = without_witness(error.__traceback__)
        clean(error.__cause__, seen)
        error = error.__context__


def without_witness(lines):
    """Return a traceback without the witness's own frames. It is changed in place."""
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
