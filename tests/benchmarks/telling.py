"""A benchmark's function that runs in another process, and what it tells."""

import json
import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent.parent  # the other process imports the benchmarks from here


def call_of(function, *args):
    """Return the code that calls a function of the benchmarks."""
    return f"from {function.__module__} import {function.__name__}\n{function.__name__}(*{args!r})"


def tell(value):
    """In a kernel or a new Python: tell a value to the benchmark that waits for it."""
    print(json.dumps(value), flush=True)


def what_was_told(text):
    """Return the values that were told, in order."""
    return [json.loads(line) for line in text.splitlines()]


def told_by_new_python(function, *args, time_limit=None):
    """Call a function of the benchmarks in a new Python. Return what it has told.

    Raises CalledProcessError if it raises an error, and TimeoutExpired after `time_limit` seconds.
    """
    ran = subprocess.run(
        [sys.executable, "-c", call_of(function, *args)],
        cwd=TESTS,
        env=ordinary(),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=time_limit,
    )
    return what_was_told(ran.stdout)


def ordinary():
    """Return this environment, but imports cache their bytecode. Otherwise they are slower, and a learner's do."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
