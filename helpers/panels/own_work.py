"""A learner's own function and items, for a panel to run."""

import ast
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType

from helpers.inputs import MOST_ITEMS, listed
from helpers.panels.workloads import COUNTS, Workload
from helpers.running.changed import label_of
from helpers.running.inside import first_unsendable
from helpers.runs import require_importable
from helpers.words import counted

LONGEST = 60  # characters of the learner's own items or arguments that a program shows
PLAIN = (int, float, complex, str, bytes, bool, type(None), tuple, list, dict, set)


@dataclass(frozen=True, eq=False)
class OwnWorkload(Workload):
    """A learner's own function and items, made by `own_work`.

    items_given  all of the items
    """

    items_given: Sequence = field(default=(), repr=False)

    def check(self, tasks, size):
        if size is not None:
            raise ValueError(f"{self.label} has no size to choose: its items are what they are.")
        if tasks > len(self.items_given):
            raise ValueError(f"There are {counted(len(self.items_given), 'item')}, so tasks can't be {tasks}.")

    def written(self, tasks, size):
        return self.worker, written_items(self.items_given, tasks), ""


def own_work(worker, items):
    """Return a `Workload` for the learner's own function and items, for `Settings(workload=...)`.

    worker  a function of one item that a worker process can import
    items   a list or another iterable of its arguments, one for each task

    Raises TypeError for a function or an item that can't be sent to a worker process, ValueError if there are no items.
    """
    require_importable(worker)
    if not isinstance(items, range) or len(items) > MOST_ITEMS:
        items = listed(items)
    if not items:
        raise ValueError("There are no items, so there is nothing to run. Pass a list such as [1, 2, 3].")
    require_sendable(worker, items)

    @contextmanager
    def work(tasks, size):
        yield worker, items[:tasks]

    written, imports = written_worker(worker)
    return OwnWorkload(
        label=label_of(worker),
        work=work,
        imports=imports,
        worker=written,
        items="",
        measure="",
        sizes=[],
        counts=own_counts(len(items)),
        tasks=len(items),
        items_given=items,
    )


def own_counts(most):
    """Return the numbers of tasks on offer, in ascending order, up to `most`."""
    thousands = [1000 * count for count in COUNTS]
    return sorted({most, *(count for count in COUNTS + thousands if count < most)})


def written_worker(worker):
    """Return a function as a learner would write it, and the imports that this needs."""
    if isinstance(worker, partial):
        written, imports = written_worker(worker.func)
        arguments = [*map(written_value, worker.args)]
        arguments += [f"{name}={written_value(value)}" for name, value in worker.keywords.items()]
        return f"partial({', '.join([written, *arguments])})", ("functools.partial", *imports)
    owner = getattr(worker, "__self__", None)
    if owner is not None and not isinstance(owner, ModuleType | type):  # a method of an object
        return f"{written_value(owner)}.{worker.__name__}", ()
    if not hasattr(worker, "__qualname__"):  # an object that can be called
        return written_value(worker), ()
    name = worker.__qualname__.partition(".")[0]  # of a method of a class: the class
    module = getattr(worker, "__module__", None) or getattr(worker, "__objclass__", int).__module__
    return worker.__qualname__, () if module == "builtins" else (f"{module}.{name}",)


def written_value(value):
    """Return a value as Python code, or a name for it if the code would be long or unreadable."""
    return literal(value) or f"my_{type(value).__name__.lower()}"


def written_items(items, tasks):
    """Return the first items as Python code, or a name for them with a comment."""
    if isinstance(items, range):
        return repr(items[:tasks])
    if 3 * tasks <= LONGEST and (text := literal(items[:tasks])):  # "1, " is the shortest item
        return text
    if tasks == len(items):
        return f"my_items  # yours: all {tasks}"
    return f"my_items[:{tasks}]  # yours: the first {tasks} of {len(items)}"


def literal(value):
    """Return a plain value as Python code, or "" if that is long or the value is not plain."""
    if type(value) not in PLAIN:
        return ""
    try:
        text = repr(value)
        ast.literal_eval(text if len(text) <= LONGEST else "")
    except Exception:  # a list can hold anything
        return ""
    return text


def require_sendable(worker, items):
    """Raise TypeError if the function or an item can't be sent to a worker process, and say which."""
    if found := first_unsendable([worker, *items]):
        place, reason = found
        what = f"Item {place}" if place else "The function"
        raise TypeError(f"{what} can't be sent to a worker process, since it can't be pickled: {reason}.")
