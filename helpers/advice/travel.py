"""Can a worker process get a function, its items and its results? If not, which part of them stands in the way?"""

import io
import pickle
import reprlib
from collections import namedtuple
from functools import partial
from multiprocessing.reduction import ForkingPickler
from types import FunctionType, MethodType

from helpers.advice.cures import CURES, METHOD

ELSE = "Send numbers, strings, lists and similar values, and let the worker open or create the rest."
DEEPEST = 20  # levels of parts within parts
MOST_PARTS = 1000  # of one value that are looked at

Obstacle = namedtuple("Obstacle", "what part error instead example")
Obstacle.__doc__ = """Something that can't be sent to a worker process.

what     what can't be sent, in words, such as "item 3"
part     which part of it is to blame, in words, such as "its .journal, an open file"
error    what Python says
instead  what to do instead, in words
example  a program that does so, or ""
"""


def failure(value):
    """Return the error of packing a value, or None if it can be packed."""
    try:
        ForkingPickler.dumps(value)
    except Exception as error:  # what an object's own __reduce__ raises can be anything
        return error
    return None


def obstacle_in(what, value):
    """Return the `Obstacle` of a value that is to be sent, or None. `what` is the value in words: "the function"."""
    error = failure(value)
    if error is None and not is_only_here(value):
        return None
    path, part, by_method = culprit(value)
    cure = METHOD if by_method else cure_for(part)
    kind = cure_for(part).kind if cure_for(part) else f"of type {type(part).__name__}"
    whose = f"its {path}, {kind}" if path else kind
    said = f"{type(error).__name__}: {error}" if error else "a worker process can't import it"
    return Obstacle(what, whose, said, cure.instead if cure else ELSE, cure.after if cure else "")


def arrival(what, packed):
    """Return the `Obstacle` of bytes that can't be unpacked, or None. Call it in the process that gets them."""
    try:
        pickle.loads(packed)
    except Exception as error:
        return Obstacle(what, "it was packed, but can't be unpacked", f"{type(error).__name__}: {error}", NOT_HERE, "")
    return None


NOT_HERE = (
    "What is defined in a cell of a notebook can't be imported by a worker. Write it to a file: begin the cell with "
    "%%writefile my_work.py, and import it from there. If it is an object, see that its class can be made again from "
    "what it packs."
)


def is_only_here(value):
    """Return whether only this process has a function: it was defined in a cell, or has no name to import it by.

    Python packs such a function as its name, and the error comes up in the worker.
    """
    value = function_in(value)
    return isinstance(value, FunctionType) and (value.__module__ == "__main__" or "<" in value.__qualname__)


def function_in(value):
    """Return the function of a partial or a method; other values as they are."""
    while isinstance(value, (partial, MethodType)):
        value = value.func if isinstance(value, partial) else value.__func__
    return value


def culprit(value):
    """Return which part of a value can't be sent: its path such as ".journal", itself, and if a method brought it."""
    path, by_method, seen = "", False, set()
    for _ in range(DEEPEST):
        if isinstance(value, MethodType) and failure(value):
            by_method = True
        if not by_method and cure_for(value):
            break
        seen.add(id(value))
        found = next(((name, part) for name, part in parts(value) if id(part) not in seen and blocked(part)), None)
        if found is None:
            break
        name, value = found
        path += name
        if cure_for(value):
            break
    return path, value, by_method


def blocked(part):
    return failure(part) is not None or is_only_here(part)


def parts(value):
    """Yield the parts of a value that are packed with it, as (name, part)."""
    if isinstance(value, partial):
        yield ".func", value.func
        yield from ((f".args[{place}]", part) for place, part in enumerate(value.args))
        yield from ((f".keywords[{name!r}]", part) for name, part in value.keywords.items())
    elif isinstance(value, MethodType):
        yield "", value.__self__
    elif isinstance(value, (list, tuple)):
        yield from ((f"[{place}]", part) for place, part in zip(range(MOST_PARTS), value))
    elif isinstance(value, dict):
        yield from ((f"[{reprlib.repr(key)}]", part) for key, part in list(value.items())[:MOST_PARTS])
    elif isinstance(value, (set, frozenset)):
        yield from ((f" element {reprlib.repr(part)}", part) for part in list(value)[:MOST_PARTS])
    elif not isinstance(value, (type, FunctionType, io.IOBase)):
        yield from ((f".{name}", part) for name, part in getattr(value, "__dict__", {}).items())


def cure_for(value):
    """Return the `Cure` for a value that can't be sent, or None if its kind isn't known."""
    return next((cure for cure in CURES if cure.fits(value)), None)
