"""Python runs this before each script of `helpers.scripts`, and in the script's workers.

It makes them print line by line, as in a terminal. When printing to a file, Python would otherwise write the text and
the end of each line separately (with -u), which mixes the lines of several processes, or write everything at the end
(without -u).
"""

import os
import sys

sys.stdout.reconfigure(line_buffering=True)


def in_main_interpreter():
    """Return whether this isn't one of the further interpreters of a process, such as an InterpreterPoolExecutor's."""
    try:
        import _interpreters  # since Python 3.13
    except ImportError:
        return True
    return _interpreters.get_current()[0] == _interpreters.get_main()[0]


if "COURSE_WITNESS" in os.environ and in_main_interpreter():
    from course_witness.hooks import watch

    watch(os.environ["COURSE_WITNESS"], os.environ.get("COURSE_START_METHOD"))
