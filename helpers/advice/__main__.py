"""Advice in a terminal: `python -m helpers.advice module:function --items "range(100)"`."""

import argparse
import importlib
import json
import os
import sys
from contextlib import contextmanager, redirect_stdout

from helpers.advice.advising import advise

WRONG, INTERRUPTED = 2, 130  # the codes that Python and shells use


def main(arguments=None):
    """Look at the function named on the command line, print the advice, and return the exit code.

    arguments  the command line's arguments; None for those that Python was given
    """
    asked = parser().parse_args(arguments)
    try:
        with only_errors():
            worker, items = found(asked.function, asked.items)
            advice = advise(worker, items)
    except KeyboardInterrupt:
        print("Interrupted: all processes were ended.", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return WRONG
    print(json.dumps(advice.as_json(), indent=2) if asked.json else advice)
    return 0


def parser():
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m helpers.advice",
        description="Say whether a function is worth dividing among threads or processes, how, and what it will bring.",
    )
    parser.add_argument("function", metavar="module:function", help="the function, which takes one item")
    parser.add_argument(
        "--items",
        required=True,
        metavar="EXPRESSION",
        help='Python code for the items, such as "range(100)". It may use the names of the module.',
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object, for other programs")
    return parser


def found(function, items):
    """Return the function and its items. Raises ValueError, ImportError, or what the items' code raises."""
    module, colon, name = function.partition(":")
    if not (module and colon and name):
        raise ValueError(f"{function!r} names no function. Write module:function, such as my_work:my_function.")
    module = importlib.import_module(module)
    worker = module
    for part in name.split("."):
        if not hasattr(worker, part):
            raise ValueError(f"There is no {name} in {module.__name__}.")
        worker = getattr(worker, part)
    return worker, eval(items, vars(module).copy())  # the code is the user's own


@contextmanager
def only_errors():
    """Send what anything prints to the standard error: the standard output is for the advice."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)  # for other processes and for C
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


if __name__ == "__main__":
    sys.exit(main())
