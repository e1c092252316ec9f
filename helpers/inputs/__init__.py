"""What the doors' functions were given: each check says what to write instead of what can't be right.

Each returns what it was given, and raises TypeError if that is of the wrong kind, ValueError if its value can't be.
"""

import sys
from itertools import islice
from numbers import Real
from os import PathLike
from reprlib import repr as shortened

MOST_ITEMS = 1_000_000  # an endless iterator would never end
MOST_WORKERS = 1000  # of a real run: more processes than that stop a computer
LONGEST = 1_000_000  # seconds: no system waits for much longer
LARGEST = sys.float_info.max


def whole_number(name, value, most=sys.maxsize):
    """Return a whole number from 1 to `most`."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number such as 4, not {shortened(value)}.")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, not {shortened(value)}.")
    if value > most:
        raise ValueError(f"{name} must be at most {most}, not {shortened(value)}.")
    return value


def number_of_workers(value):
    """Return how many workers to start."""
    return whole_number("workers", value, MOST_WORKERS)


def number(name, value, least=0, most=LARGEST):
    """Return a number from `least` to `most`. Not a number (NaN) is none, and neither is a bool."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number such as 0.5, not {shortened(value)}.")
    if not least <= value <= most:
        bounds = f"at least {least}" if most == LARGEST else f"from {least} to {most}"
        raise ValueError(f"{name} must be {bounds}, not {shortened(value)}.")
    return value


def seconds(name, value, least=0):
    """Return a number of seconds."""
    return number(name, value, least, LONGEST)


def flag(name, value):
    """Return True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, not {shortened(value)}.")
    return value


def text(name, value, example):
    """Return a text."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a text such as {example!r}, not {shortened(value)}.")
    return value


def texts(name, values, example):
    """Return several texts as a list. A single text is no such list, though Python could take it for its letters."""
    found = [] if isinstance(values, str) else listed(values, name, example)
    if isinstance(values, str) or not all(isinstance(value, str) for value in found):
        raise TypeError(f"The {name} must be texts in a list such as {example}, not {shortened(values)}.")
    return found


def one_of(name, value, known):
    """Return one of the names that are known."""
    if value not in list(known):  # a list can be searched for anything
        raise ValueError(f"{name}={shortened(value)} is not known. Use one of {', '.join(map(repr, known))}.")
    return value


def is_place(value, count):
    """Return whether a value is a place among so many things, counted from 0."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < count


def listed(items, name="items", example="[1, 2, 3]"):
    """Return items as a list."""
    try:
        found = list(islice(items, MOST_ITEMS + 1))
    except TypeError:
        raise TypeError(f"The {name} must be a list such as {example}, not {shortened(items)}.") from None
    if len(found) > MOST_ITEMS:
        raise ValueError(f"There are more than {MOST_ITEMS:,} {name}. Pass a part of them, such as the first thousand.")
    return found


def function(name, value, example="count_primes"):
    """Return a function, or anything else that can be called."""
    if not callable(value):
        raise TypeError(f"{name} must be a function such as {example}, not {shortened(value)}.")
    return value


def path(name, value, example):
    """Return the path of a file or a folder, as a text or a `Path`."""
    if not isinstance(value, str | PathLike):
        raise TypeError(f"{name} must be a path such as {example!r}, not {shortened(value)}.")
    return value


def tile(value):
    """Return what `mandelbrot_tile` returns: rows of whole numbers, as many in each."""
    rows = value if isinstance(value, list) else []
    numbers = all(isinstance(row, list) and set(map(type, row)) == {int} for row in rows)
    if not rows or not numbers or len(set(map(len, rows))) > 1:
        raise TypeError(f"Each result must be a tile, as mandelbrot_tile returns it, not {shortened(value)}.")
    return value


def a_kind_of(thing):
    """Return what a thing is, such as "a list" or "an int"."""
    kind = type(thing).__name__
    return f"{'an' if kind[0].lower() in 'aeiou' else 'a'} {kind}"
