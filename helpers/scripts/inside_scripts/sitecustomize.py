"""Python runs this first in each script of `helpers.scripts`, and in its workers.

Print line by line, as in a terminal. Into a file Python would print the text and the end of a line apart (with -u),
and so tear the lines of several processes, or print all of it at the end (without).
"""

import os
import sys

sys.stdout.reconfigure(line_buffering=True)

if "COURSE_WITNESS" in os.environ:
    from course_witness.hooks import watch

    watch(os.environ["COURSE_WITNESS"], os.environ.get("COURSE_START_METHOD"))
